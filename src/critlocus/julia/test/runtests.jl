using CritlocusHC
using Test

# x^2 + y^2 - p and x y - 2 q, as nodes: x, y, p, q, a constant, and two sums.
program = (
    7, [0, 1], [2, 3], [4], ComplexF64[2], [5, 6], [0, 3, 5],
    [1.0, 1.0, -1.0, 1.0, -1.0], [0, 1, 2, 0, 4], [0, 1, -1, 1, 3], [5, 6],
)
p = ComplexF64[5 1; 10 1.5; 1.3+0.2im 0.4-0.7im]
starts = ComplexF64[1 2; 2 1; -1 -2; -2 -1]

@testset "the graph becomes the system" begin
    family = CritlocusHC.build_system(program...)
    values = family.expressions(ComplexF64[0.3, 1.1im], ComplexF64[0.7, -0.2])
    @test values ≈ [0.09 - 1.21 - 0.7, 0.33im + 0.4]
end

@testset "paths to two targets" begin
    family = CritlocusHC.build_system(program...)
    from, to = zeros(Int, 8), [1, 2, 1, 2, 1, 2, 1, 2]
    x, code, t, accuracy, condition, steps = CritlocusHC.track(
        family, starts[[1, 1, 2, 2, 3, 3, 4, 4], :], p, from, to, false, true,
    )
    @test all(==(1), code)
    @test all(iszero, t)
    @test all(>(0), steps)
    for i in 1:8
        q = p[to[i] + 1, :]
        @test family.expressions(x[i, :], q) ≈ [0, 0] atol = 1e-10
    end
end

@testset "wrong starts, and no paths" begin
    family = CritlocusHC.build_system(program...)
    code = CritlocusHC.track(family, [3.0 3.0], p, [0], [1], true, false)[2]
    @test occursin("invalid_startvalue", string(CritlocusHC.CODES[code[1]]))
    @test size(CritlocusHC.track(family, zeros(ComplexF64, 0, 2), p, Int[], Int[], false, true)[1]) == (0, 2)
end

@testset "monodromy, certificates, from scratch" begin
    family = CritlocusHC.build_system(program...)
    x, code = CritlocusHC.monodromy(family, starts[1:1, :], p[1, :], 1, 5, 4)
    @test code == 1
    @test size(x) == (4, 2)
    middle, certified, real, distinct = CritlocusHC.certify_points(family, x, p[1, :])
    @test all(==(1), certified)
    @test all(==(1), real)
    @test all(==(1), distinct)
    @test middle ≈ x
    @test sum(CritlocusHC.certify_points(family, x[[1, 1, 2], :], p[1, :])[4]) == 2
    @test size(CritlocusHC.solve_system(family, p[3, :], 1)[1]) == (4, 2)
end
