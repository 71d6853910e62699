"""What `swarm check` can be asked: to judge a change, or to tell what is prescribed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swarm import review
from swarm.records import Answer

if TYPE_CHECKING:
    from swarm.records import Place

staged, spanned, files = review.staged, review.spanned, review.files


def prescribed(place: Place) -> Answer:
    """Every sentence that prescribes, with what enforces it, and how many are enforced."""
    from swarm import prescriptions  # a hook, which asks for the others, must not pay for it

    told = prescriptions.listed(place)
    enforced = sum(each.enforced for each in told.found)
    data = {
        "prescriptions": [each.as_json() for each in told.found],
        "enforced": enforced,
        "aspirational": len(told.found) - enforced,
    }
    unread = any(each.level == "error" for each in told.problems)
    return Answer(data, told.problems, exit_code=int(unread))
