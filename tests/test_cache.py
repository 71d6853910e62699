"""Whatever becomes of the cache, a read answers, and answers right.

Damaged, foreign, in the way, read-only, full, locked, shared by many, killed:
the answers are compared with those of a sound cache, byte by byte.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from boards import cache_files, dump, lesson, rebuilt, run
from conftest import Repository, hermetic

from swarm import cli, projection, view
from swarm.verbs import doctor, find, list_, show

LOADED = (doctor, find, list_, show)  # before anybody becomes a user who may not read Python

READS = {
    "list": ["list", "--json"],
    "find": ["find", "batches", "number 3", "--json"],
    "show": ["show", "L-000003", "--json"],
    "at": ["list", "--at", "HEAD", "--json"],
}


def fill(repo: Repository, count: int) -> None:
    for number in range(count):
        text = (
            f"Batches of {number} records. See [[L-{(number + 1) % count:06}]]. " + "Words. " * 40
        )
        repo.write(
            f"memory/lessons/L-{number:06}.md", lesson(f"L-{number:06}", f"Number {number}", text)
        )
    repo.write("memory/lessons/L-bad000.md", "---\nid: L-bad000\nx: [\n---\n# Broken\n")


def answers(repo: Repository, *which: str) -> dict[str, str]:
    """What read verbs print, each in a process of its own; they may not so much as complain."""
    said = {}
    for name in which or READS:
        done = repo.swarm(*READS[name])
        assert (done.returncode, done.stderr) == (0, ""), (name, done.stderr)
        said[name] = done.stdout
    return said


Read = Callable[..., dict[str, str]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Read:
    """The same in this process, where a hundred of them cost little."""

    def run(repo: Repository, *which: str) -> dict[str, str]:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            monkeypatch.delenv(name)
        for name, value in repo.environ.items():
            monkeypatch.setenv(name, value)
        said = {}
        for name in which or READS:
            code = cli.run(["-C", str(repo.root), *READS[name]])
            printed = capsys.readouterr()
            assert (code, printed.err) == (0, ""), (name, printed.err)
            said[name] = printed.out
        return said

    return run


@pytest.fixture
def board(repo: Repository) -> Repository:
    """A board of twelve records, and a broken one, with a warm cache."""
    fill(repo, 12)
    repo.commit()
    dump(repo, "HEAD")
    dump(repo)
    return repo


def cache(repo: Repository) -> Path:
    """The newest generation of the cache."""
    return cache_files(repo.root / ".git")[-1]


def sql(*commands: str) -> Callable[[Path], None]:
    def run(file: Path) -> None:
        db = sqlite3.connect(file)
        for command in commands:
            db.execute(command)
        db.commit()
        db.close()

    return run


def cut(size: int) -> Callable[[Path], None]:
    return lambda file: os.truncate(file, size if size >= 0 else file.stat().st_size + size)


def instead(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def replace(file: Path) -> None:
        file.unlink()
        make(file)

    return replace


def foreign(file: Path) -> None:
    sql("CREATE TABLE file (url TEXT)", "CREATE TABLE view (x)", "INSERT INTO file VALUES (1)")(
        file
    )


def journal(content: bytes) -> Callable[[Path], None]:
    return lambda file: Path(f"{file}-journal").write_bytes(content) and None


def journal_of_another_database(file: Path) -> None:
    """A whole and valid one, of a transaction that never ended."""
    other = file.with_name("other")
    code = (
        f"import sqlite3, os; db = sqlite3.connect({str(other)!r}, isolation_level=None);"
        "db.execute('CREATE TABLE t (x)'); db.execute('PRAGMA cache_size = 1');"
        "db.execute('BEGIN IMMEDIATE');"
        "db.executemany('INSERT INTO t VALUES (?)', [('x' * 3000,) for _ in range(300)]);"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    Path(f"{other}-journal").rename(f"{file}-journal")
    other.unlink()


NOISE = random.Random(1).randbytes(50_000)  # noqa: S311 - the same in every run

DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut in half": cut(20_000),
    "cut to its header": cut(100),
    "cut by a page": cut(-4096),
    "cut in the middle of a page": cut(-1000),
    "empty": cut(0),
    "garbage": lambda file: file.write_bytes(NOISE),
    "garbage at the start": lambda file: file.write_bytes(b"\xff" * 64 + file.read_bytes()[64:]),
    "text": lambda file: file.write_text("this is not a database\n" * 1000),
    "another file's header": lambda file: file.write_bytes(b"PK\x03\x04" + file.read_bytes()[4:]),
    "a folder": instead(Path.mkdir),
    "a folder with files": instead(lambda file: (file / "x").mkdir(parents=True)),
    "a link to nowhere": instead(lambda file: file.symlink_to("/nonexistent/x")),
    "a link to a folder": instead(lambda file: file.symlink_to("/")),
    "a link to itself": instead(lambda file: file.symlink_to(file.name)),
    "somebody else's database": instead(foreign),
    "a foreign application id": sql("PRAGMA application_id = 1"),
    "no application id": sql("PRAGMA application_id = 0"),
    "an older version": sql("PRAGMA user_version = 0"),
    "a newer version": sql("PRAGMA user_version = 99"),
    "write-ahead logging": sql("PRAGMA journal_mode = WAL"),
    "another page size": sql("PRAGMA page_size = 512", "VACUUM"),
    "utf-16": instead(sql("PRAGMA encoding = 'UTF-16'", "CREATE TABLE doc (x)")),
    **{
        f"no table {table}": sql(f"DROP TABLE {table}")
        for table in ("doc", "edge", "name", "view", "file", "seen", "words_1", "words_2")
    },
    "an empty table of views": sql("DELETE FROM view"),
    "an empty table of files": sql("DELETE FROM file"),
    "an empty table of words": sql("DELETE FROM words_1_data", "DELETE FROM words_2_data"),
    "a column by another name": sql("ALTER TABLE doc RENAME COLUMN body TO text"),
    "a column less": sql("DROP INDEX file_racy", "ALTER TABLE file DROP COLUMN racy"),
    "a column more": sql("ALTER TABLE seen ADD COLUMN x NOT NULL DEFAULT 1"),
    "a table that is a view": sql("DROP TABLE edge", "CREATE VIEW edge AS SELECT 1 AS doc"),
    "keys that are no JSON": sql("UPDATE doc SET keys = 'garbage'"),
    "keys that are no mapping": sql("UPDATE doc SET keys = '[1]'"),
    "problems that are no JSON": sql("UPDATE doc SET problems = '{'"),
    "problems that are none": sql("UPDATE doc SET problems = '[{\"x\": 1}]'"),
    "a problem of a file that is no JSON": sql("UPDATE file SET problem = '{', broken = 1"),
    "a watermark that is no JSON": sql("UPDATE view SET history = 'garbage'"),
    "a watermark that is none": sql("UPDATE view SET history = '[]'"),
    "a time that is none": sql("UPDATE seen SET at = 'yesterday'"),
    "text that is not UTF-8": sql("UPDATE doc SET title = CAST(x'ff41' AS TEXT)"),
    "bytes instead of text": sql("UPDATE doc SET title = x'ff41'"),
    "a number instead of text": sql("UPDATE doc SET title = 7, body = 8"),
    "an empty journal": journal(b""),
    "a garbage journal": journal(NOISE[:5000]),
    "a journal of zeros": journal(bytes(5000)),
    "a journal of another database": journal_of_another_database,
}  # fmt: skip

# What no reader can notice: it says something else, and says it well. `doctor --rebuild` does.
UNNOTICED = {"an empty table of files", "a number instead of text"}


@pytest.mark.parametrize("damage", [name for name in DAMAGE if name not in UNNOTICED])
def test_a_damaged_cache_stops_no_read(board: Repository, read: Read, damage: str) -> None:
    honest = read(board)
    DAMAGE[damage](cache(board))
    assert read(board) == honest
    assert dump(board) == rebuilt(board)


SUBTLE = [name for name in DAMAGE if "that" in name or "instead of" in name or "empty" in name]


@pytest.mark.parametrize("damage", SUBTLE)
def test_a_damaged_cache_stops_no_doctor(board: Repository, damage: str) -> None:
    """It says that the cache differs, or that it was replaced, on the way or at the door."""
    DAMAGE[damage](cache(board))
    code, out, err = run(board, "doctor", "--rebuild", "--mend", "--json")
    assert code in (0, 1), err
    state = json.loads(out)["data"]["cache"]["state"]
    assert state in (
        "differed from a rebuild and was thrown away",
        "was damaged, and has been replaced",
        "equals a rebuild",
    )
    assert dump(board) == rebuilt(board)


@pytest.mark.parametrize("damage", ["garbage", "no table doc", "a link to itself"])
def test_a_damaged_cache_stops_no_process(board: Repository, damage: str) -> None:
    honest = answers(board, "list")
    DAMAGE[damage](cache(board))
    assert answers(board, "list") == honest


@pytest.mark.parametrize("damage", sorted(UNNOTICED))
def test_damage_that_reads_well_is_found_by_the_doctor(
    board: Repository, read: Read, damage: str
) -> None:
    honest = read(board)
    DAMAGE[damage](cache(board))
    proof = json.loads(board.swarm("doctor", "--rebuild", "--json").stdout)
    assert proof["data"]["cache"]["state"] == "differs"
    board.swarm("doctor", "--rebuild", "--mend")
    assert read(board) == honest


IN_THE_WAY: dict[str, Callable[[Path], object]] = {
    "a file called cache": lambda swarm: (swarm / "cache").write_text("x"),
    "a file called swarm": lambda swarm: swarm.rmdir() or swarm.write_text("x"),
    "a link to nowhere": lambda swarm: (swarm / "cache").symlink_to("/nonexistent/x"),
    "a later generation that is damaged": lambda swarm: (swarm / "cache").mkdir()
    or (swarm / "cache/board-5.7.sqlite").write_text("x"),
    "names that are almost generations": lambda swarm: (swarm / "cache").mkdir()
    or [(swarm / f"cache/board-{x}.sqlite").write_text("x") for x in ("1.007", "1.x", "2.1")],
}  # fmt: skip


@pytest.mark.parametrize("what", IN_THE_WAY)
def test_what_stands_in_the_way_of_the_cache_stops_no_read(
    board: Repository, read: Read, what: str
) -> None:
    honest = read(board)
    shutil.rmtree(board.root / ".git" / "swarm" / "cache")
    IN_THE_WAY[what](board.root / ".git" / "swarm")
    assert read(board) == honest
    assert dump(board) == rebuilt(board)


def test_an_overwritten_page_stops_no_read_whichever_it_is(board: Repository, read: Read) -> None:
    honest = read(board, "list", "find")
    file = cache(board)
    sound = file.read_bytes()
    for page in range(len(sound) // 4096):
        for content in (b"\0", b"\xff")[: 2 if page % 3 else 1]:
            shutil.rmtree(file.parent)
            file.parent.mkdir()
            pages = sound[: page * 4096], content * 4096, sound[(page + 1) * 4096 :]
            file.write_bytes(b"".join(pages))
            assert read(board, "list", "find") == honest, (page, content)


def test_a_damaged_cache_is_replaced_and_not_rebuilt_for_ever(board: Repository) -> None:
    cache(board).write_text("garbage")
    answers(board, "list")
    files = cache_files(board.root / ".git")
    assert [file.name for file in files] == ["board-5.1.sqlite"]
    assert sqlite3.connect(files[0]).execute("SELECT count(*) FROM doc").fetchone() == (13,)


def test_damage_that_only_some_question_meets_costs_one_answer_and_not_the_command(
    board: Repository, read: Read
) -> None:
    """The words are broken, the list is not: find notices half-way and starts again."""
    honest = read(board)
    sql("DELETE FROM words_1_data WHERE id > 10")(cache(board))
    assert read(board, "list")["list"] == honest["list"]
    assert read(board, "find")["find"] == honest["find"]
    assert read(board) == honest


# A disk that does not take it


def root() -> bool:
    return os.geteuid() == 0


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Repository]:
    """A board in a folder that every user can enter: pytest's own are private."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "home").mkdir()
        (Path(folder) / "repo").mkdir()
        config = Path(folder) / "config"
        config.write_text("[safe]\ndirectory = *\n")
        environ = hermetic(Path(folder) / "home") | {"GIT_CONFIG_GLOBAL": str(config)}
        repo = Repository(Path(folder) / "repo", environ)
        repo.git("init", "-q", "-b", "main")
        fill(repo, 12)
        repo.commit()
        yield repo


