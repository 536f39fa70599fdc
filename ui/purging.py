"""Remove a redacted text from what the web interface and the API store: answers for repeated calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Q

from incidents import traces
from incidents.erasure import Erased
from incidents.redaction import Removed
from incidents.traces import Columns
from ui.models import AnsweredCall, ApiToken

# The columns with people's words.
WORDS: Final[Columns] = {ApiToken: ("name",), AnsweredCall: ("answer",)}


def forget(erased: Erased) -> None:
    """End the person's tokens, and remove their name from stored answers."""
    tokens = ApiToken.objects.filter(person=erased.person)
    tokens.filter(revoked_at=None).update(revoked_at=erased.at)
    tokens.update(name="")
    words = [word for word in (erased.name, erased.email) if word]
    traces.sweep(WORDS, words=words, change=erased.without)


def purge(removed: Removed) -> Iterable[str]:
    """Remove the text from answers about the incident; from others only where a string consists of it."""
    whole = removed.traces.with_short_ones()
    # The call that declared the incident was kept before there was one.
    about_it = Q(answer__number=removed.incident.number)
    calls = AnsweredCall.objects.filter(about_it | Q(created_at__gte=removed.incident.reported_at))
    for row in traces.candidates(calls, WORDS[AnsweredCall], words=removed.traces.words):
        is_ours = _number(row.answer) == removed.incident.number
        traces.overwrite(row, WORDS[AnsweredCall], removed.traces.without if is_ours else whole.without_whole)
    return ()


def _number(answer: Any) -> Any:
    """Return the number of the incident that an answer is about; None if the answer doesn't have one."""
    return answer.get("number") if isinstance(answer, dict) else None
