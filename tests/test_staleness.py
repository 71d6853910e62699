"""`stale?`: what a record names has changed or gone since; and nothing is claimed beyond that."""

from __future__ import annotations

from typing import Any

import pytest
from ask import ask
from conftest import Maker, Repository
from hypothesis import given, settings
from hypothesis import strategies as st

from swarm import staleness


def hit(repo: Repository, *arguments: str) -> dict[str, Any]:
    """The lesson about alpha, as orient tells it."""
    told = ask(repo, "orient", "--for", "alpha", "--json", *arguments)
    assert told.code == 0, told.err
    (found,) = [each for each in told.data["relevant"] if each["title"] == "Alpha"]
    assert ("stale?" in found["marks"]) == bool(found["doubt"])
    return dict(found)


def doubt(repo: Repository, *arguments: str) -> str:
    return str(hit(repo, *arguments)["doubt"])


@pytest.fixture
def noted(repo: Repository) -> Repository:
    """A lesson about a file and a folder."""
    repo.write("src/a.py", "one\n")
    repo.write("src/deep/b.py", "one\n")
    repo.write("setup.py", "one\n")
    repo.lesson("L-aaaaaa", "Alpha", "Look at src/a.py, at `src/deep/b.py`.", confidence="observed")
    repo.commit()
    return repo


def test_what_is_as_it_was_is_not_doubted(noted: Repository) -> None:
    assert doubt(noted) == ""
    noted.write("other.py", "new")
    noted.commit()
    assert doubt(noted) == ""


def test_a_file_that_changed_afterwards(noted: Repository) -> None:
    noted.write("src/a.py", "two\n")
    noted.commit()
    assert doubt(noted) == "src/a.py has changed since"
    assert (
        "stale? src/a.py has changed since" in ask(noted, "orient", "--for", "alpha").out.decode()
    )


def test_a_file_that_vanished(noted: Repository) -> None:
    (noted.root / "src/deep/b.py").unlink()
    noted.commit()
    assert doubt(noted) == "src/deep/b.py has vanished since"


def test_a_file_that_was_renamed(noted: Repository) -> None:
    noted.git("mv", "src/a.py", "src/c.py")
    noted.commit()
    assert doubt(noted) == "src/a.py has vanished since"


def test_a_file_that_changed_and_changed_back(noted: Repository) -> None:
    noted.write("src/a.py", "two\n")
    noted.commit()
    noted.write("src/a.py", "one\n")
    noted.commit()
    assert doubt(noted) == ""


def test_a_record_that_was_corrected_afterwards_is_believed(noted: Repository) -> None:
    noted.write("src/a.py", "two\n")
    noted.commit()
    assert doubt(noted)
    noted.lesson("L-aaaaaa", "Alpha", "Still: src/a.py.", confidence="observed")
    noted.commit()
    assert doubt(noted) == ""
    noted.write("src/a.py", "three\n")
    noted.commit()
    assert doubt(noted) == "src/a.py has changed since"


def test_a_record_that_was_moved_and_is_stale_no_less(noted: Repository) -> None:
    """Moving is no correction, but the last change of a file says no more than that: no crash."""
    noted.write("src/a.py", "two\n")
    noted.commit()
    (noted.root / "memory/archive").mkdir()
    noted.git("mv", "memory/lessons/L-aaaaaa-alpha.md", "memory/archive/")
    noted.commit()
    assert doubt(noted) in ("", "src/a.py has changed since")


def test_a_folder_counts_when_it_is_gone_only(repo: Repository) -> None:
    repo.write("src/deep/b.py", "one\n")
    repo.lesson("L-aaaaaa", "Alpha", "All of src/deep is slow.", confidence="observed")
    repo.commit()
    repo.write("src/deep/b.py", "two\n")
    repo.commit()
    assert doubt(repo) == ""
    repo.git("rm", "-qr", "src")
    repo.commit()
    assert doubt(repo) == "src/deep has vanished since"