def everybody_may_read(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


def as_nobody(repo: Repository, *arguments: str) -> tuple[int, str, str]:
    """The command as a user who may read and not write: its exit code and what it printed.

    A fork of this process, since such a user may be unable to start this Python.
    """
    out, err = repo.root.parent / "out", repo.root.parent / "err"
    with out.open("w") as stdout, err.open("w") as stderr:
        pid = os.fork()
        if not pid:
            code = 99
            try:
                if root():
                    os.setgroups([])
                    os.setgid(65534)
                    os.setuid(65534)
                os.chdir(repo.root)
                os.environ.clear()
                os.environ.update(repo.environ)
                sys.stdout, sys.stderr = stdout, stderr
                code = cli.run(list(arguments))
                stdout.flush()
                stderr.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), out.read_text(), err.read_text()


@pytest.mark.parametrize("state", ["cold", "warm", "stale"])
def test_who_may_not_write_may_still_read(public: Repository, read: Read, state: str) -> None:
    if not everybody_may_read(Path(cli.__file__)):
        pytest.skip("other users cannot read this package")
    git = public.root / ".git"
    if state != "cold":
        dump(public, "HEAD")
        dump(public)
    if state == "stale":
        fill(public, 14)
        public.commit()
    kept = {path: path.stat().st_mode for path in (git, *git.rglob("*"))}
    for path, mode in kept.items():
        if not root():
            path.chmod(mode & ~0o222)
    said = {name: as_nobody(public, *arguments) for name, arguments in READS.items()}
    doctor = as_nobody(public, "doctor", "--rebuild", "--json")
    for path, mode in kept.items():
        path.chmod(mode)
    assert {path: path.stat().st_mode for path in (git, *git.rglob("*"))} == kept
    assert said == {name: (0, text, "") for name, text in read(public).items()}
    told = json.loads(doctor[1])["data"]["cache"]["state"]
    kept_for = "equals a rebuild" if state == "warm" else "cannot be kept here"
    assert told.startswith(kept_for)


