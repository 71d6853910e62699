"""Claim refs: read, compared-and-swapped here, pushed and fetched. What they mean is elsewhere.

`refs/swarm/claims/<key>` is what this clone says, `refs/swarm/seen/<key>` what the
remote said last. Where the two differ, something is yet to be settled. No ref is
ever followed through a symbolic one, and no hook of the user's runs.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from shlex import quote
from typing import TYPE_CHECKING, Literal, NamedTuple

from swarm import leases, sharing
from swarm.errors import GitError, SwarmError
from swarm.leases import Sheet
from swarm.records import RefUpdate, shown

if TYPE_CHECKING:
    from swarm.git import Repo

CLAIMS, SEEN = "refs/swarm/claims/", "refs/swarm/seen/"
MOST_BYTES = 900_000  # of a sheet: what is a million or more is not read
WAIT = 20.0  # seconds for one answer of the remote

_EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_PLAIN = ("-c", "core.hooksPath=/dev/null")
# never a prompt, in the terminal or in a window; never the user's name in a reflog
_ALONE = {
    "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",
    "GIT_COMMITTER_NAME": "swarm", "GIT_COMMITTER_EMAIL": "swarm@localhost",
    "GIT_AUTHOR_NAME": "swarm", "GIT_AUTHOR_EMAIL": "swarm@localhost",
}  # fmt: skip
_RACED = re.compile(r"stale info|failed to update ref|fetch first|already exists|atomic|"
                    r"cannot lock|incorrect old value|failed to lock|needs force|"
                    r"non-fast-forward|reference conflict")  # fmt: skip
_CLASH = re.compile(r"'(refs/\S+)' exists; cannot create")
_BROKEN = re.compile(r"bad object (refs/\S+)|reference '(refs/\S+)': reference broken")
_LOCKED = re.compile(r"Unable to create '(.+\.lock)': File exists")
_THEIRS = "remote: "  # how git marks what the other side said
_AWAY = re.compile(r"Could not resolve|Connection refused|unreachable|No route to host|"
                   r"does not appear to be a git repository|[Rr]epository .*not found|"
                   r"does not exist|unable to access|Authentication failed|"
                   r"could not read (?:Username|Password)|Permission denied|"
                   r"Could not read from remote")  # fmt: skip


class Slot(NamedTuple):
    """One key: what this clone's ref holds, and what the remote's held when last seen."""

    key: str
    oid: str = ""
    sheet: Sheet | None = None
    seen: str = ""
    seen_sheet: Sheet | None = None
    fault: str = ""
    remedy: str = ""

    @property
    def settled(self) -> bool:
        return self.oid == self.seen


class Verdict(NamedTuple):
    """What the remote made of it, and in whose words."""

    said: Literal["won", "stale", "offline", "refused", "unknown"]
    why: str = ""


class Remote(NamedTuple):
    """The arbiter between clones: its name, and the one address that is pushed to."""

    name: str
    url: str


def find_remote(repo: Repo, told: str | None) -> Remote | None:
    """The remote that settings name, else origin if there is one."""
    if told in ("", "none"):
        return None
    name = told or "origin"
    done = repo.attempt("remote", "get-url", "--push", "--all", "--", name)
    urls = done.out.decode("utf-8", "surrogateescape").splitlines()
    if done.code or not urls:
        if told is None:
            return None
        what = f"swarm.toml names the remote {name!r} for claims, and this clone has none"
        raise SwarmError(what, where="swarm.toml", remedy=f"git remote add {quote(name)} URL")
    if len(urls) > 1:
        what = f"the remote {name} has {len(urls)} push addresses; one alone can be the arbiter"
        remedy = f"git remote set-url --push {quote(name)} {quote(urls[0])}"
        raise SwarmError(what, where=name, remedy=remedy)
    return Remote(name, urls[0])


# --- reading ---


class _Ref(NamedTuple):
    """One ref as git lists it."""

    name: str
    oid: str = ""
    symbolic: str = ""

    @property
    def path(self) -> str:
        """What follows the folder of all claims; a key, or something in the way of one."""
        return self.name.removeprefix(CLAIMS).removeprefix(SEEN)


def read(repo: Repo, keys: Iterable[str] | None = None, remote: str = "") -> dict[str, Slot]:
    """The slots of some keys, or of all; what cannot be read is in them as a fault.

    The remote's name is for the remedies alone: what came from there comes back from there.
    """
    wanted = None if keys is None else list(keys)
    names = [f"{base}{key}" for base in (CLAIMS, SEEN) for key in (wanted or [""])]
    asked = ("for-each-ref", "--format=%(refname) %(objectname) %(symref)", *names)
    done = repo.attempt(*asked)
    if done.code:
        raise GitError(done.err.strip(), where="refs/swarm", remedy="git fsck")
    refs = [_Ref(*row.split(" ")) for row in shown(done.out).split("\n") if row]
    messages = _messages(repo, {each.oid for each in refs})
    slots = {key: Slot(key) for key in wanted or ()}
    for each in refs:
        _enter(slots, each, messages[each.oid], remote)
    for name in re.findall(r"ignoring (?:broken ref|dangling symref) (\S+)", done.err):
        _enter(slots, _Ref(name), None, remote)
    return slots if wanted is None else {key: slots[key] for key in wanted}


def _enter(slots: dict[str, Slot], ref: _Ref, message: str | None, remote: str) -> None:
    """Put what one ref holds into its slot. Below a key there is no room for another ref."""
    key, _, below = ref.path.partition("/")
    slot = slots.get(key, Slot(key))
    sheet, fault = None, "stands where no claim can, and keeps others from it" if below else ""
    if not fault:
        sheet, fault = _understood(ref, message)
        held = (ref.oid, sheet)
        names = ("oid", "sheet") if ref.name.startswith(CLAIMS) else ("seen", "seen_sheet")
        slot = slot._replace(**dict(zip(names, held, strict=True)))  # type: ignore[arg-type]
    if fault:
        remedy = _remedy(ref, remote if message is not None else "")
        slot = slot._replace(fault=f"{ref.name} {fault}", remedy=remedy)
    slots[key] = slot


def _understood(ref: _Ref, message: str | None) -> tuple[Sheet | None, str]:
    """What a ref says, or why it says nothing."""
    if ref.symbolic:
        return None, f"is symbolic, for {ref.symbolic}"
    if not ref.oid:
        return None, "is garbage"
    if not message:
        return None, "holds no commit that is here" if message is None else "holds no commit"
    try:
        return leases.read(message, ref.path), ""
    except leases.Unreadable as error:
        return None, f"holds no lease: {error}"


def _remedy(ref: _Ref, remote: str) -> str:
    """The command that takes a ref away: what came from the remote, there as well."""
    here = f"git update-ref --no-deref -d {quote(ref.name)}"
    if ref.symbolic:
        return f"git symbolic-ref --delete {quote(ref.name)}"
    if not ref.oid:
        return f'rm "$(git rev-parse --git-path {quote(ref.name)})"'
    if ref.name.startswith(CLAIMS) or not remote:
        return here
    there = f"{CLAIMS}{ref.path}"  # if it still is what we saw: somebody may have mended it
    lease = quote(f"--force-with-lease={there}:{ref.oid}")
    return f"git push {lease} {quote(remote)} {quote(f':{there}')}; {here}"


def _messages(repo: Repo, oids: Collection[str]) -> dict[str, str | None]:
    """The messages of commits; empty for what is none, and nothing for what is not here."""
    wanted = sorted(oids)
    found: dict[str, str | None] = dict.fromkeys(wanted)
    if not wanted:
        return found
    asked = "".join(f"{oid}\n" for oid in wanted).encode()
    kinds = repo.attempt("cat-file", "--batch-check", stdin=asked).out.decode().splitlines()
    found |= {row.split()[0]: "" for row in kinds if not row.endswith(" missing")}
    small = [row.split()[0] for row in kinds if re.fullmatch(r"\S+ commit \d{1,6}", row)]
    for oid, raw in zip(small, repo.blobs(small), strict=True):
        found[oid] = raw.partition(b"\n\n")[2].decode("utf-8", "replace")
    return found


# --- writing here ---


def store(repo: Repo, sheet: Sheet, key: str, now: int) -> str:
    """A sheet as a commit in the object store: by nobody but swarm, signed by nobody."""
    tree = _EMPTY_TREE[repo.object_format]
    if not (repo.common_dir / "objects" / tree[:2] / tree[2:]).exists():
        repo.run(*_PLAIN, "hash-object", "-t", "tree", "-w", "--stdin", stdin=b"")
    who = f"swarm <swarm@localhost> {max(now, 0)} +0000"
    raw = f"tree {tree}\nauthor {who}\ncommitter {who}\n\n{leases.written(sheet, key)}"
    if len(raw.encode()) > MOST_BYTES:
        what = "too many paths are claimed to be kept together"
        raise SwarmError(what, where=key, remedy="claim folders: --path 'src/**'")
    asked = ("hash-object", "-t", "commit", "-w", "--stdin")
    return repo.run(*_PLAIN, *asked, stdin=raw.encode()).decode().strip()


def swap(repo: Repo, swaps: Sequence[RefUpdate]) -> str:
    """Move all of some refs, or none: then git's sentence why."""
    lines = [
        f"update {each.ref} {each.new} {each.old or repo.nothing}"
        if each.new
        else f"delete {each.ref} {each.old}"
        for each in swaps
    ]
    script = "\n".join(["start", *lines, "prepare", "commit", ""]).encode()
    patient = ("-c", "core.filesRefLockTimeout=1000")
    asked = (*_PLAIN, *patient, "update-ref", "--no-deref", "--stdin")
    done = repo.attempt(*asked, stdin=script, environ=_ALONE)
    return "" if done.code == 0 else _sentence(done.err) or "git update-ref was refused"


