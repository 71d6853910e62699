"""Each verb, called as a user calls it: a process, a repository, an exit code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Maker, Repository, tree_bytes


def answer(repo: Repository, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The JSON a command prints; nothing else may be on standard output."""
    done = repo.swarm(*arguments, "--json")
    assert done.returncode == code, done.stderr
    told = json.loads(done.stdout)
    assert set(told) == {"schema", "command", "data", "problems"}
    assert told["schema"] == "swarm/1"
    return dict(told)


@pytest.fixture
def colony(repo: Repository) -> Repository:
    """Two lessons and a belief that cites one of them."""
    repo.lesson("L-01cq8d", "Deferred transactions fail under load", "Take the lock first.")
    repo.lesson("L-7k3qfa", "Small batches win", "See [[L-01cq8d]].", domain="[locks, speed]")
    repo.write(
        "beliefs/B-4tq0aa-nobody-waits.md",
        "---\nid: B-4tq0aa\nevidence: seen\nfalsified_if: waits\nstatus: aspirational\n"
        "cites: [L-7k3qfa, L-zzzzz9]\n---\n# Nobody waits\n",
    )
    repo.commit()
    return repo


def test_init_writes_what_is_missing_and_touches_nothing_that_is_there(repo: Repository) -> None:
    repo.write("SWARM.md", b"\xef\xbb\xbfmine\r\n")
    repo.write(".gitattributes", "* text=auto")
    before = tree_bytes(repo.root)
    first = answer(repo, "init")
    assert first["data"]["written"] == ["swarm.toml"]
    assert first["data"]["kept"] == ["SWARM.md"]
    assert {k: v for k, v in tree_bytes(repo.root).items() if k in before} == before
    again = answer(repo, "init")
    assert again["data"]["written"] == []


def test_init_puts_the_protocol_page_where_agents_look(repo: Repository) -> None:
    answer(repo, "init")
    assert "swarm find" in (repo.root / "SWARM.md").read_text()


def test_new_writes_one_file_that_reads_back(repo: Repository) -> None:
    told = answer(
        repo, "new", "lesson", "Locks: take them first", "--set", "domain=locks,speed",
        "--set", "n=48", "--set", "confidence=measured", "--cite", "L-01cq8d",
    )["data"]["record"]  # fmt: skip
    record = repo.board().get(told["id"])
    assert record.title == "Locks: take them first"
    assert record.path == told["path"]
    assert record.keys["domain"] == ["locks", "speed"]
    assert record.keys["n"] == 48
    assert [(edge.type, edge.target) for edge in record.edges] == [("cites", "L-01cq8d")]


def test_new_takes_its_body_from_standard_input(repo: Repository) -> None:
    done = repo.swarm("new", "lesson", "Bodies", "--body", "-", stdin="line one\n\n## Rule\nDo.\n")
    assert done.returncode == 0, done.stderr
    record = repo.board().get("Bodies")
    assert record.rule == "Do."
    assert "line one" in record.body


def test_new_names_its_author_by_the_run_and_never_by_git(repo: Repository) -> None:
    repo.swarm("new", "lesson", "Who", SWARM_AGENT="agent-3f")
    repo.swarm("new", "lesson", "Nobody")
    assert repo.board().get("Who").keys["by"] == "agent-3f"
    assert "by" not in repo.board().get("Nobody").keys


