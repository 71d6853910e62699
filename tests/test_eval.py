"""The evaluation measures what it says: its figures are right, and nothing later leaks in."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from math import log2
from pathlib import Path

import pytest
from conftest import Repository

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.eval import (  # noqa: E402 - tools/ is no part of what is installed
    __main__,
    alike,
    ancestor,
    guard,
    lane,
    metrics,
    proposals,
    recombination,
    repository,
    retrieval,
    subject,
)
from tools.eval.corpus import Citations, Corpus, Query, popular  # noqa: E402
from tools.eval.guard import Leak, Seen  # noqa: E402

TEN = [f"L-{number}" for number in range(1, 11)]


def named(*names: str) -> frozenset[str]:
    return frozenset(names)


def elder(repo: Repository, number: int, title: str, text: str = "") -> None:
    """A lesson as the ancestor spells it."""
    path = f"memory/lessons/L-{number}.md"
    repo.write(path, f"# L-{number}: {title}\nConfidence: observed\n\n{text}\n")


def own(repo: Repository) -> repository.Repository:
    return repository.Repository(repo.root)


# -- figures


@pytest.mark.parametrize(
    ("ranking", "truths", "recall", "mrr", "ndcg"),
    [
        pytest.param(["a", "b"], "a", 1, 1, 1, id="found at once"),
        pytest.param(["b", "c"], "a", 0, 0, 0, id="no hit"),
        pytest.param([], "a", 0, 0, 0, id="nothing ranked"),
        pytest.param(["b", "a"], "ac", 1 / 2, 1 / 2, 1 / (1 + log2(3)), id="one of two, second"),
        pytest.param([*TEN, "a"], "a", 0, 1 / 11, 0, id="the eleventh counts for MRR alone"),
        pytest.param(list("abcdefghij"), "abcdefghijkl", 1, 1, 1, id="twelve truths, ten found"),
        pytest.param(
            [*TEN[:5], *"abcde"], "abcdefghijkl", 1 / 2, 1 / 6,
            sum(1 / log2(rank + 1) for rank in range(6, 11))
            / sum(1 / log2(rank + 1) for rank in range(1, 11)),
            id="twelve truths, five found late",
        ),
    ],
)  # fmt: skip
def test_a_ranking_is_scored(
    ranking: list[str], truths: str, recall: float, mrr: float, ndcg: float
) -> None:
    told = metrics.score(ranking, frozenset(truths))
    assert (told.recall, told.mrr, told.ndcg) == pytest.approx((recall, mrr, ndcg))


def test_a_query_without_a_truth_is_none() -> None:
    with pytest.raises(ValueError, match="without a truth"):
        metrics.score(["a"], frozenset())


def test_an_interval_holds_its_mean_and_comes_out_the_same_each_time() -> None:
    values = [0.0, 1.0, 0.5, 0.25] * 10
    told = metrics.mean(values)
    assert told.value == pytest.approx(0.4375)
    assert 0.3 < told.low < told.value < told.high < 0.6
    assert told == metrics.mean(values)
    assert metrics.mean([0.5, 0.5]) == metrics.Mean(0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("scored", "top", "hits"),
    [
        pytest.param([(3, True), (2, False), (1, True)], 2, 1, id="no tie"),
        pytest.param([(3, True), (2, True), (2, False), (1, True)], 2, 1.5, id="tie at the edge"),
        pytest.param([(1, True), (1, False), (1, False), (1, False)], 2, 0.5, id="all tie"),
        pytest.param([(2, True), (1, True)], 5, 2, id="fewer than asked for"),
        pytest.param([(2, True), (2, False), (1, True)], 2, 1, id="tie within"),
        pytest.param([], 5, 0, id="none"),
    ],
)
def test_what_ties_at_the_end_counts_by_its_share(
    scored: list[tuple[float, bool]], top: int, hits: float
) -> None:
    assert metrics.expected_top(scored, top) == pytest.approx(hits)


# -- the ancestor


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# L-1: Small batches win\n", "Small batches win"),
        ("# L-12b — Small batches win\n", "Small batches win"),
        ("# L-1 Small batches win\n", "Small batches win"),
        ("## **L-1**: Small batches win ##\n", "Small batches win"),
        ("<!-- lesson: L-1\n# no title -->\nCites: L-2\n# L-1: Small\n", "Small"),
        ("---\ntitle: Stated\n---\n# L-1: Small\n", "Stated"),
        ('---\nid: L-1\ntitle: "L-1: Stated"\n---\n', "Stated"),
        ("---\nid: L-1\n---\r\n# Small\r\n", "Small"),
        ("```\n# a comment\n```\n\n# L-1\n\n## Small\n", "Small"),
        ("#hashtag\n\nno heading\n", ""),
        ("", ""),
    ],
)
def test_the_query_is_the_title_without_the_id(text: str, title: str) -> None:
    assert ancestor.title_of(text.encode()) == title


def test_a_lesson_belongs_where_it_was_first_added(repo: Repository) -> None:
    """Numbers order the lessons of one commit; what comes back is not new."""
    elder(repo, 10, "ten")
    elder(repo, 9, "nine")
    repo.write("memory/lessons/TEMPLATE.md", "# L-000: none\n")
    first = repo.commit()
    (repo.root / "memory/lessons/L-9.md").unlink()
    second = repo.commit()
    elder(repo, 9, "nine, again")
    elder(repo, 3, "three")
    third = repo.commit()
    told = ancestor.lessons(own(repo))
    assert [(each.name, each.commit, each.parent, each.beside) for each in told] == [
        ("L-9", first, "", named()),
        ("L-10", first, "", named()),
        ("L-3", third, second, named("L-10")),
    ]


def test_what_a_merge_brought_came_with_the_merge(repo: Repository) -> None:
    elder(repo, 1, "one")
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    elder(repo, 2, "two")
    repo.commit()
    repo.git("checkout", "-q", "main")
    elder(repo, 3, "three")
    trunk = repo.commit()
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    told = ancestor.lessons(own(repo))
    assert [each.name for each in told] == ["L-1", "L-3", "L-2"]
    assert told[-1].parent == trunk


def test_the_truth_is_what_the_first_version_names_of_what_there_was(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ancestor, "WARM_UP", 2)
    elder(repo, 1, "one")
    elder(repo, 2, "two", "See L-1.")
    before = repo.commit()
    elder(repo, 3, "three", "As L-3 says: L-1, L-404 and L-4.")
    elder(repo, 4, "four", "Only L-3, of the same commit.")
    repo.commit()
    elder(repo, 3, "three, edited", "L-1 and L-2.")
    repo.commit()
    (repo.root / "memory/lessons/L-2.md").unlink()
    repo.commit()
    elder(repo, 5, "five", "L-2 is gone.")
    repo.commit()
    told = ancestor.corpus(own(repo))
    assert told.queries == (Query("L-3", "three", before, named("L-1")),)
    assert "3 name a lesson written before, 1 one that was still in the tree" in told.note


def test_lessons_are_found_wherever_they_lie_below_their_folder() -> None:
    assert ancestor.name_of("memory/lessons/archive/L-46.md") == "L-46"
    assert ancestor.name_of("memory/lessons/L-601b.md") == "L-601b"
    assert ancestor.name_of("memory/lessons/TEMPLATE.md") is None
    assert ancestor.name_of("memory/L-46.md") is None
    assert ancestor.names_in(b"Cites: L-1, L-2b, AL-3, P-4") == named("L-1", "L-2b")


# -- the proposals


PROPOSALS = {
    "eip-20.md": b"---\r\neip: 20\r\ntitle: Tokens\r\ncreated: 2015-11-19\r\n---\r\nBody.\r\n",
    "eip-7.md": b"---\neip: 7\ntitle: 'Calls'\ndescription: How: calls\ncreated: 2015-11-19\n"
    b"---\nLike [tokens](./eip-20.md#events), after EIP-7 and EIP-9.\n",
    "eip-9.md": b"---\neip: 9\ntitle: Gas\ncreated: 2016-01-01\nrequires: 7, 20\n---\nNo newline",
    "eip-1.md": b"---\neip: 1\nstatus: Moved\n---\nThis file was moved to eip-20.md\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "told" / "EIPS"
    root.mkdir(parents=True)
    for name, raw in PROPOSALS.items():
        (root / name).write_bytes(raw)
    return root.parent


def test_proposals_become_commits_in_the_order_of_their_days(folder: Path, tmp_path: Path) -> None:
    """A stub is none; every byte is kept; the settings come first."""
    told = proposals.read(folder)
    assert [each.number for each in told] == [7, 20, 9]
    made = proposals.built(told, tmp_path / "eips.git")
    changed = [[change.path for change in commit.changes] for commit in made.commits()]
    assert changed == [["swarm.toml"], ["EIPS/eip-7.md"], ["EIPS/eip-20.md"], ["EIPS/eip-9.md"]]
    blobs = {change.path: change.blob for each in made.commits() for change in each.changes}
    contents = made.blobs(blobs.values())
    assert contents[blobs["EIPS/eip-20.md"]] == PROPOSALS["eip-20.md"]
    assert contents[blobs["EIPS/eip-9.md"]] == PROPOSALS["eip-9.md"]
    dates = made.run("log", "--reverse", "--date=short", "--format=%ad %cd").decode().split("\n")
    assert dates[:4] == ["2015-11-19 2015-11-19"] * 3 + ["2016-01-01 2016-01-01"]


def test_a_tarball_says_what_its_folder_says(folder: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "eips.tar.gz", "w:gz") as archive:
        for name, raw in PROPOSALS.items():
            entry = tarfile.TarInfo(f"EIPS/{name}")
            entry.size = len(raw)
            archive.addfile(entry, io.BytesIO(raw))
    assert proposals.read(tmp_path / "eips.tar.gz") == proposals.read(folder)


def test_a_proposal_is_asked_for_just_before_it_came(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "WARM_UP", 0)
    told = proposals.corpus(folder, tmp_path / "eips.git")
    chain = [commit.id for commit in told.repository.commits()]
    assert told.queries == (Query("eip-9", "Gas", chain[2], named("eip-7", "eip-20")),)
    assert proposals.parse("eip-7.md", PROPOSALS["eip-7.md"]) == proposals.Proposal(
        7, "2015-11-19", "Calls", "How: calls", PROPOSALS["eip-7.md"]
    )


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b'[a](./eip-20.md#x), [b](eip-155) and <a href="./eip-7.md">', "eip-20 eip-155 eip-7"),
        (b"[EIP-x]: ../EIPS/eip-86.md\n", "eip-86"),
        (b"EIP-1559 and `EIP-2`, not EIP 3, eip-4 or HEIP-5", "eip-1559 eip-2"),
        (b"![a](../assets/eip-20/x.png) https://eips.example.org/EIPS/eip-20", ""),
    ],
)
def test_what_a_proposal_names(body: bytes, names: str) -> None:
    assert proposals.names_in(b"---\neip: 1\n---\n" + body) == named(*names.split())


# -- nothing later


TREE = {"memory/lessons/L-1.md": "aa", "memory/lessons/L-2.md": "bb"}
SEEN = Seen(
    {"memory/lessons/L-1.md": "L-1", "memory/lessons/L-2.md": "L-2"}, TREE, [("L-2", "L-1")]
)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        pytest.param(Seen(SEEN.records, {**TREE, "x.md": "cc"}, []), "x.md: not in", id="later"),
        pytest.param(
            Seen(SEEN.records, TREE | {"memory/lessons/L-1.md": "zz"}, []), "while that commit",
            id="later edit",
        ),
        pytest.param(Seen({"y.md": "L-9"}, TREE, []), "y.md: nobody", id="record from nowhere"),
        pytest.param(Seen(SEEN.records, TREE, [("L-3", "L-1")]), "L-3: links to", id="later edge"),
        pytest.param(Seen(SEEN.records, TREE, [("L-1", "L-3")]), "L-3: linked to", id="edge ahead"),
    ],
)  # fmt: skip
def test_a_leak_is_an_error(seen: Seen, words: str) -> None:
    guard.check(SEEN, TREE, lambda _: False)
    with pytest.raises(Leak, match=words):
        guard.check(seen, TREE, lambda _: False)


def test_the_record_that_is_asked_for_may_not_be_there() -> None:
    with pytest.raises(Leak, match="about to be written"):
        guard.check(SEEN, TREE, lambda path: path.endswith("L-2.md"))


def seen_at(repo: Repository, commit: str) -> Seen:
    with subject.opened(repo.root, commit) as board:
        return subject.seen(board)


def test_one_later_edge_is_a_leak(repo: Repository) -> None:
    """The board as of the parent passes; one lesson edited to point ahead does not."""
    elder(repo, 1, "one")
    elder(repo, 2, "two", "See L-1.")
    before = repo.commit()
    elder(repo, 3, "three", "See L-2.")
    added = repo.commit()
    (repo.root / "memory/lessons/L-3.md").unlink()
    elder(repo, 1, "one", "Later seen in L-2.")
    edited = repo.commit()
    tree = own(repo).tree(before)
    seen = seen_at(repo, before)
    guard.check(seen, tree, lambda path: path.endswith("L-3.md"))
    assert list(seen.links) == [("L-2", "L-1")]
    with pytest.raises(Leak, match=r"L-3\.md: not in the tree"):
        guard.check(seen_at(repo, added), tree, lambda _: False)
    with pytest.raises(Leak, match=r"L-1\.md: read from"):
        guard.check(seen_at(repo, edited), tree, lambda _: False)
    slipped = Seen(seen.records, seen.blobs, [*seen.links, ("L-3", "L-2")])
    with pytest.raises(Leak, match="L-3: links to L-2"):
        guard.check(slipped, tree, lambda _: False)


def line_of_work(repo: Repository) -> Corpus:
    """Seven lessons, and one query from the time of the fourth."""
    commits = []
    for number in range(1, 8):
        elder(repo, number, f"Batch {number} of work", f"See L-{max(1, number - 2)}.")
        commits.append(repo.commit())
    query = Query("L-5", "a batch of work", commits[3], named("L-3"))
    return Corpus("ancestor", own(repo), (query,), ancestor.name_of, ancestor.names_in)


def test_the_past_is_ranked_as_if_nothing_had_come_after(repo: Repository) -> None:
    """The same ranking as in a repository that ends there."""
    corpus = line_of_work(repo)
    assert retrieval.prove(corpus, lambda _: None) == 1
    (query,) = corpus.queries
    with subject.opened(repo.root, query.commit) as board:
        found = subject.ranked(subject.gather(board, query.text), subject.variants()["product"])
    assert sorted(found) == [f"memory/lessons/L-{number}.md" for number in range(1, 5)]


def test_a_ranking_that_knows_the_future_is_a_leak(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, opened = line_of_work(repo), subject.opened
    monkeypatch.setattr(subject, "opened", lambda root, commit: opened(root, "HEAD"))
    with pytest.raises(Leak, match="L-5: ranked otherwise"):
        retrieval.prove(corpus, lambda _: None)


# -- rankings into rows


def corpus_of(queries: int) -> Corpus:
    told = tuple(
        Query(f"L-{at}", "", "", named("L-1", *(["L-2"] if at % 2 else [])))
        for at in range(queries)
    )
    root = repository.Repository(Path())
    return Corpus("ancestor", root, told, ancestor.name_of, ancestor.names_in, hubs=1)


def test_a_sample_is_spread_evenly() -> None:
    told = corpus_of(100)
    assert [query.name for query in told.sample(4).queries] == ["L-12", "L-37", "L-62", "L-87"]
    assert told.sample(None) is told
    assert told.sample(100) is told
    assert told.most_cited() == named("L-1")


def test_candidates_are_named_by_their_paths_and_once() -> None:
    paths = [f"memory/lessons/{name}" for name in ("L-2.md", "archive/L-1.md", "L-1.md", "X.md")]
    assert corpus_of(1).names([*paths, "beliefs/B-1.md"]) == ("L-2", "L-1")


def test_popularity_counts_who_is_named(repo: Repository) -> None:
    elder(repo, 1, "one")
    elder(repo, 2, "two", "L-1, L-2 and L-404")
    elder(repo, 3, "three", "L-1 and L-2")
    corpus = Corpus("", own(repo), (), ancestor.name_of, ancestor.names_in)
    cited = Citations(corpus).of(corpus.repository.tree(repo.commit()))
    assert cited == {"L-1": named(), "L-2": named("L-1"), "L-3": named("L-1", "L-2")}
    assert popular(cited) == ("L-1", "L-2", "L-3")


def test_the_most_cited_are_left_out_of_truths_and_of_candidates() -> None:
    rankings = {subject.DEFAULT: ("L-1", "L-2", "L-3")}
    told = retrieval.judged(rankings, named("L-1", "L-3"), {"without": named("L-1")})
    assert told.scores[subject.DEFAULT].recall == 1
    assert told.less["without"][subject.DEFAULT].mrr == pytest.approx(1 / 2)
    assert retrieval.judged(rankings, named("L-1"), {"without": named("L-1")}).less == {}


def test_rows_cover_the_windows() -> None:
    found = {name: ("L-1",) for name in (subject.DEFAULT, subject.WORDS, "popularity")}
    missed = dict.fromkeys(found, ("L-9",)) | {subject.DEFAULT: ("L-1",)}
    answers = [retrieval.judged(found, named("L-1"), {}) for _ in range(3)]
    answers += [retrieval.judged(missed, named("L-1"), {})]
    rows = {(row.method, row.window): row for row in retrieval.rows(answers)}
    assert len(rows) == 7
    assert rows[subject.WORDS, "first half"].recall.value == 1
    assert rows[subject.WORDS, "second half"].recall.value == pytest.approx(1 / 2)
    change = rows["popularity", ""].change
    assert change and change.value == pytest.approx(-1 / 4)
    assert rows[subject.DEFAULT, ""].change is None


# -- pairs


def test_pairs_come_about_when_one_later_lesson_names_both() -> None:
    later = [named("L-1", "L-2", "L-9"), named("L-3")]
    assert recombination.brought_together(later, ["L-1", "L-2", "L-3"]) == {("L-1", "L-2")}


def test_a_pair_is_eligible_until_something_connects_it() -> None:
    """1 and 2 share a citation; 3 cites 1; 4 cites 3 and 2, and so knows of both."""
    cited = {
        "L-0": named(), "L-1": named("L-0"), "L-2": named("L-0"), "L-3": named("L-1", "L-0"),
        "L-4": named("L-3", "L-2"),
    }  # fmt: skip
    free = recombination.eligible(cited)
    assert free.shared == {("L-1", "L-2"): 1}
    assert free.count == 10 - 6 - 1  # six edges, of which 0-1 is also cited together by 3
    came = frozenset({("L-1", "L-2"), ("L-0", "L-1")})
    assert free.count_of(came) == 1
    assert free.ranked(came) == [(1.0, True)]


def test_what_the_same_commit_shows_is_not_later() -> None:
    told = [ancestor.Lesson(f"L-{at}", "", f"c{at // 2}", "", named()) for at in range(6)]
    assert [each.name for each in recombination.later(told, 3)] == ["L-4", "L-5"]
    assert [each.name for each in recombination.later(told, 4)] == ["L-4", "L-5"]


def test_the_ratio_of_all_moments_has_an_interval() -> None:
    cuts = [recombination.Cut(100, 4_000, 40, 12.0, 4.0), recombination.Cut(200, 9_000, 90, 8, 6.0)]
    told = recombination.summary(cuts)
    assert (told.product.value, told.baseline.value) == (20, 10)
    assert told.ratio and told.ratio.low < told.ratio.value == 2 < told.ratio.high
    assert cuts[0].chance == pytest.approx(1)
    nothing = recombination.summary([recombination.Cut(100, 4_000, 0, 0.0, 0.0)])
    assert nothing.ratio is None


# -- the command


@pytest.fixture
def history(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Eight lessons, each naming the two before it, measured from the fifth on."""
    monkeypatch.setattr(ancestor, "WARM_UP", 4)
    for number in range(1, 9):
        elder(repo, number, f"Lesson {number}", f"L-{number - 1} and L-{number - 2}")
        repo.commit()
    return repo


