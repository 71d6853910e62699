"""How many of its siblings each module of a Python package needs to run: its coupling.

Read off the source by `ast`; nothing is imported. What only a type checker sees does
not count, an import inside a function does. `from package import module` means the
module; what a package's own `__init__` defines, the package itself. What is imported
by a call counts when its name stands there; a name that is put together at run time
cannot be read off. Below a folder that is no package itself, such as `src`, packages
go by their own names, and scripts by theirs in the folder where they lie.
"""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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


@dataclass(frozen=True)
class _Package:
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

    def beside(self, dotted: str, reader: str) -> str:
        """The module that a name means to one below a folder that is no package itself."""
        while dotted:
            found = [name for name in self._own.get(dotted, ()) if self._is_near(name, reader)]
            if found:  # of several that are called so, the nearest
                return max(found, key=lambda name: _shared(name, reader))
            dotted = dotted.rpartition(".")[0]
        return ""

    def _is_near(self, name: str, reader: str) -> bool:
        """Whether a module can be had by its own name: in a package always, else in its folder."""
        folder = name.rpartition(".")[0]
        in_package = folder in self.sources or self.sources[name].is_package
        return in_package or reader.rpartition(".")[0] == folder

    @cached_property
    def _own(self) -> Mapping[str, list[str]]:
        """Modules by what they are called from the top of their package."""
        found: dict[str, list[str]] = {}
        for name in self.sources if _INIT not in self.sources else ():
            top = name.rpartition(".")[0]
            while top in self.sources:
                top = top.rpartition(".")[0]
            found.setdefault(name.removeprefix(top).lstrip("."), []).append(name)
        return found


def _shared(name: str, other: str) -> list[bool]:
    """Which folders two modules have in common, from the top."""
    return [one == two for one, two in zip(name.split("."), other.split("."), strict=False)]


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
        told = [*_imports(source, own)]
        found = {package.holding(each) or package.beside(each, name) for each in told}
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
    names = _aliases(source.tree)
    for node in _running(source.tree, names):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = _above(source, own, node.level, base)
                if not base:  # it leads out of what is known here
                    continue
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call):
            yield _by_call(node, names, source, own)


def _above(source: _Source, own: str, level: int, name: str) -> str:
    """What a relative import means; nothing when it leads out of what is known here."""
    folder = own.split(".") if source.is_package else own.split(".")[:-1]
    kept = folder[: max(len(folder) - level + 1, 0)]
    return ".".join([*kept, *filter(None, [name])]) if kept else ""


def _by_call(node: ast.Call, names: Mapping[str, str], source: _Source, own: str) -> str:
    """What a call imports whose first argument is a name as it stands there; else nothing."""
    called = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    rest = f".{node.func.attr}" if isinstance(node.func, ast.Attribute) else ""
    first = node.args[0] if node.args else None
    if not isinstance(called, ast.Name) or names.get(called.id, called.id) + rest not in _IMPORTERS:
        return ""
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return ""
    bare = first.value.lstrip(".")
    level = len(first.value) - len(bare)
    return _above(source, own, level, bare) if level else bare


def _aliases(tree: ast.Module) -> dict[str, str]:
    """What names in a module stand for, of those that count here."""
    found = {"TYPE_CHECKING": _CHECKING}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.asname: each.name for each in node.names if each.asname}
        elif isinstance(node, ast.ImportFrom) and node.module in _SOURCES:
            found |= {
                each.asname or each.name: f"{_SOURCES[node.module]}.{each.name}"
                for each in node.names
            }
    return found


def _running(tree: ast.Module, names: Mapping[str, str]) -> Iterator[ast.AST]:
    """Everything that runs: what only a type checker sees, or nobody, is left out."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += (
            _branches(node, names) if isinstance(node, ast.If) else ast.iter_child_nodes(node)
        )


def _branches(node: ast.If, names: Mapping[str, str]) -> Sequence[ast.AST]:
    """What of a condition may run."""
    known = _known(node.test, names)
    if known is None:
        return [node.test, *node.body, *node.orelse]
    return node.body if known else node.orelse


def _known(test: ast.expr, names: Mapping[str, str]) -> bool | None:
    """What a condition always is when it runs; none when that depends."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _known(test.operand, names)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        each = {_known(value, names) for value in test.values}
        decisive = isinstance(test.op, ast.Or)
        return decisive if decisive in each else None if None in each else not decisive
    if isinstance(test, ast.Name):
        return False if names.get(test.id) == _CHECKING else None
    return False if isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING" else None


_CHECKING = "typing.TYPE_CHECKING"
_SOURCES = {"typing": "typing", "typing_extensions": "typing", "importlib": "importlib"}
_IMPORTERS = ("importlib.import_module", "importlib.__import__", "__import__")
