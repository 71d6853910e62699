"""A repository's own guards judge what is believed, whatever they do, when somebody trusts them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from ask import Told, ask
from conftest import Maker, Repository
from judging import belief, challenge, lesson, principle, task, trusted
from test_trust import Signing, signing  # noqa: F401 - a fixture

from swarm import git, guards, hearing
from swarm.records import Problem

G, B = "tools/guards/words", "beliefs/B-new001-new.md"
PASSES = "exit 0"


def guard(repo: Repository, text: str, path: str = G, *, mode: int = 0o755) -> Repository:
    """A guard in a commit, which somebody here has allowed, with all that were there."""
    begins = "" if text.startswith("#!") else "#!/bin/sh\n"
    repo.write(path, f"{begins}{text}\n").chmod(mode)
    repo.commit()
    for each in (repo.root / "tools/guards").iterdir():
        if each.is_file() and each.stat().st_mode & 0o111:
            trusted(repo, f"tools/guards/{each.name}")
    return repo


def judged(repo: Repository, text: str = "", limit: float = 20.0) -> list[Problem]:
    """What the guards of the last commit say of one more belief."""
    place = git.locate(repo.root, repo.environ)
    told = {"path": B, "before": None, "after": text or belief()}
    with hearing.Objects(place) as store:
        tree = hearing.judged.Judged(store, place.head, {})
        return list(guards.judge(tree, [told], "x", limit))


def new(repo: Repository, title: str = "Readers never wait", *more: str) -> Told:
    keys = ("--set", "evidence=480 reads", "--set", "falsified_if=one reader waits for 2 s")
    return ask(repo, "new", "belief", title, *keys, *more, "--json")


# --- how a guard ends ---

ENDS: dict[str, tuple[str, str]] = {
    # what it does, and what is said of it; nothing when it passes
    "passes": (PASSES, ""),
    "passes, and talks": ("echo all is well; exit 0", ""),
    "passes without reading": ("exec 0<&-; exit 0", ""),
    "reads all of it": ("cat > /dev/null", ""),
    "refuses": ("echo 'name a number'; exit 1", "refuses it: name a number"),
    "says more than anybody reads": (
        "seq 1 3000; echo one; echo two; echo three; exit 1", "refuses it: one; two; three"
    ),
    "says it in one endless line": (
        "head -c 100000 /dev/zero | tr '\\0' x; exit 1", "refuses it: …xx"
    ),
    "says it on the other stream": ("echo 'a number' >&2; exit 1", "refuses it: a number"),
    "says it in six alphabets": (
        "echo 'число 数 αριθμός عدد מספר संख्या'; exit 9", "refuses it: число 数 αριθμός عدد"
    ),
    "says what is no text": ("printf '\\377\\376'; exit 1", "refuses it: "),
    "refuses without a word": ("exit 1", "refuses it, and says nothing"),
    "hangs": ("echo I think; sleep 600", "was still running after 0.5 s, and was stopped"),
    "hangs in a child": ("sleep 600 & wait", "was still running after 0.5 s, and was stopped"),
    "hangs and will not hear": ("trap '' TERM INT; while :; do :; done", "was still running"),
    "leaves something behind": ("sleep 600 & exit 0", ""),
    "crashes": ("kill -SEGV $$", "was ended by SIGSEGV, and so did not judge"),
    "crashes in Python": (f"#!{sys.executable}\nraise KeyError('n')", "KeyError: 'n'"),
    "prints 100 MB and passes": (
        "head -c 100000000 /dev/zero; exit 0", "printed more than 1 MB, and was stopped"
    ),
    "prints without end": ("yes", "printed more than 1 MB, and was stopped"),
    "names no program": ("#!/nothing/of/that/name", "could not be started: No such file"),
    "is no program": ("#! \n\x01\x02", "could not be started"),
    "cannot find its tool": ("nothing-of-that-name", "could not be run (exit 127)"),
}  # fmt: skip


@pytest.mark.parametrize(("does", "said"), ENDS.values(), ids=list(ENDS))
def test_whatever_a_guard_does_is_said(repo: Repository, does: str, said: str) -> None:
    hangs = "still running" in said
    found = judged(guard(repo, does), limit=0.5 if hangs else 20.0)
    assert len(found) == bool(said), found
    for each in found:
        assert said in each.what
        assert each.path in (G, B) and each.remedy
        assert len(each.what) < 600


def test_a_guard_that_is_not_executable_refuses(repo: Repository) -> None:
    guard(repo, PASSES, mode=0o644)
    told = new(repo)
    assert told.code == 8
    assert "not executable" in told.problems[0]["what"]
    assert told.problems[0]["remedy"] == f"git update-index --chmod=+x {G} && git commit"
    repo.git("update-index", "--chmod=+x", G)
    repo.git("commit", "-q", "-m", "mend")
    (repo.root / G).chmod(0o755)
    assert ask(repo, "trust", G).code == 0
    assert new(repo).code == 0


@pytest.mark.parametrize("name", ["README.md", "words.txt", ".gitkeep", "lib/words.sh"])
def test_what_explains_or_helps_is_no_guard(repo: Repository, name: str) -> None:
    repo.write(f"tools/guards/{name}", "text\n")
    repo.commit()
    assert judged(repo) == []


@pytest.mark.parametrize("inside", [True, False])
def test_a_link_is_no_guard_and_is_said(repo: Repository, inside: bool) -> None:
    repo.write("elsewhere/words", "#!/bin/sh\n").chmod(0o755)
    at = repo.root / (G if inside else "tools/guards")
    at.parent.mkdir(parents=True)
    at.symlink_to("../../elsewhere/words" if inside else "../elsewhere")
    repo.commit()
    (found,) = judged(repo)
    assert ("symbolic link" if inside else "no folder") in found.what


def test_a_repository_in_the_guards_place_is_said(repo: Repository) -> None:
    oid = repo.commit()
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{oid},tools/guards")
    repo.git("commit", "-q", "-m", "x")
    (found,) = judged(repo)
    assert "no folder" in found.what


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_every_guard_is_found_whatever_it_is_called(make_repository: Maker, form: str) -> None:
    repo = make_repository(form, f"--object-format={form}")
    names = ["a b", "слова", "zwölf.py", "-n", "x\ty", "$(touch ran)", "40000 x"]
    for at, name in enumerate(names):
        guard(repo, f"echo {at}; exit 1", f"tools/guards/{name}")
    assert sorted(each.what for each in judged(repo)) == sorted(
        f"tools/guards/{name} refuses it: {at}" for at, name in enumerate(names)
    )


def test_guards_run_beside_each_other(repo: Repository) -> None:
    """Each waits for the other: one after the other neither would end."""
    meets = "touch {0}; until [ -e {1} ]; do sleep 0.01; done"
    one, two = repo.root.parent / "one", repo.root.parent / "two"
    guard(repo, meets.format(one, two), "tools/guards/one")
    guard(repo, meets.format(two, one), "tools/guards/two")
    assert judged(repo) == []


def test_a_guard_that_hangs_does_not_silence_another(repo: Repository) -> None:
    guard(repo, "sleep 600", "tools/guards/a-slow")
    guard(repo, "echo no; exit 1", "tools/guards/b-quick")
    slow, quick = judged(repo, limit=2.0)
    assert (slow.path, quick.path) == ("tools/guards/a-slow", B)


def test_a_guard_that_would_start_itself_is_stopped(repo: Repository) -> None:
    inner = f"{sys.executable} -m swarm new belief Inner --set evidence=9 --set falsified_if=9 2>&1"
    guard(repo, f"{inner} | grep -q 'go on starting itself' && echo met; exit 1")
    (found,) = judged(repo)
    assert found.what == f"{G} refuses it: met"


# --- what it is told, and where it runs ---


def told_to(repo: Repository) -> dict[str, Any]:
    return dict(json.loads((repo.root.parent / "told").read_text("utf-8")))


def listening(repo: Repository) -> Repository:
    return guard(repo, f"cat > {repo.root.parent / 'told'}; pwd > {repo.root.parent / 'where'}")


def test_a_guard_hears_the_whole_change(repo: Repository) -> None:
    repo.write("beliefs/B-0ld001-old.md", old := belief("B-0ld001", "Old"))
    repo.write("beliefs/B-0ld002-gone.md", gone := belief("B-0ld002", "Moved"))
    listening(repo)
    repo.write("beliefs/B-0ld001-old.md", changed := belief("B-0ld001", "Old", n=3))
    repo.write(B, fresh := belief(title="小さな束 батч δέσμη دفعة אצווה बैच"))
    repo.write("src/code.py", "x = 1\n")
    (repo.root / "memory/archive").mkdir(parents=True)
    repo.git("mv", "beliefs/B-0ld002-gone.md", archived := "memory/archive/B-0ld002-gone.md")
    repo.git("add", ".")
    (repo.root / "said").write_text("Why it is so\n\nBy: Ada\n")
    assert ask(repo, "check", "--staged", "--message", str(repo.root / "said")).code == 0
    told = told_to(repo)
    assert (told["schema"], told["commit"]) == ("swarm/1", None)
    assert told["message"].startswith("Why it is so")
    rows = {each["path"]: (each["before"], each["after"]) for each in told["changes"]}
    assert rows == {
        "beliefs/B-0ld001-old.md": (old, changed),
        "beliefs/B-0ld002-gone.md": (gone, None),
        archived: (None, gone),
        B: (None, fresh),
    }


def test_a_guard_runs_at_the_top_without_the_hooks_variables(repo: Repository) -> None:
    out = repo.root.parent / "env"
    guard(repo, f"pwd > {out}; env | grep '^GIT_\\(DIR\\|INDEX\\|WORK\\)' >> {out}; exit 0")
    repo.write("deep/code.py", "x = 1\n")
    repo.write(B, belief())
    repo.git("add", ".")
    hook = {"GIT_DIR": str(repo.root / ".git"), "GIT_INDEX_FILE": str(repo.root / ".git/index")}
    deep = Repository(repo.root / "deep", repo.environ)
    assert ask(deep, "check", "--staged", **hook).code == 0
    assert out.read_text() == f"{repo.root}\n"


def test_a_large_change_is_heard_to_its_end(repo: Repository) -> None:
    listening(repo)
    assert judged(repo, long := belief(body="0123456789\n" * 100_000)) == []
    assert told_to(repo)["changes"][0]["after"] == long


# --- what they are asked about ---

ASKED: dict[str, tuple[dict[str, str], bool]] = {
    "a belief": ({B: belief()}, True),
    "a principle": ({"memory/principles/P-new001-p.md": principle(derived_from="[L-1]")}, True),
    "a challenge": ({"beliefs/challenges/C-new001-c.md": challenge()}, True),
    "the settings": ({"swarm.toml": "[claims]\nremote = 'none'\n"}, True),
    "the mission": ({"beliefs/MISSION.md": "# What for\n"}, True),
    "a lesson": ({"memory/lessons/L-new001-l.md": lesson()}, False),
    "a task": ({"tasks/T-new001-t.md": task()}, False),
    "code": ({"src/code.py": "x = 1\n", "tools/guards/other": "#!/bin/sh\n"}, False),
}


@pytest.mark.parametrize(("files", "heard"), ASKED.values(), ids=list(ASKED))
def test_guards_are_asked_about_what_is_believed(
    repo: Repository, files: dict[str, str], heard: bool
) -> None:
    guard(repo, "echo never; exit 1")
    for path, text in files.items():
        repo.write(path, text)
    repo.git("add", ".")
    found = ask(repo, "check", "--staged", "--json").data["findings"]
    assert ("guards" in {each["rule"] for each in found}) == heard


def test_what_did_not_change_is_not_asked_about(repo: Repository) -> None:
    repo.write(B, belief())
    guard(repo, "echo never; exit 1")
    assert ask(repo, "check", B, "--json").data["findings"] == []
    repo.write(B, belief(n=4))
    assert ask(repo, "check", B, "--json").code == 8


def test_a_history_is_not_judged_by_guards(repo: Repository) -> None:
    guard(repo, "echo never; exit 1")
    repo.write(B, belief())
    repo.commit()
    assert ask(repo, "check", "--range", "HEAD^..HEAD", "--json").data["findings"] == []


@pytest.mark.parametrize("what", ["deleted", "loosened", "no longer executable", "added"])
def test_the_guards_of_the_commit_before_judge(repo: Repository, what: str) -> None:
    guard(repo, "echo never; exit 1")
    if what == "deleted":
        repo.git("rm", "-q", G)
    elif what == "loosened":
        repo.write(G, "#!/bin/sh\nexit 0\n")
    elif what == "added":
        repo.write("tools/guards/more", "#!/bin/sh\necho more; exit 1\n").chmod(0o755)
    else:
        repo.git("update-index", "--chmod=-x", G)
    repo.write(B, belief())
    repo.git("add", ".") if what != "no longer executable" else repo.git("add", B)
    found = ask(repo, "check", "--staged", "--json").data["findings"]
    assert [each["what"] for each in found if each["rule"] == "guards"] == [
        f"{G} refuses it: never"
    ]


@pytest.mark.parametrize("what", ["deleted", "loosened", "no longer executable", "renamed"])
def test_only_a_person_sends_a_guard_away(repo: Repository, what: str) -> None:
    """By itself, in a commit that touches nothing else, and that no belief mentions."""
    guard(repo, PASSES)
    if what == "deleted":
        repo.git("rm", "-q", G)
    elif what == "renamed":
        repo.git("mv", G, "tools/words")
    elif what == "loosened":
        repo.write(G, "#!/bin/sh\nexit  0\n")
        repo.git("add", ".")
    else:
        repo.git("update-index", "--chmod=-x", G)
    said = repo.root.parent / "said"
    by = "Escalation: Ada Lovelace <ada@example.org>"
    for words, rules in (("Away\n", ["guard-kept"]), (f"Away\n\n{by}\n", [])):
        said.write_text(words)
        found = ask(repo, "check", "--staged", "--message", str(said), "--json")
        assert [each["rule"] for each in found.data["findings"]] == rules
    repo.git("commit", "-q", "--no-verify", "-m", "Away")
    found = ask(repo, "check", "--range", "HEAD^..HEAD", "--json").data["findings"]
    assert {each["rule"] for each in found} >= {"guard-kept"}


def test_one_more_guard_is_anybodys_and_so_is_one_that_runs_again(repo: Repository) -> None:
    guard(repo, PASSES, mode=0o644)
    repo.git("update-index", "--chmod=+x", G)
    repo.write("tools/guards/more", "#!/bin/sh\nexit 0\n").chmod(0o755)
    repo.git("add", "tools/guards/more")
    (repo.root.parent / "said").write_text("More\n")
    words = ("check", "--staged", "--message", str(repo.root.parent / "said"), "--json")
    assert ask(repo, *words).data["findings"] == []


# --- trust ---


def test_a_strangers_guard_is_not_run_and_nothing_is_written_past_it(repo: Repository) -> None:
    ran = repo.root.parent / "ran"
    repo.write(G, f"#!/bin/sh\ntouch {ran}\n").chmod(0o755)
    before = repo.commit()
    told = new(repo)
    assert told.code == 8 and not ran.exists()
    assert told.problems[0]["path"] == G
    assert told.problems[0]["remedy"] == f"read it: git show HEAD:{G}; then: swarm trust {G}"
    assert repo.git("rev-parse", "HEAD").strip() == before
    assert not list(repo.root.glob("beliefs/*.md"))
    assert ask(repo, "trust", G).code == 0
    assert new(repo).code == 0 and ran.exists()


def test_whoever_only_reads_or_learns_is_not_held_up(repo: Repository) -> None:
    repo.write(G, "#!/bin/sh\nexit 1\n").chmod(0o755)
    repo.write(B, belief())
    repo.commit()
    for words in (["orient"], ["list"], ["find", "wait"], ["next"], ["new", "lesson", "One"],
                  ["new", "task", "Two"], ["check"]):  # fmt: skip
        assert ask(repo, *words).code == 0, words


def test_a_guard_that_changes_is_to_be_read_again(repo: Repository) -> None:
    guard(repo, PASSES)
    assert judged(repo) == []
    repo.write(G, "#!/bin/sh\n# harmless\nexit 0\n")
    repo.commit()
    (found,) = judged(repo)
    assert "nobody in this clone has allowed it" in found.what
    repo.git("revert", "-n", "HEAD")
    repo.commit()
    assert judged(repo) == []


def test_trust_is_for_one_guard_in_one_clone(repo: Repository, make_repository: Maker) -> None:
    guard(repo, PASSES)
    repo.write("tools/guards/twin", (repo.root / G).read_text()).chmod(0o755)
    repo.commit()
    assert [each.path for each in judged(repo)] == ["tools/guards/twin", G]
    trusted(repo, G)
    assert [each.path for each in judged(repo)] == ["tools/guards/twin"]
    clone = make_repository("clone")
    clone.git("fetch", "-q", str(repo.root), "main")
    clone.git("reset", "-q", "--hard", "FETCH_HEAD")
    assert [each.path for each in judged(clone)] == ["tools/guards/twin", G]


HERE = f"#!{sys.executable}\nimport sys; sys.path.insert(0, '.')\n"
RUNS: dict[str, str] = {
    # a guard, and which file a stranger changes
    "exec sh tools/lib.sh": "tools/lib.sh",
    "sh ./tools/lib.sh": "tools/lib.sh",
    'exec "$PWD/tools/lib.sh"': "tools/lib.sh",
    "cd tools && exec sh lib.sh": "tools/lib.sh",
    "for each in tools/*.sh; do sh $each; done": "tools/lib.sh",
    "sh tools/linked.sh": "tools/lib.sh",
    ". tools/guards/lib/words.sh": "tools/guards/lib/words.sh",
    "cd tools/guards/l*; sh words.sh": "tools/guards/lib/words.sh",
    f"exec {sys.executable} -m pack.inner": "pack/inner.py",
    f"{HERE}from pack.inner import it": "pack/inner.py",
    f"{HERE}import pack.inner": "pack/inner.py",
}


def with_helpers(repo: Repository) -> Repository:
    for path in ("tools/lib.sh", "tools/guards/lib/words.sh"):
        repo.write(path, "#!/bin/sh\n").chmod(0o755)
    repo.write("pack/__init__.py", "")
    repo.write("pack/inner.py", "it = 1\n")
    (repo.root / "tools/linked.sh").symlink_to("lib.sh")
    return repo


@pytest.mark.parametrize(("does", "path"), RUNS.items(), ids=list(RUNS))
def test_what_a_guard_runs_is_trusted_as_it_was_read(
    repo: Repository, does: str, path: str
) -> None:
    ran = repo.root.parent / "ran"
    guard(with_helpers(repo), does)
    assert judged(repo) == []
    started = f"open({str(ran)!r}, 'w')\n" if path.endswith(".py") else f"touch {ran}\n"
    repo.write(path, started)
    repo.commit("by a stranger")
    (found,) = judged(repo)
    assert "nobody in this clone has allowed it to run" in found.what and not ran.exists()
    trusted(repo, G)
    judged(repo)
    assert ran.exists()


def test_what_a_guard_runs_is_trusted_as_it_lies_here(repo: Repository) -> None:
    guard(with_helpers(repo), "exec sh tools/lib.sh")
    repo.write("tools/lib.sh", "exit 1\n")
    (found,) = judged(repo)
    assert "allowed it to run, with tools/lib.sh," in found.what
    told = ask(repo, "trust", G, "--json")
    assert told.data["trust"]["files"] == [G, "tools/lib.sh"]
    assert b"with tools/lib.sh as it is now" in ask(repo, "trust", G).out
    assert [each.what for each in judged(repo)] == [f"{G} refuses it, and says nothing"]


def test_what_a_guard_only_reads_may_change(repo: Repository) -> None:
    repo.write("beliefs/B-0ld001-old.md", belief("B-0ld001", "Old"))
    repo.write("swarm.toml", "# ours\n")
    repo.write(".gitignore", "out.log\n")
    text = "grep -rq x beliefs swarm.toml; date > out.log  # not src, nor docs/x.md"
    guard(with_helpers(repo), text)
    repo.write("beliefs/B-0ld001-old.md", belief("B-0ld001", "Older"))
    for path in ("swarm.toml", "src/x.py", "docs/x.md", "tools/lib.sh"):
        repo.write(path, "# other\n")
    assert judged(repo) == []
    repo.commit()
    assert judged(repo) == [] and (repo.root / "out.log").exists()


@pytest.mark.parametrize("path", ["tools/lib.sh", "tools/guards/more.md"])
def test_a_signed_guard_is_trusted_with_what_it_names(
    repo: Repository,
    path: str,
    signing: Signing,  # noqa: F811
) -> None:
    repo.git("config", "--add", "swarm.trustedKey", signing("ada"))
    repo.write("tools/lib.sh", "exit 0\n")
    repo.write(G, "#!/bin/sh\nexec sh tools/lib.sh\n").chmod(0o755)
    repo.commit()
    assert judged(repo) == []
    repo.git("config", "commit.gpgSign", "false")
    repo.write(path, "exit 0 # unsigned\n")
    if path == "tools/lib.sh":
        assert len(judged(repo)) == 1
    repo.commit()
    assert len(judged(repo)) == 1


@pytest.mark.parametrize("told", ['{"guard": "x"}', '{"place": "/elsewhere"}', "[]", "{"])
def test_trust_that_was_given_elsewhere_counts_for_nothing(repo: Repository, told: str) -> None:
    guard(repo, PASSES)
    (kept,) = (repo.root / ".git/swarm/state/trust").iterdir()
    assert json.loads(kept.read_text())["place"] == str(repo.root / ".git")
    assert judged(repo) == []
    kept.write_text(told)
    assert len(judged(repo)) == 1


def test_a_file_in_the_caches_place_is_not_run_for_a_guard(repo: Repository) -> None:
    """What is run is what was allowed, to the byte, whoever wrote into the cache."""
    guard(repo, PASSES)
    assert judged(repo) == []
    (laid,) = (repo.root / ".git/swarm/cache/guards").rglob("words")
    laid.write_text("#!/bin/sh\necho another; exit 1\n")
    assert judged(repo) == []


NOT_TO_BE_TRUSTED = {
    "one that is not there": ("tools/guards/none", 4, "no commit has such a guard"),
    "one that is in no commit": ("tools/guards/fresh", 4, "no commit has such a guard"),
    "one that was edited since": (G, 1, "otherwise than the last commit has it"),
    "a way out of the folder": ("tools/guards/../../src/x", 4, "no commit has such a guard"),
    "the folder": ("tools/guards/", 4, "no commit has such a guard"),
}


@pytest.mark.parametrize(("name", "code", "what"), NOT_TO_BE_TRUSTED.values(),
                         ids=list(NOT_TO_BE_TRUSTED))  # fmt: skip
def test_only_what_lies_here_to_be_read_is_trusted(
    repo: Repository, name: str, code: int, what: str
) -> None:
    repo.write("src/x", "x\n")
    guard(repo, PASSES)
    repo.write("tools/guards/fresh", "#!/bin/sh\n").chmod(0o755)
    repo.write(G, "#!/bin/sh\n# edited\n")
    told = ask(repo, "trust", name, "--json")
    assert told.code == code and what in told.problems[0]["what"]


def test_lines_may_end_otherwise_here(repo: Repository) -> None:
    repo.write(G, "#!/bin/sh\nexit 0\n").chmod(0o755)
    repo.commit()
    repo.write(G, b"#!/bin/sh\r\nexit 0\r\n")
    told = ask(repo, "trust", f"./{G}", "--json")
    assert told.code == 0
    assert {key: told.data["trust"][key] for key in ("record", "command", "files")} == {
        "record": None, "command": G, "files": [G],
    }  # fmt: skip
    assert judged(repo) == []


def test_a_signed_guard_is_trusted(repo: Repository, signing: Signing) -> None:  # noqa: F811
    key = signing("ada")
    repo.write(G, "#!/bin/sh\nexit 0\n").chmod(0o755)
    repo.commit()
    assert len(judged(repo)) == 1  # nobody has listed the key
    repo.git("config", "--add", "swarm.trustedKey", key)
    assert judged(repo) == []
    repo.git("config", "commit.gpgSign", "false")
    repo.write(G, "#!/bin/sh\n# unsigned\nexit 0\n")
    repo.commit()
    assert len(judged(repo)) == 1


def test_a_board_may_set_how_grave_its_guards_are(repo: Repository) -> None:
    repo.write("swarm.toml", '[oracle]\nguards = "warning"\n')
    guard(repo, "echo perhaps; exit 1")
    told = new(repo)
    assert told.code == 0
    assert "refuses it: perhaps" in told.err.decode()
    repo.write("swarm.toml", '[oracle]\nguards = "off"\n')
    repo.git("add", ".")
    (repo.root / "said").write_text("Quieter\n")
    told = ask(repo, "check", "--staged", "--message", str(repo.root / "said"), "--json")
    levels = {each["rule"]: each["level"] for each in told.data["findings"]}
    assert levels == {"guards": "warning", "rule-levels": "error"}  # only a person loosens it


def test_a_folder_that_cannot_be_written_is_said(repo: Repository) -> None:
    guard(repo, PASSES)
    cache = repo.root / ".git/swarm/cache"
    cache.mkdir(parents=True, exist_ok=True)
    Path(cache, "guards").write_text("in the way")
    told = new(repo)
    assert told.code == 1 and "cannot be written" in told.problems[0]["what"]