def test_a_file_that_became_a_folder_and_the_other_way_round(repo: Repository) -> None:
    repo.write("src/a.py", "one\n")
    repo.lesson("L-aaaaaa", "Alpha", "See src/a.py.", confidence="observed")
    repo.commit()
    (repo.root / "src/a.py").unlink()
    repo.write("src/a.py/b", "one\n")
    repo.commit()
    assert doubt(repo) in ("", "src/a.py has changed since", "src/a.py has vanished since")


NOT_OURS = {
    "never existed": "See src/nowhere.py and lib/none.py.",
    "in a URL": "See https://example.org/src/a.py and http://x/src/a.py.",
    "in a longer path": "See /opt/src/a.py and other/src/a.py.",
    "at a host": "See git@example.org:src/a.py, user@src/a.py.",
    "a version": "Python 3.11, v1.2, e.g. this, i.e. that.",
    "out of the repository": "See ../src/a.py, ../../../src/a.py and src/../../src/a.py.",
    "of this folder": "See ././src/zz.py, ./../x/y.py and ../shared/design.md.",
    "dots": "... ../ ./ .. /.. a/.. a/./b ../.. ..a/b",
    "revisions": "HEAD:src/a.py, :src/a.py, :/src/a.py, HEAD^:src/a.py",
    "options": "--output -- --help -x --src/a.py",
    "braces": "src/{a,b}.py, src/*.py, src/[a].py, src/a.py@{1}",
    "git's own": "See .git/config, .git/HEAD.",
    "controls": "src\x08/a.py \x1b[31m src\x07/zz.py",
    "a colon before": "path:src/a.py",
}


@pytest.mark.parametrize("which", NOT_OURS)
def test_nothing_is_claimed_of_what_is_no_file_of_ours(repo: Repository, which: str) -> None:
    repo.write("src/a.py", "one\n")
    repo.lesson("L-aaaaaa", "Alpha", NOT_OURS[which], confidence="observed")
    repo.commit()
    repo.write("src/a.py", "two\n")
    repo.commit()
    assert doubt(repo) == ""


@pytest.mark.parametrize("which", ["of this folder", "out of the repository", "dots"])
def test_paths_out_of_a_bare_repository(
    repo: Repository, make_repository: Maker, which: str
) -> None:
    repo.lesson("L-aaaaaa", "Alpha", NOT_OURS[which], confidence="observed")
    repo.commit()
    bare = make_repository("bare", "--bare")
    repo.git("push", "-q", str(bare.root), "main")
    assert doubt(bare) == ""


@pytest.mark.parametrize(
    "text",
    ["src/a.py.", "(src/a.py)", "`src/a.py`", '"src/a.py"', "src/a.py,", "src/a.py:12",
     "./src/a.py",
     "[it](src/a.py)", "**src/a.py**", "src/a.py\nand more", "setup.py"],
)  # fmt: skip
def test_paths_as_people_write_them(repo: Repository, text: str) -> None:
    repo.write("src/a.py", "one\n")
    repo.write("setup.py", "one\n")
    repo.lesson("L-aaaaaa", "Alpha", f"See {text} there.", confidence="observed")
    repo.commit()
    repo.write("src/a.py", "two\n")
    repo.write("setup.py", "two\n")
    repo.commit()
    assert "has changed since" in doubt(repo)


def test_a_hidden_folder_is_no_path_from_where_the_record_lies(repo: Repository) -> None:
    repo.write(".github/workflows/ci.yml", "one\n")
    repo.lesson("L-aaaaaa", "Alpha", "See .github/workflows/ci.yml there.", confidence="observed")
    repo.commit()
    repo.write(".github/workflows/ci.yml", "two\n")
    repo.commit()
    assert doubt(repo) == ".github/workflows/ci.yml has changed since"


def test_a_path_from_where_the_record_lies(repo: Repository) -> None:
    repo.write("src/a.py", "one\n")
    repo.lesson("L-aaaaaa", "Alpha", "See [it](../../src/a.py) there.", confidence="observed")
    repo.commit()
    repo.write("src/a.py", "two\n")
    repo.commit()
    assert doubt(repo) == "src/a.py has changed since"


def test_other_records_are_no_evidence(repo: Repository) -> None:
    """They change for their own reasons."""
    repo.lesson("L-bbbbbb", "Beta", "One.", confidence="observed")
    text = "See memory/lessons/L-bbbbbb-beta.md and [it](L-bbbbbb-beta.md)."
    repo.lesson("L-aaaaaa", "Alpha", text, confidence="observed")
    repo.commit()
    repo.lesson("L-bbbbbb", "Beta", "Two.", confidence="observed")
    repo.commit()
    assert doubt(repo) == ""


def test_ten_thousand_paths(repo: Repository) -> None:
    repo.write("src/f0.py", "one\n")
    listed = " ".join(f"src/f{at}.py" for at in range(10_000))
    repo.lesson("L-aaaaaa", "Alpha", listed, confidence="observed")
    repo.commit()
    repo.write("src/f0.py", "two\n")
    repo.commit()
    assert doubt(repo) == "src/f0.py has changed since"


@pytest.mark.parametrize(
    "name", ["L-aaaaaa a b.md", "L-aaaaaa-*.md", "L-aaaaaa-[x].md", "L-aaaaaa-ü.md",
             "L-aaaaaa-:(top).md", "L-aaaaaa\nx.md", "L-aaaaaa-\udcff.md"]
)  # fmt: skip
@pytest.mark.parametrize("corrected", [False, True])
def test_records_with_hostile_names(repo: Repository, name: str, corrected: bool) -> None:
    """None hides behind its own name, and none is doubted for another's."""
    text = "---\nid: L-aaaaaa\nconfidence: observed\n---\n# Alpha\n\nSee src/a.py.\n"
    repo.write("src/a.py", "one\n")
    repo.write(f"memory/lessons/{name}", text)
    repo.commit()
    repo.write("src/a.py", "two\n")
    repo.commit()
    repo.write("memory/lessons/L-aaaaaa-zz.md", "---\nid: L-bbbbbb\n---\n# Other\n")
    repo.write("memory/lessons/L-aaaaaa-x.md", "---\nid: L-cccccc\n---\n# Other\n")
    if corrected:
        repo.write(f"memory/lessons/{name}", text + "Corrected.\n")
    repo.commit()
    if not (corrected or "\udcff" in name):  # a name that is no UTF-8 cannot be asked for: no claim
        assert doubt(repo) == "src/a.py has changed since"
    elif corrected:
        assert doubt(repo) == ""


def test_a_page_whose_name_is_magic_to_git(repo: Repository) -> None:
    repo.write("swarm.toml", '[sources]\npages = ["*.md"]\n')
    repo.write("src/a.py", "one\n")
    repo.write(":(exclude)x.md", "# Alpha\n\nSee src/a.py.\n")
    repo.commit()
    repo.write("src/a.py", "two\n")
    repo.commit()
    repo.write(":(exclude)x.md", "# Alpha\n\nStill: src/a.py.\n")
    repo.commit()
    assert doubt(repo) == ""


def test_what_is_not_committed_is_not_doubted(noted: Repository) -> None:
    noted.lesson("L-bbbbbb", "Beta alpha", "See src/a.py.", confidence="observed")
    noted.write("src/a.py", "two\n")
    told = ask(noted, "orient", "--for", "beta alpha", "--json").data["relevant"]
    assert {each["id"]: each["doubt"] for each in told} == {"L-aaaaaa": "", "L-bbbbbb": ""}


def test_at_a_revision_nothing_later_is_held_against_it(noted: Repository) -> None:
    then = noted.git("rev-parse", "HEAD").strip()
    noted.write("src/a.py", "two\n")
    changed = noted.commit()
    noted.lesson("L-aaaaaa", "Alpha", "Still: src/a.py.", confidence="observed")
    noted.commit()
    assert doubt(noted, "--at", then) == ""
    assert doubt(noted, "--at", changed) == "src/a.py has changed since"
    assert doubt(noted, "--at", "HEAD") == ""


def test_before_the_first_commit_nothing_is_doubted(repo: Repository) -> None:
    repo.lesson("L-aaaaaa", "Alpha", "See src/a.py, commit abc1234.", confidence="observed")
    assert doubt(repo) == ""


