"""The spellings that the kinds share: header lines, table cells, ids in a sentence."""

from __future__ import annotations

import re
from typing import Any

# A session such as S355 is no id; a word with a hyphen needs a digit to be one.
_ID = re.compile(
    r"(?<![\w/.-])(?:[LPBFCTH]-?\d+[a-z]?|(?=[A-Z0-9-]*\d)[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+[a-z]?)"
    r"(?![\w/-]|\.\w)"
)
_EITHER = re.compile(r"(?<=\d)/(?=[A-Z][A-Z0-9]*-?[A-Z]*\d)")
LEVEL = re.compile(r"L?([1-5])\b")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[-.][A-Za-z0-9_]+)*")
_EMPHASIS = re.compile(r"\*\*|~~")
_FIELD = re.compile(r"[-*+]?\s*\**([A-Za-z]+(?:[ _-][A-Za-z]+){0,2})\**\s*[:=]\s*\**\s*(.*)$")
_PIPE = re.compile(r"(?<!\\)\|")
_RULE_CELL = re.compile(r":?-+:?")
_SENTENCE = re.compile(r"(?<=[.?!;])\s|\s[—–]\s|:\s|\s\(")
_COUNT = re.compile(r"\bn\s*=\s*(\d[\d,]*)", re.IGNORECASE)
_GRADES = {
    "measured": "measured verified confirmed replicated demonstrated tested",
    "observed": "observed empirical partially directional partial",
    "theorized": "theorized assumed structural derived synthesized reasoned designed design "
    "hypothesis hypothesized dream-hypothesis speculative simulated proposed",
}
_GRADE = {word: grade for grade, words in _GRADES.items() for word in words.split()}


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def ids(text: str) -> list[str]:
    """The ids in a text, each once, in order; `F-AI2/F-HLT2` are two of them."""
    apart = _EITHER.sub(" / ", text)
    return list(dict.fromkeys(found[0] for found in _ID.finditer(apart)))


def plain(text: str) -> str:
    """A text in one line, without the marks that only change how it looks."""
    return " ".join(_EMPHASIS.sub("", text).split())


def shorten(text: str, limit: int = 120) -> str:
    """A title: the first sentence, or as much of it as a title bears."""
    line = plain(text).strip(" .;:,-—–|")
    if len(line) <= limit:
        return line
    stops = [stop.start() for stop in _SENTENCE.finditer(line, 24, limit)]
    if stops:
        return line[: stops[-1]].rstrip(" .;:,")
    return line[:limit].rsplit(" ", 1)[0].rstrip(" .;:,(—–-") + "…"


def key_of(label: str) -> str:
    """A label as a key: `Falsified if` → `falsified_if`."""
    return re.sub(r"[\s-]+", "_", label.strip().lower())


def fields(line: str) -> list[tuple[str, str]]:
    """Every `Key: value` of a `|`-separated line that begins with one.

    A part without a key has the key "".
    """
    found: list[tuple[str, str]] = []
    for part in re.split(r"\s\|\s", line.strip()):
        match = _FIELD.match(part.strip())
        if not match and not found:
            return []
        found.append((key_of(match[1]), match[2]) if match else ("", part.strip()))
    return found


def cells(line: str) -> list[str]:
    """The cells of a table row; a pipe with a backslash before it is text."""
    return [cell.strip() for cell in pieces(line)]


def pieces(line: str) -> list[str]:
    """The cells with the blanks around them: joined by pipes again they are what they were."""
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.replace("\\|", "|") for cell in _PIPE.split(inner)]


def is_rule(row: list[str]) -> bool:
    """Whether a row only draws the line under a table's head."""
    return all(_RULE_CELL.fullmatch(cell) for cell in row if cell) and any(row)


def confidence(said: str) -> dict[str, Any]:
    """How sure a record is, in the words of this board and in its own, and its n."""
    first = re.search(r"[A-Za-z][\w-]*", plain(said))
    keys: dict[str, Any] = {}
    if first and first[0].lower() in _GRADE:
        keys["confidence"] = _GRADE[first[0].lower()]
    count = _COUNT.search(said)
    if count:
        keys["n"] = int(count[1].replace(",", ""))
    if plain(said).lower() != keys.get("confidence"):
        keys["confidence_said"] = plain(said)
    return keys


def linked(key: str, said: str) -> dict[str, Any]:
    """An edge key with the ids it names, and the words around them when there are any."""
    found = ids(said)
    bare = _ID.sub("", _EITHER.sub(" / ", plain(said)))
    rest = re.sub(r"\b(?:none|and|n/a)\b", "", bare, flags=re.IGNORECASE)
    keys: dict[str, Any] = {key: found} if found else {}
    if any(char.isalnum() for char in rest):
        keys[f"{key}_said"] = plain(said)
    return keys


def leading(key: str, said: str, number: re.Pattern[str]) -> dict[str, Any]:
    """The number a value begins with; the value itself when it says more."""
    found = number.match(said)
    if not found:
        return {f"{key}_said": plain(said)}
    value = float(found[1]) if "." in found[1] else int(found[1])
    more = found.end() < len(said)
    return {key: value, **({f"{key}_said": plain(said)} if more else {})}


def session(said: str) -> str:
    """A session's name: older rows leave the S away."""
    return f"S{said}" if said.isdigit() else said


def domains(said: str) -> dict[str, Any]:
    """A list of domains, from `brain/coordination` or `meta, governance`."""
    bare = re.sub(r"\([^)]*\)", " ", plain(said))
    found = [re.sub(r"\s+", "-", name.strip().lower()) for name in re.split(r"[,;/|+&]", bare)]
    keys: dict[str, Any] = {"domain": list(dict.fromkeys(filter(None, found)))}
    if bare != plain(said):
        keys["domain_said"] = plain(said)
    return keys if keys["domain"] else {"domain_said": plain(said)}
