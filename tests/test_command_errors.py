# Every command: what cannot be used, printed or written is one line and a code, before the work begins where that can
# be known; Ctrl-C is told; JSON is valid.
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import critlocus
from critlocus.bottlenecks import Bottlenecks
from critlocus.errors import FileError, InputError
from critlocus.json_text import json_text
from critlocus.number_size import LARGEST
from critlocus.replace_file import check_writable, refuse_to_overwrite
from critlocus.system import System
from critlocus.voronoi.cell import VoronoiCell

COMMAND = [sys.executable, "-m", "critlocus"]
ELLIPSE = "equations:x^2/4+y^2-1"
QUARTIC = "equations:x^4+2*y^4+3*z^4-x*y-z-1"
LINE = ["discriminant", ELLIPSE, "--line", "0 0,3 1"]
WRITING = [LINE, ["bottlenecks", ELLIPSE], ["voronoi", ELLIPSE]]


def run(*arguments, cwd=None, **options):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, cwd=cwd, check=False, **options)


def in_shell(text, *arguments, cwd=None):
    """Run ``text`` in a shell, where $@ is the command."""
    command = ["bash", "-c", text, "bash", *COMMAND, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def is_refused(outcome, message):
    assert outcome.returncode == 2, outcome.stderr
    assert len(outcome.stderr.strip().splitlines()) == 1, outcome.stderr
    assert outcome.stderr.startswith("critlocus: ")
    assert message in outcome.stderr


@pytest.mark.parametrize("variety", ["x", "x^2-1", "x^2-1,y-1"])
@pytest.mark.parametrize("question", [[], ["--distance"]])
def test_finitely_many_points_have_no_discriminant(variety, question):
    is_refused(run("discriminant", f"equations:{variety}", *question), "consists of finitely many points")


@pytest.mark.parametrize(
    "arguments", [LINE, ["bottlenecks", ELLIPSE, "--json"], ["solve", "2-1-2"], ["info"], ["--help"]]
)
def test_output_that_cannot_be_written(arguments):
    is_refused(in_shell('"$@" >/dev/full', *arguments), "standard output cannot be written (No space left on device)")
    assert in_shell('"$@" >/dev/full 2>/dev/full', *arguments).returncode == 2


@pytest.mark.parametrize("arguments", [LINE, ["bottlenecks", ELLIPSE], ["info"]])
def test_closed_output(arguments, tmp_path):
    is_refused(in_shell('"$@" >&-', *arguments), "standard output cannot be written (it is closed)")
    if arguments != ["info"]:  # nothing is lost that was not wanted
        quiet = in_shell('"$@" >&-', *arguments, "-q", "--out", "a.h5", cwd=tmp_path)
        assert (quiet.returncode, quiet.stderr) == (0, "")
        assert critlocus.load(tmp_path / "a.h5") is not None
    assert in_shell('"$@" 2>&-', "variety", "banana").stdout == ""


@pytest.mark.parametrize("reader", ["true", "head -1"])
def test_a_reader_that_has_read_enough(reader):
    outcome = in_shell('"$@" | ' + reader + '; exit "${PIPESTATUS[0]}"', *LINE)
    assert (outcome.returncode, outcome.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["discriminant", ELLIPSE, "--line", "1e300 0,-1e300 1"], "1e+300 are too large"),
        (["discriminant", ELLIPSE, "--distance", "--u", "1e200 0", "-q"], "1e+200 are too large"),
        ([*LINE, "--interval=0,1e200"], "rescale the targets"),
        (["voronoi", ELLIPSE, "--at", "1e300,0"], "too large"),
        (["solve", "2-1-2", "--regularize", "1e200"], "too large"),
        (["solve", "2-1-1:poly(0,1e300)"], "too large"),
        (["variety", "equations:1e300*x^2+y^2-1"], "too large"),
        (["variety", "equations:1e400*x^2+y^2-1"], "too large"),
        (["variety", "equations:x/1e-300+y^2"], "too large"),
        (["variety", "equations:(10^100)^100*x+y^2"], "too large"),
        (["solve", "2-1-2", "--data", "generic:99999999999999"], "not enough memory"),
    ],
)
def test_huge_numbers(arguments, message):
    is_refused(run(*arguments), message)


def test_numbers_at_the_limit():
    found = critlocus.Discriminant(ELLIPSE)
    with pytest.raises(InputError, match="times the metric"):
        critlocus.Discriminant("2-1-1:x^2", "gaussian").parameters(np.full(3, LARGEST))
    assert found.parameters([LARGEST, 0]).tolist() == [LARGEST, 0]
    assert System(["1e100*x - 1"], ["x"]) is not None


def test_json_is_valid_whatever_is_in_it():
    value = {"a": [float("inf"), float("nan"), np.float64("-inf"), np.int64(3), np.array([1.5, np.nan])], "b": (True,)}
    assert json.loads(json_text(value)) == {"a": [None, None, None, 3, [1.5, None]], "b": [True]}
    outcome = run("discriminant", ELLIPSE, "--distance", "--u", "1e20 0", "--json")
    assert json.loads(outcome.stdout, parse_constant=pytest.fail)["distance"] is None
    assert outcome.stderr == ""


