"""Times as text and as seconds since 1970. Nobody's clock is read here."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_LAST = 253_402_300_799  # the end of the year 9999: a commit may claim any time
_AGES = ((31_557_600, "year"), (2_629_800, "month"), (604_800, "week"), (86_400, "day"),
         (3_600, "hour"), (60, "minute"))  # fmt: skip


def written(seconds: int) -> str:
    """A time as records write it."""
    seconds = min(max(seconds, 0), _LAST)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> int | None:
    """The seconds that a written time means; what is no time means none."""
    for each in (text.strip(), text.strip()[:19], text.strip()[:10]):
        try:
            found = datetime.fromisoformat(each)
        except ValueError:
            continue
        if not re.match(r"\d{4}-", each):
            return None
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return int((aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    return None


def ago(text: str, now: int) -> str:
    """How long ago a written time was, in one word or two."""
    then = read(text)
    if then is None:
        return "not dated"
    for seconds, name in _AGES:
        count = (now - then) // seconds
        if count > 0:
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now" if now - then > -60 else "in the future"
