"""What the oracle found, for a person, for a code scanner, for a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from swarm import render
from swarm.records import Answer, Line, Problem

FORMATS = ("text", "json", "sarif", "github")

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_GITHUB = {"error": "error", "warning": "warning", "note": "notice"}

_SHOWN_ALIKE = 3

Found = Mapping[str, Any]  # a finding, as JSON has it


def lines(answer: Answer, form: str) -> Iterator[Line]:
    """An answer of `swarm check` in one of the forms."""
    found = answer.data["findings"]
    heard = [each for each in found if each["level"] != "note" or answer.telling["notes"]]
    if form == "json":
        yield render.to_json("check", answer)
    elif form == "sarif":
        yield _one_line(_sarif(found))
    elif form == "github":
        yield from map(_annotation, heard)
    else:
        yield from _text(heard)
        checked = answer.data["checked"]
        if checked:
            yield f"{_counted(checked, 'change')} of the board; {_summary(found)}"


def _text(heard: Iterable[Found]) -> Iterator[Line]:
    """As a doctor tells it: of a range the commit first, of advice that is alike not all."""
    commit = ""
    for group in _alike(heard):
        if group[0]["commit"] != commit:
            commit = group[0]["commit"]
            yield [(f"commit {commit}", "bold")]
        shown = group if group[0]["level"] == "error" else group[:_SHOWN_ALIKE]
        for each in shown:
            told = render.problem(Problem(*(each[name] for name in Problem._fields)))
            yield [*told, (f"  [{each['rule']}: {each['why']}]", "dim")]
        if len(shown) < len(group):
            rest = len(group) - len(shown)
            yield [(f"  … {rest} more of {group[0]['rule']}: --json lists them", "dim")]


def _alike(heard: Iterable[Found]) -> Iterator[list[Found]]:
    """What one rule says of one commit at one level, in the order in which it was heard first."""
    groups: dict[tuple[str, ...], list[Found]] = {}
    for each in heard:
        groups.setdefault((each["commit"], each["level"], each["rule"]), []).append(each)
    yield from groups.values()


def _summary(found: Iterable[Found]) -> str:
    levels = [each["level"] for each in found]
    told = [_counted(levels.count(level), level) for level in _GITHUB if level in levels]
    return ", ".join(told) or "nothing is wrong"


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _annotation(each: Found) -> str:
    """A line that GitHub shows beside the file."""
    said = f"{each['what']} → {each['remedy']}"
    where = f" (commit {each['commit'][:12]})" if each["commit"] else ""
    place = f"file={_property(each['path'])},line={each['line'] or 1}"
    told = _data(f"{said}{where}")
    return f"::{_GITHUB[each['level']]} {place},title={_property(each['rule'])}::{told}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _sarif(found: Iterable[Found]) -> dict[str, Any]:
    rules = {each["rule"]: each["why"] for each in found}
    driver = {
        "name": "swarm",
        "rules": [{"id": name, "shortDescription": {"text": why}} for name, why in rules.items()],
    }
    results = [_result(each) for each in found]
    runs = [{"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": runs}


def _result(each: Found) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": quote(each["path"].encode("utf-8", "surrogateescape"))},
        "region": {"startLine": each["line"] or 1},
    }
    return {
        "ruleId": each["rule"],
        "level": each["level"],
        "message": {"text": f"{each['what']} → {each['remedy']}"},
        "locations": [{"physicalLocation": place}],
        "properties": {"commit": each["commit"]},
    }


def _one_line(told: dict[str, Any]) -> str:
    import json  # most forms need none

    return json.dumps(told).replace("\x7f", "\\u007f")
