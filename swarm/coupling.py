"""How many of its siblings each module of a Python package needs to run: its coupling.

Read off the source by `ast`; nothing is imported. What only a type checker sees does
not count, an import inside a function does. `from package import module` means the
module; what a package's own `__init__` defines, the package itself. A name that is
put together at run time cannot be read off, and is not counted.
"""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import Any, NamedTuple

from swarm.errors import NotFound, SwarmError, UsageError
from swarm.records import Problem, shown

_INIT = "__init__"


class Module(NamedTuple):
    """A module by its name inside the package, and the siblings that it needs to run."""

    name: str
    path: str
    reads: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {**self._asdict(), "reads": list(self.reads), "k": len(self.reads)}


class Coupling(NamedTuple):
    """Every module of a package, the most coupled first, and what could not be read."""

    package: str
    modules: tuple[Module, ...]
    problems: tuple[Problem, ...]

    def over(self, most: int) -> list[Module]:
        """The modules that need more than so many."""
        return [each for each in self.modules if len(each.reads) > most]


class _Source(NamedTuple):
    """A file of a package, parsed."""

    path: str
    tree: ast.Module
    is_package: bool


class _Package(NamedTuple):
    """The modules of a package by their names in it, and the names that it goes by itself."""

    sources: Mapping[str, _Source]
    names: tuple[str, ...]  # the one that is certain, then those behind what may be namespaces

    def holding(self, dotted: str) -> str:
        """The module that a dotted name means, or lies in; empty when it is elsewhere."""
        for name in self.names:
            if dotted == name or dotted.startswith(f"{name}."):
                inner = dotted.removeprefix(name).lstrip(".")
                while inner and inner not in self.sources:
                    inner = inner.rpartition(".")[0]
                return inner or _INIT
        return ""


def measure(folder: Path, free: Iterable[str] = ()) -> Coupling:
    """The coupling of the package in a folder; of the free modules everybody may know."""
    package, problems = _read(folder)
    aside = set(free)
    unknown = sorted(aside - set(package.sources))
    if unknown:
        what = f"no module is called {unknown[0]!r} there"
        raise UsageError(what, where=str(folder), remedy=f"ls {quote(str(folder))}")
    modules = []
    for name, source in package.sources.items():
        own = package.names[0] if name == _INIT else f"{package.names[0]}.{name}"
        found = {package.holding(each) for each in _imports(source, own)}
        reads = sorted(found.intersection(package.sources) - {name} - aside)
        modules.append(Module(name, source.path, tuple(reads)))
    modules.sort(key=lambda each: (-len(each.reads), each.name))
    return Coupling(package.names[0], tuple(modules), tuple(problems))


def only_one(folder: Path) -> Path:
    """The one package of a folder, in it or in its src/, when it is none itself."""
    if (folder / f"{_INIT}.py").is_file():
        return folder
    found = [
        each
        for place in (folder, folder / "src")
        if place.is_dir()
        for each in sorted(place.iterdir())
        if (each / f"{_INIT}.py").is_file() and each.name not in ("tests", "test", "docs")
    ]
    if len(found) == 1:
        return found[0]
    told = ", ".join(each.name for each in found[:5])
    what = f"there are several packages here: {told}" if found else "there is no package here"
    raise UsageError(what, where=str(folder), remedy="swarm audit coupling PACKAGE-DIR")


def _read(folder: Path) -> tuple[_Package, list[Problem]]:
    sources: dict[str, _Source] = {}
    problems: list[Problem] = []
    place = Path(os.path.abspath(folder))  # noqa: PTH100 - a link keeps the name it is called by
    for path in _files(place):
        relative = path.relative_to(place)
        name = ".".join(relative.with_suffix("").parts)
        told = shown(os.fsencode(relative))
        is_package = path.stem == _INIT
        try:
            tree = _parsed(path.read_bytes())
        except OSError as error:
            what = f"cannot be read: {error.strerror}"
            problems.append(Problem(told, 1, what, f"ls -l {quote(told)}"))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None) or 1
            what = f"cannot be parsed, so that nobody knows what it needs: {_why(error)}"
            problems.append(Problem(told, line, what, f"python -m py_compile {quote(told)}"))
        else:
            short = name.removesuffix(f".{_INIT}") if is_package else name
            sources[short] = _Source(told, tree, is_package)
    if not sources and not problems:
        what, remedy = "there is no Python there", f"ls {quote(str(folder))}"
        raise NotFound(what, where=str(folder), remedy=remedy)
    return _Package(sources, _names(place)), problems


def _files(place: Path) -> Iterator[Path]:
    """The files of a package; nothing hidden, no cache, through no link."""
    if not place.is_dir():
        raise NotFound("there is no such folder", where=str(place), remedy="ls")

    def refused(error: OSError) -> None:
        where, remedy = str(error.filename), f"ls -ld {quote(str(error.filename))}"
        raise SwarmError(f"cannot be listed: {error.strerror}", where=where, remedy=remedy)

    for folder, inside, names in os.walk(place, onerror=refused):
        inside[:] = sorted(each for each in inside if each[0] != "." and each != "__pycache__")
        for name in sorted(names):
            if name.endswith(".py") and (Path(folder) / name).is_file():
                yield Path(folder) / name


def _names(place: Path) -> tuple[str, ...]:
    """What a package may be called. A folder with an `__init__` is a package for sure.

    One without may be a namespace, or only where somebody keeps his work.
    """
    name, above = place.name, place.parent
    while (above / f"{_INIT}.py").is_file():
        name, above = f"{above.name}.{name}", above.parent
    names = [name]
    while above.name.isidentifier():
        names.append(f"{above.name}.{names[-1]}")
        above = above.parent
    return tuple(names)


def _parsed(raw: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd escapes, which are the package's own affair
        return ast.parse(raw)


def _why(error: BaseException) -> str:
    """What is wrong with a source, in Python's words."""
    if isinstance(error, SyntaxError):
        return error.msg
    return str(error) or "it is nested too deeply"


def _imports(source: _Source, own: str) -> Iterator[str]:
    """The dotted names that a module imports when it runs, inside functions too."""
    for node in _running(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                folder = own.split(".") if source.is_package else own.split(".")[:-1]
                kept = folder[: len(folder) - node.level + 1]
                if not kept:  # it leads out of what is known here
                    continue
                base = ".".join([*kept, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _running(tree: ast.Module) -> Iterator[ast.AST]:
    """Every statement that runs: what only a type checker sees is left out."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        inside = _branches(node) if isinstance(node, ast.If) else ast.iter_child_nodes(node)
        waiting += [each for each in inside if not isinstance(each, ast.expr)]  # holds no import


def _branches(node: ast.If) -> Sequence[ast.AST]:
    """What of a condition may run."""
    test = node.test
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    if _is_for_checkers(test.operand if isinstance(test, ast.UnaryOp) and negated else test):
        return node.body if negated else node.orelse
    return [*node.body, *node.orelse]


def _is_for_checkers(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )
