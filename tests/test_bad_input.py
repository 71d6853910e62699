"""Whatever a file or a folder holds: one Problem that says where and what to do, and no harm.

Beside every mess lies a sound record. It is listed, shown and found as ever,
and nothing that lies in the repository is changed by looking.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from ask import Told, ask
from conftest import Maker, Repository, hermetic

from swarm import markdown
from swarm.records import EDGE_TYPES, MAX_BYTES, Found, Loaded
from swarm.tree import WorkTree

SOUND = "memory/lessons/L-01cq8d-sound.md"
BAD = "memory/lessons/L-7k3qfa-bad.md"
NOBODY = 65534


def lesson(head: str = "", body: str = "", record_id: str = "L-7k3qfa") -> bytes:
    """A lesson that nothing is wrong with, but for what is put into it. The body is line 7."""
    text = f"---\nid: {record_id}\nconfidence: measured\n{head}---\n# A title\n\n{body}\n"
    return text.encode()


@pytest.fixture
def board(repo: Repository) -> Repository:
    repo.write(SOUND, lesson(body="Findable words.", record_id="L-01cq8d"))
    repo.commit()
    return repo


# --- what every case must show ------------------------------------------------------------------


def fingerprint(root: Path) -> dict[str, str]:
    """Every entry below a folder: what it is, its mode, its bytes or where it points."""
    found = {}
    for folder, folders, names in os.walk(root):
        if Path(folder) == root:
            folders.remove(".git")
        for name in (*folders, *names):
            path = Path(folder, name)
            info = path.lstat()
            held = ""
            if stat.S_ISLNK(info.st_mode):
                held = os.readlink(path)  # noqa: PTH115 - as it was written
            elif stat.S_ISREG(info.st_mode):
                held = hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path.relative_to(root))] = f"{info.st_mode:o} {info.st_mtime_ns} {held}"
    return found


@contextmanager
def nothing_changes(repo: Repository) -> Iterator[None]:
    before = fingerprint(repo.root), repo.git("status", "--porcelain", "-z", "--ignored")
    yield
    assert (fingerprint(repo.root), repo.git("status", "--porcelain", "-z", "--ignored")) == before


@dataclass(frozen=True)
class Trouble:
    """What the one Problem must say."""

    said: str  # a pattern
    line: int = 1
    level: str = "error"
    path: str = BAD

    @property
    def heard(self) -> list[str]:
        """Whoever asks anything hears of what could not be read; lesser things wait for doctor."""
        return [self.path] if self.level == "error" else []

    def is_told(self, told: Told) -> None:
        assert told.err == b""
        (problem,) = told.problems
        assert set(problem) == {"path", "line", "what", "remedy", "level"}
        assert problem["path"] == self.path
        assert re.search(self.said, problem["what"]), problem["what"]
        assert problem["line"] == self.line
        assert problem["level"] == self.level
        assert problem["remedy"].strip()
        assert told.code == (1 if self.level == "error" else 0)


def is_sound(repo: Repository, *at: str) -> list[str]:
    """The record beside the mess answers as ever. Gives the paths that its reader heard of."""
    assert "L-01cq8d" in ask(repo, "list", "lesson", "--json", *at).ids
    shown = ask(repo, "show", "L-01", "--json", *at)
    assert shown.code == 0
    assert shown.data["record"]["path"] == SOUND
    found = ask(repo, "find", "findable", "--json", *at)
    assert found.ids[:1] == ["L-01cq8d"]
    return [each["path"] for each in found.problems]


# --- files whose bytes are the mess -------------------------------------------------------------

CONFLICT = "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> topic\n"
BOMB = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))

FILES: dict[str, tuple[bytes, Trouble]] = {
    "conflict in the body": (lesson(body=CONFLICT), Trouble("conflict", 7)),
    "conflict in the head": (
        lesson(head="<<<<<<< HEAD\nn: 1\n=======\nn: 2\n>>>>>>> topic\n"),
        Trouble("conflict", 4),
    ),
    "conflict over the whole file": (
        b"<<<<<<< HEAD\n" + lesson() + b"=======\n" + lesson(body="x") + b">>>>>>> topic\n",
        Trouble("conflict"),
    ),
    "conflict with a common ancestor": (
        lesson(body="<<<<<<< HEAD\na\n||||||| base\nb\n=======\nc\n>>>>>>> topic\n"),
        Trouble("conflict", 7),
    ),
    "two conflicts": (lesson(body=CONFLICT + "between\n" + CONFLICT), Trouble("conflict", 7)),
    "Latin-1 in the body": (lesson(body="one\ncaf") + b"\xe9", Trouble("UTF-8", 9)),
    "Latin-1 in the head": (
        lesson(head="by: cafe\n").replace(b"cafe", b"caf\xe9"), Trouble("UTF-8", 4),
    ),
    "surrogates in UTF-8": (lesson() + b"\xed\xa0\x80", Trouble("UTF-8", 8)),
    "cut in the middle of a character": (lesson(body="漢字").rstrip()[:-1], Trouble("UTF-8", 7)),
    "UTF-16": (lesson().decode().encode("utf-16"), Trouble("UTF-16")),
    "UTF-16, big end first": (
        b"\xfe\xff" + lesson().decode().encode("utf-16-be"), Trouble("UTF-16"),
    ),
    "UTF-16 without a mark": (lesson().decode().encode("utf-16-le"), Trouble("NUL|UTF-16")),
    "byte order mark": (b"\xef\xbb\xbf" + lesson(), Trouble("byte order mark", level="note")),
    "CRLF": (lesson(body="x").replace(b"\n", b"\r\n"), Trouble("CRLF", level="note")),
    "CRLF here and there": (
        lesson(body="x").replace(b"\n", b"\r\n", 3), Trouble("mixed", level="note"),
    ),
    "a NUL byte": (lesson(body="one\na\0b"), Trouble("NUL", 8)),
    "a NUL byte in the head": (lesson(head="n: \0\n"), Trouble("NUL", 4)),
    "nothing but NUL bytes": (b"\0" * 512, Trouble("NUL")),
    "head never closed": (lesson().replace(b"---\n#", b"#"), Trouble("never closed")),
    "head never closed, a list first": (
        b"---\ncites:\n- L-01cq8d\nid: L-7k3qfa\nconfidence: measured\n\n# A title\n",
        Trouble("never closed"),
    ),
    "head never closed, a rule further down": (
        lesson().replace(b"---\n#", b"\n#") + b"text\n\n---\n\nmore\n",
        Trouble("", 8),
    ),
    "a key twice": (lesson(head="n: 1\nn: 2\n"), Trouble("`n` stands twice", 5)),
    "an id twice": (lesson(head="id: L-9zzzz9\n"), Trouble("`id` stands twice", 4)),
    "a key twice in a value": (lesson(head="odd: {n: 1, n: 2}\n"), Trouble("`n` stands twice", 4)),
    "an alias bomb": (lesson(head=f"a0: &a0 [x]\n{BOMB}"), Trouble("alias", 5)),
    "an alias to itself": (lesson(head="a: &a [*a]\n"), Trouble("alias", 4)),
    "a merge key": (lesson(head="a: &a {b: c}\n<<: *a\n"), Trouble("alias", 5)),
    "brackets within brackets": (lesson(head=f"a: {'[' * 30_000}\n"), Trouble("deeper", 4)),
    "braces within braces": (lesson(head=f"a: {'{b: ' * 10_000}\n"), Trouble("deeper", 4)),
    "lists within lists": (lesson(head=f"a:\n  {'- ' * 20_000}x\n"), Trouble("deeper", 5)),
    "maps within maps": (
        lesson(head="a:\n" + "".join(f"{' ' * n}b:\n" for n in range(1, 200))),
        Trouble("deeper", 21),
    ),
    "keys within keys": (lesson(head=f"{'? ' * 20_000}x\n"), Trouble("word", 4)),
    "a head of 64 KB and more": (
        lesson(head=f"note: {'x' * 65_600}\n"), Trouble("head|frontmatter"),
    ),
    "a list never closed": (lesson(head="odd: [1, 2\nn: 3\nby: x\n"), Trouble("YAML", 4)),
    "a quote never closed": (lesson(head='odd: "one\nby: x\n'), Trouble("YAML", 4)),
    "a head with a tab": (lesson(head="\ta: b\n"), Trouble("YAML", 4)),
    "a head that is a list": (b"---\n- a\n- b\n---\n# A title\n", Trouble("key: value", 2)),
    "a head that is a sentence": (b"---\njust words\n---\n# A title\n", Trouble("key: value", 2)),
    "a head in two documents": (lesson(head="--- again\n"), Trouble("", 4)),
    "an escape that is no character": (lesson(head='a: "\\ud800"\n'), Trouble("YAML", 4)),
    "no id": (b"---\nconfidence: measured\n---\n# A title\n", Trouble(
        "without an id", level="warning", path="memory/lessons/some-file.md")),
    "no id, no head, no title": (b"text\n", Trouble(
        "without an id", level="warning", path="memory/lessons/some-file.md")),
    "an id that cannot be one": (
        b"---\nid: ../../etc/passwd\nconfidence: measured\n---\n# A title\n",
        Trouble("cannot be an id", 2),
    ),
    "an id that is a list": (
        b"---\nid: [L-7k3qfa]\nconfidence: measured\n---\n# A title\n",
        Trouble("cannot be an id", 2),
    ),
    "an id in another case than the file name's": (
        lesson(record_id="L-7K3QFA"), Trouble("letter case", 2, "warning"),
    ),
    "an id in small letters": (
        lesson(record_id="l-7k3qfa"),
        Trouble("letter case", 2, "warning", "memory/lessons/l-7k3qfa-bad.md"),
    ),
    "another id than the file name's": (
        lesson(record_id="L-9zzzz9"), Trouble("file name", 2, "warning"),
    ),
    "a link in another letter case": (
        lesson(head="cites: [L-01CQ8D]\n"), Trouble("letter case", 4, "warning"),
    ),
    "a link in the text in another letter case": (
        lesson(body="[[l-01cq8d]]"), Trouble("letter case", 7, "warning"),
    ),
    "an edge to itself": (lesson(head="cites: [L-7k3qfa]\n"), Trouble("itself", 4, "warning")),
    "an edge to itself in another case": (
        lesson(head="supports: [l-7K3QFA]\n"), Trouble("itself", 4, "warning"),
    ),
    "an edge to its own file": (
        lesson(head="cites: [L-7k3qfa-bad.md]\n"), Trouble("itself", 4, "warning"),
    ),
    "a line that cites itself": (
        lesson(body="Text.\n\nCites: L-7k3qfa"), Trouble("itself", 9, "warning"),
    ),
    "more than 2 MiB": (lesson() + b"x" * MAX_BYTES, Trouble("2 MiB")),
    "50 MB": (lesson() + b"x" * 50_000_000, Trouble("50 MB")),
    "a file name with a newline": (lesson(), Trouble(
        "file name", level="warning", path="memory/lessons/L-7k3qfa-a\nb.md")),
    "a file name with an escape": (lesson(), Trouble(
        "file name", level="warning", path="memory/lessons/L-7k3qfa-\x1b[31m.md")),
    "a file name with a leading dash": (lesson(), Trouble(
        "dash", level="warning", path="memory/lessons/-rf.md")),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_reads_badly(board: Repository, name: str) -> None:
    raw, trouble = FILES[name]
    board.write(trouble.path, raw)
    with nothing_changes(board):
        trouble.is_told(ask(board, "doctor", "--json"))
        assert is_sound(board) == trouble.heard


COMMITTED = (  # one of each sort: once it is bytes, a file is read the same way
    "conflict in the body", "Latin-1 in the head", "UTF-16", "byte order mark", "CRLF",
    "a NUL byte", "an alias bomb", "brackets within brackets", "no id", "an edge to itself",
    "a link in another letter case", "more than 2 MiB", "50 MB", "a file name with a newline",
    "a file name with an escape", "a file name with a leading dash",
)  # fmt: skip


@pytest.mark.parametrize("name", COMMITTED)
def test_a_committed_file_that_reads_badly(board: Repository, name: str) -> None:
    """The same is said of a commit as of the work tree."""
    raw, trouble = FILES[name]
    path = board.write(trouble.path, raw)
    board.git("config", "core.autocrlf", "false")
    board.commit()
    path.unlink()
    trouble.is_told(ask(board, "doctor", "--json", "--at", "HEAD"))
    assert is_sound(board, "--at", "HEAD") == trouble.heard


def test_the_table_is_no_mess_in_itself(board: Repository) -> None:
    board.write(BAD, lesson(head="cites: [L-01cq8d]\n", body="[[L-01cq8d]]"))
    board.write("memory/lessons/L-9zzzz9-long.md", lesson(
        head=f"note: {'x' * 65_000}\n", body="x" * 1_000_000, record_id="L-9zzzz9"))  # fmt: skip
    told = ask(board, "doctor", "--json")
    assert (told.code, told.problems, told.data["records"]) == (0, [], {"lesson": 3})


# --- entries that are the mess ------------------------------------------------------------------

Mess = Callable[[Repository], None]
LESSONS = "memory/lessons"


def _outside(repo: Repository) -> Path:
    """A folder beside the repository, with a record that is none of ours."""
    outside = repo.root.parent / "outside"
    outside.mkdir()
    (outside / "L-5ecret.md").write_bytes(lesson(body="SECRET", record_id="L-5ecret"))
    return outside


def _link_to_a_file_outside(repo: Repository) -> None:
    (repo.root / BAD).symlink_to(_outside(repo) / "L-5ecret.md")


def _link_to_a_folder_outside(repo: Repository) -> None:
    (repo.root / LESSONS / "more").symlink_to(_outside(repo))


def _relative_link_to_a_folder_outside(repo: Repository) -> None:
    _outside(repo)
    (repo.root / LESSONS / "more").symlink_to("../../../outside")


def _link_in_the_place_of_a_folder(repo: Repository) -> None:
    (repo.root / "beliefs").symlink_to(_outside(repo))


def _link_to_a_sound_record(repo: Repository) -> None:
    (repo.root / BAD).symlink_to("L-01cq8d-sound.md")


def _link_to_nothing(repo: Repository) -> None:
    (repo.root / BAD).symlink_to("nowhere.md")


def _link_to_itself(repo: Repository) -> None:
    (repo.root / BAD).symlink_to("L-7k3qfa-bad.md")


def _link_to_the_folder_above(repo: Repository) -> None:
    (repo.root / LESSONS / "loop").symlink_to("..")


def _link_to_its_own_folder(repo: Repository) -> None:
    (repo.root / LESSONS / "loop.md").symlink_to(".")


def _folder_named_like_a_record(repo: Repository) -> None:
    (repo.root / BAD).mkdir()
    (repo.root / BAD / "notes.txt").write_text("text")


def _pipe(repo: Repository) -> None:
    os.mkfifo(repo.root / BAD)


def _nested_repository(repo: Repository) -> None:
    nested = Repository(repo.root / LESSONS / "other", repo.environ)
    nested.root.mkdir()
    nested.git("init", "-q", "-b", "main")
    nested.write("L-7k3qfa-theirs.md", lesson())
    nested.commit()


def _two_files_with_one_id(repo: Repository) -> None:
    repo.write("memory/lessons/L-7k3qfa-a.md", lesson(body="one"))
    repo.write("memory/lessons/L-7k3qfa-b.md", lesson(body="two"))


def _two_files_with_one_id_but_for_case(repo: Repository) -> None:
    repo.write("memory/lessons/L-7K3QFA-a.md", lesson(record_id="L-7K3QFA"))
    repo.write("memory/lessons/L-7k3qfa-b.md", lesson())


def _two_copies_in_two_folders(repo: Repository) -> None:
    repo.write("memory/archive/L-7k3qfa.md", lesson())
    repo.write("memory/lessons/L-7k3qfa.md", lesson())


def _path_that_is_no_utf8(repo: Repository) -> None:
    raw = os.fsencode(repo.root / LESSONS) + b"/L-7k3qfa-caf\xe9\x1b.md"
    Path(os.fsdecode(raw)).write_bytes(lesson())


def _path_too_long(repo: Repository) -> None:
    """Deeper than any call can name it: listed from above, and not to be opened."""
    here = os.open(repo.root / LESSONS, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=here)
        deeper = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)


ENTRIES: dict[str, tuple[Mess, Trouble]] = {
    "a link to a file outside": (_link_to_a_file_outside, Trouble("link")),
    "a link to a folder outside": (
        _link_to_a_folder_outside, Trouble("link", path="memory/lessons/more"),
    ),
    "a relative link to a folder outside": (
        _relative_link_to_a_folder_outside, Trouble("link", path="memory/lessons/more"),
    ),
    "a link in the place of a folder": (
        _link_in_the_place_of_a_folder, Trouble("link", path="beliefs"),
    ),
    "a link to a sound record": (_link_to_a_sound_record, Trouble("link")),
    "a link to nothing": (_link_to_nothing, Trouble("link")),
    "a link to itself": (_link_to_itself, Trouble("link")),
    "a link to the folder above": (
        _link_to_the_folder_above, Trouble("link", path="memory/lessons/loop"),
    ),
    "a link to its own folder": (
        _link_to_its_own_folder, Trouble("link", path="memory/lessons/loop.md"),
    ),
    "a folder named like a record": (_folder_named_like_a_record, Trouble("folder")),
    "a pipe": (_pipe, Trouble("regular file")),
    "a nested repository": (
        _nested_repository, Trouble("repository", path="memory/lessons/other"),
    ),
    "two files with one id": (
        _two_files_with_one_id,
        Trouble("also that of memory/lessons/L-7k3qfa-a.md", path="memory/lessons/L-7k3qfa-b.md"),
    ),
    "two files with one id but for case": (
        _two_files_with_one_id_but_for_case,
        Trouble("also that of memory/lessons/L-7K3QFA-a.md", path="memory/lessons/L-7k3qfa-b.md"),
    ),
    "two copies in two folders": (
        _two_copies_in_two_folders,
        Trouble("also that of memory/archive/L-7k3qfa.md", path="memory/lessons/L-7k3qfa.md"),
    ),
    "a path that is no UTF-8": (
        _path_that_is_no_utf8,
        Trouble("file name", level="warning", path="memory/lessons/L-7k3qfa-caf\\xe9\x1b.md"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_that_is_no_record(board: Repository, name: str) -> None:
    mess, trouble = ENTRIES[name]
    mess(board)
    with nothing_changes(board):
        trouble.is_told(ask(board, "doctor", "--json"))
        heard = is_sound(board)
        assert heard == ([] if name.startswith("two ") else trouble.heard)
        assert ask(board, "find", "SECRET", "--json").ids == []


@pytest.mark.parametrize("name", [name for name in ENTRIES if name not in (
    "a pipe", "a folder named like a record")])  # fmt: skip
def test_a_committed_entry_that_is_no_record(board: Repository, name: str) -> None:
    mess, trouble = ENTRIES[name]
    mess(board)
    board.commit()
    trouble.is_told(ask(board, "doctor", "--json", "--at", "HEAD"))
    is_sound(board, "--at", "HEAD")


def test_a_path_that_is_too_long_to_open(board: Repository) -> None:
    _path_too_long(board)
    told = ask(board, "doctor", "--json")
    (problem,) = told.problems
    assert told.code == 1
    assert problem["path"].startswith("memory/lessons/dddd")
    assert "cannot be listed" in problem["what"]
    is_sound(board)
    shutil.rmtree(board.root / LESSONS / ("d" * 250))


def test_a_name_for_two_records_is_never_guessed(board: Repository) -> None:
    _two_files_with_one_id(board)
    told = ask(board, "show", "L-7k3qfa", "--json")
    assert told.code == 4
    (problem,) = told.problems
    assert "L-7k3qfa-a.md" in problem["what"]
    assert "L-7k3qfa-b.md" in problem["what"]
    shown = ask(board, "show", "memory/lessons/L-7k3qfa-b.md", "--json")
    assert shown.data["record"]["body"].strip() == "two"


def test_a_record_never_links_to_itself(board: Repository) -> None:
    board.write(BAD, lesson(head="cites: [L-7k3qfa, L-01cq8d]\n", body="[[L-7k3qfa]]"))
    record = ask(board, "show", "L-7k3qfa", "--json").data["record"]
    assert [(edge["type"], edge["target"]) for edge in record["edges"]] == [("cites", "L-01cq8d")]
    assert record["linked_from"] == []


@pytest.mark.parametrize("spelled", ["L-7K3QFA", "l-7k3qfa", "l-7K3Q", "L-7k3qfa"])
def test_an_id_is_found_in_any_letter_case(board: Repository, spelled: str) -> None:
    board.write(BAD, lesson())
    assert ask(board, "show", spelled, "--json").data["record"]["id"] == "L-7k3qfa"


@pytest.mark.parametrize(
    "name", ["a b", "$(touch pwned)", "it's", "a;b", "*", "`b`", "a&b", "~", "#"]
)
def test_a_remedy_can_be_pasted_into_a_shell(board: Repository, name: str) -> None:
    """Agents run what they are told helps: a path in it is one word, whatever it is made of."""
    sick = ("conflict in the body", "Latin-1 in the body", "UTF-16", "a NUL byte", "a key twice")
    for number, each in enumerate((*sick, "head never closed", "an alias to itself", "50 MB")):
        board.write(f"memory/lessons/L-{number + 100}-{name}.md", FILES[each][0])
    (board.root / f"memory/lessons/L-200-{name}.md").symlink_to("nowhere")
    for problem in ask(board, "doctor", "--json").problems:
        path, remedy = problem["path"], problem["remedy"]
        assert path not in remedy.replace(shlex.quote(path), ""), remedy


# --- what may not be read -----------------------------------------------------------------------


@contextmanager
def nobody_in_particular(root: Path) -> Iterator[None]:
    """Be a user who may be refused: root may read everything, so root lets go of that."""
    if os.geteuid():
        yield
        return
    for folder, folders, names in os.walk(root.parent):
        for each in (folder, *(f"{folder}/{name}" for name in (*folders, *names))):
            os.chown(each, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody may reach; pytest's own are for one user alone."""
    with tempfile.TemporaryDirectory(prefix="swarm-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize(
    ("hidden", "said"),
    [(BAD, "cannot be read: Permission"), ("tasks", "cannot be listed: Permission")],
)
def test_what_may_not_be_read(open_folder: Path, hidden: str, said: str) -> None:
    root = open_folder / "repo"
    root.mkdir()
    repo = Repository(root, hermetic(open_folder))
    repo.git("init", "-q", "-b", "main")
    repo.write(SOUND, lesson(body="Findable words.", record_id="L-01cq8d"))
    repo.write(BAD, lesson())
    (root / "tasks").mkdir()
    assert ask(repo, "doctor", "--json").problems == []

    trouble = Trouble(said, path=hidden)
    with nobody_in_particular(root):
        (root / hidden).chmod(0)
        for _ in range(2):
            trouble.is_told(ask(repo, "doctor", "--json"))
            assert is_sound(repo) == trouble.heard
        assert (root / hidden).stat().st_mode & 0o777 == 0
        (root / hidden).chmod(0o755)
        assert ask(repo, "doctor", "--json").problems == [], "it may be read again"


