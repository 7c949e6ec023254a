# The Python blocks of README and docs run as they stand, and the commands of the README exist.
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [
    pytest.param(block, id=f"{page.name}-{k}")
    for page in PAGES
    for k, block in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL))
]


@pytest.mark.parametrize("block", BLOCKS)
def test_python_blocks_run(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "block", "exec"), {})


def test_the_run_in_the_readme_is_what_the_command_prints(tmp_path):
    text = (ROOT / "README.md").read_text()
    command = re.search(r"\$ critlocus (solve .*)", text)[1].split()
    command[command.index("iris.h5")] = str(tmp_path / "iris.h5")
    outcome = subprocess.run(
        [sys.executable, "-m", "critlocus", *command], capture_output=True, text=True, cwd=ROOT, check=True
    )
    shown = re.search(r"\$ critlocus solve .*?\n\n(.*?)\nRead:", text, flags=re.DOTALL)[1]
    numbers = re.compile(r"^ *[│├].*", flags=re.MULTILINE)

    def stable(block):  # everything but times, path counts and versions
        lines = [" ".join(line.split()) for line in numbers.findall(block)]
        return [line for line in lines if not re.search(r"seconds|paths|\d\.\d\d ", line)]

    assert stable(shown) == stable(outcome.stdout)
    assert len(stable(shown)) > 8


def test_pictures(tmp_path):
    for command in (
        ["solve", "2-1-2", "--out", str(tmp_path / "run.h5"), "--quiet"],
        ["plot", str(tmp_path / "run.h5"), str(tmp_path / "run.png")],
        ["plot", str(tmp_path / "run.h5"), str(tmp_path / "run.svg")],
    ):
        subprocess.run([sys.executable, "-m", "critlocus", *command], check=True)
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")
    bad = subprocess.run(
        [sys.executable, "-m", "critlocus", "plot", str(tmp_path / "run.h5"), str(tmp_path / "run.gif")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert bad.returncode == 2
    assert len(bad.stderr.strip().splitlines()) == 1
