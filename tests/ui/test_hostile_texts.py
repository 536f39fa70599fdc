"""Whatever people write, and whatever came from chat, is shown as text or as harmless Markdown."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents import markdown, services
from incidents.models import Severity
from people.models import Person
from people.services import add_person
from tests.hurry import tries
from tests.ui.conftest import NOON
from tests.ui.pages import Answer, tags

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'><iframe src=javascript:alert(1)>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](https://tracker.example/pixel.png)",
    "<javascript:alert(1)>",
    '[a](https://x.example/" onmouseover=alert(1) x=")',
    'https://x.example/"onmouseover=alert(1)',
    "<a href='https://x.example' style='position:fixed'>x</a>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "{{ 7|add:7 }}{% csrf_token %}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<style>body{display:none}</style>",
    "`<script>`\n\n```\n<script>alert(1)</script>\n```",
    "| a |\n|---|\n| <b onclick=alert(1)>x</b> |",
    "<!--",
    "\u202egnihtemos",
]
OURS = {"script", "link", "meta", "iframe", "object", "embed", "img", "style", "base"}


def dangers(answer: Answer) -> list[str]:
    """Return whatever on the page could run, load or disguise something."""
    found = []
    for tag, attributes in tags(answer):
        found += [f"{tag} {name}" for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action", "formaction"):
            address = (attributes.get(name) or "").strip().lower()
            if address.startswith(("javascript:", "data:", "vbscript:")):
                found.append(f"{tag} {name}={address}")
        if tag in OURS and not (attributes.get("src") or attributes.get("href") or "/static/").startswith("/static/"):
            found.append(tag)
    found += ["inline script" for tag, attributes in tags(answer, "script") if not attributes.get("src")]
    found += [tag for tag, _ in tags(answer) if tag in ("iframe", "img", "style", "object", "embed", "base")]
    return found


@pytest.mark.long
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_does_harm_anywhere(client: Client, db: None, attack: str) -> None:
    words = (attack + " x")[:190]
    someone = add_person(name=words, email="a@example.com", time_zone="UTC", is_active=True, is_bot=False)
    someone.login = User.objects.create_user("someone")
    someone.save()
    client.force_login(someone.login)
    Severity.objects.update(name=words[:50], emoji="<b>", when_to_choose=words)
    incident = services.declare_incident(
        title=words, summary=attack, impact=attack, reporter=someone, lead=someone, severity=Severity.objects.first(),
        at=NOON,
    )  # fmt: skip
    later = NOON + timedelta(minutes=1)
    services.add_note(incident, text=attack, by=someone, at=later)
    services.add_action(incident, text=attack, by=someone, at=later, owner=someone)
    services.attach_link(incident, kind="ticket", label=attack, url="https://x.example/", at=later)
    services.record_trouble(incident, with_=attack, text=attack, at=later)
    services.post_update(incident, text=attack, by=someone, at=later)
    services.add_pin(
        incident, source="1", text=attack, author=someone, said_at=NOON, by=someone, at=later,
        permalink="javascript:alert(1)", files=[{"name": attack, "url": "javascript:alert(1)"}, {"name": attack}],
    )  # fmt: skip

    addresses = ["/", "/login/", "/incidents/1/", "/incidents/1/?timeline=all", "/incidents/1/live/"]
    addresses += ["/incidents/1/edit/", "/incidents/1/edit/summary/", "/incidents/1/edit/lead/", "/incidents/new/"]
    for address in addresses:
        assert dangers(client.get(address)) == [], address
    assert dangers(client.get("/", {"q": attack})) == []
    assert dangers(client.get("/", {"state": attack, "page": attack})) == []
    refused = client.post(
        "/incidents/1/edit/", {"title": "", "summary": attack, "seen": json.dumps({}), "kind": "live"}
    )
    assert dangers(refused) == []


def test_what_we_search_for_dangers_would_be_found() -> None:
    bad = HttpResponse("<p onclick=x><a href=' JavaScript:x'><script>x</script><img src=/static/x>")

    assert len(dangers(bad)) == 4


@pytest.mark.django_db
@settings(max_examples=tries(20), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=300) | st.text(alphabet="<>[]()!*_`~#-|\"'&:;/\\ \nahrefjvscipt", max_size=300))
def test_any_markdown_draws_to_harmless_html(text: str) -> None:
    assert dangers(HttpResponse(markdown.draw(text))) == []
    assert dangers(HttpResponse(markdown.draw_line(text))) == []


def test_people_keep_their_own_words_in_forms(client: Client, ada: Person, browser: Client) -> None:
    words = '</textarea>"<&amp;>'
    services.declare_incident(title="x", summary=words, reporter=ada, at=NOON)

    page = browser.get("/incidents/1/edit/summary/")

    assert page.context["form"]["summary"].value() == words
    assert "&lt;/textarea&gt;" in page.content.decode()
