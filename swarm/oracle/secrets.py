"""No record gives away what opens something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm.oracle.rule import standing
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.oracle.case import File, Tree

# Few and precise: each has a form that nothing else has, and a mark that is quickly looked for.
_FORMS = (
    ("a private key", "PRIVATE KEY", r"-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY"),
    ("an AWS access key", "AKIA", r"\bAKIA[0-9A-Z]{16}\b"),
    ("a GitHub token", "gh", r"\bgh[pousr]_[0-9A-Za-z]{36,}"),
    ("a GitHub token", "github_pat_", r"\bgithub_pat_[0-9A-Za-z_]{60,}"),
    ("a GitLab token", "glpat-", r"\bglpat-[0-9A-Za-z_-]{20,}"),
    ("a Slack token", "xox", r"\bxox[abposr]-[0-9A-Za-z-]{20,}"),
    ("a Google API key", "AIza", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    ("a Stripe key", "k_live_", r"\b[rs]k_live_[0-9A-Za-z]{20,}"),
    ("an Anthropic key", "sk-ant-", r"\bsk-ant-[0-9A-Za-z_-]{32,}"),
    ("an OpenAI key", "T3BlbkFJ", r"\bsk-[0-9A-Za-z_-]{16,200}T3BlbkFJ[0-9A-Za-z_-]{16,}"),
    ("an npm token", "npm_", r"\bnpm_[0-9A-Za-z]{36}\b"),
    ("a PyPI token", "pypi-AgEI", r"\bpypi-AgEIcHlwaS5vcmc[0-9A-Za-z_-]{40,}"),
    (
        "a signed web token", "eyJ",
        r"\beyJ[0-9A-Za-z_-]{15,500}\.eyJ[0-9A-Za-z_-]{15,4000}\.[0-9A-Za-z_-]{20,}",
    ),
    (
        "a password in an address", "://",
        r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@<>]{1,100}:"
        r"(?![$<{*%]|x+@|pass(?:word)?@|secret@|\.\.)[^\s/@<>]{6,200}@[\w.-]+",
    ),
)  # fmt: skip


@standing("no-secrets", "git forgets nothing, and a board is read by strangers", always=True)
def look(file: File, tree: Tree) -> Iterator[Problem]:
    for name, mark, form in _FORMS if file.is_plain else ():
        for line, found in file.matches(form) if mark in file.text else ():
            what = f"{name} (whose digest begins with {_digest(found[0])})"
            remedy = "take it out of the file, and make it invalid where it was issued"
            yield Problem(file.path, line, what, remedy)


def _digest(secret: str) -> str:
    """By what one secret is told from another, without telling it."""
    from hashlib import sha256  # only what is found pays for it

    return sha256(secret.encode("utf-8", "replace")).hexdigest()[:6]
