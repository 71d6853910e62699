"""A task's command as text: its words, and what of it may name a file. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath
from shlex import quote

from swarm.errors import UsageError

MOST_BYTES = 32_768  # more would not fit into a record's head, and nobody would read it

_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.""", re.DOTALL)
_SIGNS = re.compile(r"[|&;<>`\n]|\$[\w({$?!@#*-]|(?:^|\s)#")
_PATH = re.compile(r"[\w./@%+~*?\[\]-]+")

# What these read first, in the folder they work in, whatever else they are told.
_READS = {
    "make": ("Makefile", "makefile", "GNUmakefile"), "gmake": ("GNUmakefile", "Makefile"),
    "just": ("justfile", "Justfile"), "tox": ("tox.ini", "pyproject.toml"),
    "pytest": ("conftest.py", "pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"),
    "nox": ("noxfile.py",), "npm": ("package.json",), "pnpm": ("package.json",),
    "yarn": ("package.json",), "cargo": ("Cargo.toml",), "rake": ("Rakefile",),
}  # fmt: skip


def words(command: str) -> list[str]:
    """A command as a list. Shell signs outside quotes would be plain arguments: refused."""
    if len(command.encode("utf-8", "replace")) > MOST_BYTES:
        what = f"a command of more than {MOST_BYTES // 1024} KiB"
        raise UsageError(what, remedy="write it into a script, and name that")
    try:
        found = shlex.split(command)
    except ValueError as error:
        what = f"{command!r} is no command: {error}"
        raise UsageError(what, remedy='--verify "python -m pytest tests/test_x.py"') from error
    if not found or not found[0] or "\0" in command:
        raise UsageError(f"{command!r} is no command", remedy='--verify "make test"')
    sign = _SIGNS.search(_QUOTED.sub("''", command))
    if sign:
        what = f"{sign[0].strip() or 'a new line'!r} is for a shell, and it runs without one"
        remedy = f"--verify {quote('sh -c ' + quote(command))}"
        raise UsageError(what, where=command, remedy=remedy)
    return found


def mentioned(command: str) -> frozenset[str]:
    """Whatever in a command may be a path, or the end of one. Too much does no harm."""
    found: set[str] = set()
    listed = words(command)
    for word, after in zip(listed, [*listed[1:], ""], strict=True):
        for each in (word, *_inner(word)):
            found.update(_ends(each))
            for part in _PATH.findall(each):
                found.update(_ends(part))
        if word.startswith("-m"):
            found.update(_of_module(word[2:] or after))
    return frozenset(each for each in found if each and len(each) <= 1_000)


def implied(named: frozenset[str]) -> frozenset[str]:
    """The names of files that the programs in a command read without being told."""
    programs = {PurePosixPath(each).name for each in named}
    return frozenset(name for each in programs for name in _READS.get(each, ()))


def _inner(word: str) -> Iterator[str]:
    """The words of a script in a word, such as that of `sh -c '…'`."""
    if not any(each.isspace() for each in word):
        return
    try:
        yield from shlex.split(word)
    except ValueError:
        yield from word.split()


def _ends(text: str) -> Iterator[str]:
    """A text and what it may hold: `@args`, `-fx.mk`, `$PWD/run.sh`, `/home/me/repo/run.sh`."""
    if len(text) > 1_000:
        return
    yield text
    if text.startswith("-"):
        yield text[2:]
    text = text.lstrip("@")
    while text:
        yield text
        text = text.partition("/")[2]


def _of_module(name: str) -> Iterator[str]:
    """Where `python -m name` looks: a file, or a folder with all that is in it."""
    if name and all(part.isidentifier() for part in name.split(".")):
        yield name.replace(".", "/")
        yield f"{name.replace('.', '/')}.py"
