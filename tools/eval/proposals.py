"""Ethereum's proposals as a history: foreign pages with no commits of their own.

Each becomes a commit on the day it was created, so that the product reads them
as it reads any repository whose `swarm.toml` names pages.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tools.eval.corpus import Corpus, Query
from tools.eval.repository import Failed, Repository, git, made

WARM_UP = 250  # proposals before the first question

_SETTINGS = b'[sources]\npages = ["EIPS/*.md"]\n'
_AUTHOR = b"author <author@example.org>"
_FILE = re.compile(r"(?:.*/)?eip-(\d+)\.md")
_HEAD = re.compile(rb"---\r?\n(.*?)\n---\s*?(?:\n|$)", re.DOTALL)
_KEY = re.compile(r"^([a-z-]+):[ \t]*(.*?)\s*$", re.MULTILINE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# ](./eip-20.md#events), [EIP-20]: ../EIPS/eip-20.md, href="eip-20": all but what names a host
_LINK = re.compile(
    rb"(?:\]\(|\]:\s*|href=\")\s*<?(?:\.{0,2}/)*(?:EIPS/)?eip-(\d+)(?:\.md)?(?=[)#\s\">])"
)
_NAMED = re.compile(rb"\bEIP-(\d+)")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A dated proposal with its text."""

    number: int
    created: str
    title: str
    description: str
    raw: bytes

    @property
    def name(self) -> str:
        return f"eip-{self.number}"

    @property
    def when(self) -> int:
        return int(datetime.fromisoformat(self.created).replace(tzinfo=UTC).timestamp())


def corpus(source: Path, root: Path) -> Corpus:
    """The proposals from the 251st on that name an earlier one."""
    told = read(source)
    repository = built(told, root)
    commits = [commit.id for commit in repository.commits()]
    if len(commits) != len(told) + 1:
        raise Failed(f"{root} was made from other proposals: remove it")
    queries, earlier = [], {proposal.name for proposal in told[:WARM_UP]}
    for at, proposal in enumerate(told[WARM_UP:], WARM_UP):
        truths = (names_in(proposal.raw) - {proposal.name}) & earlier
        earlier.add(proposal.name)
        if truths:  # commits[at] made the one before, since the first of all is the settings
            text = f"{proposal.title} {proposal.description}".strip()
            queries.append(Query(proposal.name, text, commits[at], truths))
    note = (
        f"{len(told)} dated proposals; from the {WARM_UP + 1}st on {len(queries)} name "
        "an earlier one"
    )
    return Corpus("EIPs", repository, tuple(queries), name_of, names_in, note)


def read(source: Path) -> tuple[Proposal, ...]:
    """The dated proposals of a folder or a tarball, oldest first."""
    if not source.exists():
        raise Failed(f"{source}: there is no such folder or tarball")
    files = _in_folder(source) if source.is_dir() else _in_tarball(source)
    found = [proposal for name, raw in files if (proposal := parse(name, raw))]
    return tuple(sorted(found, key=lambda each: (each.created, each.number)))


def parse(path: str, raw: bytes) -> Proposal | None:
    """A file as a proposal; none for what is no proposal, or a stub without a date."""
    number, keys = _FILE.fullmatch(path), _keys(raw)
    if not number or not _DATE.fullmatch(keys.get("created", "")):
        return None
    title, description = keys.get("title", ""), keys.get("description", "")
    return Proposal(int(number[1]), keys["created"], title, description, raw)


def built(proposals: Iterable[Proposal], root: Path) -> Repository:
    """A repository in which each proposal is one commit, made on its day."""
    return made(root, partial(_write, stream=b"".join(_stream(tuple(proposals)))))


def name_of(path: str) -> str | None:
    found = _FILE.fullmatch(path) if path.startswith("EIPS/") else None
    return f"eip-{found[1]}" if found else None


def names_in(raw: bytes) -> frozenset[str]:
    """The proposals that a file links to, names in its text, or requires."""
    head = _HEAD.match(raw)
    body = raw[head.end() :] if head else raw
    linked = {found.decode() for found in _LINK.findall(body) + _NAMED.findall(body)}
    required = set(re.findall(r"\d+", _keys(raw).get("requires", "")))
    return frozenset(f"eip-{int(number)}" for number in linked | required)


def _keys(raw: bytes) -> dict[str, str]:
    head = _HEAD.match(raw)
    rows = _KEY.findall(head[1].decode("utf-8", "replace")) if head else []
    return {key: value.strip("\"'") for key, value in rows}


def _stream(proposals: tuple[Proposal, ...]) -> Iterator[bytes]:
    """What `git fast-import` reads."""
    first = proposals[0].when if proposals else 0
    yield _commit("swarm.toml", _SETTINGS, first)
    for each in proposals:
        yield _commit(f"EIPS/{each.name}.md", each.raw, each.when)


def _commit(path: str, raw: bytes, when: int) -> bytes:
    who = b"%s %d +0000" % (_AUTHOR, when)
    head = b"commit refs/heads/main\nauthor %s\ncommitter %s\n" % (who, who)
    message = b"Add %s" % path.encode()
    return head + _data(message) + b"M 100644 inline %s\n" % path.encode() + _data(raw)


def _data(raw: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(raw), raw)


def _write(root: Path, stream: bytes) -> None:
    git(root.parent, "init", "-q", "--bare", "-b", "main", str(root))
    git(root, "fast-import", "--quiet", stdin=stream)


def _in_folder(source: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(source.rglob("eip-*.md")):
        yield path.name, path.read_bytes()


def _in_tarball(source: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(source) as archive:
        for member in archive:
            if file := archive.extractfile(member) if member.isfile() else None:
                yield member.name, file.read()
