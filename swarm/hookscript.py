"""The scripts that git runs as hooks: what they say, and whether they still say it. Pure.

They are plain sh, since a commit that touches no record must not wait for Python,
nor fail where there is none. What stood in a hook's place before runs first.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from typing import NamedTuple

NAMES = ("pre-commit", "pre-merge-commit", "commit-msg", "pre-push")
BELOW = "before-swarm"  # the folder with what stood there before, by its own name,
BESIDE = ".before-swarm"  # or what is behind its name, if it needs its own folder

_SEAL = b"# sealed: "

_SHELL = re.compile(rb"#![ \t]*\S*(?:\benv[ \t]+(?:-S[ \t]+)?|/)(?:\S*/)?(?:ba|da|mk|[kza])?sh\b")
_END = re.compile(rb"(?m)^(?:exit\b|exec[ \t]+(?![0-9]*[<>]))")  # of a script, whatever follows

_HEAD = """\
#!/bin/sh
# swarm hook {name}: `swarm hooks install` wrote it, `swarm hooks uninstall` takes it away.
python={python}
package={package}
before=${{0%/*}}/{below}/{name}
[ -e "$before" ] || before=${{0%/*}}/{name}{beside}
"""

# pre-commit's own hook runs whatever it found in its place, which may be this one.
_CHAINED = """
is_running_us() { [ "${PRE_COMMIT_RUNNING_LEGACY-}" ] && grep -q hook-impl "$before"; }
if [ -f "$before" ] && [ -x "$before" ] && ! is_running_us; then
    first "$@" || exit
fi
"""

_COMMITS = r"""
first() { "$before" "$@"; }
swarm_hook() { "$@"; }
board="memory beliefs tasks swarm.toml tools/guards"
told="git diff-index --cached --no-renames --ignore-submodules=none"
upon=HEAD
records() {
    $told --quiet "$upon" -- $board 2>/dev/null
    case $? in
    0) return 1 ;;
    1) return 0 ;;
    esac
    upon=$(git hash-object -t tree /dev/null)  # there is no commit yet
    ! $told --quiet "$upon" -- $board
}
losses() {  # a belief may name what goes, or can be run no more
    gone=$(git -c core.quotePath=false ${told#git } --diff-filter=a --summary "$upon")
    case $gone in
    "") return 1 ;;
    *\"*) return 0 ;;
    esac
    printf '%s\n' "$gone" | sed 's/^ [a-z]* [a-z]* [0-7]* \(=> [0-7]* \)*//' |
        git grep -q --no-recurse-submodules --cached -F -f - -- beliefs
}
"""

_MERGES = r"""
merging() {  # where it is not as one of its sides, it may take something back
    others=
    if [ -f "${GIT_DIR:-.git}/MERGE_HEAD" ]; then
        others=$(cat "${GIT_DIR:-.git}/MERGE_HEAD")
    elif [ "${0##*/}" = pre-merge-commit ]; then
        others=$(env | sed -n 's/^GITHEAD_\([0-9a-f]*\)=.*/\1/p')
    fi
    for other in $others; do
        $told --quiet "$other" -- $board || return 0
    done
    return 1
}
"""

# git says that nobody will edit the message by an editor that does nothing.
_EARLY = """
if [ "${GIT_EDITOR-}" = : ] && [ -x "${0%/*}/commit-msg" ]; then
    mark=
    { read -r mark && read -r mark; } <"${0%/*}/commit-msg"
    case $mark in
    "# swarm hook commit-msg"*) exit 0 ;;  # it judges all of it in a moment, with its message
    esac
fi
"""

_MESSAGE = """
case $1 in
*/swarm/work-*-message) exit 0 ;;  # swarm's own write, and judged before it was written
esac
"""

_PUSHES = """
board="memory beliefs tasks swarm.toml tools/guards"
input=$(cat)
input=${input:+$input
}
first() { printf %s "$input" | "$before" "$@"; }
swarm_hook() { printf '%s\n' "$input" | "$@" >&2; }  # never nothing: that is what is left of it
records() {
    [ "$(printf %s "$input" | while read -r _ tip _; do
        git rev-list -1 "$tip" --not --remotes="$remote" -- $board
    done 2>/dev/null)" ]
}
remote=$1
"""

_ASKED = """
records || losses || merging || exit 0
"""

# Nothing that lies where somebody stands, or that he has put first on a path, is taken for swarm.
_CALL = """
code=127
found="import sys; sys.path.append(sys.argv.pop(1)); from swarm.cli import main"
if [ -x "$python" ] && [ -f "$package/cli.py" ]; then
    swarm_hook "$python" -E -P -c "$found; main()" "${{package%/*}}" hook {name} "$@"
    code=$?
    [ "$code" != 1 ] || "$python" -E -P -c "$found" "${{package%/*}}" 2>/dev/null || code=127
