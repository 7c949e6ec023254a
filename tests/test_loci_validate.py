# Validation of witness sets: what was found is confirmed; a file in which anything was changed is not.
import json
import re
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

import critlocus
from critlocus.errors import FileError
from critlocus.loci.run import witness_sets
from critlocus.validate import validate


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loci")
    for method in ("strata", "slices"):
        witness_sets("2-1-2", seed=6, method=method, out=folder / f"{method}.h5")
    return folder


def changed(files, tmp_path, method, change):
    path = tmp_path / "run.h5"
    shutil.copy(files / f"{method}.h5", path)
    with h5py.File(path, "r+") as file:
        change(file)
    return path


def put(name, value, where=...):
    def change(file):
        file[name][where] = value(file[name][where]) if callable(value) else value

    change.name = name
    return change


def attribute(name, value, group="components/0"):
    def change(file):
        file[group].attrs[name] = value(file[group].attrs[name]) if callable(value) else value

    change.name = name
    return change


def replaced(name, value):
    def change(file):
        old = file[name][()]
        del file[name]
        file[name] = value(old)

    change.name = name
    return change


def without_its_first_point(file):
    for name in ("points", "certified", "radius"):
        replaced(f"components/0/{name}", lambda old: old[1:])(file)
    file["components/0"].attrs["degree"] -= 1


def twice(file):
    for name in ("points", "certified", "radius"):
        replaced(f"components/0/{name}", lambda old: np.concatenate([old, old[:1]]))(file)
    file["components/0"].attrs["degree"] += 1


def joined(file):
    # both components of dimension 1 lie on one slice
    for name in ("points", "certified", "radius"):
        other = file[f"components/1/{name}"][()]
        replaced(f"components/0/{name}", lambda old, other=other: np.concatenate([old, other]))(file)
    file["components/0"].attrs["degree"] += file["components/1"].attrs["degree"]


def of_the_other(name):
    def change(file):
        other = file[f"components/1/{name}"][()]
        replaced(f"components/0/{name}", lambda old: other)(file)

    return change


def copied(file):
    file.copy("components/0", "components/3")


def meta(path, value):
    def change(file):
        found = json.loads(bytes(file["meta"][:]))
        inner = found
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        del file["meta"]
        file["meta"] = np.frombuffer(json.dumps(found).encode(), dtype="u1")

    return change


def shifted(x):
    return x + 1e-3


