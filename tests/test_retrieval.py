"""What a board answers to a text: terms that add up, one order, every lane, any query."""

from __future__ import annotations

import json
import math
import random
import re
import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from ask import Told, ask
from conftest import Maker, Repository, hermetic
from hypothesis import given, settings
from hypothesis import strategies as st

from swarm import lanes, retrieve
from swarm.retrieve import Evidence, Node
from swarm.weights import Weights

WHO = ("lock", "queue", "cache", "index", "merge", "retry", "lease", "parser")
DOES = ("slows", "breaks", "outlives", "hides", "doubles", "guards", "starves", "repeats")
WHOM = ("writer", "reader", "batch", "commit", "snapshot", "worker", "budget", "branch")


def said(at: int) -> tuple[str, str]:
    """Title and body of the n-th of some lessons that share their words, as real ones do."""
    who, does, whom = WHO[at % 8], DOES[at // 8 % 8], WHOM[(3 * at + at // 8) % 8]
    older = f" See [[L-{at // 2:06d}]] and [[L-{at - 1:06d}]]." if at else ""
    body = f"When a {who} waits for the {whom}, it {does} every {WHOM[at % 7]}.{older}"
    return f"The {who} {does} the {whom}", body


def colony(repo: Repository, size: int = 64) -> Repository:
    """A board of so many lessons, each newer than the one before it."""
    for at in range(size):
        title, body = said(at)
        when = f"20{at // 300 + 20:02d}-{at // 28 % 12 + 1:02d}-{at % 28 + 1:02d}"
        repo.lesson(
            f"L-{at:06d}", title, f"{body}\n\n## Rule\nBeware of lesson {at}.",
            domain=f"[{WHO[at % 8]}]", confidence="observed", created=when, by=f"agent-{at % 5}",
        )  # fmt: skip
    repo.commit()
    return repo


def orient(repo: Repository, text: str, *arguments: str) -> dict[str, Any]:
    """What orient answers to a text, without the hour."""
    told = ask(repo, "orient", "--for", text, "--json", *arguments)
    assert told.code == 0, told.err
    return {name: each for name, each in told.data.items() if name != "now"}


def ids(told: Mapping[str, Any]) -> list[str]:
    return [each["id"] for each in told["relevant"]]


def add_up(hits: Sequence[Mapping[str, Any]]) -> None:
    """The law: what the lanes add, times every factor, is the score; and all of it is a number."""
    for hit in hits:
        terms = hit["terms"]
        assert set(retrieve.LANES) < set(terms)
        assert all(math.isfinite(value) and value >= 0 for value in terms.values()), hit
        added = math.fsum(terms[lane] for lane in retrieve.LANES)
        factors = math.prod(value for name, value in terms.items() if name not in retrieve.LANES)
        assert math.isclose(added * factors, hit["score"], rel_tol=1e-9, abs_tol=0), hit
        assert math.isfinite(hit["score"])
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A board of 64 that no test changes."""
    root = tmp_path_factory.mktemp("many")
    repo = Repository(root / "repo", hermetic(root))
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    return colony(repo)


# Terms

WORDS = st.sampled_from([*WHO, *DOES, *WHOM, "the", "lesson", "nowhere", "束", "é", "*", '"', "12"])
TEXTS = st.one_of(st.lists(WORDS, max_size=12).map(" ".join), st.text(max_size=40))


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_terms_make_up_the_score_of_everything_that_is_ranked(
    many: Repository, data: st.DataObject
) -> None:
    board = many.board()
    try:
        for _ in range(3):
            text = data.draw(TEXTS)
            ranked = lanes.search(board.view, text, Weights())
            add_up([{"score": each.score, "terms": each.terms} for each in ranked])
            assert all(each.score > 0 for each in ranked)
            assert len({each.node.doc for each in ranked}) == len(ranked)
            again = lanes.search(board.view, text, Weights())
            assert [(each.path, each.score) for each in again] == [
                (each.path, each.score) for each in ranked
            ]
    finally:
        board.close()


share = st.floats(0, 1)
weights = st.builds(
    Weights,
    **{name: st.floats(0, 1000) for name in Weights._fields if name != "half_life"},
    half_life=st.floats(1, 1000),
)


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    now = draw(st.integers(0, 200_000))
    places = draw(st.lists(st.integers(0, now), min_size=1, max_size=6, unique=True))
    hottest = draw(st.floats(0, 1e9))
    nodes = {
        doc: Node(
            doc, f"L-{doc}", f"{doc}.md", "lesson", "", "", place, draw(st.integers(place, now)),
            draw(share) * hottest, tuple(draw(st.sets(st.sampled_from([*retrieve.CERTAINTY])))),
        )
        for doc, place in enumerate(places)
    }  # fmt: skip
    told = {lane: {doc: draw(share) for doc in nodes} for lane in retrieve.LANES}
    return Evidence(nodes, told, now, hottest)


@given(evidences(), weights)
def test_terms_make_up_the_score_whatever_the_weights(told: Evidence, weighed: Weights) -> None:
    ranked = retrieve.rank(told, weighed)
    add_up([{"score": each.score, "terms": each.terms} for each in ranked])
    assert {each.node.doc for each in ranked} == set(told.nodes)


def test_explain_prints_numbers_that_add_up(many: Repository) -> None:
    told = ask(many, "orient", "--for", "lock batch", "--explain", "--budget", "5000")
    lines = re.findall(r"^  \((\w+ .*)\) × (.*) = ([\d.]+)$", told.out.decode(), re.MULTILINE)
    assert len(lines) == 10
    for added, multiplied, score in lines:
        lane = dict(part.split(" ") for part in added.split(" + "))
        factor = dict(part.split(" ") for part in multiplied.split(" × "))
        assert {*lane} == {*retrieve.LANES}
        product = math.fsum(map(float, lane.values())) * math.prod(map(float, factor.values()))
        assert math.isclose(product, float(score), rel_tol=2e-3)


def test_the_json_of_a_score_is_not_rounded(many: Repository) -> None:
    add_up(orient(many, "retry the merge", "-k", "50")["relevant"])


# One order


def test_the_same_twice_after_the_cache_is_gone_and_in_a_clone(many: Repository) -> None:
    for text in ("the lock hides the batch", "parser budget", "the"):
        first = orient(many, text, "-k", "100")
        assert first["relevant"]
        assert orient(many, text, "-k", "100") == first
        shutil.rmtree(many.root / ".git/swarm")
        assert orient(many, text, "-k", "100") == first
        clone = many.root.parent / "clone"
        shutil.rmtree(clone, ignore_errors=True)
        many.git("clone", "-q", str(many.root), str(clone))
        assert orient(Repository(clone, many.environ), text, "-k", "100") == first


def test_json_does_not_depend_on_the_hour(many: Repository) -> None:
    """Law 1: byte-identical. The order of things never depends on when you ask."""
    now = many.board().around.now_ns

    def at(hours: int) -> bytes:
        with mock.patch("time.time_ns", return_value=now + hours * 3_600 * 10**9):
            return ask(many, "orient", "--for", "lock batch", "--json").out

    assert at(1) == at(1000)


def test_what_was_refreshed_bit_by_bit_answers_as_what_was_rebuilt(repo: Repository) -> None:
    dice = random.Random(3)  # noqa: S311
    colony(repo, 48)
    files = sorted((repo.root / "memory/lessons").iterdir())
    for turn in range(8):
        chosen = dice.choice(files)
        if turn % 4 == 3:
            chosen.unlink(missing_ok=True)
        else:
            target = dice.randrange(48)
            chosen.write_text(
                f"---\nid: {chosen.name[:8]}\nconfidence: theorized\ncites: [L-{target:06d}]\n---\n"
                f"# The turned {dice.choice(WHO)} number {turn}\n\nA {dice.choice(WHOM)} waits.\n"
            )
        if turn % 3 == 1:
            repo.commit()
        text = f"{dice.choice(WHO)} {dice.choice(WHOM)} turned"
        step = orient(repo, text, "-k", "60")
        shutil.copytree(repo.root / ".git/swarm", repo.root.parent / "kept", dirs_exist_ok=True)
        shutil.rmtree(repo.root / ".git/swarm")
        assert orient(repo, text, "-k", "60") == step
        shutil.rmtree(repo.root / ".git/swarm")
        shutil.move(repo.root.parent / "kept", repo.root / ".git/swarm")


# Weights


@pytest.mark.parametrize("lane", retrieve.LANES)
def test_a_lane_that_weighs_nothing_adds_nothing(many: Repository, lane: str) -> None:
    board = many.board()
    try:
        ranked = lanes.search(board.view, "lock batch", Weights()._replace(**{lane: 0.0}))
        assert ranked
        assert {each.terms[lane] for each in ranked} == {0.0}
        add_up([{"score": each.score, "terms": each.terms} for each in ranked])
    finally:
        board.close()


@pytest.mark.parametrize("factor", ["trail", "recency", "touch", "certainty"])
def test_a_factor_that_weighs_nothing_is_one(many: Repository, factor: str) -> None:
    board = many.board()
    try:
        ranked = lanes.search(board.view, "lock batch", Weights()._replace(**{factor: 0.0}))
        assert {each.terms[factor] for each in ranked} == {1.0}
    finally:
        board.close()


def test_the_weights_are_those_of_the_settings(repo: Repository) -> None:
    colony(repo, 8)
    repo.write("swarm.toml", "[retrieval]\nwords = 0\nrecency = 0.0\n")
    for hit in orient(repo, "lock writer")["relevant"]:
        assert hit["terms"]["words"] == 0
        assert hit["terms"]["recency"] == 1
        assert hit["terms"]["title"] >= 0
    repo.write("swarm.toml", "[retrieval]\nwords = 0.25\n")
    assert max(hit["terms"]["words"] for hit in orient(repo, "lock writer")["relevant"]) == 0.25


@pytest.mark.parametrize(
    "zero", [Weights._fields[:-1], ("words", "title", "phrases"), retrieve.LANES]
)
def test_nothing_breaks_when_nothing_weighs_anything(repo: Repository, zero: Sequence[str]) -> None:
    colony(repo, 8)
    repo.write("swarm.toml", "[retrieval]\n" + "".join(f"{name} = 0\n" for name in zero))
    told = orient(repo, "lock writer")
    add_up(told["relevant"])
    assert told == orient(repo, "lock writer")


@pytest.mark.parametrize(
    "value", ["-1", "nan", "inf", "true", '"much"', "[1]", "1e9", "{ a = 1 }", "half"]
)
def test_a_weight_that_is_none_is_a_problem_and_the_default_stands(
    repo: Repository, value: str
) -> None:
    colony(repo, 8)
    usual = orient(repo, "lock writer")["relevant"]
    repo.write("swarm.toml", f"[retrieval]\nwords = {value}\n")
    assert orient(repo, "lock writer")["relevant"] == usual
    told = ask(repo, "doctor", "--json")
    assert any("swarm.toml" in each["path"] for each in told.problems), told.out


# Lanes


@pytest.mark.parametrize("link", ["cites: [L-bbbbb1]", "extends: [L-bbbbb1]"])
@pytest.mark.parametrize("forward", [True, False])
def test_a_record_without_any_of_the_words_is_reached_by_a_link(
    repo: Repository, link: str, forward: bool
) -> None:
    silent, loud = ("L-bbbbb1", "L-aaaaa1") if forward else ("L-aaaaa1", "L-bbbbb1")
    name, value = link.split(": ")
    texts = {loud: "Zebra crossings", silent: "Something else"}
    for record_id, title in texts.items():
        keys = {name: value} if record_id == "L-aaaaa1" else {}
        repo.lesson(record_id, title, "Nothing.", confidence="observed", **keys)
    repo.lesson("L-ccccc1", "Far away", "Nothing.", confidence="observed")
    repo.commit()
    found = {each["id"]: each for each in orient(repo, "zebra")["relevant"]}
    assert set(found) == {loud, silent}
    assert found[silent]["terms"]["words"] == 0
    assert found[silent]["terms"]["cited" if forward else "citing"] > 0


MARKED = {
    "contradicted": ({}, "memory/lessons", "contradicts: [L-mmmmm1]"),
    "superseded": ({}, "memory/lessons", "supersedes: [L-mmmmm1]"),
    "archived": ({}, "memory/archive", ""),
    "unverified": ({"confidence": "theorized"}, "memory/lessons", ""),
    "said to be superseded": ({"status": "superseded"}, "memory/lessons", ""),
}


@pytest.mark.parametrize("mark", MARKED)
@pytest.mark.parametrize("newer", [True, False])
def test_what_cannot_be_believed_is_marked_and_below_its_equal(
    repo: Repository, mark: str, newer: bool
) -> None:
    keys, folder, against = MARKED[mark]
    keys = {"confidence": "observed", **keys}
    head = "".join(f"{name}: {value}\n" for name, value in keys.items())
    dates = ("2025-01-02", "2025-01-01") if newer else ("2025-01-01", "2025-01-02")
    text = "# Zebra crossings\n\nA zebra crosses.\n"
    repo.write(
        f"{folder}/L-mmmmm1.md", f"---\nid: L-mmmmm1\ncreated: {dates[0]}\n{head}---\n{text}"
    )
    repo.write(
        "memory/lessons/L-ppppp1.md",
        f"---\nid: L-ppppp1\ncreated: {dates[1]}\nconfidence: observed\n---\n{text}",
    )
    repo.write(
        "memory/lessons/L-00000a.md",
        f"---\nid: L-00000a\nconfidence: observed\ncreated: 2025-02-01\n{against}\n---\n# Other\n",
    )
    repo.commit()
    found = {each["id"]: each for each in orient(repo, "zebra crossings")["relevant"]}
    assert (mark.rsplit(maxsplit=1)[-1]) in found["L-mmmmm1"]["marks"]
    assert found["L-ppppp1"]["marks"] == []
    assert list(found).index("L-ppppp1") < list(found).index("L-mmmmm1")
    text_told = ask(repo, "orient", "--for", "zebra crossings").out.decode()
    assert f"[{mark.rsplit(maxsplit=1)[-1]}]" in text_told


# Any text is a query

QUERIES = {
    "empty": "",
    "blank": " \t\n ",
    "marks": "?!…—()[]{}<>",
    "a megabyte": "lock " * 200_000,
    "one long word": "x" * 1_000_000,
    "operators": "lock AND OR NOT NEAR queue",
    "near": "NEAR(lock queue, 2)",
    "star": "lock* *",
    "caret": "^lock",
    "colon": "title:lock",
    "columns": "{title body} : lock",
    "minus": "-lock",
    "plus": "lock + queue",
    "quote": '"lock',
    "quotes": '"lock" "',
    "apostrophe": "it's a 'lock",
    "nul": "lock\0queue",
    "controls": "\x1b[31mlock\x07\r\x08",
    "emoji": "🔒 lock 👩‍👩‍👧",
    "rtl": "lock \u202ekcol\u202c",
    "surrogates": "lock \udcff\udc80",
    "high surrogate": "\ud800 lock",
    "sql": "'; DROP TABLE doc;--",
    "like": "%_%",
    "han": "束を小さく",
    "one han": "束",
    "han and latin": "束 lock 束",
    "arabic": "قفل",
    "thai": "ล็อก",
    "accents": "lóck",
    "combining": "\u0301\u0302",
    "dotted": "İstanbul ß ſ",
    "option": "--help",
    "json": '{"a": [1, NaN]}',
    "formats": "{0} %s ${HOME}",
    "tags": "\U000e0041",
    "separators": "lock\u2028queue\x85",
    "noncharacter": "\uffff\ufffe",
    "digits": "1 2 3 0x1F",
}


def harmless(told: Told) -> None:
    """Nothing on either stream that a terminal would obey."""
    for line in (told.out + told.err).decode("utf-8").split("\n"):
        odd = [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
        assert set(odd) <= {"\t"}, ascii(odd)


def strings(told: Any) -> list[str]:
    if isinstance(told, str):
        return [told]
    parts = [*told, *told.values()] if isinstance(told, dict) else told
    return [text for part in parts for text in strings(part)] if isinstance(parts, list) else []


@pytest.mark.parametrize("query", QUERIES)
def test_any_text_is_a_query(many: Repository, query: str) -> None:
    told = ask(many, "orient", "--for", QUERIES[query], "--explain")
    assert told.code == 0, told.err
    harmless(told)
    told = ask(many, "orient", "--for", QUERIES[query], "--json")
    assert told.code == 0, told.err
    harmless(told)
    add_up(told.data["relevant"])
    assert told.data["from"] == ["--for"]


def test_what_no_utf_8_can_hold_is_spelled_out_in_json(many: Repository) -> None:
    """A lone surrogate in it is refused, and the whole answer with it, by stricter readers."""
    told = ask(many, "orient", "--for", "lock \udcff", "--json").json
    for text in strings(told):
        text.encode("utf-8")


def test_bytes_that_are_no_utf_8_are_a_query(many: Repository) -> None:
    told = many.swarm("orient", "--for", "lock \udcff\udc9f", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["data"]["relevant"]


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_a_board(many: Repository, text: str) -> None:
    board = many.board()
    try:
        lanes.search(board.view, text, Weights())
    finally:
        board.close()


# Odd histories


def commit_at(repo: Repository, when: int) -> None:
    date = f"@{when} +0000"
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "odd", GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)


def odd(repo: Repository, which: str, make: Maker) -> Repository:  # noqa: PLR0912
    if which == "1970":
        colony(repo, 6)
        repo.lesson("L-zzzzz1", "The lock at the epoch", "lock", confidence="observed")
        commit_at(repo, 0)
    elif which == "the future":
        colony(repo, 6)
        repo.lesson("L-zzzzz1", "The lock of tomorrow", "lock", confidence="observed")
        commit_at(repo, 4_102_444_800)
    elif which == "odd dates":
        for at, when in enumerate(
            ("0001-01-01", "9999-12-31", "2024-02-30", "0001-01-01T00:00:00+23:59", "yesterday")
        ):
            repo.lesson(f"L-zzzzz{at}", f"The lock {at}", "lock", created=when)
        repo.commit()
    elif which == "rewritten":
        colony(repo, 6)
        orient(repo, "lock")
        repo.git("commit", "-q", "--amend", "-m", "again")
        repo.git("reflog", "expire", "--expire=now", "--all")
        repo.git("gc", "-q", "--prune=now")
    elif which == "shallow":
        colony(repo, 6)
        repo.lesson("L-zzzzz1", "The lock last", "lock")
        repo.commit()
        repo.git("clone", "-q", "--depth=1", f"file://{repo.root}", "../cut")
        return Repository(repo.root.parent / "cut", repo.environ)
    elif which == "itself and a circle":
        links = {"a": "a b", "b": "c", "c": "a"}
        for one, others in links.items():
            cited = ", ".join(f"L-{other * 6}" for other in others.split())
            repo.lesson(f"L-{one * 6}", f"The lock {one}", f"[[L-{one * 6}]]", cites=f"[{cited}]")
        repo.commit()
    elif which == "a hub":
        repo.lesson("L-hhhhhh", "The lock of all", "lock")
        for at in range(300):
            repo.lesson(f"L-{at:06d}", f"The lock {at}", "See [[L-hhhhhh]].")
        cited = ", ".join(f"L-{at:06d}" for at in range(300))
        repo.lesson("L-kkkkkk", "The list of all", "lock", cites=f"[{cited}]")
        repo.commit()
    elif which == "no commit":
        repo.lesson("L-zzzzz1", "The lock", "lock")
    elif which == "two files with one id":
        repo.write("memory/lessons/L-aaaaaa-x.md", "---\nid: L-aaaaaa\n---\n# The lock one\n")
        repo.write("memory/lessons/L-aaaaaa-y.md", "---\nid: L-aaaaaa\n---\n# The lock one\n")
        repo.commit()
    else:
        bare = make("bare", "--bare")
        colony(repo, 6)
        repo.git("push", "-q", str(bare.root), "main")
        return bare
    return repo


@pytest.mark.parametrize(
    "which",
    ["1970", "the future", "odd dates", "rewritten", "shallow", "itself and a circle", "a hub",
     "no commit", "two files with one id", "bare"],
)  # fmt: skip
def test_an_odd_history_is_answered_the_same_twice(
    repo: Repository, make_repository: Maker, which: str
) -> None:
    board = odd(repo, which, make_repository)
    first = orient(board, "the lock", "-k", "500")
    assert first["relevant"]
    add_up(first["relevant"])
    assert all(each["score"] > 0 for each in first["relevant"])
    assert orient(board, "the lock", "-k", "500") == first
    cache = [path for path in (".git/swarm", "swarm") if (Path(board.root) / path).is_dir()]
    shutil.rmtree(board.root / cache[0])
    assert orient(board, "the lock", "-k", "500") == first
    assert ask(board, "orient", "--for", "the lock", "--explain").code == 0
    for verb in ("trails", "recombine"):
        told = ask(board, verb, "--json")
        assert told.code == 0, told.err
        assert ask(board, verb, "--json").out == told.out
