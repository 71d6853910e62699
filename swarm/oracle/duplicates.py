"""A record says what no other says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm import draft
from swarm.oracle.rule import standing
from swarm.records import KIND_OF_FOLDER, PAGE, Problem, first_word, fold

if TYPE_CHECKING:
    from swarm.oracle.case import File, Tree

_FEW_WORDS = 12  # fewer of them are the same by chance
_MARKS = " .,;:!?…"  # at the end of a title
_MANY = 8  # records, from which on it is quicker to read all of their kind than to search for them
_FOLDERS = {kind: folder for folder, kind in KIND_OF_FOLDER.items()}
_SEARCHED = ("belief", "principle", "challenge")  # few enough to be read; of others the names tell
_OVER = ("superseded", "falsified", "dismissed", "abandoned", "answered", "subsumed", "merged")


@standing("duplicate", "what stands twice is corrected once")
def look(file: File, tree: Tree) -> Iterator[Problem]:
    if file.kind == PAGE or not file.record or _is_over(file):
        return
    saying = _saying(file, tree)
    for same, key in _keys(file):
        for other in saying.get(key, ()):
            later = other.path > file.path and other.path in tree.paths  # then that one says so
            if fold(other.id) != fold(file.id) and not later and not _supersede(file, other):
                what = f"it has the same {same} as {other.id} ({other.path})"
                remedy = f"add to that one; or say what is new: `supersedes: [{other.id}]`"
                yield Problem(file.path, 1, what, remedy)


def _is_over(file: File) -> bool:
    """Whether it is history: by its status, or where only a stub says into what it went."""
    said = first_word(file.keys.get("status") or ""), first_word(file.title)
    return not set(said).isdisjoint(_OVER)


def _supersede(one: File, other: File) -> bool:
    return other.id in one.targets("supersedes") or one.id in other.targets("supersedes")


def _keys(file: File) -> Iterator[tuple[str, str]]:
    """What two records of a kind would have in common: the words of their titles, or of all.

    Two beliefs may be wrong for one reason: then a challenge of each says the same.
    """
    body = _words(file.body)
    about = " ".join([file.kind, *sorted(map(fold, file.targets("contradicts")))])
    yield "title", f"{about} {' '.join(_words(file.title))}"
    if len(body) >= _FEW_WORDS:
        yield "text", f"{about}\n{' '.join(body)}"


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _saying(file: File, tree: Tree) -> dict[str, list[File]]:
    """Records by what they say: those that may say the same as what is written of that kind."""

    def make() -> dict[str, list[File]]:
        found: dict[str, list[File]] = {}
        for other in tree.files(_alike(file.kind, tree)):
            if other.kind == file.kind and not _is_over(other):
                for _, key in _keys(other):
                    found.setdefault(key, []).append(other)
        return found

    told: dict[str, list[File]] = tree.once(f"duplicate {file.kind}", make)
    return told


def _alike(kind: str, tree: Tree) -> list[str]:
    """Where they may be: by names, or by a word of a text; where many are written, anywhere."""
    written = [each for each in tree.written if each.kind == kind]
    paths = {path for each in written for path in tree.place.ending(draft.slug(each.title))}
    if kind in _SEARCHED and len(written) > _MANY:
        paths.update(tree.place.below(_FOLDERS[kind]))
    elif kind in _SEARCHED:
        bodies = [words for each in written if len(words := _words(each.body)) >= _FEW_WORDS]
        titles = [each.title.strip(_MARKS) for each in written]
        texts = titles + [max(words, key=len) for words in bodies]
        paths.update(tree.place.holding(texts, [_FOLDERS[kind]]))
    return sorted(paths | {each.path for each in written})