# --- what changes while it is read --------------------------------------------------------------


def _deleted(path: Path) -> None:
    path.unlink()


def _a_folder_now(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _its_folder_gone(path: Path) -> None:
    shutil.rmtree(path.parent)


def _a_link_now(path: Path) -> None:
    path.unlink()
    outside = path.parents[3] / "outside"
    outside.write_text("SECRET")
    path.symlink_to(outside)


def _a_pipe_now(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "change", [_deleted, _a_folder_now, _its_folder_gone, _a_link_now, _a_pipe_now]
)
def test_a_file_that_is_another_thing_once_it_is_opened(
    board: Repository, change: Callable[[Path], None]
) -> None:
    """Between the listing and the reading anything may happen to a file."""
    path = board.write("memory/lessons/late/L-7k3qfa-late.md", lesson())
    place = board.board().place
    assert isinstance(place, WorkTree)
    listed = place.listing
    change(path)

    told: list[Loaded] = []
    reader = threading.Thread(target=lambda: told.extend(place.load(listed)), daemon=True)
    reader.start()
    reader.join(3)
    if reader.is_alive():
        path.open("w").close()  # a pipe lets its reader go when somebody writes
        reader.join(5)
        pytest.fail("reading waits for what nobody writes")

    sound, late = told
    assert (sound.problem, sound.raw) == (None, (board.root / SOUND).read_bytes())
    assert late.raw is None
    assert late.problem is not None
    assert late.problem.path == "memory/lessons/late/L-7k3qfa-late.md"
    assert late.problem.line == 1
    assert late.problem.remedy


def test_what_could_not_be_read_is_looked_at_again(board: Repository) -> None:
    """A Problem of one moment is not remembered for the next."""
    path = board.write(BAD, lesson())
    opened = board.board()
    assert isinstance(opened.place, WorkTree)
    gone: tuple[Found, ...] = opened.place.listing
    path.unlink()
    assert len(gone) == 2
    assert [each.path for each in opened.problems()] == [BAD]
    opened.close()
    assert ask(board, "doctor", "--json").problems == []
    path.write_bytes(lesson())
    assert ask(board, "doctor", "--json").data["records"] == {"lesson": 2}


FLICKER = """
import os, sys, time
path, raw = sys.argv[1], sys.argv[2].encode()
print("ready", flush=True)
for turn in range(20_000):
    with open(path + ".new", "wb") as file:
        file.write(raw)
    os.rename(path + ".new", path)
    time.sleep(turn % 5 / 1000)
    os.unlink(path)
    if not turn % 3:
        os.mkdir(path)
        os.rmdir(path)
"""


def test_a_file_that_comes_and_goes_while_others_read(board: Repository) -> None:
    path = board.root / BAD
    writer = subprocess.Popen(
        [sys.executable, "-c", FLICKER, str(path), lesson().decode()], stdout=subprocess.PIPE
    )
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        for _ in range(30):
            told = ask(board, "doctor", "--json")
            assert told.code in (0, 1)
            assert told.err == b""
            assert {each["path"] for each in told.problems} <= {BAD}
            assert all(each["remedy"] and each["line"] for each in told.problems)
            assert len(told.problems) <= 1
            assert "L-01cq8d" in ask(board, "list", "--json").ids
            assert ask(board, "find", "findable", "--json").ids == ["L-01cq8d"]
        assert writer.poll() is None, "nothing flickered"
    finally:
        writer.kill()
        writer.wait()
        assert writer.stdout is not None
        writer.stdout.close()
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    told = ask(board, "doctor", "--json", "--rebuild")
    assert (told.problems, told.data["records"]) == ([], {"lesson": 1})


# --- odd values, odd markdown -------------------------------------------------------------------

ODD = (
    "5", "-1", "1.5", "1e999", "true", "null", "~", "''", "[]", "{}", "[x]", "[[x]]", "[null]",
    "[5, true]", "{a: b}", "{a: {b: [c]}}", '"\\0"', '"\\e[31m"', '"a\\nb"', "2026-13-45", "x: y",
    "'[[ ]]'", "'[[x]'", "'../../..'", "'|'", "=", "9" * 400, "x" * 5_000,
)  # fmt: skip
KEYS = (
    *EDGE_TYPES, "id", "kind", "title", "aliases", "domain", "tags", "status", "confidence",
    "level", "n", "p", "outcome", "created", "date", "by", "expect", "observed", "verify",
    "evidence", "debt", "falsified_if", "enforced_by", "last_tested", "rule", "body", "path", "é",
)  # fmt: skip
HOMES = {"memory/lessons": "L", "beliefs": "B", "tasks": "T"}


@pytest.mark.parametrize("value", ODD, ids=lambda value: value[:20])
def test_no_value_of_any_key_stops_a_reader(board: Repository, value: str) -> None:
    written = 0
    for folder, letter in HOMES.items():
        for number, key in enumerate(KEYS):
            record_id = f"{letter}-{number + 100}"
            head = f"id: {record_id}\n" if key != "id" else ""
            text = f"---\n{head}{key}: {value}\n---\n# Odd {key}\n"
            board.write(f"{folder}/{record_id}-odd.md", text)
            written += 1
    told = ask(board, "doctor", "--json")
    assert told.code in (0, 1)
    assert all(each["remedy"] for each in told.problems)
    assert sum(told.data["records"].values()) == written + 1
    listed = ask(board, "list", "--json")
    assert len(listed.ids) == written + 1
    assert ask(board, "find", "findable", "--json").ids == ["L-01cq8d"]
    for folder, letter in HOMES.items():
        for number in (0, KEYS.index("aliases"), KEYS.index("n"), KEYS.index("title")):
            path = f"{folder}/{letter}-{number + 100}-odd.md"
            shown = ask(board, "show", path, "--json")
            assert shown.data["record"]["path"] == path
            assert ask(board, "show", path).code == 0
    assert ask(board, "list", "--where", "n=5", "--where", "status=x").code == 0


ODD_MARKDOWN = (
    "[" * 3_000, "![a" * 3_000, "[a](" * 3_000, "[a]: <" * 1_000, "](" * 3_000,
    "> " * 3_000 + "x", ">" * 3_000, "- " * 3_000 + "x", "1. " * 3_000 + "x", "> - " * 2_000 + "x",
    "".join(f"{'  ' * n}- x\n" for n in range(200)), "*" * 3_000 + "x", "*a **b " * 1_000,
    "`" * 3_000, "".join("`" * n + " " for n in range(80)), "<" * 3_000, "<a " * 3_000,
    "<!--" * 1_000, "<![CDATA[" * 500, "<?" * 1_000, "\\" * 3_000, "&" * 3_000, "[[a|" * 1_000,
    "|" * 3_000, "#" * 3_000, "=" * 3_000, "~" * 3_000, "\t" * 3_000 + "x", "\r" * 3_000,
    "<<<<<<< a\n" * 100, "<<<<<<< a\n=======\n" * 30, "A" + "1" * 1_000 + "_", "A-" * 1_000,
)  # fmt: skip


@pytest.mark.parametrize("text", ODD_MARKDOWN, ids=lambda text: repr(text[:12]))
def test_no_markdown_stops_a_reader(text: str) -> None:
    """Small enough to take no time, deep enough to break what recurses."""
    for before in (
        "---\nid: L-7k3qfa\n---\n# T\n\n",
        "# T\nDomain: x\n\n",
        "",
        "# ",
        "# T\nDate: ",
    ):
        record, _ = markdown.parse(f"{before}{text}\n\nCites: L-01cq8d\n".encode(), BAD)
        assert record is not None
        assert record.id == "L-7k3qfa"


LONG = 150_000
LONG_LINES = (
    "# a" + " " * LONG + "b", "# L-1" + " " * LONG + "- x", "# a" + "#" * LONG + "b",
    "Domain: a" + " " * LONG + "b", "Domain: a" + " | b" * (LONG // 4),
    "<<<<<<< a\n" * (LONG // 10),
    "<<<<<<< a\n=======\n" * (LONG // 18), "---\n" + "a:\n" * (LONG // 3), "Cites: " + "[" * LONG,
    "Cites: " + "[[a" * (LONG // 3), "Cites: " + "." * LONG, "A" + "1" * LONG + "_",
    "L-1 a" + "_" * LONG + "b", "L-1 " + "a." * (LONG // 2), "[a](b.md) " * (LONG // 10),
    "![a" * (LONG // 3), "[a](" * (LONG // 4), "[[a|" * (LONG // 4),
)  # fmt: skip


@pytest.mark.parametrize("text", LONG_LINES, ids=lambda text: repr(text[:12]))
def test_a_long_line_is_read_once_and_not_once_for_each_of_its_letters(text: str) -> None:
    """What takes a square of its length would stop every reader of the board: this would hang."""
    for raw in (f"# T\n\n{text}\n", f"# T\n{text}\n", f"{text}\n"):
        record, _ = markdown.parse(raw.encode(), BAD)
        assert record is not None


# --- what is never written ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (["A title", "--body", "-"], b"a\0b"),
        (["A title", "--body", "-"], "café".encode("latin-1")),
        (["A title", "--body", "-"], b"x" * (MAX_BYTES + 1)),
        ([b"A title \xff"], b""),
        (["A title", "--set", b"note=\xff"], b""),
        (["A title", "--body", b"\xff"], b""),
    ],
    ids=["NUL in the body", "Latin-1", "more than 2 MiB", "title", "key", "body"],
)
def test_what_could_not_be_read_back_is_not_written(
    board: Repository, arguments: list[str | bytes], stdin: bytes
) -> None:
    before = fingerprint(board.root)
    done = subprocess.run(
        [sys.executable, "-m", "swarm", "new", "lesson", *arguments], cwd=board.root,
        env=board.environ, input=stdin, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert b"try:" in done.stderr
    assert fingerprint(board.root) == before


def test_a_process_says_what_the_library_says(board: Repository) -> None:
    """All the above was asked in this process; a real one tells the same."""
    raw, trouble = FILES["conflict in the body"]
    board.write(trouble.path, raw)
    done = board.swarm("doctor", "--json")
    trouble.is_told(Told(done.returncode, done.stdout.encode(), done.stderr.encode()))


def test_another_board_is_not_disturbed(make_repository: Maker, board: Repository) -> None:
    board.write(BAD, FILES["UTF-16"][0])
    other = make_repository("other")
    other.write(SOUND, lesson(body="Findable words.", record_id="L-01cq8d"))
    assert ask(other, "doctor", "--json").problems == []