# --- between clones ---


def push(repo: Repo, remote: Remote, slots: Iterable[Slot], wait: float = WAIT) -> Verdict:
    """Put this clone's refs over those last seen on the remote: all of them or none."""
    sent = {f"{CLAIMS}{each.key}": each for each in slots if each.oid}
    quiet = ("-c", "push.pushOption=", "-c", f"remote.{remote.name}.mirror=false", *_PLAIN)
    options = ("--porcelain", "--atomic", "--no-verify", "--no-signed", "--no-follow-tags",
               "--recurse-submodules=no")  # fmt: skip
    done = repo.attempt(
        *quiet, "push", *options,
        *(f"--force-with-lease={ref}:{each.seen}" for ref, each in sent.items()),
        "--", remote.name, *(f"{each.oid}:{ref}" for ref, each in sent.items()),
        environ=_ALONE, seconds=wait,
    )  # fmt: skip
    if done.code is None:
        return Verdict("unknown", f"{remote.name} did not answer within {wait:.0f} s")
    return _judged(done.out.decode("utf-8", "replace"), done.err, set(sent))


def _judged(out: str, err: str, sent: set[str]) -> Verdict:
    """What `push --porcelain` said, by ref. Its exit code alone proves nothing."""
    told: dict[str, tuple[str, str]] = {}
    for flag, refs, said in re.findall(r"^(.)\t(\S+)\t(.*)$", out, re.MULTILINE):
        told[refs.partition(":")[2]] = (flag, said)
    why = _sentence(err)
    if set(told) >= sent:
        refused = [said for flag, said in told.values() if flag not in " +*="]
        if not refused:
            # `=`: the remote has this very object, and no other process could have made it
            return Verdict("won")
        other = [said for said in refused if not _RACED.search(said)]
        told_why = why if way_out(why) else [*other, *refused][0]
        return Verdict("refused" if other else "stale", told_why)
    if "does not support --atomic" in err:
        return Verdict("refused", why)
    return Verdict("offline" if _AWAY.search(err) else "unknown", why)