BOTH = [
    (put("components/0/points", shifted, (0, 0)), "the slice"),
    (put("components/0/points", np.nan, (0, 0)), "the shape"),
    (put("components/0/points", shifted), "the certificates|the gradient"),
    (put("components/2/points", shifted, (0, 1)), "component 2: the boxes"),
    (put("components/0/matrix", shifted, (0, 2)), "the slice"),
    (put("components/0/constants", shifted), "the slice"),
    (put("components/0/radius", lambda r: 100 * r, (0, 0)), "the boxes"),
    (put("components/0/radius", np.nan, (0, 0)), "the boxes"),
    (put("components/0/function", shifted, 0), "the function"),
    (put("components/0/real_point", shifted, 0), "the real point"),
    (of_the_other("real_point"), "the real point"),  # a critical point, but of another component
    (put("components/0/signature", [1, 1, 2]), "the signature is"),
    (put("components/0/function_signature", [1, 0, 2]), "the signature on functions"),
    (replaced("components/0/points", lambda old: old[:, 1:]), "the shape"),
    (replaced("components/0/matrix", lambda old: old[:0]), "the shape"),
    (replaced("components/0/constants", lambda old: np.concatenate([old, old])), "the shape"),
    (replaced("components/0/certified", lambda old: old[1:]), "the shape"),
    (replaced("components/0/radius", lambda old: old[1:]), "the shape"),
    (replaced("components/0/function", lambda old: old[1:]), "the shape"),
    (replaced("components/0/real_point", lambda old: old[1:]), "the shape"),
    (replaced("components/0/signature", lambda old: old[1:]), "the shape"),
    (lambda file: file.pop("components/0/real_point"), "the signature"),
    (attribute("dimension", 2), "the shape"),
    (attribute("degree", 3), "the shape"),
    (attribute("residual", 1e-3), "the gradient"),
    (attribute("trace", -1.0), "the trace"),
    (attribute("trace", 0.1), "the irreducibility"),
    (attribute("rank", 2), "the rank"),
    (attribute("exact_rank", lambda old: not old), "the rank"),
    (attribute("pure", False), "the rank"),
    (attribute("function_rank", 2), "the rank"),
    (attribute("loss", lambda old: old + 1e-3), "the loss"),
    (attribute("loss_spread", 1e-3), "the loss"),
    (attribute("function_spread", 1e-3), "the function"),
    (attribute("corank", 2), "the kernel"),
    (attribute("index_evidence", "certain"), "the signature"),
    (attribute("irreducible", False), None),  # nothing is claimed
    (without_its_first_point, "the trace"),
    (twice, "the distinctness"),
    (copied, "components 0 and 3 are the same"),
    (joined, "the irreducibility"),
    (put("moments", shifted, 0), "the moments"),
    (put("data/inputs", shifted, (0, 0)), "the moments"),
    (put("data/outputs", shifted, (0, 0)), "the moments"),
    (replaced("data/inputs", lambda old: old[:, 1:]), "the data do not fit"),
    (replaced("data/outputs", lambda old: old[1:]), "the data do not fit"),
    (attribute("generic_rank", 2, "/"), "the generic rank"),
    (lambda file: file.pop("components/2"), "numbers of components and points"),
]
STRATA = [
    (attribute("stratum", "0,0 [0]"), "the stratum"),
    (attribute("stratum", "5,5 [5]"), "the stratum"),
    (meta(("evidence", "n_strata"), 3), "the strata"),
    (meta(("evidence", "strata"), [{}]), "the evidence is damaged"),
    (meta(("evidence", "strata", 0, "points"), 5), "numbers of components and points"),
    (meta(("evidence", "strata", 0, "dimension"), 2), "the strata"),
    (meta(("evidence", "strata", 0, "lost"), 1), "points of the stratum .* were lost"),
]
SLICES = [
    (attribute("stratum", "1,1 [1]"), None),
    (meta(("evidence", "dimensions", 2, "witness_points"), 5), "numbers of components and points"),
    (meta(("evidence", "dimensions", 1, "status"), "not examined"), "not all dimensions were examined"),
    (meta(("evidence", "dimensions"), []), "all dimensions"),
    (meta(("evidence",), {}), "the evidence is damaged"),
]
CASES = [("strata", *c) for c in BOTH + STRATA] + [("slices", *c) for c in BOTH + SLICES]


@pytest.mark.parametrize(("method", "change", "complaint"), CASES)
def test_changed_files(files, tmp_path, method, change, complaint):
    found = validate(critlocus.load(changed(files, tmp_path, method, change)))
    text = "\n".join(found.complaints)
    if complaint is None:
        assert found.ok, text
    else:
        assert not found.ok
        assert re.search(complaint, text), text


def test_every_dataset_and_attribute_was_changed(files):
    names = {getattr(change, "name", None) for _, change, _ in CASES}
    with h5py.File(files / "strata.h5") as file:
        component = file["components/0"]
        everything = {"moments", *(f"data/{name}" for name in file["data"]), *component.attrs}
        everything |= {f"components/0/{name}" for name in component}
    assert everything <= names


def test_weight_names_must_be_those_of_the_network(files, tmp_path):
    path = changed(files, tmp_path, "strata", put("weight_names", b"nobody", 0))
    with pytest.raises(FileError, match="its weights are not those of 2-1-2"):
        critlocus.load(path)


@pytest.mark.parametrize(("network", "options"), [
    ("2-2-2", {}), ("2-1-1-2", {}), ("2-3-1", {}), ("2-2-1:x^2", {"method": "slices", "max_paths": 125}),
    ("1-1-1:x^3", {}), ("1-1-1+bias", {}),
])  # fmt: skip
@pytest.mark.parametrize("seed", range(3))
def test_what_was_found_is_confirmed(tmp_path, network, options, seed):
    witness_sets(network, seed=seed, out=tmp_path / "run.h5", **options)
    assert validate(critlocus.load(tmp_path / "run.h5")).complaints == []


def test_command_line(files, tmp_path):
    def run(path):
        return subprocess.run(
            [sys.executable, "-m", "critlocus", "validate", str(path)], capture_output=True, text=True, check=False
        )

    good = run(files / "strata.h5")
    assert (good.returncode, "every claim of the file was confirmed" in good.stdout) == (0, True)
    bad = run(changed(files, tmp_path, "strata", put("components/0/points", shifted, (0, 0))))
    assert (bad.returncode, "component 0: the slice is not confirmed" in bad.stdout) == (1, True)
