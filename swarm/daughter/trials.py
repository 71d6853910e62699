"""A parent's guards, each run once on a change of nothing, before a daughter relies on them."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import guards, trust
from swarm.errors import SwarmError

if TYPE_CHECKING:
    from pathlib import Path

    from swarm.daughter.handed import Legacy
    from swarm.git import Repo

_PROTOCOL = "SWARM.md"


class _Place(NamedTuple):
    """The daughter's repository, with the guards as they were handed down."""

    repo: Repo
    legacy: Legacy

    def entries(self, folder: str) -> dict[str, str]:
        """As a commit lists a folder: what lies deeper is not told."""
        files = self.legacy.files
        here = (path for path in self.legacy.guards if path.rpartition("/")[0] == folder)
        return {path: "100755" if files[path].runs else "100644" for path in here}

    def raw(self, path: str) -> bytes | None:
        return self.legacy.files[path].raw


def hand_over(legacy: Legacy, daughter: Repo, place: Path | None = None) -> None:
    """Have a daughter trust the guards that the parent's clone trusts, to the byte; no others.

    What a guard names is in the daughter as it is in the parent, or she is asked herself.
    """
    for path, raw in _running(legacy).items():
        parent = legacy.repo
        guard = trust.Guard(parent, legacy.commit, path, raw)
        try:
            trust.check_guard(guard)
        except trust.NotTrusted as error:
            where = quote(str(parent.root or parent.git_dir))
            remedy = f"git -C {where} show HEAD:{quote(path)}; swarm trust -C {where} {quote(path)}"
            if parent.root is None:
                remedy = f"git clone {where}; trust it there; --from that clone"
            raise trust.NotTrusted(error.what, where=path, remedy=remedy) from error
        hers = trust.Guard(daughter, daughter.head, path, raw)
        if trust.guarded_with(hers).items() <= trust.guarded_with(guard).items():
            trust.allow_guard(hers, place)


def try_out(legacy: Legacy, daughter: Repo) -> None:
    """Run each once, in the daughter: it must pass a change that changes nothing."""
    text = legacy.files[_PROTOCOL].raw.decode("utf-8", "replace")
    change = {"path": _PROTOCOL, "before": text, "after": text}
    for told in guards.judge(_Place(daughter, legacy), [change], None):
        what = f"a guard of the parent does not run: {told.what}"
        raise SwarmError(what, where=told.path, remedy=told.remedy)


def _running(legacy: Legacy) -> dict[str, bytes]:
    """Those that judge: what lies deeper is only used by them."""
    return {
        path: legacy.files[path].raw
        for path in legacy.guards
        if legacy.files[path].runs and path.count("/") == guards.FOLDER.count("/") + 1
    }