fi
case $code in
126 | 127)
    case :${{PYTHONPATH-}}: in
    *::* | *:[!/]*:*) unset PYTHONPATH ;;  # it would lead to where one stands
    esac
    if command -v swarm >/dev/null 2>&1; then
        swarm_hook swarm hook {name} "$@"
        code=$?
    fi
    ;;
esac
case $code in
126 | 127)
    records || exit 0
    echo "swarm: records change here, and no swarm starts to judge them (neither $python nor one" \\
        "on PATH): install it, then: swarm hooks install; for this once: git {verb} --no-verify" >&2
    exit 1
    ;;
142) echo "swarm: stopped, since it did not come to an end; git {verb} --no-verify goes on" >&2 ;;
esac
exit "$code"
"""

_BODIES = {
    "pre-commit": (_COMMITS, _MERGES, _CHAINED, _EARLY, _ASKED),
    "pre-merge-commit": (_COMMITS, _MERGES, _CHAINED, _EARLY, _ASKED),
    "commit-msg": (_COMMITS, _MERGES, _CHAINED, _MESSAGE, _ASKED),
    "pre-push": (_PUSHES, _CHAINED),
}
_VERBS = {"pre-push": "push", "pre-merge-commit": "merge"}


class Swarm(NamedTuple):
    """The swarm that a script starts first: its interpreter, and the folder it is in."""

    python: str
    package: str


def text(name: str, by: Swarm) -> bytes:
    """A hook, with a seal that shows whether anybody has changed it since."""
    head = _HEAD.format(
        name=name, python=shlex.quote(by.python), package=shlex.quote(by.package),
        below=BELOW, beside=BESIDE,
    )  # fmt: skip
    call = _CALL.format(name=name, verb=_VERBS.get(name, "commit"))
    raw = os.fsencode("".join((head, *_BODIES[name], call)))
    return raw + _sealed(raw)


def is_ours(raw: bytes) -> bool:
    """Whether a hook is one of these, changed or not."""
    return re.match(rb"#!/bin/sh\n# swarm hook [a-z-]+: ", raw) is not None


def is_intact(raw: bytes) -> bool:
    """Whether it is as some swarm wrote it."""
    at = raw.rfind(_SEAL)
    return is_ours(raw) and at > 0 and raw[at:] == _sealed(raw[:at])


def started_by(raw: bytes) -> str:
    """The interpreter that a script starts first."""
    found = re.search(rb"(?ms)^python=(.*?)\npackage=", raw)
    try:
        return "".join(shlex.split(os.fsdecode(found[1]))) if found else ""
    except ValueError:
        return ""


def line(name: str) -> str:
    """What a script of somebody's own has to say for the same; where there is no swarm, nothing."""
    return f'! command -v swarm >/dev/null || swarm hook {name} "$@" || exit'


def has_line(raw: bytes, name: str) -> bool:
    """Whether a script of somebody's own says just that, and comes so far."""
    wanted = re.escape(line(name).encode())
    found = re.search(rb"(?m)^[ \t]*%s[ \t]*$" % wanted, raw)
    return found is not None and _END.search(raw, 0, found.start()) is None


def is_of_a_shell(raw: bytes) -> bool:
    """Whether the line means something in a script; one that does not say whose it is, is sh's."""
    return b"\0" not in raw and (_SHELL.match(raw) is not None or not raw.startswith(b"#!"))


def manager(raw: bytes) -> str:
    """Whose hook it is, if that shows."""
    signs = {b"hook-impl": "pre-commit", b"lefthook": "lefthook", b"husky": "husky",
             b"overcommit": "overcommit", b"git lfs": "git-lfs"}  # fmt: skip
    return next((name for sign, name in signs.items() if sign in raw), "")


def _sealed(raw: bytes) -> bytes:
    return _SEAL + hashlib.sha256(raw).hexdigest().encode() + b"\n"