@pytest.mark.parametrize("command", WRITING)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "no/a.h5"], "cannot be written (No such file or directory)"),
        (["--out", "."], "cannot be written (Is a directory)"), (["--out", "notes.txt"], "choose another --out"),
        (["--out", "a" * 250 + ".h5"], "File name too long"), (["--picture", "no/a.png"], "cannot be written"),
        (["--picture", "a.gif"], "use one of .png"), (["--out", "a.png", "--picture", "a.png"], "files of their own"),
    ],
)  # fmt: skip
def test_places_are_tried_first(command, options, message, tmp_path):
    (tmp_path / "notes.txt").write_text("notes")
    outcome = run(*command, *options, cwd=tmp_path)
    is_refused(outcome, message)
    assert outcome.stdout == ""
    assert os.listdir(tmp_path) == ["notes.txt"]
    assert (tmp_path / "notes.txt").read_text() == "notes"


@pytest.mark.parametrize("command", [*WRITING, ["solve", "1-1-1", "--regularize", "none"]])
def test_a_full_disk_leaves_the_summary(command):
    outcome = run(*command, "--out", "/dev/full")
    is_refused(outcome, "/dev/full cannot be written (No space left on device)")
    assert outcome.stdout == run(*command).stdout or command[0] == "solve"  # which prints seconds
    assert len(outcome.stdout.splitlines()) > 3


def test_pictures_need_matplotlib(tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    outcome = run(*LINE, "--picture", "a.png", cwd=tmp_path, env={**os.environ, "PYTHONPATH": path})
    is_refused(outcome, "need matplotlib")
    assert outcome.stdout == ""


def test_trying_a_file_leaves_it_alone(tmp_path):
    path = tmp_path / "a.h5"
    path.write_bytes(b"old")
    check_writable(path)
    check_writable(tmp_path / "new.h5")
    check_writable("/dev/null")
    refuse_to_overwrite("/dev/null", "kind", "is no device")
    assert os.listdir(tmp_path) == ["a.h5"]
    assert path.read_bytes() == b"old"
    with pytest.raises(FileError, match="Is a directory"):
        check_writable(tmp_path)


@pytest.mark.parametrize(("command", "kind"), [("bottlenecks", Bottlenecks), ("voronoi", VoronoiCell)])
@pytest.mark.parametrize("variety", [ELLIPSE, "matrices:2x2,rank=1", "equations:x^2+y^2-1"])
def test_files_of_normals(command, kind, variety, tmp_path):
    made = run(command, variety, "--out", "a.h5", "--picture", "a.png", cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert isinstance(critlocus.load(tmp_path / "a.h5"), kind)
    assert run("show", "a.h5", cwd=tmp_path).stdout == made.stdout
    shown = json.loads(run("show", "a.h5", "--json", cwd=tmp_path).stdout, parse_constant=pytest.fail)
    assert shown == json.loads(json_text(critlocus.load(tmp_path / "a.h5").summary()))
    assert run("plot", "a.h5", "b.png", cwd=tmp_path).returncode == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    is_refused(run("validate", "a.h5", cwd=tmp_path), "cannot be proven again")
    is_refused(run("plot", "a.h5", "b.png", "--draws", cwd=tmp_path), "belong to landscapes")
    whole = (tmp_path / "a.h5").read_bytes()
    (tmp_path / "a.h5").write_bytes(whole[: len(whole) // 2])
    is_refused(run("show", "a.h5", cwd=tmp_path), "a.h5")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*LINE[:2], "--plane", "generic", "--window="], "--window: the text is empty"),
        (["discriminant", ELLIPSE, "--distance", "--u", " "], "--u: the text is empty"),
        (["bottlenecks", ELLIPSE, "--metric", ""], "--metric: the text is empty"),
        (["export", "2-1-1", "--format", ""], "--format: the text is empty"), (["variety", ""], "subject: the text"),
        (["bench", "dimensions", "--only", ""], "--only: the text is empty"), (["show", ""], "file: the text is empty"),
        ([*LINE, "--threads", "0"], "threads: 0"), (["variety", "2-1-1", "--threads", "-3"], "threads: -3"),
        (["bench", "dimensions", "--threads", "0"], "threads: 0"), (["voronoi", ELLIPSE, "--seed", "-1"], "negative"),
        (["export", "2-1-1", "--format", "julia", "--seed", "9" * 20], "not below 2^63"),
        (["system", "pyproject.toml"], "critlocus: "), (["compare", "2-1-1", "--solvers", ","], "critlocus: "),
        (["bench", "."], "critlocus: "), (["variety", "2-1-1", "--at", "."], "critlocus: "),
    ],
)  # fmt: skip
def test_values_that_no_command_can_use(arguments, message):
    outcome = run(*arguments)
    is_refused(outcome, message)
    assert outcome.stdout == ""


@pytest.mark.parametrize("command", [
    ["discriminant", "3-2-1:x^2", "--metric", "generic", "--plane", "generic"],
    ["bottlenecks", QUARTIC],
    ["voronoi", "matrices:4x4,rank=2"], ["variety", "4-9-1:x^4"],
])  # fmt: skip
def test_ctrl_c_is_told(command):
    process = subprocess.Popen([*COMMAND, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    output, error = process.communicate(timeout=30)
    assert process.returncode == 130, error
    assert output == ""
    assert error.splitlines() == [
        "critlocus: stopped" if command[0] == "variety" else "critlocus: stopped; nothing was kept"
    ]


@pytest.mark.parametrize("variety", ["param:t", "segre:1x1"])
def test_a_line_is_a_linear_space(variety):
    outcome = run("bottlenecks", variety)
    assert outcome.returncode == 0, outcome.stderr
    assert "linear space" in outcome.stdout
