"""A daughter that was grown, with git asking the oracle in her, as far as her hooks are hers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from swarm import hooks
from swarm.daughter import placing
from swarm.errors import SwarmError
from swarm.records import Place

if TYPE_CHECKING:
    from swarm.daughter.handed import Legacy
    from swarm.daughter.placing import Grown
    from swarm.records import Surroundings


def grow(
    legacy: Legacy, start: Path, folder: Path | None, around: Surroundings
) -> tuple[Grown, list[str]]:
    """A daughter, and what is to be told of her hooks."""
    grown = placing.grow(legacy, start, folder, around)
    try:
        where = hooks.folder(Place(grown.root, around.environ, True))
        states = {each.state for each in hooks.install(where)}
    except SwarmError as error:  # she is whole without them
        return grown, [f"git does not ask the oracle there yet: {error.what}"]
    if states == {hooks.INSTALLED}:
        return grown, ["git asks the oracle before it commits and before it pushes"]
    return grown, ["git does not ask the oracle there yet: swarm hooks install"]
