"""A record has one id, which no other has, and its file is named after it."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

from swarm.oracle.rule import standing
from swarm.records import PAGE, Problem, fold, id_in_name, is_record_path, kind_of_id

if TYPE_CHECKING:
    from swarm.oracle.case import File, Tree

_NO_RECORDS = ("README.md", "MISSION.md", "TEMPLATE.md", "INDEX.md")


@standing("own-id", "a link means one record, and whoever looks for it looks at file names")
def look(file: File, tree: Tree) -> Iterator[Problem]:
    name = file.path.rsplit("/", 1)[-1]
    known = file.kind == PAGE and name in _NO_RECORDS
    if file.record is None or known or not is_record_path(file.path):
        return
    if file.kind == PAGE:
        remedy = f"add a line `id:` to its head, or put an id before its name: L-7k3qfa-{name}"
        yield Problem(file.path, 1, "it lies among records, and has no id", remedy)
        return
    yield from _in_name(file, name)
    letter = kind_of_id(file.id)
    if letter and letter != file.kind and "kind" in file.keys:
        what = f"`{file.id}` is the id of a {letter}, and it says that it is a {file.kind}"
        remedy = f"delete `kind:`, or give it an id that begins with {file.kind[0].upper()}-"
        yield Problem(file.path, file.line("kind"), what, remedy)
    for other in tree.bearers(file.id):
        if other.path != file.path:
            what = f"its id {file.id} is also that of {other.path}"
            remedy = f"give {quote(file.path)} another id, or delete one of them"
            yield Problem(file.path, file.line("id"), what, remedy)


def _in_name(file: File, name: str) -> Iterator[Problem]:
    named = id_in_name(name.removesuffix(".md"))
    if named and fold(named) != fold(file.id) and not name.startswith(file.id):
        what = f"the id is `{file.id}` here and `{named}` in the file name"
        yield Problem(file.path, file.line("id"), what, "rename the file, or mend the id")
