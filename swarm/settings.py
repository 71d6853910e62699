"""swarm.toml, read. What does not parse is a Problem, and the defaults stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from swarm import weights
from swarm.records import SETTINGS, Problem

FILE = SETTINGS
RULE_LEVELS: Final = ("error", "warning", "off")  # what a rule of the oracle can be set to
Weights = weights.Weights


class Settings(NamedTuple):
    """What a blackboard can be told about itself."""

    pages: tuple[str, ...] = ()  # globs of markdown that joins the graph read-only
    weights: Weights = Weights()
    problems: tuple[Problem, ...] = ()
    claims_remote: str | None = None  # which remote decides claims; none named: origin, if any
    model: str = "lsa"  # what vectors are made by: `lsa`, or a sentence-transformers model
    harvest_rate: float = 0.05  # of groups that fire, the share that may be false
    rules: Mapping[str, str] = {}  # what the oracle's rules are set to, where they are


def read(raw: bytes | None) -> Settings:
    """The settings in a file's bytes; none of it is believed before it is checked."""
    if not raw or not re.search(rb"(?m)^[ \t]*[^#\s]", raw):  # as `init` writes it: comments
        return Settings()
    import tomllib  # only boards that have settings pay for the parser

    try:
        told = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else 1
        what = f"does not parse, so the defaults are used: {error}"
        return Settings(problems=(Problem(FILE, line, what, f"mend line {line} of {FILE}"),))
    return _checked(told)


def refused(why: str) -> Settings:
    """What stands when the file is there and cannot be read."""
    what = f"cannot be read, so the defaults are used: {why}"
    return Settings(problems=(Problem(FILE, 1, what, f"ls -l {FILE}"),))


def _checked(told: dict[str, Any]) -> Settings:
    problems = []
    sources = told.get("sources", {})
    listed = sources.get("pages", []) if isinstance(sources, dict) else []
    if not isinstance(listed, list):
        listed = [listed]
    pages = []
    for glob in listed:
        if isinstance(glob, str) and _stays_inside(glob):
            pages.append("/".join(part for part in glob.split("/") if part not in ("", ".")))
        else:
            what = f"`sources.pages` holds {glob!r}, which is no path inside the repository"
            problems.append(Problem(FILE, 1, what, 'write globs such as "docs/adr/*.md"'))
    weighed, wrong = weights.read(told.get(weights.TABLE, {}))
    remedy = f"mend or delete it in {FILE}"
    problems += [Problem(FILE, 1, what, remedy, "warning") for what in wrong]
    claims = told.get("claims", {})
    arbiter = claims.get("remote") if isinstance(claims, dict) else None
    if arbiter is not None and (not isinstance(arbiter, str) or arbiter.startswith("-")):
        what = "`claims.remote` is no name of a remote"
        problems.append(Problem(FILE, 1, what, 'remote = "origin", or "none"', "warning"))
        arbiter = None
    made_by = told.get("vectors", {})
    model = made_by.get("model", "lsa") if isinstance(made_by, dict) else None
    if not isinstance(model, str) or not model or not model.isprintable():
        what = "`vectors.model` names no model"
        problems.append(Problem(FILE, 1, what, 'model = "lsa", or a folder', "warning"))
        model = "lsa"
    rate = _rate(told.get("harvest", {}))
    if rate is None:
        what = "`harvest.rate` is no share between 0 and 1"
        problems.append(Problem(FILE, 1, what, "rate = 0.05", "warning"))
    rules, odd = _rules(told.get("oracle", {}))
    problems += [Problem(FILE, 1, what, f"mend or delete it in {FILE}", "warning") for what in odd]
    return Settings(
        tuple(pages), weighed, tuple(problems), arbiter, model, rate or Settings().harvest_rate,
        rules,
    )  # fmt: skip


def _rate(told: Any) -> float | None:
    """The share of false ones among the groups that harvest finds, as it is set."""
    stated = told.get("rate", Settings().harvest_rate) if isinstance(told, dict) else None
    if isinstance(stated, bool) or not isinstance(stated, (int, float)):
        return None
    return float(stated) if 0 < stated < 1 else None


def _rules(told: Any) -> tuple[dict[str, str], list[str]]:
    """The levels of rules in a table of settings, and what in it cannot be one."""
    if not isinstance(told, dict):
        return {}, ["`oracle` is no table of levels"]
    good = {name: level for name, level in told.items() if level in RULE_LEVELS}
    known = ", ".join(RULE_LEVELS)
    return good, [f"`oracle.{name}` is not one of {known}" for name in told if name not in good]


def _stays_inside(glob: str) -> bool:
    return bool(glob) and not glob.startswith("/") and ".." not in glob.split("/")


def matcher(globs: tuple[str, ...]) -> re.Pattern[bytes]:
    """Markdown that any of some globs cover: `*` stays in a folder, `**` crosses them.

    As in a shell, neither finds what is hidden, unless its dot was written.
    """
    whole = b"|".join(b"(?:%s)" % _regex(glob).encode() for glob in globs)
    return re.compile(rb"(?=.*\.md\Z)(?:%s)\Z" % (whole or b"(?!)"), re.DOTALL)


_GLOB_PARTS = (("**/", r"(?:(?!\.)[^/]+/)*"), ("**", ".*"), ("*", "[^/]*"), ("?", "[^/]"))


def _regex(glob: str) -> str:
    out, at = "", 0
    while at < len(glob):
        begins = at == 0 or glob[at - 1] == "/"
        for part, meaning in _GLOB_PARTS:
            if glob.startswith(part, at):
                hidden = r"(?!\.)" if begins and part != "**/" else ""
                out, at = out + hidden + meaning, at + len(part)
                break
        else:
            out, at = out + re.escape(glob[at]), at + 1
    return out


def base(glob: str) -> str:
    """The folder below which a glob's matches lie; the file itself when it has no wildcard."""
    kept = []
    for part in glob.split("/"):
        if re.search(r"[*?]", part):
            break
        kept.append(part)
    return "/".join(kept)
