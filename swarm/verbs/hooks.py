"""swarm hooks: have git ask the oracle before it commits and before it pushes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from swarm import hooks
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.records import Place

OPENS_NO_BOARD = True

_ACTIONS = {"install": hooks.install, "uninstall": hooks.uninstall, "status": hooks.status}


@click.command()
@click.argument("action", type=click.Choice(tuple(_ACTIONS)))
def command(place: Place, action: str) -> Answer:
    """Have git ask the oracle: pre-commit, pre-merge-commit, commit-msg, pre-push.

    \b
    install     a hook that was there is kept beside, and runs first
    uninstall   give back what was there, as it was
    status      how it stands with each, and what runs first

    Hooks that lie outside of this clone's own git folder (husky, core.hooksPath) are never
    written to, nor one that could not be moved: then the line is told that they need.
    SWARM_BYPASS="why" git commit … is let through, and the commit says so.
    """
    where = hooks.folder(place)
    found = _ACTIONS[action](where)
    data = {
        "action": action, "folder": str(where.path), "theirs": where.theirs,
        "hooks": [each.as_json() for each in found],
    }  # fmt: skip
    wanted = {"install": hooks.INSTALLED, "uninstall": hooks.MISSING}.get(action)
    done = all(wanted in (None, each.state) for each in found)
    return Answer(data, exit_code=0 if done else 1)


def text(answer: Answer) -> Iterator[Line]:
    """A line for each hook, and the command that mends what is not as it was asked for."""
    data = answer.data
    if data["theirs"]:
        yield f"{data['folder']} is not written to: {data['theirs']}"
    for each in data["hooks"]:
        whose = f" ({each['manager']})" if each["manager"] else ""
        first = f", after {each['before']}{whose}" if each["before"] and each["by"] else ""
        by = f", by {each['by']}" if each["by"] and data["action"] == "status" else ""
        yield [(f"{each['name']:<17} {each['state']}{first}", ""), (by, "dim")]
        told = each["state"] != hooks.MISSING or each["before"] or data["action"] != "status"
        if each["remedy"] and told:
            yield f"  → {each['remedy']}"
