"""The command line called inside this process: what it prints, to the byte, without the wait."""

from __future__ import annotations

import gc
import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any, NoReturn
from unittest import mock

from conftest import Repository

from swarm import cli


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    code: int
    out: bytes
    err: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on standard output, by the letter of the JSON standard."""
        return dict(json.loads(self.out.decode("utf-8"), parse_constant=_no_such_number))

    @property
    def data(self) -> dict[str, Any]:
        return dict(self.json["data"])

    @property
    def problems(self) -> list[dict[str, Any]]:
        return list(self.json["problems"])

    @property
    def ids(self) -> list[str]:
        return [record["id"] for record in self.data["records"]]


def ask(repo: Repository, *arguments: str, encoding: str = "utf-8", **environ: str) -> Told:
    """Run one command in a repository, with its environment and no other."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    with (
        mock.patch.dict(os.environ, repo.environ | environ, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = cli.run(["-C", str(repo.root), *arguments])
    if code:
        gc.collect()  # an error holds on to the board it came from, and with it to the cache
    out.flush()
    err.flush()
    return Told(code, out.buffer.getvalue(), err.buffer.getvalue())  # type: ignore[attr-defined]


def _no_such_number(name: str) -> NoReturn:
    raise AssertionError(f"{name} is no JSON")
