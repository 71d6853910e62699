"""What git is started with: the caller's environment, but for what ties git to one repository."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# What `git rev-parse --local-env-vars` lists: they point git at one repository.
LOCAL_VARIABLES = frozenset(
    """GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT
    GIT_OBJECT_DIRECTORY GIT_DIR GIT_WORK_TREE GIT_IMPLICIT_WORK_TREE GIT_GRAFT_FILE
    GIT_INDEX_FILE GIT_NO_REPLACE_OBJECTS GIT_REPLACE_REF_BASE GIT_PREFIX GIT_SHALLOW_FILE
    GIT_COMMON_DIR GIT_INTERNAL_SUPER_PREFIX""".split()
)
# How a user likes pathspecs read is no matter between git and us.
PATHSPECS = frozenset(
    "GIT_LITERAL_PATHSPECS GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS".split()
)


class AsStored(dict[str, str]):
    """An environment in which git shows what is stored: no ref may replace what is judged."""


class HookEnvironment(AsStored):
    """The environment of a hook that is to judge the very commit it was called for.

    Its repository and its index are kept, wherever git may be started: inside
    `commit -a` the index is a lock file that nobody else has heard of.
    """

    KEPT = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"})

    def __init__(self, environ: Mapping[str, str], here: Path) -> None:
        super().__init__(environ)
        for name in self.KEPT & environ.keys():
            if told := self.pop(name):
                self[name] = str(here / told)


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that git may see. Agents run inside hooks, of other repositories too."""
    lost = LOCAL_VARIABLES | PATHSPECS
    if isinstance(environ, HookEnvironment):
        lost -= HookEnvironment.KEPT
    kept = {name: value for name, value in environ.items() if name not in lost}
    if isinstance(environ, AsStored):
        kept["GIT_NO_REPLACE_OBJECTS"] = "1"
    return kept | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
