"""Two edits of one record become one; what only a person can settle stays a conflict."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Maker, Repository, tree_bytes
from hypothesis import assume, given
from hypothesis import strategies as st

from swarm import document, markdown, merging, pieces

PATH = "memory/lessons/L-7k3qfa-small.md"
BASE = """\
---
id: L-7k3qfa
domain: [locks]   # where
cites: [L-01cq8d, P-9xk2mm]
status: open
n: 48
---
# Small batches win

First paragraph.

Second paragraph,
of two lines.

## Rule
Keep them small.
"""
HEADER = """\
# L-601: Small batches win
Session: S1 | Domain: meta | Status: open
Cites: L-590, B16

First paragraph.
"""


def merged(base: str, ours: str, theirs: str) -> str:
    """A clean merge, the same from both sides."""
    one, other = (
        merging.merge(base.encode(), *(side.encode() for side in sides))
        for sides in ((ours, theirs), (theirs, ours))
    )
    assert one is not None
    assert one == other
    assert one.conflicts == 0, one.raw.decode()
    return one.raw.decode()


def clashing(base: str, ours: str, theirs: str) -> str:
    """A merge that leaves conflicts, in both directions."""
    one, other = (
        merging.merge(base.encode(), *(side.encode() for side in sides))
        for sides in ((ours, theirs), (theirs, ours))
    )
    assert one and other
    assert one.conflicts == other.conflicts > 0
    return one.raw.decode()


def edited(*pairs: tuple[str, str], base: str = BASE) -> str:
    for old, new in pairs:
        assert old in base
        base = base.replace(old, new, 1)
    return base


# --- the head -----------------------------------------------------------------------------------

ONE_SIDE = {
    "a value": ("status: open", "status: closed"),
    "a value and its comment": ("n: 48", "n: 49   # once more"),
    "a new key": ("n: 48\n", "n: 48\nby: agent-3f\n"),
    "a new key at the top": ("id: L-7k3qfa\n", "id: L-7k3qfa\nlevel: 2\n"),
    "a key that goes": ("n: 48\n", ""),
    "a list in lines of its own": (
        "cites: [L-01cq8d, P-9xk2mm]",
        "cites:\n  - L-01cq8d # one\n  - P-9xk2mm",
    ),
    "an item more": ("P-9xk2mm]", "P-9xk2mm, L-zzzzz9]"),
    "an item less": ("[L-01cq8d, ", "["),
    "a comment": ("status: open", "# how it stands\nstatus: open"),
    "a title": ("# Small batches win", "# Small batches lose"),
    "a paragraph": ("of two lines", "of two short lines"),
    "a new paragraph": ("Second", "In between.\n\nSecond"),
    "a paragraph that goes": ("First paragraph.\n\n", ""),
    "an end": ("Keep them small.\n", "Keep them small.\n\n## Seen\nTwice.\n"),
    "no final newline": ("Keep them small.\n", "Keep them small."),
}


@pytest.mark.parametrize("mine", ONE_SIDE)
@pytest.mark.parametrize("yours", ONE_SIDE)
def test_edits_in_different_places_are_both_kept_to_the_byte(mine: str, yours: str) -> None:
    one, other = ONE_SIDE[mine], ONE_SIDE[yours]
    both = BASE.replace(one[0], one[1], 1)
    if one == other:
        assert merged(BASE, both, both) == both
    elif other[0] in both and {mine, yours} != {"an end", "no final newline"}:
        # else they are in one place
        crossed = edited(other).replace(one[0], one[1], 1)
        result = merged(BASE, edited(one), edited(other))
        assert result in (edited(one, other), crossed)


def test_added_edges_are_all_kept_and_removed_ones_are_not() -> None:
    ours = edited(("[L-01cq8d, P-9xk2mm]", "[L-01cq8d, P-9xk2mm, L-bbbbb2, L-ccccc3]"))
    theirs = edited(("[L-01cq8d, P-9xk2mm]", "[P-9xk2mm, L-aaaaa1, L-ccccc3]"))
    told = merged(BASE, ours, theirs)
    assert told == edited(("[L-01cq8d, P-9xk2mm]", "[P-9xk2mm, L-aaaaa1, L-bbbbb2, L-ccccc3]"))


LISTS = {
    "brackets": ("cites: [{}]", ", "),
    "tight brackets": ("cites: [{}]  # why", ","),
    "quoted": ('cites: ["[[L-q1]]", {}]', ", "),
    "lines": ("cites:\n  - {}", "\n  - "),
    "lines at the margin": ("cites: # why\n- {}", "\n- "),
    "text": ("cites: {}", ", "),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_keeps_its_spelling(name: str, newline: str) -> None:
    shape, glue = LISTS[name]

    def record(*items: str) -> str:
        head = f"---\nid: L-7k3qfa\n{shape.format(glue.join(items))}\n---\n# T\n"
        return document.BOM.decode() + head.replace("\n", newline)

    base = record("L-1", "L-2")
    assert merged(base, record("L-1", "L-2", "L-4"), record("L-2", "L-3")) == record(
        "L-2", "L-3", "L-4"
    )


@pytest.mark.parametrize("key", ["cites", "tags", "aliases", "domain"])
def test_lists_that_both_sides_begin_are_joined(key: str) -> None:
    base = "---\nid: L-7k3qfa\n---\n# T\n"
    one, other = (base.replace("fa\n", f"fa\n{key}: {each}\n") for each in ("[a1]", "\n- b2"))
    assert f"{key}: [a1, b2]\n" in merged(base, one, other)
    one, other = (base.replace("fa\n", f"fa\n{key}: {each}\n") for each in ("a1", "b2"))
    assert f"{key}: [a1, b2]\n" in merged(base, one, other)


def test_a_note_beside_an_item_is_kept_or_it_is_a_conflict() -> None:
    base = edited(("cites: [L-01cq8d, P-9xk2mm]", "cites:\n  - L-1 # why"))
    more = base.replace("# why", "# why\n  - L-2 # too")
    assert "  - L-1 # why\n  - L-2 # too\n  - L-3\n" in merged(
        base, more, base.replace("# why", "# why\n  - L-3")
    )
    flat = base.replace("cites:\n  - L-1 # why", "cites: [L-1, L-3]")
    told = clashing(base, more, flat)
    assert "# too" in told and "[L-1, L-3]" in told


def test_the_same_key_changed_to_two_values_is_a_conflict_inside_the_head() -> None:
    told = clashing(
        BASE, edited(("open", "closed"), ("n: 48", "n: 50")), edited(("open", "abandoned"))
    )
    assert told == edited(
        (
            "status: open\n",
            "<<<<<<< ours\nstatus: closed\n=======\nstatus: abandoned\n>>>>>>> theirs\n",
        ),
        ("n: 48", "n: 50"),
    )
    _, problems = markdown.parse(told.encode(), PATH)
    assert "merge-conflict markers" in [each.what for each in problems]


def test_a_key_that_one_side_removes_and_the_other_changes_is_a_conflict() -> None:
    told = clashing(BASE, edited(("n: 48\n", "")), edited(("n: 48", "n: 49")))
    assert "<<<<<<< ours\n=======\nn: 49\n>>>>>>> theirs\n" in told


def test_the_same_value_in_two_spellings_is_no_conflict() -> None:
    ours, theirs = edited(("open", "closed")), edited(("open", "'closed'   # done"))
    assert "status: 'closed'   # done\n" in merged(BASE, ours, theirs)


def test_new_keys_of_both_sides_stand_where_each_was_put() -> None:
    ours = edited(("n: 48\n", "n: 48\nby: agent-3f\n"))
    theirs = edited(("n: 48\n", "n: 48\nauthor: x\n"), ("id: L-7k3qfa\n", "id: L-7k3qfa\np: 1\n"))
    told = merged(BASE, ours, theirs)
    assert told == edited(
        ("n: 48\n", "n: 48\nauthor: x\nby: agent-3f\n"), ("id: L-7k3qfa\n", "id: L-7k3qfa\np: 1\n")
    )


def test_a_header_block_is_merged_by_its_fields() -> None:
    ours = edited(("meta", "locks"), ("B16", "B16, L-700"), base=HEADER)
    theirs = edited(("open", "closed | By: me"), ("L-590", "L-590, L-600"), base=HEADER)
    told = merged(HEADER, ours, theirs)
    assert told == edited(
        ("meta | Status: open", "locks | Status: closed | By: me"),
        ("L-590, B16", "L-590, B16, L-600, L-700"),
        base=HEADER,
    )


def test_a_header_field_in_two_values_is_a_conflict_that_loses_nothing() -> None:
    told = clashing(HEADER, HEADER.replace("open", "closed"), HEADER.replace("open", "left"))
    assert "<<<<<<< ours\nStatus: closed\n=======\nStatus: left\n>>>>>>> theirs\n" in told
    for each in ("Session: S1", "Domain: meta", "Cites: L-590, B16", "First paragraph."):
        assert each in told


# --- the text -----------------------------------------------------------------------------------


def test_what_both_sides_append_is_kept_in_an_order_that_does_not_depend_on_who_merges() -> None:
    told = merged(BASE, BASE + "\n## Zed\nours\n", BASE + "\n## Also\ntheirs\n")
    assert told == BASE + "\n## Also\ntheirs\n\n## Zed\nours\n"
    assert merged(BASE, BASE + "\nsame\n\nours\n", BASE + "\nsame\n\nmine\n") == (
        BASE + "\nsame\n\nmine\n\nours\n"
    )


def test_neighbouring_paragraphs_do_not_clash_and_neighbouring_lines_do() -> None:
    ours, theirs = edited(("First", "1st")), edited(("Second", "2nd"))
    assert merged(BASE, ours, theirs) == edited(("First", "1st"), ("Second", "2nd"))
    told = clashing(BASE, edited(("Second", "2nd")), edited(("two lines", "2 lines")))
    assert told.count("<<<<<<< ours\n2nd paragraph,\nof two lines.\n=======\n") == 1


def test_lines_far_apart_in_one_paragraph_merge_as_git_merges_them() -> None:
    lines = [f"- item {n}\n" for n in range(9)]
    base = BASE + "\n" + "".join(lines)
    one, other = base.replace("item 1", "thing 1"), base.replace("item 7", "thing 7")
    assert merged(base, one, other) == one.replace("item 7", "thing 7")


def test_different_paragraphs_put_in_one_place_are_a_conflict() -> None:
    told = clashing(BASE, edited(("Second", "A.\n\nSecond")), edited(("Second", "B.\n\nSecond")))
    assert "A." in told and "B." in told and "Second paragraph" in told


def test_marks_are_as_long_as_git_asks() -> None:
    one, other = edited(("open", "closed")), edited(("open", "left"))
    told = merging.merge(BASE.encode(), one.encode(), other.encode(), 12)
    assert told is not None
    assert b"\n<<<<<<<<<<<< ours\n" in told.raw and b"\n============\n" in told.raw
    assert b"\n>>>>>>>>>>>> theirs\n" in told.raw


def test_a_file_that_both_sides_began_is_merged_where_it_is_the_same() -> None:
    ours, theirs = edited(("locks]", "locks, speed]")), edited(("48\n", "48\np: 1\n"))
    assert merged("", ours, theirs) == edited(("locks]", "locks, speed]"), ("48\n", "48\np: 1\n"))
    assert "# Small batches" in clashing("", BASE, BASE.replace("win", "lose"))


@pytest.mark.parametrize(
    "broken",
    ["---\na: [\n---\n# T\n", "---\na: 1\na: 2\n---\n", "---\n{a: 1, b: 2}\n---\n# T\n",
     "---\na: 1\n# never closed\n", "<<<<<<< a\n=======\n>>>>>>> b\n", "\0", "\udcff"],
)  # fmt: skip
def test_what_cannot_be_read_without_a_doubt_is_left_to_git(broken: str) -> None:
    raw = broken.encode("utf-8", "surrogateescape")
    assert merging.merge(BASE.encode(), raw, raw + b"\nmore\n") is None


def test_a_file_of_very_many_lines_is_left_to_git_and_a_tiresome_one_is_not_slow() -> None:
    long = BASE + "\nx" * 4000
    assert merging.merge(BASE.encode(), long.encode(), (long + "y").encode()) is None
    ours = BASE + "\n".join(["", "a\n", "b\n"] * 400)
    theirs = BASE + "\n".join(["", "b\n", "a\n", "b\n"] * 300)
    began = time.monotonic()
    assert merging.merge(
        (ours + theirs[len(BASE) :][:900]).encode(), ours.encode(), theirs.encode()
    )
    assert time.monotonic() - began < 10


# --- properties ---------------------------------------------------------------------------------

NAMES = st.sampled_from(["L-1", "L-2", "L-3", "P-9xk2mm", "B16"])
ITEMS = st.lists(NAMES, unique=True, max_size=4)
VALUES = st.sampled_from(
    ["open", "closed", "48", "'quoted: x'", "x  # noted", "[a, b]", "|\n  a\n  b"]
)
PARAGRAPHS = st.lists(
    st.sampled_from(
        ["one\n", "two\nlines\n", "## Rule\n", "three\n", "- a\n- b\n- c\n", "x\u2028y\n"]
    ),
    max_size=5,
)


@st.composite
def records(draw: st.DrawFn) -> str:
    keys = draw(st.lists(st.sampled_from(["n", "by", "status", "p", "level"]), unique=True))
    lines = [f"{key}: {draw(VALUES)}\n" for key in keys]
    for key in draw(st.lists(st.sampled_from(["cites", "tags", "domain"]), unique=True)):
        items = draw(ITEMS)
        flow = f"{key}: [{', '.join(items)}]\n"
        block = f"{key}:\n" + "".join(f"  - {item}\n" for item in items)
        lines.append(block if items and draw(st.booleans()) else flow)
    lines = draw(st.permutations(lines))
    body = "\n".join(["# Title\n", *draw(PARAGRAPHS)])
    text = f"---\nid: L-7k3qfa\n{''.join(lines)}---\n{body}"
    text = text if draw(st.booleans()) else text.rstrip("\n")
    return text.replace("\n", "\r\n") if draw(st.integers(0, 4)) == 0 else text


@given(records(), records())
def test_what_one_side_leaves_alone_the_other_decides(base: str, side: str) -> None:
    assert merged(base, side, side) == side
    assert merged(base, base, side) == side


def keys_of(text: str) -> dict[str, object]:
    return dict(document.read(text.encode()).keys())


@given(records(), records(), records())
def test_a_merge_keeps_what_either_side_has_brought(base: str, ours: str, theirs: str) -> None:
    one, other = (
        merging.merge(base.encode(), *(side.encode() for side in sides))
        for sides in ((ours, theirs), (theirs, ours))
    )
    assume(one is not None)
    assert one and other
    assert one.conflicts == other.conflicts
    told = one.raw.decode()
    brought = {
        line.strip(" ,")
        for side in (ours, theirs)
        for line in side.splitlines()
        if line not in base.splitlines() and not line.startswith(("cites", "tags", "domain", "  -"))
    }
    brought -= {line.strip(" ,") for line in base.splitlines()}
    if one.conflicts:
        lost = {line for line in brought if line and line not in told}
        assert not {line for line in lost if ":" not in line}
        return
    assert one == other
    record, problems = markdown.parse(one.raw, PATH)
    assert record is not None
    assert not [each for each in problems if each.level == "error"]
    heads = [keys_of(each) for each in (base, ours, theirs)]
    for key in ("cites", "tags", "domain"):
        was, mine, yours = (set(head.get(key) or ()) for head in heads)  # type: ignore[call-overload]
        kept = (was & mine & yours) | (mine - was) | (yours - was)
        assert set(record.keys.get(key) or ()) == kept, told
    for key in ("n", "by", "status", "p", "level"):
        was, mine, yours = (head.get(key) for head in heads)
        expected = yours if mine == was else mine
        assert record.keys.get(key) == expected


HEADS = (
    "Session: S1 | Domain: meta | Status: open\nCites: L-1, L-2\n",
    "**Session**: S1 | **Domain:** x\n",
    "Status: open | Session: S1 | More: a | b\n\nCites: L-1\n",
    "- **Confidence**: Measured (n=48)\n- **Cites**: L-1 (why, and how), L-2\n",
    "Status: closed\nDomain: x | Cites: L-2, L-3\n",
    "",
)


@given(
    st.sampled_from(HEADS), st.sampled_from(HEADS), st.sampled_from(HEADS), PARAGRAPHS, PARAGRAPHS
)
def test_header_blocks_of_any_layout_lose_nothing(
    base: str, ours: str, theirs: str, one: list[str], other: list[str]
) -> None:
    texts = [f"# L-601: T\n{head}\n" for head in (base, ours, theirs)]
    texts[1] += "\n".join(one)
    texts[2] += "\n".join(other)
    sides = (texts[1:], texts[:0:-1])
    first, second = (merging.merge(*(t.encode() for t in (texts[0], *each))) for each in sides)
    assume(first is not None)
    assert first and second and first.conflicts == second.conflicts
    told = first.raw.decode()
    for paragraph in {*one} ^ {*other}:
        for line in paragraph.splitlines():
            assert line in told
    if first.conflicts:
        return
    assert first == second
    was, mine, yours, both = (keys_of(text) for text in (*texts, told))
    for key in {*was, *mine, *yours} - {"cites", "domain"}:
        assert both.get(key) == (yours if mine.get(key) == was.get(key) else mine).get(key), told


@given(records(), st.sampled_from(HEADS))
def test_the_pieces_of_a_file_are_the_file(record: str, head: str) -> None:
    for text in (record, f"# T\n{head}\nmore\n", head, ""):
        parts = pieces.read(text)
        assert parts is not None
        inner = "".join(unit.lead + unit.own for unit in parts.units.values())
        assert parts.before + inner + parts.after + parts.body == text
        for unit in parts.units.values():
            found = pieces.listing(unit.own)
            if found and found.items:
                assert pieces.spelled(found, unit.key).replace(" ", "") == unit.own.replace(" ", "")


# --- git ----------------------------------------------------------------------------------------


@pytest.fixture
def path_with_swarm(tmp_path: Path) -> str:
    """A PATH on which this swarm, and no other, is found."""
    shim = tmp_path / "bin dir" / "swarm"
    shim.parent.mkdir()
    package = Path(merging.__file__).resolve().parents[1]
    shim.write_text(f'#!/bin/sh\nPYTHONPATH="{package}" exec "{sys.executable}" -m swarm "$@"\n')
    shim.chmod(0o755)
    return f"{shim.parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def without_swarm(tmp_path: Path) -> str:
    """A PATH that leads to git and the usual tools, and not to swarm."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for tool in ("git", "sh", "cat", "grep"):
        found = subprocess.run(["which", tool], capture_output=True, text=True, check=True)
        (folder / tool).symlink_to(found.stdout.strip())
    return str(folder)


