# The suite in docs/suites.md is a suite, and all of it agrees.
import re
from pathlib import Path

import critlocus

PAGE = Path(__file__).parent.parent / "docs" / "suites.md"


def test_the_example_runs(tmp_path):
    text = re.search(r"```toml\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)[1]
    (tmp_path / "mine.toml").write_text(text)
    found = critlocus.bench(tmp_path / "mine.toml").summary()
    assert [row["verdict"] for row in found["rows"]] == ["agrees", "agrees", "no expectation"]


def test_every_suite_and_quantity_is_named():
    from critlocus.suites.suite import OPTIONS, QUANTITIES, shipped

    text = PAGE.read_text()
    for name in [*shipped(), *(key for job in (*QUANTITIES.values(), *OPTIONS.values()) for key in job), *QUANTITIES]:
        assert f"`{name}`" in text
