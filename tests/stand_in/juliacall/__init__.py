"""A stand-in for juliacall and for the Julia module: the same calls, answered in Python in HC.jl's vocabulary."""

import os
import re
import time
from pathlib import Path

import numpy as np

from critlocus.tape.derivatives import jacobian
from critlocus.tape.evaluate import evaluate
from critlocus.tape.serialize import from_arrays

if os.environ.get("STAND_IN") == "no julia":
    raise Exception("no Julia was found, and none can be downloaded\nmore lines")

NAMES = ("size", "variables", "parameters", "constants", "values", "sums", "first", "coefficients", "a", "b")


class JuliaError(Exception):
    pass


class Host:
    pass


class Base:
    @staticmethod
    def include(host, path):
        host.CritlocusHC = Module(Path(path).read_text())


def newmodule(name):
    assert name.isidentifier()
    return Host()


class Family:
    def __init__(self, system):
        self.graph, self.equations, self.n = system.graph, list(system.equations), system.n
        self.entries = jacobian(self.graph, self.equations, self.graph.variables)

    def values(self, x, p):
        nodes = [*self.equations, *self.entries.values()]
        columns = [np.broadcast_to(c, len(x)) for c in evaluate(self.graph, nodes, list(x.T), list(p.T))]
        matrices = np.zeros((len(x), self.n, self.n), complex)
        for (i, k), column in zip(self.entries, columns[self.n :], strict=True):
            matrices[:, i, k] = column
        return np.stack(columns[: self.n], axis=1), matrices

    def newton(self, x, p, steps):
        """Return the points, the size of the last update and the condition of the Jacobian."""
        size, condition = np.full(len(x), np.inf), np.full(len(x), np.inf)
        for _ in range(steps):
            f, j = self.values(x, p)
            condition = np.linalg.cond(j)
            good = condition < 1e14
            update = np.zeros_like(x)
            update[good] = np.linalg.solve(j[good], f[good][..., None])[..., 0]
            x = x - update
            size = np.where(good, np.linalg.norm(update, axis=1) / np.maximum(np.linalg.norm(x, axis=1), 1e-9), np.inf)
        return x, size, condition


class Module:
    """The functions of CritlocusHC; the numbers of its return codes are read from its source."""

    def __init__(self, source):
        listed = re.search(r"const CODES = \[(.*?)\]", source, re.DOTALL).group(1)
        self.codes = [":none", *re.findall(r":(\w+)", listed)]

    def version(self):
        print("Julia prints what it likes")
        return "stand-in 2.9", int(os.environ["PYTHON_JULIACALL_THREADS"])

    def build_system(self, *arguments):
        *most, equations = arguments
        arrays = dict(zip(NAMES, most, strict=True))
        return Family(from_arrays({**arrays, "equations": equations, "symmetric": np.array(False)}))

    def track(self, family, starts, parameters, from_, to, careful, endgame):
        if os.environ.get("STAND_IN") == "die" and len(starts) == 13:
            os._exit(7)
        if os.environ.get("STAND_IN") == "sleep":
            time.sleep(60)
        if os.environ.get("STAND_IN") == "raise":
            raise JuliaError("TaskFailedException\n\n    nested task error: DomainError with 1.0:\nStacktrace:\n")
        p, q, count = parameters[from_], parameters[to], len(starts)
        steps = 800 if careful else 400
        t, code = np.ones(count), np.zeros(count, int)
        x, size, condition = family.newton(starts, p, 1)
        with np.errstate(all="ignore"):
            valid = size < 1e-6
            for step in range(1, steps + 1):
                s = step / steps
                active = np.flatnonzero(valid & (code == 0))
                if len(active) == 0:
                    break
                y, size[active], condition[active] = family.newton(x[active], ((1 - s) * p + s * q)[active], 4)
                big = ~(np.abs(y).max(axis=1) < 1e5)
                lost = ~big & ~(size[active] < 1e-4) & (step < steps)
                big |= lost & (np.abs(x[active]).max(axis=1) > 30)
                lost &= ~big
                code[active[big]] = self.codes.index("at_infinity")
                code[active[lost]] = self.codes.index("terminated_step_size_too_small")
                kept = active[~big & ~lost]
                x[kept], t[kept] = y[~big & ~lost], 1 - s
        done = valid & (code == 0)
        code[done & (size < 1e-4)] = self.codes.index("success")
        code[done & ~(size < 1e-4)] = self.codes.index("success" if endgame else "terminated_accuracy_limit")
        code[~valid] = self.codes.index("terminated_invalid_startvalue")
        n = np.full(count, steps)
        return np.asfortranarray(x), code, t, size, condition, n, np.zeros(count, int), np.zeros(count, int)

    def monodromy(self, family, starts, parameters, seed, quiet, wanted):
        rng = np.random.default_rng(seed)
        found, still = starts, 0
        while still < quiet and not 0 < wanted <= len(found):
            corners = rng.standard_normal((2, len(parameters), 2)) @ np.array([1, 1j])
            nodes = np.stack([parameters, *corners])
            x, alive = found, np.ones(len(found), bool)
            for a, b in ((0, 1), (1, 2), (2, 0)):
                rows = np.zeros(len(x), int)
                x, code, *_ = self.track(family, x, nodes, rows + a, rows + b, False, False)
                alive &= code == self.codes.index("success")
            still += 1
            for point in x[alive]:
                if np.abs(found - point).max(axis=1).min() > 1e-6:
                    found, still = np.vstack([found, point]), 0
        return found, 1 if 0 < wanted <= len(found) else 2

    def certify_points(self, family, points, parameters):
        x, size, condition = family.newton(points, np.tile(parameters, (len(points), 1)), 4)
        certified = (size < 1e-12) & (condition < 1e10)
        real = certified & (np.abs(x.imag).max(axis=1) < 1e-10)
        first = [min(j for j in range(len(x)) if np.abs(x[j] - x[i]).max() < 1e-8) == i for i in range(len(x))]
        return np.where(certified[:, None], x, points), certified + 0, real + 0, (certified & first) + 0

    def solve_system(self, family, parameters, seed):
        """Newton's method from many random points will do for a stand-in."""
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((400, family.n)) + 1j * rng.standard_normal((400, family.n))
        x, size, _ = family.newton(x, np.tile(parameters, (400, 1)), 60)
        x = x[size < 1e-10]
        keep = [i for i in range(len(x)) if not any(np.abs(x[i] - x[j]).max() < 1e-8 for j in range(i))]
        ones = np.ones(len(keep), int)
        return x[keep], ones, 0.0 * ones, 0.0 * ones, 1.0 * ones, ones, 0 * ones, 0 * ones
