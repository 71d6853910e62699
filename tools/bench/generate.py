"""Boards of any size, made up: sizes, kinds and links as in a real history. Pure.

A seed gives one endless history; a board of a given size is its beginning.
"""

from __future__ import annotations

import posixpath
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from swarm.draft import Draft, new_id
from tools.bench.prose import Words, paragraphs

_EPOCH = 1_704_067_200  # 2024-01-01, in seconds
_PACE = 30 * 60  # one record in half an hour

_KINDS = {
    "lesson": 60, "task": 18, "frontier": 6, "handoff": 6, "principle": 5, "belief": 3,
    "challenge": 2,
}  # fmt: skip
_DOMAINS = "concurrency storage retrieval protocol quality meta economy security"
_STATUSES = {  # how many in a hundred; of all records two are open tasks
    "task": {"open": 11, "closed": 77, "abandoned": 12},
    "frontier": {"open": 10, "answered": 70, "abandoned": 20},
    "belief": {"aspirational": 60, "enforced": 30, "falsified": 10},
    "challenge": {"open": 20, "upheld": 40, "dismissed": 40},
}
_OUTCOMES = {"confirmed": 60, "falsified": 20, "partial": 10, "null": 10}


@dataclass(frozen=True, slots=True)
class Page:
    """One file of a board, and when it came to be."""

    path: str
    raw: bytes
    when: int


@dataclass(frozen=True, slots=True)
class _Target:
    id: str
    kind: str
    title: str
    path: str


@dataclass
class _History:
    """What was written so far, and which records were linked to."""

    rng: random.Random
    words: Words
    written: list[_Target] = field(default_factory=list)
    linked: list[_Target] = field(default_factory=list)
    by_kind: dict[str, list[_Target]] = field(default_factory=dict)

    def count(self, kind: str) -> int:
        return len(self.by_kind.get(kind, ()))

    def add(self, target: _Target) -> None:
        self.written.append(target)
        self.by_kind.setdefault(target.kind, []).append(target)

    def links(self) -> list[_Target]:
        """Three to eight records, mostly recent ones or those that many link to."""
        wanted = self.rng.randint(3, 8)
        chosen = {each.id: each for each in (self._link() for _ in range(wanted)) if each}
        self.linked += chosen.values()
        return list(chosen.values())

    def recent(self, kind: str, count: int) -> list[_Target]:
        """Some of the latest of a kind."""
        latest = self.by_kind.get(kind, [])[-50:]
        return self.rng.sample(latest, min(count, len(latest)))

    def _link(self) -> _Target | None:
        if not self.written:
            return None
        if self.linked and self.rng.random() < 0.5:
            return self.rng.choice(self.linked)
        back = min(int(self.rng.expovariate(1 / 150)), len(self.written) - 1)
        return self.written[-1 - back]