def test_a_bare_repository_doubts_as_well(noted: Repository, make_repository: Maker) -> None:
    noted.write("src/a.py", "two\n")
    noted.commit()
    bare = make_repository("bare", "--bare")
    noted.git("push", "-q", str(bare.root), "main")
    assert doubt(bare) == "src/a.py has changed since"


def test_in_a_subfolder_paths_are_the_repository_s(noted: Repository) -> None:
    noted.write("src/a.py", "two\n")
    noted.commit()
    below = Repository(noted.root / "src", noted.environ)
    assert doubt(below) == "src/a.py has changed since"


# Commits


def naming(repo: Repository, commit: str) -> None:
    repo.lesson("L-aaaaaa", "Alpha", f"Broken by commit {commit}.", confidence="observed")
    repo.commit()


@pytest.mark.parametrize("length", [7, 12, 40])
@pytest.mark.parametrize("spell", [str, str.upper, "`{}`".format])
def test_a_commit_that_is_there(repo: Repository, length: int, spell: Any) -> None:
    naming(repo, spell(repo.commit()[:length]))
    assert doubt(repo) == ""


def test_a_commit_that_is_not(repo: Repository) -> None:
    repo.commit()
    naming(repo, "deadbee1")
    assert doubt(repo) == "commit deadbee1 is not part of history"


def test_a_blob_and_a_tree_are_no_commits(repo: Repository) -> None:
    repo.write("x", "x")
    repo.commit()
    naming(repo, repo.git("rev-parse", "HEAD:x").strip())
    assert "is not part of history" in doubt(repo)


@pytest.mark.parametrize("collected", [False, True])
def test_a_commit_that_was_rewritten_away(repo: Repository, collected: bool) -> None:
    repo.write("x", "x")
    repo.commit()
    old = repo.commit("to be amended")
    repo.git("commit", "-q", "--amend", "-m", "amended", "--allow-empty")
    naming(repo, old[:10])
    if collected:
        repo.git("reflog", "expire", "--expire=now", "--all")
        repo.git("gc", "-q", "--prune=now")
    assert doubt(repo) == f"commit {old[:10]} is not part of history"


def test_a_commit_whose_own_history_is_lost(repo: Repository) -> None:
    """Half of an abandoned branch was pruned: that is no reason to answer nothing."""
    repo.lesson("L-bbbbbb", "Beta", "Nothing.", confidence="observed")
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    parent = repo.commit("first")
    tip = repo.commit("second")
    repo.git("checkout", "-q", "main")
    naming(repo, tip[:10])
    assert "is not part of history" in doubt(repo)
    repo.git("branch", "-q", "-D", "side")
    repo.git("reflog", "expire", "--expire=now", "--all")
    (repo.root / ".git/objects" / parent[:2] / parent[2:]).unlink()
    assert "is not part of history" in doubt(repo)


def test_a_shallow_clone_claims_nothing_of_commits(repo: Repository) -> None:
    first = repo.commit()
    naming(repo, first[:10])
    repo.commit("later")
    repo.git("clone", "-q", "--depth=1", f"file://{repo.root}", "../cut")
    cut = Repository(repo.root.parent / "cut", repo.environ)
    assert doubt(cut) == ""


def test_a_tagged_release_is_part_of_history(repo: Repository) -> None:
    repo.commit()
    repo.git("tag", "-a", "-m", "v1", "v1")
    naming(repo, repo.git("rev-parse", "v1").strip())
    assert doubt(repo) == ""


PARTS = st.one_of(
    st.sampled_from(
        ["..", ".", "...", "a", "src", "b.py", ":", "\n", "-x", "ü", "\x85", "\u2028", " "]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)


@given(st.lists(PARTS, max_size=8))
@settings(max_examples=300, deadline=None)
def test_what_is_asked_of_git_is_one_line_and_stays_inside(parts: list[str]) -> None:
    """git dies of a path that begins with ./ or ../, and a line break would ask twice."""
    witness = staleness.Witness("memory/lessons/L-aaaaaa.md", "", "/".join(parts))
    for path in staleness._paths(witness):
        assert not path.startswith(("./", "../", "/", ":")), path
        assert not any(each in path for each in "\n\r\0:"), ascii(path)
        assert len(path.splitlines()) == 1