def mounted(repo: Repository, mount: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a mount namespace of its own; the mount is gone when it ends."""
    script = f'{mount} || exit 99; exec "$@"'
    return subprocess.run(
        ["unshare", *([] if root() else ["-r"]), "-m", "sh", "-c", script, "sh",
         sys.executable, "-m", "swarm", *arguments],
        cwd=repo.root, env=repo.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


def can_mount(repo: Repository, mount: str) -> bool:
    try:
        return mounted(repo, mount, "--version").returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("state", ["cold", "warm", "stale"])
def test_a_read_only_disk_stops_no_read(board: Repository, read: Read, state: str) -> None:
    here = '"$PWD"'
    read_only = f"mount --bind {here} {here} && mount -o remount,bind,ro {here} && cd {here}"
    if not can_mount(board, read_only):
        pytest.skip("nothing may be mounted here")
    if state == "cold":
        shutil.rmtree(board.root / ".git" / "swarm")
    if state == "stale":
        board.lesson("L-1ater0", "Later batches")
    said = {name: mounted(board, read_only, *READS[name]) for name in ("find", "at")}
    honest = read(board)
    for name, done in said.items():
        assert (done.returncode, done.stderr, done.stdout) == (0, "", honest[name])


def test_a_damaged_cache_that_cannot_be_replaced_stops_no_read(
    board: Repository, read: Read
) -> None:
    """Damage that shows only half-way, on a disk that takes no new cache."""
    here = '"$PWD"'
    read_only = f"mount --bind {here} {here} && mount -o remount,bind,ro {here} && cd {here}"
    if not can_mount(board, read_only):
        pytest.skip("nothing may be mounted here")
    honest = read(board, "find", "show")
    sql("DELETE FROM words_1_data WHERE id > 10", "UPDATE doc SET title = CAST(x'ff' AS TEXT)")(
        cache(board)
    )
    for name, said in honest.items():
        done = mounted(board, read_only, *READS[name])
        assert (done.returncode, done.stderr, done.stdout) == (0, "", said)


@pytest.mark.parametrize("size", ["4k", "48k"])
def test_a_full_disk_stops_no_read(board: Repository, read: Read, size: str) -> None:
    tiny = f"mount -t tmpfs -o size={size} tmpfs .git/swarm/cache"
    if not can_mount(board, tiny):
        pytest.skip("nothing may be mounted here")
    honest = read(board)
    for name in ("find", "at"):
        done = mounted(board, tiny, *READS[name])
        assert (done.returncode, done.stderr, done.stdout) == (0, "", honest[name])


@pytest.mark.parametrize("limit", [0, 4096, 60_000])
@pytest.mark.parametrize("state", ["cold", "stale"])
def test_a_cache_that_cannot_grow_stops_no_read_and_is_not_thrown_away(
    board: Repository, read: Read, limit: int, state: str
) -> None:
    """Nothing is wrong with what it holds: the next read that can write goes on from there."""
    if state == "cold":
        shutil.rmtree(board.root / ".git" / "swarm")
    else:
        fill(board, 60)
    before = cache_files(board.root / ".git")
    limited = (
        "import resource, sys; from swarm.cli import run;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "sys.exit(run(sys.argv[1:]))"
    )
    said = {}
    for name in ("find", "at"):
        done = subprocess.run(
            [sys.executable, "-c", limited, *READS[name]], cwd=board.root, env=board.environ,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        said[name] = done.stdout
        assert cache_files(board.root / ".git")[: len(before)] == before
    assert said == read(board, "find", "at")
    assert dump(board) == rebuilt(board)
    assert not list((board.root / ".git" / "swarm" / "cache").glob("*-journal"))


def test_a_refresh_that_fails_half_way_says_why_and_not_that_it_could_not_roll_back(
    board: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sqlite rolls a transaction back by itself when the disk is full."""
    fill(board, 60)
    db = view.connect(str(cache(board)))
    limit = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {limit}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        projection.refresh(db, board.board().place, time.time_ns())
    db.close()
    assert dump(board) == rebuilt(board)


# Locks


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(view, "BUSY_SECONDS", 0.2)
    return 0.2


LOCKS = {
    "a writer that is done soon": ["BEGIN EXCLUSIVE"],
    "a writer that has only begun": ["BEGIN IMMEDIATE", "UPDATE view SET turn = turn + 1"],
    "a reader that does not let go": ["BEGIN", "SELECT * FROM doc"],
}


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("state", ["warm", "stale", "new view"])
def test_a_locked_cache_is_waited_for_and_then_done_without(
    board: Repository, impatient: float, lock: str, state: str
) -> None:
    if state == "stale":
        board.lesson("L-1ater0", "Later batches")
    if state == "new view":
        board.git("worktree", "add", "-q", "--detach", "../wt")
    place = Repository(board.root.parent / "wt", board.environ) if state == "new view" else board
    expected = rebuilt(place)
    holder = sqlite3.connect(cache(board), isolation_level=None)
    for command in LOCKS[lock]:
        holder.execute(command).fetchone()
    assert dump(place) == expected
    holder.execute("ROLLBACK")
    holder.close()
    assert dump(place) == expected
    assert len(cache_files(board.root / ".git")) == 1


def test_a_lock_that_is_held_on_keeps_nobody_from_an_answer(board: Repository, read: Read) -> None:
    """Reading and writing, the file and its fallback: each gives way to memory."""
    board.lesson("L-1ater0", "Later batches")
    honest = read(Repository(copied(board), board.environ), "find", "at")
    holder = sqlite3.connect(cache(board), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    patient = (
        "import sys; from swarm import cli, view; view.BUSY_SECONDS = 3;"
        "sys.exit(cli.run(sys.argv[1:]))"
    )
    waiting = {
        name: subprocess.Popen(
            [sys.executable, "-c", patient, *READS[name]], cwd=board.root, env=board.environ,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in honest
    }  # fmt: skip
    for name, process in waiting.items():
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err, out) == (0, "", honest[name])
    holder.execute("ROLLBACK")
    holder.close()
    assert dump(board) == rebuilt(board)


# Many at once


def begin(repo: Repository, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "swarm", *arguments], cwd=repo.root, env=repo.environ,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def copied(repo: Repository) -> Path:
    """A copy without a cache, to know what is right."""
    root = repo.root.parent / "copy"
    shutil.copytree(repo.root, root, ignore=shutil.ignore_patterns("swarm"))
    return root


def leaves_no_traces(repo: Repository) -> None:
    folder = repo.root / ".git" / "swarm" / "cache"
    assert [path.name for path in folder.iterdir()] == ["board-5.0.sqlite"]
    db = sqlite3.connect(folder / "board-5.0.sqlite")
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    proof = repo.swarm("doctor", "--rebuild", "--json")
    assert json.loads(proof.stdout)["data"]["cache"]["state"] == "equals a rebuild"


def test_sixteen_readers_of_a_cold_cache_all_answer_right(repo: Repository, read: Read) -> None:
    fill(repo, 60)
    repo.commit()
    honest = read(Repository(copied(repo), repo.environ))
    names = [list(READS)[number % len(READS)] for number in range(16)]
    for name, process in [(name, begin(repo, *READS[name])) for name in names]:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, err, out) == (0, "", honest[name])
    leaves_no_traces(repo)


def test_sixteen_readers_see_states_that_were_while_somebody_writes(repo: Repository) -> None:
    """One file goes from version to version; a reader sees one not older than its own start."""
    fill(repo, 30)
    repo.commit()
    others = sorted(["Broken", *(f"Number {number}" for number in range(30) if number != 7)])
    version = 0

    def write() -> None:
        repo.write("draft", lesson("L-000007", f"Version {version}", f"version{version} " * 30))
        (repo.root / "draft").replace(repo.root / "memory/lessons/L-000007.md")

    write()
    running: list[tuple[int, subprocess.Popen[str]]] = []
    for number in range(16):
        verb = ["list"] if number % 2 else ["find", "version", "-k", "1"]
        running.append((version, begin(repo, *verb, "--json")))
    while running:
        version += 1
        write()
        time.sleep(0.002)
        for least, process in [each for each in running if each[1].poll() is not None]:
            running.remove((least, process))
            out, err = process.communicate()
            assert (process.returncode, err) == (0, "")
            titles = {each["id"]: each["title"] for each in json.loads(out)["data"]["records"]}
            assert least <= int(titles.pop("L-000007").removeprefix("Version ")) <= version
            assert sorted(titles.values()) in ([], others)
    time.sleep(0.1)
    leaves_no_traces(repo)


def test_readers_of_several_places_share_the_cache(repo: Repository) -> None:
    fill(repo, 20)
    repo.commit()
    repo.git("worktree", "add", "-q", "-b", "side", "../wt")
    side = Repository(repo.root.parent / "wt", repo.environ)
    side.lesson("L-s1de00", "Only here")
    first = side.commit()
    side.lesson("L-s1de01", "And here")
    second = side.commit()
    asked = [
        (repo, [], 21),
        (side, [], 23),
        (repo, ["--at", first], 22),
        (side, ["--at", second], 23),
    ]
    running = [
        (count, begin(place, "list", *at, "--json")) for _ in range(3) for place, at, count in asked
    ]
    for count, process in running:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
        assert len(json.loads(out)["data"]["records"]) == count
    leaves_no_traces(repo)
    for revision in (None, first, second):
        assert dump(side, revision) == rebuilt(side, revision)


def test_readers_of_a_damaged_cache_replace_it_together(board: Repository, read: Read) -> None:
    honest = read(board)
    cache(board).write_bytes(b"\xff" * 30_000)
    names = [list(READS)[number % len(READS)] for number in range(8)]
    for name, process in [(name, begin(board, *READS[name])) for name in names]:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, err, out) == (0, "", honest[name])
    assert read(board) == honest
    assert not list((board.root / ".git" / "swarm" / "cache").glob("*-journal"))