def pages(count: int, seed: int) -> Iterator[Page]:
    """The first `count` records of the history that a seed gives, oldest first."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    history = _History(rng, Words(rng))
    for number in range(count):
        when = _EPOCH + number * _PACE + rng.randrange(_PACE)
        kind = _kind(history)
        make = _header_block if kind == "lesson" and rng.random() < 0.35 else _frontmatter
        target, raw = make(history, kind, when)
        history.add(target)
        yield Page(target.path, raw, when)


def _kind(history: _History) -> str:
    """Any kind, once there is what it must build on."""
    kind = _one_of(history.rng, _KINDS)
    if (kind == "principle" and not history.count("lesson")) or (
        kind == "challenge" and not history.count("belief")
    ):
        return "lesson"
    return kind


def _frontmatter(history: _History, kind: str, when: int) -> tuple[_Target, bytes]:
    rng = history.rng
    links = history.links()
    keyed, told = links[: len(links) // 2], links[len(links) // 2 :]
    draft = Draft(
        id=new_id(kind, rng.randbytes(8), len(history.written)),
        kind=kind,
        title=history.words.title(),
        keys=_keys(history, kind, keyed, when),
    )
    target = _Target(draft.id, kind, draft.title, draft.path(history.count(kind)))
    body = _body(history, told, target.path)
    return target, Draft(draft.id, kind, draft.title, draft.keys, body).to_bytes()


def _keys(history: _History, kind: str, cited: list[_Target], when: int) -> dict[str, object]:
    rng = history.rng
    keys: dict[str, object] = {"domain": rng.sample(_DOMAINS.split(), rng.randint(1, 2))}
    if kind in ("lesson", "principle"):
        keys |= {"level": rng.randint(1, 5), "confidence": "measured", "n": rng.randint(1, 90)}
    if kind == "principle":
        keys["derived_from"] = [each.id for each in history.recent("lesson", 3)]
    if kind == "belief":
        sentence, other = history.words.sentences(24)[:2]
        keys |= {"evidence": sentence, "falsified_if": other}
    if kind == "challenge":
        keys["contradicts"] = [history.recent("belief", 1)[0].id]
    if kind in _STATUSES:
        keys["status"] = _one_of(rng, _STATUSES[kind])
    if kind == "task":
        keys |= {"expect": history.words.sentences(15)[0], "p": rng.randint(1, 99) / 100}
        keys["tests"] = [each.id for each in history.recent("belief", 1)]
        if rng.random() < 0.1:
            keys["depends_on"] = [each.id for each in history.recent("task", 1)]
    if keys.get("status") == "closed":
        keys |= _end(history, when)
    if cited:
        keys["cites"] = [each.id for each in cited]
    keys |= {"by": f"agent-{rng.randrange(40)}", "created": _iso(when)}
    return {key: value for key, value in keys.items() if value != []}


def _end(history: _History, when: int) -> dict[str, object]:
    """How a task ended: by its command, or by its agent's word and a debt."""
    rng = history.rng
    told: dict[str, object] = {
        "outcome": _one_of(rng, _OUTCOMES),
        "observed": history.words.sentences(15)[0],
        "n": rng.randint(1, 90),
    }
    if rng.random() < 0.6:
        told |= {"verify": "python -m pytest -q", "found_by": "check"}
        told["checked"] = rng.randbytes(6).hex()
    else:
        told |= {"found_by": "agent", "debt": "there is no check yet"}
    return told | {"concluded": _iso(when + rng.randrange(86_400))}


def _one_of(rng: random.Random, shares: Mapping[str, int]) -> str:
    return rng.choices(list(shares), list(shares.values()))[0]


def _header_block(history: _History, kind: str, when: int) -> tuple[_Target, bytes]:
    """As people and older boards write it: `Key: value | Key: value` under the title."""
    rng = history.rng
    links = history.links()
    title = history.words.title()
    name = f"L-{history.count(kind) + 1}"
    draft = Draft(name, kind, title, {"created": _iso(when)}, name=name)
    target = _Target(name, kind, title, draft.path(history.count(kind)))
    session = (when - _EPOCH) // 86_400
    head = f"# {name}: {title}\nSession: S{session} | Domain: {rng.choice(_DOMAINS.split())} | "
    head += f"Sharpe: {rng.randint(3, 10)} | Confidence: measured\n"
    cited = links[: len(links) // 2]
    head += f"Cites: {', '.join(each.id for each in cited)}\n" if cited else ""
    body = _body(history, links[len(cited) :], target.path)
    return target, f"{head}\n{body}\n".encode()


def _body(history: _History, links: list[_Target], path: str) -> str:
    """What was found, with its links in the text, and a rule."""
    rng = history.rng
    length = int(min(max(rng.lognormvariate(4.75, 0.35), 20), 500))
    sentences = history.words.sentences(length)
    for each in links:
        at = rng.randrange(len(sentences))
        sentences[at] += f" See {_spelled(rng, each, path)}."
    code = "\n\n```sh\nswarm find L-999 --json\n```" if rng.random() < 0.1 else ""
    rule = " ".join(history.words.sentences(24))
    return f"## Finding\n{paragraphs(sentences)}{code}\n\n## Rule\n{rule}"


def _spelled(rng: random.Random, target: _Target, path: str) -> str:
    """A link, in one of the ways that people write one."""
    file = posixpath.relpath(target.path, posixpath.dirname(path))
    ways = (f"[[{target.id}]]", f"[[{target.id}|that]]", f"[it]({file})", target.id, target.id)
    if rng.random() < 0.02:
        return f"[[L-{rng.randrange(900_000, 999_999)}]]"  # promised, and never written
    return rng.choice(ways)


def _iso(when: int) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
