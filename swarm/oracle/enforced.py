"""A belief that is called enforced names what enforces it, and that is there and can be run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm.oracle.rule import standing
from swarm.records import Problem, first_word

if TYPE_CHECKING:
    from swarm.oracle.case import File, Tree

_TEST = r"(?:^|/)(?:tests?|specs?|__tests__)/|(?:^|/)test_[^/]*$|[._-](?:test|spec)s?\.\w+$"
_PATH = r"[^\s,;:()\[\]'\"`]+"
WHY = "a rule that nothing runs is a wish, and wishes decay"
_REMEDY = "name a test, or an executable such as tools/guards/NAME; else `status: aspirational`"


@standing("enforced-by", WHY)
def look(file: File, tree: Tree) -> Iterator[Problem]:
    if file.kind != "belief" or first_word(file.keys.get("status") or "") != "enforced":
        return
    if not enforcers(file):
        what = "it is enforced, and names nothing that does it"
        yield Problem(file.path, file.line("status"), what, _REMEDY)
    for item in enforcers(file):
        what = trouble(item, tree)
        if what:
            yield Problem(file.path, file.line("enforced_by"), what, _REMEDY)


def enforcers(belief: File) -> list[str]:
    """What a belief says that it is enforced by."""
    named = belief.keys.get("enforced_by")
    return [str(each) for each in (named if isinstance(named, list) else [named]) if each]


def trouble(item: str, tree: Tree) -> str:
    """Why nothing that is named so would run; nothing when something would."""
    found = f"`enforced_by` names nothing that is here: {item}"
    for path in re.findall(_PATH, item):
        mode = tree.place.mode(path) if not path.startswith("/") else ""
        if not mode.startswith("100"):
            continue
        if not (tree.place.raw(path) or b"").strip():
            found = f"{path} enforces it, and is empty"
        elif re.search(_TEST, path):
            return _missing(item, path, tree)
        elif mode == "100755":
            return ""
        else:
            found = f"{path} enforces it, and is neither a test nor executable"
    return found


def _missing(item: str, path: str, tree: Tree) -> str:
    """A test that is named inside its file must be in it."""
    inner = re.search(rf"{re.escape(path)}::([\w:]+)", item)
    text = (tree.place.raw(path) or b"").decode("utf-8", "replace")
    lost = [part for part in (inner[1].split("::") if inner else []) if part and part not in text]
    return f"{path} enforces it, and holds no {lost[0]}" if lost else ""
