"""What verifies something: the commands, tests and guards that a text names, if they are there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from shlex import quote
from typing import Protocol

from swarm import mission
from swarm.records import MISSION, Problem

GUARDS = "tools/guards/"

_BY = re.compile(
    r"(?<!not )(?<!never )(?<!yet )(?<!yet be )(?<!to be )"
    r"\b(?:verif\w*|(?:check|guard|test|prov|enforc)\w* by)\b", re.IGNORECASE,
)  # fmt: skip
_NOT_YET = re.compile(r"\bunverif|\b(?:not|never|yet|to be)(?: be)? verif", re.IGNORECASE)
_ITS_NAME = "command commands test tests guard guards verifier name path"  # and not the thing
_IDLE = frozenset(("true", ":", "echo", "printf", "exit"))
_RUNS = re.compile(r"(?:[bdz]|k|da|)sh|python[\d.]*|node|ruby|perl|php|env|exec|time|timeout")
_QUOTED = re.compile(r"`([^`\n]+)`")
_TEST = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__)/|(?:^|/)test_[^/]*$|[._-](?:test|spec)s?\.\w+$"
)


class Files(Protocol):
    """Where files are looked for: their modes as git has them, `040000` a folder, empty none."""

    def mode(self, path: str) -> str: ...
    def raw(self, path: str) -> bytes | None: ...


def named(text: str) -> Iterator[str]:
    """The commands, tests and guards that a text names; where it says `verified by`, after that."""
    by = _BY.search(text)
    said = text[by.end() :] if by else text
    for found in _QUOTED.finditer(said):
        command = found[1].strip()
        counts = by or (" " in command and not _NOT_YET.search(text)) or _is_path(command)
        if counts and mission.says(command, _ITS_NAME) and not _is_idle(command):
            yield command
    for word in re.split(r"[\s\"'()<>,;|]+", _QUOTED.sub(" ", said)):
        if _is_path(word):
            yield word.rstrip(".:")


def unverified(text: str) -> str:
    """What a text says before it says by what that is verified."""
    return _BY.split(_QUOTED.sub("", text))[0]


def _is_idle(command: str) -> bool:
    """Whether a command passes whatever is so."""
    return command.split(maxsplit=1)[0].rpartition("/")[2] in _IDLE


def _is_path(word: str) -> bool:
    """Whether a word is surely the name of a test or of a guard."""
    path = word.partition("::")[0].rstrip(".:")
    return len(word) < 500 and bool(path.startswith(GUARDS) or _TEST.search(path))


def lost(line: int, verifiers: Iterable[str], files: Files) -> Iterator[Problem]:
    """Verifiers that name what is not there, or cannot be run."""
    for verifier in verifiers:
        for path, inner in _paths(verifier):
            mode = files.mode(path.rstrip("/"))
            if not mode:
                what = f"a verifier names {path}, which is not here"
                yield Problem(MISSION, line, what, f"write {path}, or name what is there")
            elif path.startswith(GUARDS) and mode == "100644":
                what = f"a verifier names {path}, which is not executable"
                yield Problem(MISSION, line, what, f"chmod +x {quote(path)}")
            elif inner:
                yield from _not_in(line, path, inner, files)


def _not_in(line: int, path: str, inner: str, files: Files) -> Iterator[Problem]:
    """What is named inside a test's file, such as `::test_reads`, and is not in it."""
    text = (files.raw(path) or b"").decode("utf-8", "replace")
    parts = [part for part in re.split(r"::|\[.*", inner) if part]
    for absent in [part for part in parts if part not in text][:1]:
        what = f"a verifier names {path}::{inner}, and {path} holds no {absent}"
        yield Problem(MISSION, line, what, f"write {absent} in {path}, or name what is there")


def _paths(verifier: str) -> Iterator[tuple[str, str]]:
    """What of a command is surely the name of a file here: a test, a guard, what it runs.

    All else may be anything: a branch, an image, what the command is going to make.
    """
    words = [each for each in re.split(r"[\s'\"]+", verifier) if each]
    run = _run(words)
    for at, word in enumerate(words):
        path, _, inner = word.partition("::")
        path = path.removeprefix("./").rstrip(".,;:)")
        if path.startswith(("-", "/", "~", "$", "@")) or re.search(r"[*?\[\]{}$=]|://|\.\.", path):
            continue
        if len(path) < 500 and (_is_path(path) or (at == run and "/" in path)):
            yield path, inner


def _run(words: list[str]) -> int:
    """Which word of a command is the program, or the script that a program is told to run."""
    at = 0
    while at < len(words) - 1 and _RUNS.fullmatch(words[at].rpartition("/")[2]):
        at += 1
        while at < len(words) - 1 and _goes_before(words[at]):
            at += 1
    return at


def _goes_before(word: str) -> bool:
    """Whether a word only says how the next one is run: `-u`, `A=1`, `60`; `-c` says what."""
    return "=" in word or word.isdecimal() or (word[0] == "-" and word not in ("-c", "-m", "-e"))