def fetch(repo: Repo, remote: Remote, keys: Iterable[str] | None, wait: float = WAIT) -> Verdict:
    """Bring `seen` up to what the remote says now: also that it says nothing."""
    globs = [f"{key}*" for key in keys] if keys is not None else ["*"]
    options = ("--prune", "--no-tags", "--no-auto-maintenance", "--no-write-fetch-head", "--quiet",
               "--no-recurse-submodules", "--refmap=")  # fmt: skip
    patient = ("-c", "core.filesRefLockTimeout=1000", "-c", "remote.origin.tagOpt=--no-tags")
    done = repo.attempt(
        *_PLAIN, *patient, "fetch", *options, "--", remote.url,
        *(f"+{CLAIMS}{glob}:{SEEN}{glob}" for glob in globs),
        environ=_ALONE, seconds=wait,
    )  # fmt: skip
    if done.code == 0:
        return Verdict("won")
    if done.code is None:
        return Verdict("unknown", f"{remote.name} did not answer within {wait:.0f} s")
    return Verdict("offline" if _AWAY.search(done.err) else "unknown", _sentence(done.err))


@contextmanager
def turn(repo: Repo, wait: float) -> Iterator[None]:
    """One process of this clone at a time speaks to the remote. The kernel ends it with us.

    The push stays the arbiter: this only keeps half-decided leases from piling up.
    """
    import fcntl  # only clones with a remote pay for it

    path = repo.common_dir / "swarm" / "state" / "claims.lock"
    try:
        sharing.folder(path.parent)
        file = os.fdopen(sharing.opened(path), "ab")
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise SwarmError(what, where=str(path), remedy="df . ; ls -ld .git") from error
    with file:
        for left in range(round(wait / 0.02), -1, -1):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not left:
                    what = "another swarm process of this clone has been asking the remote too long"
                    remedy = f"fuser -v {quote(str(path))}, then try again"
                    raise SwarmError(what, where=str(path), remedy=remedy) from None
                time.sleep(0.02)
            except OSError:
                break  # no such locks here: the swap decides without
        yield


def way_out(said: str, remote: str = "REMOTE") -> str:
    """The command that takes away what git names as in its way; nothing when it names none."""
    theirs = said.startswith(_THEIRS)
    if found := _CLASH.search(said):
        there = f"git push {quote(remote)} {quote(f':{found[1]}')}"
        return there if theirs else f"git update-ref --no-deref -d {quote(found[1])}"
    if found := _BROKEN.search(said):
        command = f'rm "$(git rev-parse --git-path {quote(found[1] or found[2])})"'
    elif found := _LOCKED.search(said):
        command = f"if no git is at work there: rm {quote(found[1])}"
    else:
        return ""
    return f"where {remote} lies: {command}" if theirs else command


def lasts(said: str) -> bool:
    """Whether what git says does not pass by itself, as a lock does."""
    return bool(_CLASH.search(said) or _BROKEN.search(said))


def _sentence(err: str) -> str:
    """git's own reason, whatever stands around it: the one that can be helped, if there is one."""
    reasons = [
        line.strip().removeprefix("fatal: ").removeprefix("error: ")
        for line in err.splitlines()
        if line.startswith(("fatal: ", "error: ", _THEIRS))
    ]
    reasons.sort(key=lambda each: not each.startswith(_THEIRS))  # what the other side said, first
    return next(filter(way_out, reasons), (reasons or err.strip().split("\n"))[0])


Slots = Mapping[str, Slot]
