"""Texts → vectors by a sentence-transformers model: from a folder, or by its name.

Nothing is ever fetched unless that was said; without it a name is looked for in what an
earlier download left on this machine. A model is data: one that would run code of its own
is refused. The library takes seconds to load, and is loaded when a text has no vector yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from swarm.errors import SwarmError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]

# torch first: with it there, nothing larger is pulled
INSTALL = "pip install torch==2.13.0 && pip install 'sentence-transformers>=6.0'"
_OURS = "sentence_transformers."  # modules of the library itself
_AT_ONCE = 32  # texts


def folder_of(name: str, fetch: bool) -> Path:
    """Where a model lies: a folder itself, or the one that a download of that name left."""
    folder = Path(name)
    if folder.is_dir():
        return folder
    if not _is_name(name):
        raise SwarmError("there is no such model", where=name, remedy=f"ls -d {quote(name)}")
    if fetch:
        _fetch(name)
    return _downloaded(name)


def digest(folder: Path) -> str:
    """What a model is: the bytes of its files and where they lie in it."""
    told = blake2b(digest_size=16)
    for path in _files(folder):
        told.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while raw := file.read(1 << 20):
                told.update(raw)
    return told.hexdigest()


def load(folder: Path) -> Any:
    """The model in a folder, ready to embed."""
    _refuse_code(folder)
    library = _library()
    from safetensors import SafetensorError  # type: ignore[import-not-found,unused-ignore]

    wrong = (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, SafetensorError)
    try:
        return library.SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except wrong as error:
        what = f"the model cannot be loaded: {_first_line(error)}"
        raise SwarmError(what, where=str(folder), remedy=f"ls {quote(str(folder))}") from error


def embed(model: Any, texts: Sequence[str]) -> Rows:
    """A row of length 1 for each text; of zeros for one that says nothing."""
    import numpy as np

    rows = model.encode(
        list(texts), batch_size=_AT_ONCE, normalize_embeddings=True, show_progress_bar=False
    )
    said = np.array([any(map(str.isalnum, text)) for text in texts], dtype=bool)
    return np.where(said[:, None], np.asarray(rows, dtype=np.float32), np.float32(0))


def _is_name(name: str) -> bool:
    """Whether it can be the name of a model to fetch: `owner/model`, or a model alone."""
    parts = name.split("/")
    return len(parts) <= 2 and all(part.strip(".") and not part.startswith("-") for part in parts)


def _fetch(name: str) -> None:
    """Have the library download what it needs of a model, and no more than that."""
    try:
        _library().SentenceTransformer(name, device="cpu")
    except (OSError, ValueError, RuntimeError) as error:
        what = f"the model cannot be downloaded: {_first_line(error)}"
        remedy = "see that it is the name of a model on huggingface.co, and try again"
        raise SwarmError(what, where=name, remedy=remedy) from error


def _downloaded(name: str) -> Path:
    """Where an earlier download of a model lies. Finding it needs no torch."""
    try:
        import huggingface_hub as hub  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise _missing(error) from error
    for each in [name] if "/" in name else [f"sentence-transformers/{name}", name]:
        try:
            return Path(hub.snapshot_download(each, local_files_only=True))
        except (OSError, ValueError):
            continue
    what = "this model is not on this machine, and nothing is downloaded unless you say so"
    remedy = f"swarm vectors build --model {quote(name)} --allow-download"
    raise SwarmError(what, where=name, remedy=remedy)


def _library() -> Any:
    try:
        import sentence_transformers  # type: ignore[import-not-found,unused-ignore]
        from transformers.utils import logging  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise _missing(error) from error
    logging.disable_progress_bar()
    return sentence_transformers


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _missing(error: ImportError) -> SwarmError:
    return SwarmError(f"sentence-transformers cannot be loaded: {error}", remedy=INSTALL)


def _files(folder: Path) -> Iterator[Path]:
    """What a model is made of; hidden files are no part of it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part[0] == "." for part in path.relative_to(folder).parts):
            yield path


def _refuse_code(folder: Path) -> None:
    """A model may name modules that lie in its folder, and that loading it would run."""
    told = folder / "modules.json"
    if not told.is_file():
        return  # the library makes do with the bare network, and judges that itself
    try:
        foreign = [each["type"] for each in json.loads(told.read_bytes())]
        foreign = [each for each in foreign if not each.startswith(_OURS)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"this is no list of a model's modules: {error}"
        raise SwarmError(what, where=str(told), remedy=f"cat {quote(str(told))}") from error
    if foreign:
        what = f"this model would run code of its own, and is not loaded: {foreign[0]}"
        raise SwarmError(what, where=str(told), remedy="choose another model")
