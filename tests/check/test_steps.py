"""Every claim that `explain -o steps.json` writes is one that `check` can read, and never calls wrong."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import graphbp
from graphbp.api import Network, examples
from graphbp.check.checker import Checker
from graphbp.check.files import claims_in
from graphbp.check.reading import read_claim
from graphbp.check.steps import step_claims
from graphbp.errors import FileProblem, GraphbpError
from tests.check.cases import contents

READINGS = ("unit", "layer", "entry", "path", "closed")
GALLERY = tuple(examples())
OTHERS = ("convolution", "pooling", "layer-norm", "embeddings", "attention-head", "strided-channels", "data-mean")
MOST_JUDGED = 25
"""So many claims of a network are judged; all are read."""


@cache
def exported(name: str, folder: Path) -> tuple[str, ...]:
    """The claims of all readings and details of a network that apply, each once."""
    found: dict[str, None] = {}
    for reading in READINGS:
        for detail in ("brief", "normal", "full"):
            path = folder / "steps.json"
            try:
                fresh(name).explain(reading=reading, detail=detail).save(path)
            except GraphbpError:
                continue
            found |= dict.fromkeys(claim for _, claim in step_claims(path.read_text(encoding="utf-8"), "steps.json"))
    return tuple(found)


@cache
def network(name: str) -> Network:
    """The network that claims are read for."""
    return fresh(name)


def fresh(name: str) -> Network:
    """A network of the gallery, or of the corpus of claims."""
    if name in GALLERY:
        return graphbp.example(name)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.yaml"
        path.write_text(str(contents(name)["network"]), encoding="utf-8")
        return graphbp.load(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all exports of this module."""
    return tmp_path_factory.mktemp("steps")


@pytest.mark.parametrize("name", [*GALLERY, *OTHERS])
def test_every_claim_can_be_read(name: str, folder: Path) -> None:
    claims = exported(name, folder)
    assert claims
    for claim in claims:
        assert read_claim(claim, network(name), "plain").lines, claim


@pytest.mark.parametrize("name", GALLERY)
def test_no_claim_is_called_wrong(name: str, folder: Path) -> None:
    claims = exported(name, folder)
    checker = Checker(network(name))
    judged = claims[:: 1 + len(claims) // MOST_JUDGED]
    outcomes = {claim: checker.check(claim).outcome for claim in judged}
    assert not {claim: outcome for claim, outcome in outcomes.items() if outcome in ("wrong", "unreadable")}
    assert list(outcomes.values()).count("undecided") <= max(1, len(judged) // 10)


def test_steps_are_claims_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "steps.json"
    graphbp.example("chain-rule-two-paths").explain(reading="path").save(path)
    entries = {entry.id: entry.text for entry in claims_in(path.read_text(encoding="utf-8"), ".json")}
    assert entries["1.1"].split("\n")[-1] == "dz/ds = P_1 + P_2"
    assert entries["1.1"].split("\n")[:2] == ["P_1 = dx/ds * dz/dx", "P_2 = dy/ds * dz/dy"]
    assert entries["1.2"].endswith("dz/ds = P_1 + P_2")


@pytest.mark.parametrize("data", [[], {"steps": 3}, {"steps": [{"id": "1"}]}, {"cells": []}])
def test_other_json_is_refused(data: object) -> None:
    with pytest.raises(FileProblem, match="no steps"):
        claims_in(json.dumps(data), ".json", "x.json")
