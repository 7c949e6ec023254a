"""The command line; ``critlocus --help`` lists its commands."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from critlocus.errors import CritlocusError, FileError, InputError, Interrupted
from critlocus.progress import Reporter, silent
from critlocus.suites.command import bench

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="The critical locus of a neural network's loss: every complex critical point, certified and classified.",
)  # fmt: skip
BAD_INPUT, NOT_CONFIRMED, INTERRUPTED = 2, 1, 130

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing.")]
Threads = Annotated[int | None, typer.Option(help="Threads [default: all processors]; results do not depend on it.")]


app.command()(bench)


def main() -> None:
    """Run the command line; errors that a user can mend become one line and exit code 2."""
    try:
        app()
    except KeyboardInterrupt:
        print("critlocus: stopped", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except CritlocusError as error:
        print(f"critlocus: {error}", file=sys.stderr)
        _leave(BAD_INPUT)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _leave(code: int) -> None:
    """Exit; without any clean-up if HDF5 has a file open that it cannot close (a full disk)."""
    store = sys.modules.get("critlocus.store")
    if store is not None and store.broken_files():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


@app.command()
def solve(
    network: Annotated[
        str,
        typer.Argument(
            help="2-2-2, 2-3-1:x^2+bias, 2-2-1:poly(0,1,0.5); with --space functions also conv:3/2,2:x^2, "
            "attention:2,2,1, residual:2-2-2, matrices:3x4,rank=2, symmetric:3,rank=1, segre:2x2x2, param:t,t^2, "
            "equations:x^2+y^2-1."
        ),
    ],
    space: Annotated[str, typer.Option(help="Where critical points are counted: weights or functions.")] = "weights",
    metric: Annotated[
        str | None,
        typer.Option(help="In function space: data, gaussian, frobenius, bombieri, generic, or a file with Q."),
    ] = None,
    u: Annotated[str | None, typer.Option(help="In function space: a file with target functions, one per row.")] = None,
    spurious: Annotated[
        bool | None, typer.Option(help="In function space: also spurious points [default: where they are isolated].")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="A .csv, .npz or .h5 file, or generic:M [default: generic:10].")
    ] = None,
    x: Annotated[str | None, typer.Option(help="Input columns (names or numbers from 1, separated by commas).")] = None,
    y: Annotated[str | None, typer.Option(help="Output columns.")] = None,
    weights: Annotated[str | None, typer.Option(help="Column (or array) with the points' weights.")] = None,
    regularize: Annotated[
        str,
        typer.Option(
            help="generic, one value, a file with arrays W1, b1, W2, ..., or none: witness sets of the critical set's "
            "components."
        ),
    ] = "generic",
    method: Annotated[
        str | None,
        typer.Option(help="With --regularize none: strata (linear networks), slices (any very small one) or auto."),
    ] = None,
    target: Annotated[str, typer.Option(help="real, complex or none (stay at the generic member).")] = "real",
    targets: Annotated[int | None, typer.Option(help="Number of data sets or draws.")] = None,
    draws: Annotated[
        int | None, typer.Option(help="Statistics of real points and indices over so many random data sets.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    solver: Annotated[str, typer.Option(help="Engine: native, or phcpack or julia to check it.")] = "native",
    precision: Annotated[str, typer.Option(help="Arithmetic along the paths: d, dd or qd (phcpack).")] = "d",
    trace_test: Annotated[
        bool | None, typer.Option(help="Trace test on every zero pattern [default: small ones].")
    ] = None,
    verify: Annotated[str | None, typer.Option(help="msolve: count once more, by a Groebner basis mod p.")] = None,
    out: Annotated[str | None, typer.Option(help="Result file (HDF5), written as the run goes.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the unfinished run in --out.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find, certify and classify all critical points of a loss, in the space of weights or of functions."""
    shown = not (as_json or quiet)
    if space == "functions":
        call = _function_problem(network, metric, u, data, x, y, weights, regularize)
        call.update(target=target, targets=targets, draws=draws, spurious=spurious, trace_test=trace_test)
        call.update(seed=seed, threads=threads, solver=solver)
        with _progress(shown=shown) as report:
            from critlocus.functions.run import solve_functions

            found = _kept(lambda: solve_functions(**call, out=out, report=report))
    elif regularize == "none":
        given = {
            "metric": metric, "u": u, "spurious": spurious, "targets": targets, "verify": verify,
            "trace-test": trace_test, "resume": resume or None,
        }  # fmt: skip
        wrong = [name for name, value in given.items() if value is not None]
        if wrong or solver != "native" or target != "real" or precision != "d":
            raise InputError(f"{', '.join(wrong) or 'solver, target and precision'}: not with --regularize none")
        from critlocus.loci.run import witness_sets
        from critlocus.networks import Network

        net = Network.parse(network)
        with _progress(shown=shown) as report:
            chosen = _data(data or "generic:10", net, x, y, weights)
            located = witness_sets(
                net, chosen, method=method or "auto", seed=seed, threads=threads, out=out, report=report
            )
        found = located, None
    else:
        if method is not None:
            raise InputError("method belongs to --regularize none")
        if metric is not None or u is not None or spurious is not None:
            raise InputError("metric, u and spurious belong to --space functions")
        from critlocus.losses import Loss
        from critlocus.networks import Network
        from critlocus.run import solve as run

        net = Network.parse(network)
        loss = Loss(_data(data or "generic:10", net, x, y, weights), _regularizer(regularize))
        with _progress(shown=shown) as report:
            found = _kept(lambda: run(
                net, loss, space=space, target=target, targets=targets, draws=draws, seed=seed, threads=threads,
                solver=solver, precision=precision, trace_test=trace_test, verify=verify, out=out, resume=resume,
                keep=out is None, report=report,
            ))  # fmt: skip
    result, stopped = found
    _print(result.summary(), as_json=as_json, quiet=quiet)
    if isinstance(stopped, Interrupted):
        print(f"critlocus: {stopped}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED)
    if stopped is not None:
        raise stopped
    if result.stop_reason != "complete":  # the count is not confirmed by its own evidence
        if not as_json and not quiet:
            print(f"critlocus: {result.stop_reason}", file=sys.stderr)
        raise typer.Exit(NOT_CONFIRMED)


def _kept(run: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """Return the result of a run, also of one that was stopped, and what stopped it."""
    try:
        return run(), None
    except (Interrupted, FileError) as error:
        if error.result is None:
            raise
        return error.result, error


def _function_problem(
    network: str, metric: str | None, u: str | None, data: str | None, x: str | None, y: str | None,
    weights: str | None, regularize: str,
) -> dict[str, Any]:  # fmt: skip
    """Return the arguments of `solve_functions` that say what the problem is."""
    from critlocus.functions.targets import read_functions
    from critlocus.losses import Loss
    from critlocus.varieties import Neurovariety, parse_variety

    if regularize not in ("generic", "none"):
        raise InputError("regularize: there is no regulariser in function space")
    variety = parse_variety(network)
    found: dict[str, Any] = {"variety": variety, "metric": metric or ("generic" if data is None else "data")}
    if data is not None:
        if not isinstance(variety, Neurovariety):
            raise InputError(f"data: {variety.name} has no inputs; use --metric and --u")
        found["data"] = Loss(_data(data, variety.network, x, y, weights))
    if u is not None:
        found["u"] = read_functions(u)
    return found


@app.command()
def variety(
    subject: Annotated[
        str, typer.Argument(help="A network, or matrices:3x3,rank=2, segre:2x2x2, param:t,t^2, equations:x^2+y^2-1.")
    ],
    at: Annotated[str | None, typer.Option(help="Rows of weights (or coordinates): .csv or .npy.")] = None,
    degree: Annotated[bool, typer.Option(help="Compute degree and generic fibre, not only the dimension.")] = True,
    max_degree: Annotated[int | None, typer.Option(help="Give up beyond this many points of a section.")] = None,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Dimension, defect, generic fibre and degree of a variety, and the rank of its parametrisation at points."""
    from critlocus.geometry import variety as run

    with _progress(shown=not (as_json or quiet)) as report:
        found = run(
            subject, seed=seed, threads=threads, at=at, degree=degree, max_degree=max_degree, report=report
        )  # fmt: skip
    if as_json:
        print(json.dumps(found.summary()))
    elif not quiet:
        from critlocus.analysis.geometry import print_geometry

        print_geometry(_console(), found.summary())
    if not found.confirmed:
        raise typer.Exit(NOT_CONFIRMED)


@app.command()
def system(
    file: Annotated[str, typer.Argument(help="A text file with one polynomial per line, such as x^2 + y^2 - 1.")],
    parameters: Annotated[str | None, typer.Option(help="Values of parameters: a=1,b=2.5.")] = None,
    start: Annotated[
        str, typer.Option(help="Start system: total_degree, or multihomogeneous (fewer paths).")
    ] = "total_degree",
    groups: Annotated[
        str | None, typer.Option(help="Groups of variables for multihomogeneous, such as x,y;z [default: chosen].")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Solve a general square system by a homotopy in projective space, with endgames and certificates."""
    from critlocus.solve_system import solve_system
    from critlocus.system import System

    values = _parameter_values(parameters)
    polynomials = System.from_file(file, parameters=list(values))
    parts = None if groups is None else [_columns(part) or [] for part in groups.split(";")]
    found = solve_system(
        polynomials, list(values.values()), start=start, groups=parts, seed=seed,
        threads=threads or os.cpu_count() or 1,
    )  # fmt: skip
    names = polynomials.variable_names
    summary = {"groups": [[names[k] for k in group] for group in found.groups], **found.summary()}
    if as_json:
        rows = {"points": found.points, "singular_points": found.singular}
        lists = {key: [[[v.real, v.imag] for v in row] for row in value.tolist()] for key, value in rows.items()}
        print(json.dumps({**summary, "variables": names, **lists}))
    elif not quiet:
        from critlocus.analysis.report import system_lines

        print("\n".join(system_lines(summary)))


def _parameter_values(text: str | None) -> dict[str, complex]:
    found = {}
    for part in _columns(text) or []:
        name, _, value = part.partition("=")
        try:
            found[name.strip()] = complex(value)
        except ValueError:
            raise InputError(f"parameters: {part!r} does not read like a=1.5") from None
    return found


@app.command()
def compare(
    network: Annotated[str, typer.Argument(help="Widths and activation.")],
    solvers: Annotated[str, typer.Option(help="Engines, separated by commas.")] = "native,phcpack",
    data: Annotated[str, typer.Option(help="A .csv, .npz or .h5 file, or generic:M.")] = "generic:10",
    x: Annotated[str | None, typer.Option(help="Input columns.")] = None,
    y: Annotated[str | None, typer.Option(help="Output columns.")] = None,
    regularize: Annotated[str, typer.Option(help="generic, one value, or a file.")] = "generic",
    target: Annotated[str, typer.Option(help="real, complex or none.")] = "real",
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Solve with several engines and match their certified solutions; exit code 1 if they differ."""
    from critlocus.compare import compare as run
    from critlocus.losses import Loss
    from critlocus.networks import Network

    net = Network.parse(network)
    loss = Loss(_data(data, net, x, y, None), _regularizer(regularize))
    with _progress(shown=not (as_json or quiet)) as report:
        outcome = run(
            net, loss, solvers=_columns(solvers) or [], target=target, seed=seed, threads=threads, trace_test=False,
            report=report,
        )  # fmt: skip
    if as_json:
        print(json.dumps(outcome.summary()))
    elif not quiet:
        from critlocus.analysis.report import print_comparison

        print_comparison(_console(), outcome.summary())
    if not outcome.agree:
        raise typer.Exit(NOT_CONFIRMED)


@app.command()
def export(
    network: Annotated[str, typer.Argument(help="Widths and activation.")],
    fmt: Annotated[str, typer.Option("--format", help="julia, macaulay2, bertini, phcpack or msolve.")],
    data: Annotated[str, typer.Option(help="generic:M; the number of points decides the family.")] = "generic:10",
    seed: Annotated[int, typer.Option(help="Decides the start pair.")] = 0,
    out: Annotated[str | None, typer.Option(help="File to write [default: print].")] = None,
) -> None:
    """Write the critical-point system of the full zero pattern, with its start pair, for another program."""
    from critlocus.export import export_network
    from critlocus.losses import parse_generic
    from critlocus.networks import Network

    text = export_network(Network.parse(network), parse_generic(data), fmt, seed=seed)
    if out is None:
        print(text, end="")
        return
    from critlocus.replace_file import replace_file

    with replace_file(out) as name, open(name, "w", encoding="utf-8") as file:
        file.write(text)


@app.command()
def discriminant(
    variety: Annotated[str, typer.Argument(help="equations:x^2+4*y^2-4, matrices:2x2,rank=1, 2-1-1:x^2, ...")],
    metric: Annotated[str, typer.Option(help="frobenius, bombieri, gaussian, generic, or a file.")] = "frobenius",
    line: Annotated[str | None, typer.Option(help="Two targets u0,u1: files, numbers and blanks, or generic.")] = None,
    interval: Annotated[str, typer.Option(help="Of s, on the line (1-s) u0 + s u1.")] = "0,1",
    plane: Annotated[str | None, typer.Option(help="Three targets u0,u1,u2, or generic.")] = None,
    window: Annotated[str, typer.Option(help="s0,s1,t0,t1 in u0 + s (u1-u0) + t (u2-u0).")] = "-1,1,-1,1",
    distance: Annotated[bool, typer.Option("--distance", help="From the target --u to the discriminant.")] = False,
    u: Annotated[str | None, typer.Option(help="A target: a file, or numbers and blanks [default: generic].")] = None,
    picture: Annotated[str | None, typer.Option(help="Of the plane: .png, .svg or .pdf.")] = None,
    out: Annotated[str | None, typer.Option(help="Of the plane: curve and labels (HDF5).")] = None,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Where critical points of a distance collide: degree, chambers on a line or in a plane, distance to it."""
    from critlocus.chambers.command import lines, run

    summary, complete = run(
        variety, metric=metric, line=line, interval=interval, plane=plane, window=window, distance=distance, u=u,
        picture=picture, out=out, seed=seed, threads=threads or os.cpu_count() or 1,
    )  # fmt: skip
    if as_json:
        print(json.dumps(summary))
    elif not quiet:
        print("\n".join(lines(summary)))
    if not complete:
        raise typer.Exit(NOT_CONFIRMED)


@app.command()
def show(file: Annotated[str, typer.Argument(help="A result file.")], as_json: Json = False) -> None:
    """Print the summary of a result file."""
    from critlocus.load import load_any
    from critlocus.suites.result import SuiteRun

    found = load_any(file)
    if isinstance(found, SuiteRun) and not as_json:
        from critlocus.suites.report import print_run

        print_run(_console(), found)
        return
    _print(found.summary(), as_json=as_json, quiet=False)


@app.command()
def plot(
    file: Annotated[str, typer.Argument(help="A result file.")],
    picture: Annotated[str, typer.Argument(help="Picture to write: .png, .svg or .pdf.")],
    target: Annotated[int, typer.Option(help="Which target.")] = 0,
    draws: Annotated[bool, typer.Option("--draws", help="How many points are real over all targets.")] = False,
) -> None:
    """Draw loss against index of the certified real critical points, or statistics over all targets."""
    from critlocus.load import load
    from critlocus.loci.result import LociResult

    result = load(file)
    if isinstance(result, LociResult):
        raise InputError(f"plot: {file} holds witness sets, which have no landscape of points")
    if draws:
        from critlocus.analysis.draws_plot import plot_result_draws

        plot_result_draws(result, picture)
        return
    from critlocus.analysis.plots import plot_landscape

    plot_landscape(result, picture, target)


@app.command()
def validate(
    file: Annotated[str, typer.Argument(help="A result file.")],
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Recompute residuals, certificates, signatures and losses from the file alone; exit code 1 if a claim fails."""
    from critlocus.load import load
    from critlocus.validate import validate as check

    outcome = check(load(file), threads=threads or os.cpu_count() or 1)
    if as_json:
        print(json.dumps({"ok": outcome.ok, "complaints": outcome.complaints, **outcome.facts}))
    elif not quiet:
        for name, facts in outcome.facts.items():
            print(f"{name}: " + ", ".join(f"{k.replace('_', ' ')} {v:.3g}" if isinstance(v, float) else f"{k} {v}"
                                          for k, v in facts.items()))  # fmt: skip
        print("\n".join(outcome.complaints) or "every claim of the file was confirmed")
    if not outcome.ok:
        raise typer.Exit(NOT_CONFIRMED)


@app.command()
def bottlenecks(
    variety: Annotated[str, typer.Argument(help="A network, matrices:3x3,rank=1, equations:x^2+4*y^2-4, param:t,t^2.")],
    metric: Annotated[str, typer.Option(help="frobenius, bombieri, gaussian, generic or a file.")] = "frobenius",
    curvature: Annotated[bool, typer.Option(help="Look for the smallest radius of curvature, too.")] = True,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    out: Annotated[str | None, typer.Option(help="Result file (HDF5).")] = None,
    picture: Annotated[str | None, typer.Option(help="Picture to write: .png, .svg or .pdf.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find all pairs of points with a common normal line, the narrowest real one, and the reach."""
    from critlocus.bottlenecks import bottlenecks as run

    _can_draw(picture)
    with _progress(shown=not (as_json or quiet)) as report:
        found = run(variety, metric=metric, seed=seed, threads=threads, curvature=curvature, report=report)
    _deliver(found, out, picture, as_json=as_json, quiet=quiet)


@app.command()
def voronoi(
    variety: Annotated[str, typer.Argument(help="A network, matrices:3x3,rank=1, equations:x^2+4*y^2-4, param:t,t^2.")],
    at: Annotated[str | None, typer.Option(help="Point: coordinates, with commas [default: a random one].")] = None,
    metric: Annotated[str, typer.Option(help="frobenius, bombieri, gaussian, generic or a file.")] = "frobenius",
    rays: Annotated[int, typer.Option(help="Rays to begin with; more follow where the boundary bends.")] = 48,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    out: Annotated[str | None, typer.Option(help="Result file (HDF5).")] = None,
    picture: Annotated[str | None, typer.Option(help="Picture to write: .png, .svg or .pdf.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compute the degree of a Voronoi cell's boundary, and the cell in a plane of the normal space."""
    from critlocus.voronoi import voronoi as run

    _can_draw(picture)
    try:
        point = None if at is None else [float(part) for part in at.split(",")]
    except ValueError:
        raise InputError(f"voronoi: {at!r} is not a list of numbers such as 1,0.5") from None
    with _progress(shown=not (as_json or quiet)) as report:
        found = run(
            variety, point, metric=metric, rays=rays, max_rays=max(240, rays), seed=seed, threads=threads, report=report
        )
    _deliver(found, out, picture, as_json=as_json, quiet=quiet)


def _can_draw(picture: str | None) -> None:
    """Complain of a picture's kind before the work begins."""
    if picture is not None:
        from critlocus.analysis.picture_file import picture_name

        picture_name(picture)


def _deliver(found: Any, out: str | None, picture: str | None, *, as_json: bool, quiet: bool) -> None:
    """Store, draw and print a result; exit code 1 if its own evidence does not confirm it."""
    if out is not None:
        found.save(out)
    if picture is not None:
        from critlocus.analysis.normal_pictures import picture_of

        picture_of(found, picture)
    if as_json:
        print(json.dumps(found.summary()))
    elif not quiet:
        print(found.text())
    if found.complaints:
        if not as_json and not quiet:
            print(f"critlocus: {'; '.join(found.complaints)}", file=sys.stderr)
        raise typer.Exit(NOT_CONFIRMED)


@app.command()
def info(as_json: Json = False) -> None:
    """Print versions, the SIMD target in use, threads, and which solvers are available."""
    from critlocus.build import build_config

    config = build_config()
    if as_json:
        print(json.dumps(config))
        return
    for name, value in config.items():
        if isinstance(value, dict):
            print(f"{name}:")
            for key, text in value.items():
                print(f"  {key:<22} {text}")
        else:
            print(f"{name:<24} {value}")


def _data(data: str, network: Any, x: str | None, y: str | None, weights: str | None) -> Any:
    if data.startswith("generic"):
        from critlocus.losses import parse_generic

        parse_generic(data)
        return data
    from critlocus.data_files import read_data

    return read_data(data, network, _columns(x), _columns(y), weights)


def _columns(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",")]


def _regularizer(text: str) -> Any:
    if text == "generic":
        return text
    try:
        return float(text)
    except ValueError:
        from critlocus.data_files import read_regularizer

        return read_regularizer(text)


def _print(found: dict[str, Any], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print(json.dumps(found))
    elif not quiet:
        if found["space"] == "functions":
            from critlocus.functions.report import print_functions as printed
        elif found["space"] == "loci":
            from critlocus.loci.report import print_loci as printed
        else:
            from critlocus.analysis.report import print_summary as printed

        printed(_console(), found)
        if found.get("draws"):
            from critlocus.analysis.draws_report import print_draws

            print_draws(_console(), found["draws"])


def _console() -> Any:
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 120, highlight=False)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Reporter]:
    if not shown or not sys.stderr.isatty():
        yield silent
        return
    from critlocus.analysis.progress_bar import progress_bar

    with progress_bar() as report:
        yield report