def test_retrieval_prints_every_row(
    history: Repository, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(proposals, "WARM_UP", 0)
    asked = ["retrieval", "--ancestor", str(history.root), "--eips", str(folder)]
    assert __main__.main([*asked, "--work", str(tmp_path / "work"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [corpus["queries"] for corpus in told["corpora"]] == [4, 1]
    assert {"product", "words alone", "without cited", "popularity"} <= {
        row["method"] for row in told["corpora"][0]["rows"]
    }
    assert [(each["board"], each["asked"]) for each in told["silence"]] == [
        ("ancestor", "ancestor"), ("ancestor", "EIPs"), ("ancestor", "EIPs"),
        ("EIPs", "EIPs"), ("EIPs", "ancestor"), ("EIPs", "ancestor"),
    ]  # fmt: skip
    assert __main__.main([*asked, "--work", str(tmp_path / "work"), "--queries", "2"]) == 0
    assert "ancestor: those of EIPs" in capsys.readouterr().out


def test_recombination_prints_a_row_a_moment(
    history: Repository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recombination, "CUTS", (4, 6, 99))
    assert __main__.main(["recombination", "--ancestor", str(history.root), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [cut["lessons"] for cut in told["cuts"]] == [4, 6]
    assert __main__.main(["recombination", "--ancestor", str(history.root)]) == 0
    assert "shared citations" in capsys.readouterr().out


def test_a_lane_of_neighbours_is_measured_beside_the_product(
    history: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["lane", "--ancestor", str(history.root)]
    assert __main__.main([*asked, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["weight"] for row in rows] == [0.0, *lane.WEIGHTS]
    assert {row["queries"] for row in rows} == {4}
    assert rows[0]["change"]["value"] == 0
    assert __main__.main(["retrieval", "--ancestor", str(history.root), "--json"]) == 0
    (corpus,) = json.loads(capsys.readouterr().out)["corpora"]
    product = next(row for row in corpus["rows"] if row["method"] == "product")
    assert rows[0]["recall"] == product["recall"]  # without the lane it is the product
    assert __main__.main(asked) == 0
    assert "The lane" in capsys.readouterr().out


def test_a_lane_leads_to_what_says_alike_and_shares_no_word_of_the_query(repo: Repository) -> None:
    elder(repo, 1, "Locks are held long", "writers starve while a batch holds the mutex")
    elder(repo, 2, "Writers starve", "while a batch holds the mutex for long")
    elder(repo, 3, "Invoices use a serif font", "in print and on the screen")
    repo.commit()
    with subject.opened(repo.root, "HEAD") as board:
        ranked = alike.ranked(board, "locks", alike.learned(board), (0.0, 1.0))
    assert [Path(path).stem for path in ranked[0.0]] == ["L-1"]
    assert [Path(path).stem for path in ranked[1.0]][:2] == ["L-1", "L-2"]


def test_a_leak_ends_the_measurement(
    history: Repository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def now(root: Path, commit: str) -> object:
        return opened(root, "HEAD")

    opened = subject.opened
    monkeypatch.setattr(subject, "opened", now)
    assert __main__.main(["retrieval", "--ancestor", str(history.root)]) == 1
    told = capsys.readouterr()
    assert told.err.startswith("leak: memory/lessons/L-")
    assert told.out == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["retrieval"], "nothing to replay"),
        (["lane"], "nothing to replay"),
        (["retrieval", "--ancestor", "nowhere"], "nowhere: there is no such"),
        (["retrieval", "--eips", "nowhere"], "nowhere: there is no such"),
    ],
)
def test_what_cannot_be_measured_is_said(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(arguments) == 1
    assert words in capsys.readouterr().err


def test_what_was_interrupted_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "a.git.unfinished").mkdir()
    (tmp_path / "a.git.unfinished" / "half").touch()
    made = repository.made(tmp_path / "a.git", lambda to: to.mkdir())
    assert list(made.root.iterdir()) == []
    assert repository.made(tmp_path / "a.git", lambda to: 1 / 0) == made
