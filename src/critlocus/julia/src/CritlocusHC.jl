"""
HomotopyContinuation.jl for critlocus. All functions take and return plain arrays and numbers, but for the handle of
a family of systems. Points and parameters are rows of matrices; node and row numbers begin with 0.
"""
module CritlocusHC

import HomotopyContinuation as HC

"The return codes known here; paths name them by their place in this list, beginning with 1, or 0 for any other."
const CODES = [
    :success,
    :at_infinity,
    :at_zero,
    :excess_solution,
    :terminated_accuracy_limit,
    :terminated_ill_conditioned,
    :terminated_invalid_startvalue,
    :terminated_invalid_startvalue_singular_jacobian,
    :terminated_max_steps,
    :terminated_max_extended_steps,
    :terminated_max_winding_number,
    :terminated_step_size_too_small,
    :terminated_unknown,
    :post_check_failed,
    :polyhedral_failed,
    :tracking,
]

"A family of systems: the expressions, and a program that evaluates them without being compiled."
struct Family{T}
    expressions::HC.System
    program::T
end

"Versions of HomotopyContinuation.jl and Julia, and the number of threads."
version() = "$(pkgversion(HC)), Julia $VERSION", Threads.nthreads()

"""
Build the family node by node. Node `sums[k]` is the sum of the terms `first[k]`, ..., `first[k + 1] - 1` (counted
from 0), and term j is `coefficients[j] * a[j] * b[j]`, without the last factor where `b[j]` is negative.
"""
function build_system(size, variables, parameters, constants, values, sums, first, coefficients, a, b, equations)
    x = HC.Variable[HC.Variable(:x, k) for k in 1:length(variables)]
    p = HC.Variable[HC.Variable(:p, k) for k in 1:length(parameters)]
    nodes = HC.Expression[HC.Expression(0) for _ in 1:size]
    for (node, variable) in zip(integers(variables), x)
        nodes[node + 1] = HC.Expression(variable)
    end
    for (node, parameter) in zip(integers(parameters), p)
        nodes[node + 1] = HC.Expression(parameter)
    end
    for (node, value) in zip(integers(constants), numbers(values))
        nodes[node + 1] = HC.Expression(plain(value))
    end
    ends, left, right = integers(first), integers(a), integers(b)
    factors = numbers(coefficients)
    for (k, node) in enumerate(integers(sums))
        total = HC.Expression(0)
        for j in (ends[k] + 1):ends[k + 1]
            term = nodes[left[j] + 1]
            if right[j] >= 0
                term = term * nodes[right[j] + 1]
            end
            total = total + plain(factors[j]) * term
        end
        nodes[node + 1] = total
    end
    system = HC.System([nodes[node + 1] for node in integers(equations)]; variables = x, parameters = p)
    return Family(system, HC.InterpretedSystem(system))
end

"""
Follow the paths from `starts[i, :]` along the segment from `parameters[from[i], :]` to `parameters[to[i], :]`.
`careful` takes smaller steps. Without `endgame`, ends at infinity or at singular points are just not reached.
"""
function track(family, starts, parameters, from, to, careful, endgame)
    x, p = matrix(starts), matrix(parameters)
    source, target = integers(from) .+ 1, integers(to) .+ 1
    count = Base.size(x, 1)
    results = Vector{HC.PathResult}(undef, count)
    tasks = map(Iterators.partition(1:count, max(1, cld(count, Threads.nthreads())))) do rows
        program = deepcopy(family.program)
        Threads.@spawn track_rows!(results, program, x, p, source, target, rows, careful, endgame)
    end
    foreach(wait, tasks)
    return columns(results, Base.size(x, 2))
end

