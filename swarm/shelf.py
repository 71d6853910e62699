"""Arrays on disk that can be thrown away: each file whole or not at all, proved by its own name.

A name ends in the digest of the file's bytes. What was cut off, or what something else wrote
into, is not read but removed; two processes that keep things at once never write to one file.
Where nothing can be written, nothing is kept, and nobody is stopped by that.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import sharing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Arrays = Mapping[str, "NDArray[np.generic]"]

_LEFT = 3600.0  # seconds after which a draft is what a killed process left


class Kept(NamedTuple):
    """Arrays, and the file that holds them."""

    name: str
    arrays: dict[str, Any]


class Shelf(NamedTuple):
    """A folder of them. What belongs together bears the same label."""

    folder: Path

    def put(self, label: str, arrays: Arrays) -> str:
        """Keep some arrays. The name of their file; none when they cannot be kept."""
        import numpy as np

        held = BytesIO()
        np.savez(held, allow_pickle=False, **arrays)
        raw = held.getvalue()
        name = f"{label}-{_digest(raw)}.npz"
        draft = self.folder / f".{os.urandom(6).hex()}.draft"
        try:
            sharing.folder(self.folder)
            draft.write_bytes(raw)
            sharing.file(draft).replace(self.folder / name)
        except OSError:
            return ""
        return name

    def get(self, label: str) -> list[Kept]:
        """All that was kept under a label and is sound, in the order of its names."""
        found = []
        for name in self._names(label):
            try:
                raw = (self.folder / name).read_bytes()
            except OSError:
                continue  # somebody else has put something better in its place
            arrays = _arrays(raw) if name == f"{label}-{_digest(raw)}.npz" else None
            if arrays is None:
                self.drop([name])
            else:
                found.append(Kept(name, arrays))
        return found

    def drop(self, names: Iterable[str]) -> None:
        """Throw some files away, if that can be done."""
        for name in names:
            try:
                (self.folder / name).unlink(missing_ok=True)
            except OSError:
                return

    def thin(self, most: int) -> None:
        """Throw away what killed processes left, and all but what was written last.

        What labels end in after their last hyphen belongs together, and stays or goes together.
        """
        written: dict[str, float] = {}
        held: dict[str, list[str]] = {}
        drafts: dict[str, float] = {}
        for name, when in self._dated():
            if name.endswith(".draft"):
                drafts[name] = when
            elif name.endswith(".npz"):
                group = name.rpartition("-")[0].rpartition("-")[2]
                written[group] = max(when, written.get(group, when))
                held.setdefault(group, []).append(name)
        last = sorted(written, key=lambda group: (-written[group], group))
        self.drop(name for group in last[most:] for name in held[group])
        newest = max(written.values(), default=0.0)  # by the clock that dates the files
        self.drop(name for name, when in drafts.items() if when < newest - _LEFT)

    def _dated(self) -> Iterator[tuple[str, float]]:
        for path in self._files():
            try:
                yield path.name, path.stat().st_mtime
            except OSError:
                continue  # gone since it was listed

    def _names(self, label: str) -> list[str]:
        names = sorted(path.name for path in self._files())
        return [name for name in names if name.rpartition("-")[0] == label]

    def _files(self) -> list[Path]:
        try:
            return list(self.folder.iterdir())
        except OSError:
            return []


def _digest(raw: bytes) -> str:
    return blake2b(raw, digest_size=16).hexdigest()


def _arrays(raw: bytes) -> dict[str, Any] | None:
    """What a file holds. None when it was never ours."""
    import numpy as np

    try:
        with np.load(BytesIO(raw), allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except (OSError, ValueError, EOFError, KeyError, AttributeError, zipfile.BadZipFile):
        return None
