"""Whatever people paste can be kept, shown and drawn as Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from incidents import services
from incidents.models import Action, Incident, Pin
from incidents.texts import in_markdown
from people.errors import InvalidValue
from people.models import Person
from people.services import add_person, update_person
from people.texts import one_line
from tests.hurry import PROFILE
from tests.incidents.world import THREE_AM, after, declared, newest, stored

# NUL, which PostgreSQL refuses; half of an emoji, which no encoding knows; what a terminal obeys.
NASTY = "Pay\x00ments \ud83d are \x1b[31mdown\x7f"
TAME = "Payments  are [31mdown"


def test_what_no_database_keeps_is_left_out_of_every_text(ada: Person) -> None:
    incident = declared(ada, title=NASTY, summary=NASTY, impact=NASTY)
    services.rename_incident(incident, to=f"{NASTY} again", by=ada, at=after(1))
    services.write_summary(incident, text=f"{NASTY} again", by=ada, at=after(1))
    services.add_note(incident, text=NASTY, by=ada, at=after(1))
    services.add_action(incident, text=NASTY, by=ada, at=after(1))
    services.attach_link(incident, kind="ticket", label=NASTY, url="https://tracker.example.com/1", at=after(1))
    services.add_pin(
        incident,
        source="C1:1",
        text=NASTY,
        author=ada,
        said_at=after(1),
        by=ada,
        at=after(1),
        files=[{"name": NASTY, "url": "https://files.example.com/1"}],
    )

    now = stored(incident)
    assert now.title == "Payments are [31mdown again"
    assert now.summary == f"{TAME} again"
    assert now.impact == Action.objects.get().text == TAME
    assert now.links.get().label == "Payments are [31mdown"
    assert Pin.objects.get().text == TAME
    assert Pin.objects.get().files == [{"name": TAME, "url": "https://files.example.com/1"}]


@pytest.mark.django_db
def test_what_no_database_keeps_is_left_out_of_a_name() -> None:
    ada = add_person(name="Ada\x00 \ud83dLovelace ", email="", time_zone="UTC", is_active=True, is_bot=False)

    assert Person.objects.get().name == ada.name == "Ada Lovelace"

    update_person(
        ada, at=THREE_AM, name=f"Ada\x00\n{'x' * 300}", email="", time_zone="UTC", is_active=True, is_bot=False
    )

    assert Person.objects.get().name == f"Ada {'x' * 196}"


def test_letters_of_all_scripts_and_joined_emoji_stay_as_they_are(ada: Person) -> None:
    title = "Ödeme 決済 الدفع 👩‍👩‍👧 é 🏳️‍🌈"

    assert stored(declared(ada, title=title, summary=title)).title == title


@pytest.mark.parametrize("title", ["", "\u200b", "\u2060 \ufeff", "\x00\x1b", "\u202e"])
def test_a_title_that_nobody_can_see_is_refused(ada: Person, title: str) -> None:
    with pytest.raises(InvalidValue, match=r"^Give the incident a title\.$"):
        declared(ada, title=title)


@PROFILE
@given(st.text(st.sampled_from(r"ab_*`[]()<>&;#~\!|:/.= ")))
def test_plain_words_say_the_same_when_a_sentence_is_drawn_as_markdown(words: str) -> None:
    words = one_line(words)

    (paragraph,) = MarkdownIt("commonmark").enable("strikethrough").parseInline(f"Renamed to “{in_markdown(words)}”")

    assert {token.type for token in paragraph.children or []} <= {"text", "text_special"}
    assert "".join(token.content for token in paragraph.children or []) == f"Renamed to “{words}”"


@pytest.mark.parametrize("words", ["payment_service [EU] < 5 ms & rising (80%)!", "R&D", "#general", "a * b"])
def test_ordinary_words_are_not_littered_with_backslashes(words: str) -> None:
    assert in_markdown(words).replace(r"\*", "*") == words


def test_a_title_cannot_bring_a_link_into_the_timeline(incident: Incident, ada: Person) -> None:
    services.rename_incident(incident, to="[Sign in](https://evil.example) <b>now</b>", by=ada, at=after(1))

    assert newest(incident).text == r"Renamed to “[Sign in\](https://evil.example) \<b>now\</b>”"
    assert newest(incident).data["title"] == "[Sign in](https://evil.example) <b>now</b>"


def test_a_name_cannot_bring_markup_into_the_timeline(incident: Incident, ada: Person) -> None:
    star = add_person(name="*Star*", email="", time_zone="UTC", is_active=True, is_bot=False)

    services.assign_lead(incident, to=star, by=ada, at=after(1))
    assert newest(incident).text == r"\*Star\* leads"
    services.assign_lead(incident, to=ada, by=ada, at=after(2))
    assert newest(incident).text == r"Ada Lovelace took the lead, after \*Star\*"
    services.record_participation(incident, person=star, at=after(3))
    services.assign_lead(incident, to=star, by=ada, at=after(4))
    services.remove_lead(incident, by=ada, at=after(5))
    assert newest(incident).text == r"\*Star\* no longer leads"


def test_a_link_keeps_its_end_whatever_its_label_says(incident: Incident) -> None:
    services.attach_link(incident, kind="ticket", label="PAY-1 [urgent", url="https://a.example/x_(y)", at=after(1))

    assert newest(incident).text == r"Ticket: [PAY-1 \[urgent](https://a.example/x_%28y%29)"
    assert incident.links.get().url == "https://a.example/x_(y)"
