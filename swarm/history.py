"""When each record first appeared, folded from commits. Asks a tree, keeps nothing.

Time is the smallest author date of a commit that added a file of that name;
rank is the place, on the first-parent chain, of the commit that brought it to
this branch. Both are minima, so that new commits can be folded in later and
give what a walk over all history gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from swarm.errors import GitError
from swarm.records import Addition, Tree, lasting_name


class Seen(NamedTuple):
    """The first time a name appeared. `bound` when history is cut before it."""

    when: int
    rank: int | None
    bound: bool = False
    commit: str = ""


class Reading(NamedTuple):
    """What was read, and up to where; `whole` when it replaces what was known."""

    seen: Mapping[str, Seen]
    mark: Mapping[str, Any]
    whole: bool


def is_current(tree: Tree, mark: Mapping[str, Any]) -> bool:
    """Whether nothing that history is read from has changed since the watermark."""
    return {**mark, "length": 0} == _mark(tree, 0)


def read(tree: Tree, mark: Mapping[str, Any]) -> Reading:
    """What history adds since the watermark, or all of it when the past itself changed.

    The files are there whatever became of their past: what git refuses is noted
    in the watermark, which is never current, so that it is asked again.
    """
    try:
        return _read(tree, mark)
    except GitError as error:
        return Reading({}, {"trouble": error.what}, whole=True)


def _read(tree: Tree, mark: Mapping[str, Any]) -> Reading:
    if is_current(tree, mark):
        return Reading({}, mark, whole=False)
    since = str(mark.get("head", ""))
    grown = since and {**mark, "head": tree.head, "length": 0} == _mark(tree, 0)
    if grown and tree.holds(since):
        chain = tree.first_parents(since)
        if chain and chain[-1][1] == since:
            return _fold(tree, chain, since, int(mark["length"]))
    return _fold(tree, tree.first_parents(""), "", 0)


def earlier(*sights: Seen) -> Seen:
    """All sights in one: the smallest time, and the smallest rank that is known."""
    ranks = [seen.rank for seen in sights if seen.rank is not None]
    first = min(sights, key=lambda seen: (seen.when, seen.bound, seen.commit))
    return Seen(first.when, min(ranks, default=None), first.bound, first.commit)


def first_seen(
    added: Iterable[Addition], ranks: Mapping[str, int], shallow: frozenset[str] = frozenset()
) -> dict[str, Seen]:
    """The earliest sight of every name that some commits added."""
    seen: dict[str, Seen] = {}
    for each in added:
        here = Seen(each.when, ranks.get(each.commit), each.commit in shallow, each.commit)
        for path in each.paths:
            name = lasting_name(path)
            seen[name] = earlier(seen[name], here) if name in seen else here
    return seen


def _fold(tree: Tree, chain: list[tuple[str, str]], since: str, length: int) -> Reading:
    ranks = {commit: length + at for at, (commit, _) in enumerate(reversed(chain))}
    seen = first_seen(tree.additions(since), ranks, tree.shallow)
    return Reading(seen, _mark(tree, length + len(chain)), whole=not since)


def _mark(tree: Tree, length: int) -> dict[str, Any]:
    return {"head": tree.head, "grafts": tree.grafts, "folders": tree.folders, "length": length}
