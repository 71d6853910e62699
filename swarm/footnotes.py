"""What commits say below their message, read off history: who did what, for which task, and why.

One walk of git over the messages behind a commit, and no diff: a commit of which none
of its lines is asked for costs what its message weighs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from swarm import saying
from swarm.records import shown

if TYPE_CHECKING:
    from swarm.git import Repo

VERB: Final = "Swarm-Verb"
AGENT: Final = "Swarm-Agent"
TASK: Final = "Swarm-Task"
BYPASS: Final = "Swarm-Bypass"
PAID: Final = "Swarm-Bypass-Paid"

_ITS_OWN = {BYPASS.lower(), PAID.lower()}
_LAST = 2**40  # a commit may claim any date


class Note(NamedTuple):
    """A commit's trailers that begin with Swarm-, each name with its values.

    A squash holds several messages, and says what all of them did. What is owed, and
    what is paid, it says itself, in the last of its paragraphs: others may be quoted.
    """

    commit: str
    when: int
    author: str
    said: Mapping[str, Sequence[str]]

    def last(self, name: str) -> str:
        """What it says by a name; a squash says it more than once."""
        return self.said.get(name, ("",))[-1]

    @property
    def who(self) -> str:
        """The run that it names, else the author whom git knows."""
        return self.last(AGENT) or self.author


def read(repo: Repo, head: str, *names: str) -> list[Note]:
    """The commits behind a commit that say any of some trailers, the newest first."""
    if not head:
        return []
    greps = [f"--grep=^{name}[ \t]*:" for name in names]
    told = repo.run(
        "log", "-z", "--basic-regexp", "-i", *greps, "--format=%H%x00%at%x00%an%x00%B",
        "--encoding=UTF-8", "--no-color", "--no-show-signature", "--end-of-options", head, "--",
    )  # fmt: skip
    fields = told.decode("utf-8", "replace").split("\0")
    rows = zip(fields[0::4], fields[1::4], fields[2::4], fields[3::4], strict=False)
    notes = (_note(*row) for row in rows)
    return [each for each in notes if any(name in each.said for name in names)]


def _note(commit: str, when: str, author: str, message: str) -> Note:
    said: dict[str, list[str]] = {}
    last = saying.trailers(message)
    for name, value in saying.everywhere(message):
        if name.startswith("swarm-") and (name not in _ITS_OWN or (name, value) in last):
            said.setdefault(name.title(), []).append(value)
    seconds = min(int(when), _LAST) if when.isdecimal() else 0
    return Note(commit, seconds, author, said)


def touched(repo: Repo, commits: Iterable[str]) -> dict[str, list[str]]:
    """The paths that each of some commits changed; of a merge, what differs from all parents."""
    wanted = set(commits)
    found: dict[str, list[str]] = {}
    if not wanted:
        return found
    told = repo.run(
        "diff-tree", "--stdin", "-r", "-c", "--root", "--no-renames", "--name-only", "-z",
        stdin="".join(f"{each}\n" for each in wanted).encode(),
    )  # fmt: skip
    here: list[str] = []
    for token in filter(None, told.split(b"\0")):
        name = shown(token.removesuffix(b"\n"))
        if name in wanted:
            here = found.setdefault(name, [])
        else:
            here.append(name)
    return found