# Killed


IN_BATCHES_OF = (
    "import sys; from swarm import projection, cli; projection.BATCH = {}; "
    "sys.exit(cli.run(['list', '--json']))"
)


@pytest.mark.parametrize("batch", [1000, 20])
def test_a_reader_that_is_killed_while_it_indexes_spoils_nothing(
    repo: Repository, read: Read, batch: int
) -> None:
    fill(repo, 150)
    repo.commit()
    honest = read(Repository(copied(repo), repo.environ), "list", "find")
    command = [sys.executable, "-c", IN_BATCHES_OF.format(batch)]
    started = time.monotonic()
    whole = subprocess.run(
        command, cwd=repo.root, env=repo.environ, capture_output=True, check=True
    )
    length = time.monotonic() - started
    assert whole.stdout.decode() == honest["list"]
    killed = 0
    for number in range(8):
        shutil.rmtree(repo.root / ".git" / "swarm")
        process = subprocess.Popen(
            command, cwd=repo.root, env=repo.environ, stdout=subprocess.DEVNULL
        )
        time.sleep(length * (0.3 + 0.09 * number))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        assert read(repo, "list", "find") == honest
        assert not list((repo.root / ".git" / "swarm" / "cache").glob("*-journal"))
    assert killed
    assert dump(repo) == rebuilt(repo)


def test_a_journal_left_by_a_killed_writer_is_rolled_back(board: Repository, read: Read) -> None:
    """The hard way: killed with half of its pages written to the file."""
    honest = read(board)
    code = (
        f"import sqlite3, os; db = sqlite3.connect({str(cache(board))!r}, isolation_level=None);"
        "db.execute('PRAGMA cache_size = 1'); db.execute('BEGIN IMMEDIATE');"
        "db.execute('UPDATE doc SET title = title || hex(randomblob(3000)), id = upper(id)');"
        "db.execute('DELETE FROM file'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert Path(f"{cache(board)}-journal").stat().st_size > 0
    assert read(board) == honest
    leaves_no_traces(board)
