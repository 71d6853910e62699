"""What one run leaves for the next: one record, written as any other, shown by orient."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Repository, tree_bytes

from swarm.records import Record


def handoff(repo: Repository, *arguments: str, stdin: str = "", **environ: str) -> dict[str, Any]:
    """What the command tells of the record it wrote."""
    done = repo.swarm("handoff", *arguments, "--json", stdin=stdin, **environ)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout)["data"])


def written(repo: Repository, told: dict[str, Any]) -> Record:
    board = repo.board()
    try:
        return board.get(told["record"]["id"])
    finally:
        board.close()


def test_a_handoff_is_one_record_with_a_section_for_each_thing_that_was_said(
    repo: Repository,
) -> None:
    told = handoff(
        repo, "--done", "The cache is safe", "--done", "Measured twice", "--next", "Merge it",
        "--blocked", "B-4tq0aa: no verdict\nsince Monday", SWARM_AGENT="agent-3f",
    )  # fmt: skip
    record = written(repo, told)
    assert (record.kind, record.id[:2]) == ("handoff", "H-")
    assert record.path.startswith("memory/handoffs/H-")
    assert record.keys["by"] == "agent-3f"
    assert record.created.startswith("20")
    assert record.title == "Next: Merge it"
    assert record.body.strip() == (
        "## Done\n- The cache is safe\n- Measured twice\n\n"
        "## Next\n- Merge it\n\n"
        "## Blocked\n- B-4tq0aa: no verdict\n  since Monday"
    )
    assert [path for path in tree_bytes(repo.root) if path.startswith("memory")] == [record.path]


def test_orient_shows_the_newest(repo: Repository) -> None:
    handoff(repo, "--next", "Older")
    repo.commit()
    told = handoff(repo, "--next", "Newer", "--title", "Where I stopped")
    shown = repo.swarm("orient", "--json", "--for", "anything")
    first = json.loads(shown.stdout)["data"]["handoffs"][0]
    assert (first["id"], first["title"]) == (told["record"]["id"], "Where I stopped")


def test_its_body_comes_first_and_may_come_from_standard_input(repo: Repository) -> None:
    told = handoff(
        repo, "--open", "One test", "--body", "-", stdin="\nIt was  like this.\n\nTwo.\n"
    )
    record = written(repo, told)
    assert record.title == "Open: One test"
    assert record.body.strip() == "It was  like this.\n\nTwo.\n\n## Open\n- One test"
    assert written(repo, handoff(repo, "--body", "-", stdin="-")).title == "Handoff"
    assert (
        written(repo, handoff(repo, "--body", "## Said at length\n\nx")).title == "Said at length"
    )


def test_the_expectations_of_this_run_that_nobody_has_met_are_named(repo: Repository) -> None:
    head = "status: {}\nexpect: {}\nby: {}\n"
    for record_id, status, expect, by in (
        ("T-aaaaa1", "open", "twice as fast", "agent-3f"),
        ("T-aaaaa2", "closed", "it holds", "agent-3f"),
        ("T-aaaaa3", "open", "it leaks", "agent-77"),
        ("T-aaaaa4", "open", "", "agent-3f"),
    ):
        text = f"---\nid: {record_id}\n{head.format(status, expect, by)}---\n# Task {record_id}\n"
        repo.write(f"tasks/{record_id}-x.md", text)
    repo.commit()
    told = handoff(repo, "--done", "all", SWARM_AGENT="agent-3f")
    assert told["awaited"] == ["T-aaaaa1"]
    record = written(repo, told)
    assert "## Expectations still open\n- [[T-aaaaa1]]: twice as fast" in record.body
    assert "T-aaaaa1" in [edge.target for edge in record.edges]
    nobody = handoff(repo, "--done", "all")
    assert nobody["awaited"] == []
    assert "Expectations" not in written(repo, nobody).body


@pytest.mark.parametrize(
    "arguments", [[], ["--title", "Only a title"], ["--done", "  "], ["--body", "\n"]], ids=str
)
def test_a_handoff_of_nothing_is_refused(repo: Repository, arguments: list[str]) -> None:
    done = repo.swarm("handoff", *arguments)
    assert done.returncode == 2
    assert "swarm handoff --done" in done.stderr
    assert tree_bytes(repo.root) == {}


@pytest.mark.parametrize(
    "said",
    ["-", "--json", "L-601: still true", "# a heading", "---", "a | b: c", "x" * 300, "漢字 " * 60,
     "first\n\n    second", "[[L-1", "Status: open"],
)  # fmt: skip
def test_whatever_is_said_is_kept_and_reads_back(repo: Repository, said: str) -> None:
    told = handoff(repo, f"--next={said}", "--done", "more")
    record = written(repo, told)
    assert record.id == told["record"]["id"]
    assert not [each for each in record.problems if each.level == "error"]
    assert not record.problems
    assert record.title.startswith("Next: ")
    assert len(record.title) <= 100
    for line in said.splitlines():
        assert line.strip() in record.body


def test_it_is_committed_as_any_record_unless_it_is_not_to_be(repo: Repository) -> None:
    repo.commit()
    head = repo.git("rev-parse", "HEAD")
    told = handoff(repo, "--done", "all", "--no-commit")
    assert repo.git("rev-parse", "HEAD") == head
    assert written(repo, told).title == "Done: all"
    told = handoff(repo, "--next", "more")
    assert repo.git("show", "--format=", "--name-only", "HEAD").split() == [told["record"]["path"]]


def test_a_handoff_gives_back_the_claims_of_its_run_when_asked(repo: Repository) -> None:
    for record_id in ("T-aaaaaa", "T-bbbbbb"):
        repo.write(f"tasks/{record_id}.md", f"---\nid: {record_id}\nstatus: open\n---\n# Work\n")
    repo.commit()
    assert repo.swarm("claim", "T-aaaaaa", SWARM_AGENT="ada").returncode == 0
    assert repo.swarm("claim", "T-bbbbbb", SWARM_AGENT="bob").returncode == 0
    assert "by you until" in repo.swarm("orient", "--for", "work", SWARM_AGENT="ada").stdout
    assert repo.swarm("handoff", "--done", "half", SWARM_AGENT="ada").returncode == 0
    assert repo.swarm("claim", "T-aaaaaa", SWARM_AGENT="cyd").returncode == 5
    done = repo.swarm("handoff", "--done", "all", "--release", SWARM_AGENT="ada")
    assert "released: T-aaaaaa\n" in done.stdout
    assert repo.swarm("claim", "T-aaaaaa", SWARM_AGENT="cyd").returncode == 0
    assert repo.swarm("claim", "T-bbbbbb", SWARM_AGENT="cyd").returncode == 5