function track_rows!(results, program, x, p, source, target, rows, careful, endgame)
    begun = 1
    while begun <= length(rows)
        segment = source[rows[begun]], target[rows[begun]]
        homotopy = HC.ParameterHomotopy(program, p[segment[1], :], p[segment[2], :])
        tracker = HC.EndgameTracker(
            homotopy;
            tracker_options = HC.TrackerOptions(; parameters = careful ? :conservative : :default),
            options = HC.EndgameOptions(; endgame_start = endgame ? 0.1 : 0.0),
        )
        while begun <= length(rows) && segment == (source[rows[begun]], target[rows[begun]])
            results[rows[begun]] = HC.track(tracker, x[rows[begun], :])
            begun += 1
        end
    end
end

"""
Find solutions over `parameters` by monodromy until `quiet` loops found nothing new, or `wanted` solutions are known (0:
no limit). Returns the points, and 1 if all wanted ones were found, 2 if it stopped for want of new ones, 0 otherwise.
"""
function monodromy(family, starts, parameters, seed, quiet, wanted)
    x = matrix(starts)
    found = HC.monodromy_solve(
        family.program,
        points(x),
        vector(parameters);
        seed = UInt32(seed),
        max_loops_no_progress = quiet,
        target_solutions_count = wanted > 0 ? wanted : nothing,
        threading = Threads.nthreads() > 1,
        show_progress = false,
    )
    code = HC.is_success(found) ? 1 : HC.is_heuristic_stop(found) ? 2 : 0
    return rows_of(HC.solutions(found), Base.size(x, 2)), code
end

"""
Certify approximate solutions over `parameters`. Returns the midpoints of the boxes, which rows are certified, which of
those are certified to be real, and a choice of certified rows with pairwise distinct solutions.
"""
function certify_points(family, approximations, parameters)
    x, p = matrix(approximations), vector(parameters)
    result = HC.certify(family.program, points(x), isempty(p) ? nothing : p; show_progress = false)
    list = HC.certificates(result)
    certified = Int[HC.is_certified(c) for c in list]
    real = Int[HC.is_certified(c) && HC.is_real(c) for c in list]
    distinct = zeros(Int, length(list))
    for c in HC.distinct_certificates(result)
        distinct[HC.certificate_index(c)] = HC.is_certified(c)
    end
    middle = [HC.is_certified(c) ? HC.solution_approximation(c) : x[i, :] for (i, c) in enumerate(list)]
    return rows_of(middle, Base.size(x, 2)), certified, real, distinct
end

"Find all isolated solutions over `parameters` from nothing, by a polyhedral homotopy."
function solve_system(family, parameters, seed)
    p = vector(parameters)
    found = HC.solve(
        family.expressions;
        target_parameters = isempty(p) ? nothing : p,
        seed = UInt32(seed),
        threading = Threads.nthreads() > 1,
        show_progress = false,
    )
    return columns(HC.results(found), length(HC.variables(family.expressions)))
end

"Points, and per path: code, t (from 1 to 0), accuracy, condition, steps accepted and rejected, and whether in extended precision."
function columns(results, n)
    code(r) = something(findfirst(==(r.return_code), CODES), 0)
    return (
        rows_of([HC.solution(r) for r in results], n),
        Int[code(r) for r in results],
        Float64[r.t for r in results],
        Float64[HC.accuracy(r) for r in results],
        Float64[r.condition_jacobian for r in results],
        Int[HC.accepted_steps(r) for r in results],
        Int[HC.rejected_steps(r) for r in results],
        Int[r.extended_precision_used for r in results],
    )
end

# Arrays from Python are views of its memory: copy them before any thread starts.
integers(values) = Vector{Int}(values)
numbers(values) = collect(values)
vector(values) = Vector{ComplexF64}(values)
matrix(values) = Matrix{ComplexF64}(values)

points(x) = [x[i, :] for i in 1:Base.size(x, 1)]

function rows_of(vectors, n)
    x = zeros(ComplexF64, length(vectors), n)
    for (i, v) in enumerate(vectors)
        x[i, :] .= v
    end
    return x
end

"The same number as an integer or a real one, if it is one: the expressions stay simple."
function plain(c::Number)
    isreal(c) || return ComplexF64(c)
    r = Float64(real(c))
    return isinteger(r) && abs(r) < 2.0^53 ? Int(r) : r
end

end
