# Standard polynomial systems, written out as text.


def cyclic(n):
    lines = [" + ".join("*".join(f"x{(i + j) % n}" for j in range(k)) for i in range(n)) for k in range(1, n)]
    return [*lines, "*".join(f"x{i}" for i in range(n)) + " - 1"]


def katsura(n):
    lines = []
    for m in range(n):
        terms = [f"x{abs(k)}*x{abs(m - k)}" for k in range(-n, n + 1) if abs(m - k) <= n]
        lines.append(" + ".join(terms) + f" - x{m}")
    return [*lines, "x0 + " + " + ".join(f"2*x{i}" for i in range(1, n + 1)) + " - 1"]


def noon(n):
    return [f"x{i}*(" + " + ".join(f"x{j}^2" for j in range(n) if j != i) + f") - 1.1*x{i} + 1" for i in range(n)]
