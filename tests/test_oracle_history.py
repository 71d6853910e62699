"""The oracle over a history that never had one: no crash, and what it would have said is right.

Nobody checked these commits when they were made. What the oracle has against them was read
by hand, forty times: whether a reviewer should have been told.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest
from conftest import Repository, hermetic
from judging import judge, told
from replayed import BUNDLE, reader, replay

from swarm import review
from swarm.oracle import Finding
from swarm.records import Place, id_in_name

pytestmark = pytest.mark.skipif(not BUNDLE.exists(), reason="the corpus is not here")

# The rule, the ancestor's commit, the record, and the verdict. Of the wrong ones none is the
# rule's own: a remark, a heading or a file name was taken for a key when the rows were read.
READ_BY_HAND = """
confidence-fits    363d72922f P-158    right
confidence-fits    b664a86274 P-128    right
confidence-fits    b664a86274 P-130    right
confidence-fits    cda195a1d0 P-053    right
confidence-fits    e0fa8e9a35 P-053    right
confidence-fits    e0fa8e9a35 P-156    right
confidence-fits    e0fa8e9a35 P-267    right
confidence-fits    fd3940db49 P-212    right
correct-not-delete 0b9833b1d3 P-071    right
correct-not-delete 74048e507f F-EMP5   right
correct-not-delete 74048e507f P-043    right
correct-not-delete 74048e507f P-056    right
correct-not-delete 74048e507f P-059    right
correct-not-delete 74048e507f P-165    right
correct-not-delete 74048e507f P-210    right
correct-not-delete 8da18b4f91 B15      right
correct-not-delete d69e8e0dc5 P-150    right
depends-acyclic    d8eeda9b86 B-EVAL2  wrong
duplicate          822760f610 F109     right
edges-exist        4366bc9ffb C-48emq2 right
edges-exist        4366bc9ffb C-v8je58 wrong
edges-exist        b90ef6050b B-EVAL3  right
edges-exist        c6917b507f C-j2smvp right
edges-exist        e0fa8e9a35 B-EVAL1  right
edges-exist        e0fa8e9a35 B-EVAL3  right
edges-exist        e0fa8e9a35 C-48emq2 right
edges-exist        ffed76374e C-s45d1f right
kind-schema        7d52e8b28a P-016    right
kind-schema        7d52e8b28a P-050    right
kind-schema        7d52e8b28a P-090    right
kind-schema        a2a6968167 P-114    right
kind-schema        e0fa8e9a35 P-144    wrong
kind-schema        e0fa8e9a35 P-152    right
kind-schema        e0fa8e9a35 P-206    wrong
kind-schema        e0fa8e9a35 P-234    right
kind-schema        f77817e533 P-041    right
kind-schema        f8caabb7fe P-205    right
legal-move         e9c9c7ed98 B1       wrong
mass-deletion      74048e507f B-EVAL1  right
mass-deletion      c4bcbc87a5 F1       right
"""


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    root = tmp_path_factory.mktemp("replayed")
    repo = Repository(root, hermetic(root))
    repo.git("init", "-q", "-b", "main")
    replay(repo)
    return repo


@pytest.fixture(scope="module")
def reviewed(replayed: Repository) -> review.Review:
    first = replayed.git("rev-list", "--max-parents=0", "main").strip()
    return review.spanned(Place(replayed.root, replayed.environ, True), f"{first}..main")


def named(replayed: Repository, reviewed: review.Review) -> list[tuple[str, str, str | None]]:
    """Each finding by its rule, the ancestor's commit, and the record."""
    names = replayed.git("log", "-z", "--format=%H%x00%B", "main").split("\0")
    commits = {
        commit: re.findall(r"^Ancestor: (\w{10})", message, re.MULTILINE)[-1]
        for commit, message in zip(names[0::2], names[1::2], strict=False)
        if "Ancestor: " in message
    }

    def name(found: Finding) -> str | None:
        return id_in_name(found.problem.path.rsplit("/", 1)[-1].removesuffix(".md"))

    return [(each.rule, commits[each.commit], name(each)) for each in reviewed.findings]


def test_every_commit_of_the_beliefs_is_judged_without_a_crash(
    replayed: Repository, reviewed: review.Review
) -> None:
    count = int(replayed.git("rev-list", "--count", "ancestor", "--", "beliefs"))
    assert reviewed.commits == count >= 100 and reviewed.checked > 1000
    refusing = Counter(each.rule for each in reviewed.findings if each.problem.level == "error")
    assert {"confidence-fits", "correct-not-delete", "kind-schema", "mass-deletion"} <= set(
        refusing
    )
    # what is there to be kept out of a board was never in this one
    assert refusing.keys().isdisjoint(("no-secrets", "hidden-text", "disguised-order", "readable"))


def test_what_was_read_by_hand_is_found_and_nearly_all_of_it_is_right(
    replayed: Repository, reviewed: review.Review
) -> None:
    rows = [line.split() for line in READ_BY_HAND.strip().splitlines()]
    right = {(rule, commit, record) for rule, commit, record, verdict in rows if verdict == "right"}
    assert len(rows) == 40 and len(right) >= 35
    assert right <= set(named(replayed, reviewed))


def test_a_whole_board_that_comes_from_elsewhere_is_taken_as_it_is(replayed: Repository) -> None:
    """Committed by hand, with the key by which an import says where each record stood."""
    brought = reader(replayed)("ancestor")
    replayed.git("symbolic-ref", "HEAD", "refs/heads/empty")
    assert len(brought) > 300
    assert told(judge(replayed, brought)) == {}
