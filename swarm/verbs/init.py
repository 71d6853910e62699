"""swarm init: what a repository needs to be a blackboard. It changes no file that is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from swarm import founding
from swarm.daughter import grow
from swarm.errors import UsageError
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.records import Surroundings

MAKES_BOARD = True


@click.command()
@click.argument("folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--from", "parent", metavar="PARENT", type=click.Path(path_type=Path),
              help="Grow it from this blackboard.")  # fmt: skip
@click.option("--principle", "principles", multiple=True, metavar="ID",
              help="With --from: one to take along; else all that were measured.")  # fmt: skip
def command(
    start: Path, around: Surroundings, folder: Path | None, parent: Path | None,
    principles: tuple[str, ...],
) -> Answer:  # fmt: skip
    """Make this repository a blackboard: SWARM.md and swarm.toml, where they are missing.

    And have git merge records key by key in this clone. Run it as often as you like:
    it never changes a file of yours, or a setting that is there.

    --from PARENT grows a daughter in DIR, a new repository or one that is there: with
    the protocol, the settings, the mission, the guards and principles of PARENT's last
    commit, verified, in one commit. It leaves nothing when a guard is missing, is not
    trusted in PARENT (swarm trust), or does not pass an empty change.
    """
    if parent is not None:
        return Answer(grow.grow(start, around, parent, folder, principles).as_json())
    if principles:
        raise UsageError("--principle goes with --from", remedy="swarm init --from PARENT")
    done = founding.found(start / folder if folder else start, around.environ)
    told = {**done._asdict(), "root": str(done.root)}
    return Answer(told)


def text(answer: Answer) -> Iterator[Line]:
    """What was written, and what to do next."""
    if "parent" in answer.data:
        yield from _of_daughter(answer)
        return
    for path in answer.data["written"]:
        yield f"wrote {path}"
    for path in answer.data["kept"]:
        yield [(f"kept {path} as it is", "dim")]
    if answer.data["installed"]:
        told = ", ".join(answer.data["installed"])
        yield f"git merges records key by key in this clone: {told}"
    yield 'next: swarm new lesson "What you just learned"'


def _of_daughter(answer: Answer) -> Iterator[Line]:
    data = answer.data
    yield f"{data['root']} grew from {data['parent']} at {data['parent_commit'][:12]}"
    for path in data["written"]:
        yield f"wrote {path}"
    for path in data["kept"]:
        yield [(f"kept {path}, which is the same", "dim")]
    for each in data["notes"]:
        yield [(each, "dim")]
    yield f"committed as {data['commit'][:12]}"
