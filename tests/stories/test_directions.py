"""A control character in a text turns neither a page nor a message around; what one edits keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from django.test import Client

from incidents.models import Incident
from people.models import Person
from slackbot.testing import Actor, Workspace

TURNING: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.fixture
def turned(incident: Incident, ada: Actor) -> Incident:
    ada.says("@incident title Mail of \u202egpj.exe\u2067 is down", in_=incident)
    ada.says("@incident summary It says \u202esdrawkcab", in_=incident)
    ada.says("@incident field", in_=incident)
    return Incident.objects.get()


def test_no_page_is_turned(turned: Incident, ada: Actor, browser_of: Callable[[Person], Client]) -> None:
    browser = browser_of(ada.person)
    pages = ["/", f"/incidents/{turned.number}/", f"/incidents/{turned.number}/?timeline=all"]
    for address in pages:
        page = browser.get(address).content.decode()
        assert "gpj.exe" in page
        assert not set(TURNING) & set(page), address
    form = browser.get(f"/incidents/{turned.number}/edit/").content.decode()
    assert "\u202egpj.exe\u2067" in form
    assert "\u202esdrawkcab" in form


@pytest.mark.parametrize(
    "words", ['a value="{}gpj.exe"', 'a <input value="{}gpj.exe">', '`<option value="{}gpj.exe">`']
)
def test_words_that_look_like_a_field_turn_no_page(
    incident: Incident, ada: Actor, browser_of: Callable[[Person], Client], words: str
) -> None:
    text = words.format("\u202e")
    browser = browser_of(ada.person)
    browser.post(f"/incidents/{incident.number}/notes/", {"note": text})

    for address in (f"/incidents/{incident.number}/", f"/incidents/{incident.number}/?timeline=all"):
        page = browser.get(address).content.decode()
        assert "gpj.exe" in page
        assert not set(TURNING) & set(page), address


def test_no_message_is_turned(turned: Incident, ada: Actor, workspace: Workspace) -> None:
    ada.says("/incident list", in_="#incidents")
    said = [
        *workspace.channel("#incidents").texts,
        *workspace.channel(turned).texts,
        workspace.channel(turned).topic,
        ada.told(in_="#incidents"),
    ]
    ours = [text for text in said if "@incident" not in text and "<@U0RESPONSE>" not in text]

    assert "gpj.exe" in "".join(ours)
    assert not set(TURNING) & set("".join(ours))


def test_the_api_gives_what_was_written(turned: Incident) -> None:
    assert turned.title == "Mail of \u202egpj.exe\u2067 is down"
