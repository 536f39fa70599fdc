"""Who may do what: the one check behind every interface.

A viewer is a `Person`, None (somebody who isn't signed in) or a `System` (Response itself). `may` and `check` ask the
act, which carries its rule. Each domain declares its own acts as below; those here are about nothing in particular.

- Response itself may do anything that it is programmed to do: see `people.actors`.
- Somebody who isn't signed in, or whose account is deactivated, may not do anything.
- A guest (a restricted account, somebody from another workspace, or an account that Slack has not described to us yet)
  may do only what is about them.
- Administrators may operate: their account on the web is staff or a superuser. With the sandbox, every member may.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, overload

from django.conf import settings

from people.actors import System, Viewer
from people.errors import NotAllowed, Refusal
from people.models import Person

About = TypeVar("About")


def not_allowed(person: Viewer, about: object = None) -> Refusal:
    """Return the refusal of whatever is not explained better."""
    if isinstance(person, Person) and person.is_active and person.is_guest:
        return NotAllowed("Guests can't do that. Ask a full member of this workspace.")
    return NotAllowed("You don't have permission to do that. Ask your Response administrator.")


@dataclass(frozen=True, eq=False)
class Act(Generic[About]):
    """Something that not everybody may do. `About` is what it is done to, such as an incident, or None.

    `allows` decides about an active person. `refusal` puts into words that somebody may not.
    """

    name: str
    allows: Callable[[Person, About], bool]
    refusal: Callable[[Viewer, About], Refusal] = not_allowed


@overload
def may(person: Viewer, act: Act[None]) -> bool: ...
@overload
def may(person: Viewer, act: Act[About], about: About) -> bool: ...
def may(person: Viewer, act: Act[Any], about: Any = None) -> bool:
    """Return whether `person` may do this, to `about` where the act is about something."""
    if isinstance(person, System):
        return True
    return person is not None and person.is_active and act.allows(person, about)


@overload
def check(person: Viewer, act: Act[None]) -> None: ...
@overload
def check(person: Viewer, act: Act[About], about: About) -> None: ...
def check(person: Viewer, act: Act[Any], about: Any = None) -> None:
    """Raise the act's refusal if `person` may not do this."""
    if not may(person, act, about):
        raise act.refusal(person, about)


def is_full_member(person: Person, about: None = None) -> bool:
    """Return whether `person` belongs to the workspace, other than as a guest."""
    return not person.is_guest


def is_administrator(person: Person) -> bool:
    """Return whether `person` may change what others wrote: their account on the web is staff or a superuser."""
    login = person.login
    return person.is_active and login is not None and login.is_active and (login.is_staff or login.is_superuser)


def may_read_address(viewer: Person, person_id: int) -> bool:
    """Return whether `viewer` may read the e-mail address of the person with this number."""
    return not viewer.is_guest or viewer.pk == person_id


def _may_operate(person: Person, about: None) -> bool:
    return is_administrator(person) or (settings.SANDBOX and not person.is_guest)


# Use what isn't about one incident: the list, help, the Home tab.
USE: Final = Act("use", is_full_member)
# Switches, failed jobs.
OPERATE: Final = Act("operate", _may_operate)