def test_new_resolves_what_it_cites_and_refuses_what_is_ambiguous(colony: Repository) -> None:
    told = answer(colony, "new", "lesson", "Third", "--cite", "L-7")["data"]["record"]
    assert told["keys"]["cites"] == ["L-7k3qfa"]
    before = tree_bytes(colony.root)
    done = colony.swarm("new", "lesson", "Fourth", "--cite", "L-")
    assert done.returncode == 4
    assert "L-01cq8d" in done.stderr
    assert tree_bytes(colony.root) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["new", "belief", "Unfounded"], "falsified_if"),
        (["new", "principle", "Of nothing"], "derived_from"),
        (["new", "challenge", "To nobody"], "contradicts"),
        (["new", "lesson", "Sure", "--set", "confidence=certain"], "confidence"),
        (["new", "lesson", "Likely", "--set", "p=1.2"], "probability"),
        (["new", "task", "Odd", "--set", "status=merged"], "status"),
        (["new", "lesson", "Unset", "--set", "domain"], "sets nothing"),
        (["new", "lesson", "   "], "title"),
        (["new", "lesson", "Elsewhere", "--set", "id=../../etc"], "id"),
        (["new", "rumour", "Heard"], "rumour"),
        (["list", "rumours"], "rumours"),
        (["list", "--where", "domain"], "condition"),
        (["nothing-of-that-name"], "nothing-of-that-name"),
    ],
)
def test_a_usage_error_says_what_is_wrong_and_changes_nothing(
    repo: Repository, arguments: list[str], told: str
) -> None:
    done = repo.swarm(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""
    assert tree_bytes(repo.root) == {}


def test_new_never_writes_over_a_record(colony: Repository) -> None:
    before = tree_bytes(colony.root)
    done = colony.swarm("new", "lesson", "Small batches win", "--set", "id=L-7k3qfa")
    assert done.returncode == 1
    assert "already" in done.stderr
    assert tree_bytes(colony.root) == before


def test_new_never_follows_a_link_out_of_the_repository(
    make_repository: Maker, repo: Repository
) -> None:
    outside = make_repository("outside")
    (repo.root / "memory").symlink_to(outside.root)
    assert repo.swarm("new", "lesson", "Escape").returncode == 1
    assert tree_bytes(outside.root) == {}


def test_show_finds_by_id_beginning_case_title_and_path(colony: Repository) -> None:
    for name in (
        "L-7k3qfa",
        "L-7",
        "l-7K3Q",
        "small batches WIN",
        "beliefs/B-4tq0aa-nobody-waits.md",
    ):
        assert answer(colony, "show", name)["data"]["record"]["id"] in ("L-7k3qfa", "B-4tq0aa")


def test_show_tells_links_both_ways_and_what_is_not_here_yet(colony: Repository) -> None:
    lesson = answer(colony, "show", "L-7k3qfa")["data"]["record"]
    assert [(edge["type"], edge["id"]) for edge in lesson["edges"]] == [("mentions", "L-01cq8d")]
    assert [(edge["type"], edge["id"]) for edge in lesson["linked_from"]] == [("cites", "B-4tq0aa")]
    belief = answer(colony, "show", "B-4")["data"]["record"]
    assert {edge["target"]: edge["id"] for edge in belief["edges"]} == {
        "L-7k3qfa": "L-7k3qfa",
        "L-zzzzz9": None,
    }


@pytest.mark.parametrize("name", ["L-", "no such thing", "", "L-7k3qfa-and-more"])
def test_show_fails_closed_on_what_is_unknown_or_ambiguous(colony: Repository, name: str) -> None:
    told = answer(colony, "show", name, code=4)
    assert told["data"] == {}
    assert len(told["problems"]) == 1
    assert told["problems"][0]["remedy"]


def test_list_filters_by_kind_and_keys(colony: Repository) -> None:
    def ids(*arguments: str) -> list[str]:
        return [record["id"] for record in answer(colony, "list", *arguments)["data"]["records"]]

    assert ids() == ["B-4tq0aa", "L-01cq8d", "L-7k3qfa"]
    assert ids("lesson") == ids("lessons") == ["L-01cq8d", "L-7k3qfa"]
    assert ids("lesson", "--where", "domain=speed") == ["L-7k3qfa"]
    assert ids("--where", "status=aspirational", "--where", "evidence=seen") == ["B-4tq0aa"]
    assert ids("--where", "domain=nowhere") == []


def test_find_ranks_with_terms_that_add_up(colony: Repository) -> None:
    hits = answer(colony, "find", "transactions under load")["data"]["records"]
    assert [hit["id"] for hit in hits] == ["L-01cq8d"]
    assert sum(hits[0]["terms"].values()) == pytest.approx(hits[0]["score"])


def test_find_takes_words_that_look_like_options(colony: Repository) -> None:
    assert answer(colony, "find", "-x", "--load")["data"]["records"][0]["id"] == "L-01cq8d"


def test_reading_at_a_revision_shows_what_was_known_then(colony: Repository) -> None:
    then = colony.git("rev-parse", "HEAD").strip()
    colony.lesson("L-9zzzz9", "Later")
    (colony.root / "beliefs/B-4tq0aa-nobody-waits.md").unlink()
    assert len(answer(colony, "list", "--at", then)["data"]["records"]) == 3
    assert answer(colony, "show", "B-4", "--at", "HEAD")["data"]["record"]["id"] == "B-4tq0aa"
    answer(colony, "show", "L-9zzzz9", "--at", then, code=4)
    answer(colony, "list", "--at", "no-such-revision", code=4)


def test_doctor_is_content_with_a_sound_board_and_names_what_is_not_here_yet(
    colony: Repository,
) -> None:
    told = answer(colony, "doctor", "--rebuild")
    assert told["data"]["placeholders"] == [
        {"name": "L-zzzzz9", "linked_from": ["beliefs/B-4tq0aa-nobody-waits.md:6"]}
    ]
    assert told["data"]["cache"] == {"state": "equals a rebuild"}
    assert [each for each in told["problems"] if each["level"] == "error"] == []


def test_a_folder_without_a_repository_is_exit_3(colony: Repository) -> None:
    outside = colony.root.parent
    for verb in ("list", "init", "doctor"):
        answer(colony, verb, "-C", str(outside), code=3)
    answer(colony, "list", "-C", str(outside / "nowhere"), code=3)


def test_the_folder_option_stands_before_or_after_the_verb(colony: Repository) -> None:
    (colony.root / "src").mkdir()
    before = colony.swarm("-C", "src", "list")
    after = colony.swarm("list", "-C", "src")
    assert before.stdout == after.stdout != ""


def test_every_verb_has_help_and_the_group_lists_them_all(repo: Repository) -> None:
    overview = repo.swarm("--help")
    assert overview.returncode == 0
    assert repo.swarm().stdout == overview.stdout
    for verb in ("init", "new", "show", "list", "find", "doctor", "import"):
        assert f"  {verb} " in overview.stdout
        assert repo.swarm(verb, "--help").returncode == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_what_click_gives(repo: Repository, shell: str) -> None:
    done = repo.swarm(_SWARM_COMPLETE=f"{shell}_source")
    assert "_SWARM_COMPLETE" in done.stdout


def test_records_are_read_though_their_history_cannot_be(colony: Repository) -> None:
    old = colony.git("rev-parse", "HEAD^{tree}").strip()
    colony.lesson("L-9zzzz9", "Later", confidence="observed")
    colony.commit()
    (colony.root / ".git/objects" / old[:2] / old[2:]).unlink()
    for _ in range(2):
        told = answer(colony, "list")
        assert len(told["data"]["records"]) == 4
        (problem,) = told["problems"]
        assert "history" in problem["what"]
    told = answer(colony, "doctor", code=1)
    assert len([each for each in told["problems"] if "history" in each["what"]]) == 1


def test_doctor_tells_when_no_cache_can_be_kept(colony: Repository) -> None:
    (colony.root / ".git/swarm").write_text("in the way")
    assert "cannot be kept" in answer(colony, "doctor")["data"]["cache"]["state"]
    (colony.root / ".git/swarm").unlink()
    assert answer(colony, "doctor")["data"]["cache"]["state"] == "not compared"
