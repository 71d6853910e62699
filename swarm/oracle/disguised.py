"""No comment gives orders to whoever reads the record by machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from swarm.oracle.rule import standing
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.oracle.case import File, Tree

# What a page shows to nobody.
_UNSEEN = (
    r"<!--(.*?)(?:-->|\Z)"
    r"|^[ ]{0,3}\[[^\]\n]+\]:[ \t]*(?:<[^>\n]*>|[#\w]\S*)[ \t]+"
    r"(\"[^\"]*\"|'[^']*'|\([^)]*\))[ \t]*$"
    r"|<(?:span|div|p)\b[^>]{0,120}?(?:display:\s*none|visibility:\s*hidden|\bhidden\b)[^>]{0,120}>"
    r"(.{0,1000}?)</"
)
_MARKS = ("<!--", "]:", "<span", "<div", "<p")
_ORDERS = (
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:instruction|prompt|guideline"
    r"|directive|(?:previous|prior|above|earlier|system|safety)\s+(?:rule|message|context|order))s?\b"
    r"|\byou\s+are\s+(?:now\s+)?(?:an?\s+|the\s+)?(?:ai|assistant|agent|language\s+model|llm|root)\b"
    r"|\b(?:agents?|assistants?|llms?|ai|models?|claude|gpt|copilot)\b[,:]?\s+(?:reading\s+this\s+)?"
    r"(?:you\s+)?(?:must|should|shall|will|please|need\s+to|have\s+to)\b"
    r"|\b(?:system|assistant|developer)\s*(?:prompt|message)?\s*:\s*(?:you|do|always|never|from\s+now)\b"
    r"|\bdo\s+not\s+(?:tell|mention|reveal|inform|show)\b[^.\n]{0,30}\b(?:user|human|reviewer|anyone|person)\b"
    r"|\b(?:new|hidden|secret|additional)\s+instructions?\b"
)
_CODE = (
    r"^([ ]{0,3})(`{3,}|~{3,})[^\n]*\n.*?(?:^[ ]{0,3}\2[`~]*[ \t]*$|\Z)"
    r"|(`+)(?!`).{0,2000}?(?<!`)\3(?!`)"
)


@standing(
    "disguised-order", "an order that only machines see was not meant to be approved", always=True
)
def look(file: File, tree: Tree) -> Iterator[Problem]:
    if not file.is_plain or not any(mark in file.text.lower() for mark in _MARKS):
        return
    unseen, orders, code = _compiled()
    text = code.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), file.text)
    line, at = 1, 0
    for comment in unseen.finditer(text):
        line, at = line + text.count("\n", at, comment.start()), comment.start()
        order = orders.search(" ".join((comment[comment.lastindex or 0]).split()))
        if order:
            what = f"a comment gives an order: {order[0]!r}"
            yield Problem(file.path, line, what, "write it where people see it, or delete it")


@cache
def _compiled() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    flags = re.IGNORECASE | re.DOTALL
    whole = re.DOTALL | re.MULTILINE
    return re.compile(_UNSEEN, flags | whole), re.compile(_ORDERS, flags), re.compile(_CODE, whole)
