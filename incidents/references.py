"""References to incidents in texts, such as "INC-1"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from incidents import access
from incidents.models import Incident
from people.models import Person

HIDDEN: Final = "Only people who can see the incident can read the details."
REFERENCE: Final = re.compile(r"\bINC-(\d{1,9})\b")


def without_hidden(texts: Iterable[str], *, viewer: Person | None) -> list[str]:
    """Return the texts, replacing each that names an incident `viewer` may not see with a neutral one.

    Without a viewer (on the command line, in logs, in texts for every operator), private incidents are hidden.
    """
    listed = list(texts)
    numbers = {int(number) for text in listed for number in REFERENCE.findall(text)}
    hidden = {each.number for each in Incident.objects.filter(number__in=numbers) if is_hidden(each, viewer=viewer)}
    return [
        "Something about a private incident" if hidden & {int(each) for each in REFERENCE.findall(text)} else text
        for text in listed
    ]


def is_hidden(incident: Incident, *, viewer: Person | None) -> bool:
    """Return whether `viewer`, or without one some operator, may not see the incident."""
    return incident.private if viewer is None else not access.may(viewer, access.SEE, incident)