def branched(repo: Repository, base: str, ours: str, theirs: str, path: str = PATH) -> None:
    """Two branches that have edited one file; `main` is checked out."""
    assert repo.swarm("init").returncode == 0
    repo.write(path, base)
    repo.commit("base")
    repo.git("checkout", "-q", "-b", "other")
    repo.write(path, theirs)
    repo.commit("theirs")
    repo.git("checkout", "-q", "main")
    repo.write(path, ours)
    repo.commit("ours")


def merge(repo: Repository, path: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    asked = ["git", *(arguments or ("merge", "-q", "--no-edit", "other"))]
    return subprocess.run(
        asked, cwd=repo.root, env=repo.environ | {"PATH": path}, capture_output=True, check=False
    )


def test_git_merges_one_record_edited_on_both_sides_without_a_person(
    make_repository: Maker, path_with_swarm: str
) -> None:
    repo = make_repository("a clone with spaces; and $HOME")
    name = 'tasks/T-7k3qfa it\'s a "task".md'
    more = ("P-9xk2mm]", "P-9xk2mm, {}]")
    ours = edited(("open", "closed"), (more[0], more[1].format("L-aaaaa1")))
    theirs = edited(("48", "49"), (more[0], more[1].format("L-bbbbb2")))
    branched(repo, BASE, ours, theirs, name)
    done = merge(repo, path_with_swarm)
    assert done.returncode == 0, done
    assert (repo.root / name).read_text() == edited(
        ("open", "closed"), ("48", "49"), (more[0], more[1].format("L-aaaaa1, L-bbbbb2"))
    )
    assert repo.git("status", "--porcelain") == ""


def test_git_rebases_in_another_worktree_and_below_a_folder(
    repo: Repository, tmp_path: Path, path_with_swarm: str
) -> None:
    branched(repo, BASE, edited(("open", "closed")), edited(("n: 48", "n: 49")))
    repo.git("worktree", "add", "-q", str(tmp_path / "side tree"), "other")
    side = Repository(tmp_path / "side tree" / "memory", repo.environ)
    done = merge(side, path_with_swarm, "rebase", "-q", "main")
    assert done.returncode == 0, done
    told = (tmp_path / "side tree" / PATH).read_text()
    assert told == edited(("open", "closed"), ("n: 48", "n: 49"))


def test_a_real_conflict_stays_one(repo: Repository, path_with_swarm: str) -> None:
    branched(repo, BASE, edited(("open", "closed")), edited(("open", "abandoned"), ("48", "49")))
    assert merge(repo, path_with_swarm).returncode == 1
    assert repo.git("diff", "--name-only", "--diff-filter=U").split() == [PATH]
    told = (repo.root / PATH).read_text()
    assert "<<<<<<< ours\nstatus: closed\n=======\nstatus: abandoned\n>>>>>>> theirs\nn: 49" in told


@pytest.mark.parametrize("broken", ["missing", "breaks", "no repository"])
def test_git_merges_lines_when_swarm_cannot(
    repo: Repository, without_swarm: str, broken: str
) -> None:
    far = edited(("small.\n", "small.\nAlways.\n"))
    branched(repo, BASE, edited(("L-7k3qfa\n", "L-7k3qfa\nby: me\n")), far)
    if broken != "missing":
        shim = Path(without_swarm) / "swarm"
        shim.write_text(f"#!/bin/sh\nexit {1 if broken == 'breaks' else 3}\n")
        shim.chmod(0o755)
    done = merge(repo, without_swarm)
    assert done.returncode == 0, done
    assert (repo.root / PATH).read_text() == edited(
        ("L-7k3qfa\n", "L-7k3qfa\nby: me\n"), ("small.\n", "small.\nAlways.\n")
    )


@pytest.mark.parametrize("with_swarm", [True, False])
def test_what_is_no_record_ends_as_git_ends_it(
    repo: Repository, path_with_swarm: str, without_swarm: str, with_swarm: bool
) -> None:
    branched(repo, "---\na: [\nb\n---\n", "---\na: [\nc\n---\n", "---\na: [\nd\n---\n")
    assert merge(repo, path_with_swarm if with_swarm else without_swarm).returncode == 1
    told = (repo.root / PATH).read_text()
    assert told == "---\na: [\n<<<<<<< ours\nc\n=======\nd\n>>>>>>> theirs\n---\n"


@pytest.mark.parametrize("with_swarm", [True, False])
def test_what_is_no_text_is_a_conflict_and_stays_as_we_had_it(
    repo: Repository, path_with_swarm: str, without_swarm: str, with_swarm: bool
) -> None:
    branched(repo, "\0 base", "\0 ours", "\0 theirs")
    assert merge(repo, path_with_swarm if with_swarm else without_swarm).returncode == 1
    assert repo.git("diff", "--name-only", "--diff-filter=U").split() == [PATH]
    assert (repo.root / PATH).read_text() == "\0 ours"


def test_the_driver_writes_nothing_when_a_file_cannot_be_read(repo: Repository) -> None:
    repo.write("a", "a")
    repo.write("b", "b")
    before = tree_bytes(repo.root)
    done = repo.swarm("merge-driver", "a", "b", "not there")
    assert done.returncode == 1
    assert done.stdout == ""
    assert tree_bytes(repo.root) == before


# --- init ---------------------------------------------------------------------------------------


def test_init_installs_the_driver_once_beside_what_is_there(repo: Repository) -> None:
    attributes = repo.root / ".git" / "info" / "attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_bytes(b"*.bin binary\r\ntasks/**/*.md merge=union")
    first = repo.swarm("init")
    assert "merge.swarm.driver" in first.stdout and "info/attributes" in first.stdout
    told = attributes.read_bytes()
    assert told.startswith(b"*.bin binary\r\ntasks/**/*.md merge=union\n")
    config = (repo.root / ".git" / "config").read_bytes()
    again = repo.swarm("init")
    assert again.returncode == 0
    assert "merge" not in again.stdout
    assert attributes.read_bytes() == told
    assert (repo.root / ".git" / "config").read_bytes() == config
    kinds = {
        "memory/x.md": "swarm",
        "memory/lessons/a/b.md": "swarm",
        "beliefs/B.md": "swarm",
        "tasks/T.md": "union",
        "docs/memory/x.md": "unspecified",
        "memory/x.txt": "unspecified",
    }
    for path, kind in kinds.items():
        assert repo.git("check-attr", "merge", "--", path).strip() == f"{path}: merge: {kind}"


def test_init_keeps_a_driver_line_that_somebody_has_set(repo: Repository) -> None:
    repo.git("config", "merge.swarm.driver", "mine %A")
    repo.swarm("init")
    assert repo.git("config", "merge.swarm.driver") == "mine %A\n"


def test_init_says_when_git_cannot_be_told(repo: Repository) -> None:
    (repo.root / ".git" / "config.lock").write_text("")
    done = repo.swarm("init")
    assert done.returncode == 1
    assert "config" in done.stderr and "plain text" in done.stderr
    assert (repo.root / "SWARM.md").exists()
