import json
from pathlib import Path

import pytest

FILES = Path(__file__).parent / "files"


def pytest_addoption(parser):
    parser.addoption("--run-slow", action="store_true", help="also run the tests that take minutes")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--run-slow") or "slow" in (config.getoption("-m") or ""):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="takes minutes: run with --run-slow"))


def known_counts():
    return json.loads((FILES / "known_counts.json").read_text())
