"""The steps that `explain -o FILE.json` writes, as claims: each behind the lines that say what its names stand for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from graphbp.errors import FileProblem

Step = Mapping[str, Any]


def step_claims(text: str, name: str) -> Iterator[tuple[str, str]]:
    """The id of every step with its claim, behind the definitions of the names that the network does not have.

    Raises: FileProblem if the text is no such file.
    """
    steps, nodes = _read(text, name)
    for _, group in groupby(steps, lambda step: step["id"].split(".")[0]):
        kin = list(group)
        known = _definitions(kin, nodes)
        for step in kin:
            yield step["id"], "\n".join(_with_definitions(_lines(step, kin, known), known))


def _read(text: str, name: str) -> tuple[list[Step], set[str]]:
    try:
        data = json.loads(text)
        steps: list[Step] = [{**step, "id": str(step["id"]), "claim": str(step["claim"])} for step in data["steps"]]
        return steps, {str(node["name"]) for node in data.get("network", {}).get("nodes", ())}
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise FileProblem(
            f"{name} holds no steps of a derivation", fix="write it with graphbp explain NET -o steps.json"
        ) from None


def _definitions(kin: Sequence[Step], nodes: set[str]) -> dict[str, str]:
    """The line that defines each name: the formula of its entry, or the first step about a share."""
    found: dict[str, str] = {}
    for item in (item for step in kin for item in step.get("where") or ()):
        name, places = str(item.get("name")), item.get("indices") or ()
        if name in nodes or name in found:
            continue
        head = f"{name}[{', '.join(places)}]" if places else name
        line = _first(name, kin) if item.get("formula") is None else f"{head} = {item['formula']}"
        if line:
            found[name] = line
    return found


def _first(name: str, kin: Sequence[Step]) -> str:
    """The first line about a name."""
    return next((step["claim"] for step in kin if _left(step["claim"]) == name), "")


def _left(claim: str) -> str:
    return re.split(r"[\[ =]", claim, maxsplit=1)[0]


def _lines(step: Step, kin: Sequence[Step], known: Mapping[str, str]) -> list[str]:
    """The claim; behind a line that only defines a share the one that adds the shares up, for alone it says nothing."""
    claim = step["claim"]
    if known.get(_left(claim)) != claim:
        return [claim]
    users = (other["claim"] for other in kin if _left(claim) in _names(other["claim"].partition("=")[2]))
    return [claim, *[user for user in [next(users, "")] if user]]


def _names(text: str) -> set[str]:
    """The names in a text, those of derivatives (dp in dp/dz) without the d too."""
    words = re.findall(r"[^\W\d]\w*", text)
    return {*words, *(word[1:] for word in words if word[0] == "d")}


def _with_definitions(lines: list[str], known: Mapping[str, str]) -> list[str]:
    """The lines behind the definitions that they need, and those that these need."""
    missing = [line for name, line in known.items() if name in _names(" ".join(lines)) and line not in lines]
    return _with_definitions([*missing, *lines], known) if missing else lines
