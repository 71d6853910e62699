"""Nothing later may be known: what the product shows at a moment is held against git itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


class Leak(Exception):
    """The product knew something at a moment when nobody could."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the product shows at a moment."""

    records: Mapping[str, str]  # path → id
    blobs: Mapping[str, str]  # path → the blob it was parsed from
    links: Iterable[tuple[str, str]]  # source id, target id


def check(seen: Seen, tree: Mapping[str, str], is_later: Callable[[str], bool]) -> None:
    """Raise Leak unless all that is seen stands in this tree, and the later record does not."""
    for path in seen.records:
        if path not in seen.blobs:
            raise Leak(f"{path}: nobody can say what this record was read from")
    for path, blob in seen.blobs.items():
        if path not in tree:
            raise Leak(f"{path}: not in the tree of that commit")
        if blob != tree[path]:
            raise Leak(f"{path}: read from {blob[:12]}, while that commit holds {tree[path][:12]}")
        if is_later(path):
            raise Leak(f"{path}: this is the record that is only about to be written")
    ids = set(seen.records.values())
    for source, target in seen.links:
        if source not in ids:
            raise Leak(f"{source}: links to {target}, and is not there yet")
        if target not in ids:
            raise Leak(f"{target}: linked to from {source}, and is not there yet")
