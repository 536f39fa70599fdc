"""Who may do what that is about nothing in particular, and how another domain adds what is."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from people.access import OPERATE, USE, Act, check, may
from people.actors import System, Viewer
from people.errors import NotAllowed, NotFound
from people.models import Person

ADA = Person(name="Ada")
GUEST = Person(name="Guest", is_guest=True)
GONE = Person(name="Gone", is_active=False)
ADMIN = Person(name="Admin", login=User(username="admin", is_staff=True))
RESPONSE = System("a test")
EVERYBODY = {"ada": ADA, "guest": GUEST, "gone": GONE, "administrator": ADMIN, "nobody": None, "Response": RESPONSE}


@pytest.mark.parametrize(
    ("act", "sandbox", "allowed"),
    [
        (USE, False, {"ada", "administrator", "Response"}),
        (USE, True, {"ada", "administrator", "Response"}),
        (OPERATE, False, {"administrator", "Response"}),
        (OPERATE, True, {"ada", "administrator", "Response"}),
    ],
    ids=lambda value: value.name if isinstance(value, Act) else None,
)
def test_who_may_do_what_needs_no_incident(
    act: Act[None], allowed: set[str], settings: Settings, *, sandbox: bool
) -> None:
    settings.SANDBOX = sandbox

    assert {name for name, viewer in EVERYBODY.items() if may(viewer, act)} == allowed


@pytest.mark.parametrize(
    ("viewer", "sentence"),
    [
        (GUEST, "Guests can't do that. Ask a full member of this workspace."),
        (GONE, "You don't have permission to do that. Ask your Response administrator."),
        (None, "You don't have permission to do that. Ask your Response administrator."),
    ],
)
def test_a_refusal_names_whom_to_ask(viewer: Viewer, sentence: str) -> None:
    with pytest.raises(NotAllowed) as refusal:
        check(viewer, USE)

    assert refusal.value.message == sentence


@dataclass(frozen=True)
class Page:
    """Something of another domain."""

    whom: Person


ANSWER = Act[Page](
    "answer a page",
    lambda person, page: person is page.whom,
    lambda viewer, page: NotFound(f"You weren't paged. Ask {page.whom}."),
)


def test_another_domain_adds_an_act_with_its_rule_and_its_refusal() -> None:
    page = Page(whom=GUEST)

    assert {name for name, viewer in EVERYBODY.items() if may(viewer, ANSWER, page)} == {"guest", "Response"}
    check(GUEST, ANSWER, page)
    with pytest.raises(NotFound, match=r"^You weren't paged\. Ask Guest\.$"):
        check(ADA, ANSWER, page)


def test_an_act_is_not_asked_about_somebody_who_is_deactivated() -> None:
    assert not may(GONE, ANSWER, Page(whom=GONE))
