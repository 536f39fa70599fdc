from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import get_args

from django.db.models import QuerySet, Value
from django.db.models.functions import Replace
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from incidents import corrections, services
from incidents.entries import Icon
from incidents.models import EntryKind, Incident, Kind, Role, Severity, Status, TimelineEntry
from people.models import Person
from people.services import add_person
from tests.columns import holding
from tests.ui.conftest import NOON
from tests.ui.pages import tags, text

LATER = NOON + timedelta(minutes=10)


def pin(
    incident: Incident, author: Person, *, source: str = "C1/1", words: str = "Pods restart", **more: object
) -> None:
    values = {"source": source, "text": words, "author": author, "said_at": NOON, "by": author, "at": LATER} | more
    services.add_pin(incident, **values)  # type: ignore[arg-type]


def test_document_says_everything_about_the_incident(browser: Client, ada: Person, grace: Person) -> None:
    incident = services.declare_incident(
        title="Checkout returns 500s",
        summary="The **release** broke it.",
        impact="One in three fails.",
        reporter=ada,
        lead=grace,
        severity=Severity.objects.get(key="major"),
        kind=Kind.DRILL,
        at=NOON,
        started_at=NOON - timedelta(hours=1),
    )
    services.change_status(incident, to=Status.MONITORING, by=ada, at=LATER)
    services.resolve_incident(incident, by=ada, at=NOON + timedelta(minutes=30))

    said = text(browser.get("/incidents/1/"))

    for words in ("INC-1", "Checkout returns 500s", "Resolved", "🟠 Major", "Drill", "Grace Hopper", "Ada Lovelace"):
        assert words in said, words
    for words in ("The release broke it.", "One in three fails.", "1 h 30 min"):
        assert words in said, words
    for moment in ("11:00", "12:00", "12:10", "12:30"):
        assert f"20 Nov 2026, {moment}" in said, moment


def test_what_a_newer_version_wrote_is_shown(browser: Client, incident: Incident) -> None:
    newest = incident.entries.count() + 1
    TimelineEntry.objects.create(
        incident=incident, seq=newest, kind="prophecy", text="It ends at noon", happened_at=NOON, recorded_at=NOON
    )

    assert "It ends at noon" in text(browser.get("/incidents/1/"))


def test_markdown_is_drawn(browser: Client, ada: Person, incident: Incident) -> None:
    services.write_summary(incident, text="**Bold**\n\n- one\n- two\n\nsee https://a.example/_x_", by=ada, at=LATER)

    html = browser.get("/incidents/1/").content.decode()

    assert "<strong>Bold</strong>" in html
    assert "<li>one</li>" in html
    assert '<a href="https://a.example/_x_" rel="noopener nofollow ugc">https://a.example/_x_</a>' in html


def test_markdown_is_drawn_when_it_is_written(browser: Client, ada: Person, incident: Incident) -> None:
    services.write_summary(incident, text="**Slow** queries", by=ada, at=NOON)
    services.add_note(incident, text="**Slow** disk", by=ada, at=NOON)
    # Nobody writes this: it shows where the page takes the HTML from.
    QuerySet(Incident).update(summary_html=Replace("summary_html", Value("Slow"), Value("Kept")))
    QuerySet(TimelineEntry).update(html=Replace("html", Value("Slow"), Value("Kept")))

    page = browser.get("/incidents/1/").content.decode()

    assert "<strong>Kept</strong> queries" in page
    assert "<strong>Kept</strong> disk" in page


def test_page_of_a_text_that_the_version_before_redacted_forgets_its_html(
    browser: Client, ada: Person, incident: Incident
) -> None:
    services.add_note(incident, text="It is hunter2", by=ada, at=NOON)
    QuerySet(TimelineEntry).filter(seq=2).update(text="Redacted", data={"redacted": {}})

    page = browser.get("/incidents/1/")

    assert "hunter2" not in page.content.decode()
    assert holding("hunter2")[0] == []


def test_timeline_tells_in_the_order_in_which_things_happened(browser: Client, ada: Person, incident: Incident) -> None:
    services.add_note(incident, text="second", by=ada, at=LATER)
    services.add_note(incident, text="first", by=ada, at=LATER, happened_at=NOON + timedelta(minutes=1))

    said = text(browser.get("/incidents/1/"))

    assert said.index("first") < said.index("second")
    assert "recorded 20 Nov 2026, 12:10" in said


def test_timeline_is_divided_into_the_viewers_days(
    browser_of: Callable[[Person], Client], ada: Person, grace: Person, incident: Incident
) -> None:
    services.add_note(incident, text="late", by=ada, at=datetime(2026, 11, 21, 2, 0, tzinfo=UTC))

    in_london = text(browser_of(ada).get("/incidents/1/"))
    in_new_york = text(browser_of(grace).get("/incidents/1/"))

    assert "Saturday 21 November 2026" in in_london
    assert "Saturday 21 November 2026" not in in_new_york
    assert "21:00" in in_new_york


def test_times_are_the_viewers_and_exact_ones_are_at_hand(
    browser_of: Callable[[Person], Client], grace: Person, incident: Incident
) -> None:
    answer = browser_of(grace).get("/incidents/1/")

    assert "America/New York (EST)" in text(answer)
    assert (
        "time",
        {"datetime": "2026-11-20T12:00:00Z", "title": "Friday 20 November 2026, 07:00:00 EST"},
    ) in tags(answer, "time")


def test_a_moment_in_a_sentence_of_the_timeline_is_the_viewers_too(
    browser_of: Callable[[Person], Client], ada: Person, grace: Person, incident: Incident
) -> None:
    services.correct_start(incident, to=NOON - timedelta(minutes=5), by=ada, at=LATER)

    answer = browser_of(grace).get("/incidents/1/")

    assert "Began at 20 Nov 2026, 06:55" in text(answer)
    assert "UTC" not in text(answer)


def test_unknown_time_zone_is_read_as_utc(browser_of: Callable[[Person], Client], incident: Incident) -> None:
    odd = add_person(name="Odd", email="", time_zone="Mars/Olympus", is_active=True, is_bot=False)

    assert "UTC" in text(browser_of(odd).get("/incidents/1/"))


def test_pinned_message_is_quoted_with_who_said_it_and_where(
    browser: Client, ada: Person, grace: Person, incident: Incident
) -> None:
    files = [{"name": "memory.png", "url": "https://files.example/1"}]
    pin(incident, ada, by=grace, permalink="https://chat.example/p1", files=files)

    answer = browser.get("/incidents/1/")

    assert "Ada Lovelace said · pinned by Grace Hopper, 12:10 · open message Pods restart memory.png" in text(answer)
    links = [each["href"] for _, each in tags(answer, "a")]
    assert "https://chat.example/p1" in links
    assert "https://files.example/1" in links


def test_unpinned_message_stays_in_everything_recorded(browser: Client, ada: Person, incident: Incident) -> None:
    pin(incident, ada)
    services.remove_pin(incident, source="C1/1", by=ada, at=LATER)

    assert "Pods restart" not in text(browser.get("/incidents/1/"))
    everything = text(browser.get("/incidents/1/?timeline=all"))
    assert "Pods restart" in everything
    assert "Removed from the page" in everything
    assert "Unpinned a message" in everything


def test_everything_recorded_is_in_the_order_of_recording(browser: Client, ada: Person, incident: Incident) -> None:
    services.add_note(incident, text="written first", by=ada, at=LATER)
    services.add_note(incident, text="happened first", by=ada, at=LATER, happened_at=NOON)

    said = text(browser.get("/incidents/1/?timeline=all"))

    assert said.index("written first") < said.index("happened first")
    assert "happened 20 Nov 2026, 12:00" in said
    assert "#3" in said


def test_message_pinned_anew_is_told_once(browser: Client, ada: Person, incident: Incident) -> None:
    pin(incident, ada)
    services.remove_pin(incident, source="C1/1", by=ada, at=LATER)
    pin(incident, ada)

    assert text(browser.get("/incidents/1/")).count("Pods restart") == 1


def test_participants_are_listed_with_their_messages(browser: Client, grace: Person, incident: Incident) -> None:
    services.record_participation(incident, person=grace, at=LATER, messages=1)
    services.record_participation(incident, person=grace, at=LATER, messages=2)

    assert "Grace Hopper 3 messages" in text(browser.get("/incidents/1/"))


def test_links_lead_to_slack_and_the_channel_button_goes(browser: Client, incident: Incident) -> None:
    assert "Create a channel" in text(browser.get("/incidents/1/"))

    services.attach_link(incident, kind="channel", label="#inc-1", url="https://chat.example/C1", at=LATER)

    answer = browser.get("/incidents/1/")
    assert "https://chat.example/C1" in [each["href"] for _, each in tags(answer, "a")]
    assert "Create a channel" not in text(answer)


def test_refused_channel_is_told_at_the_top_until_it_is_asked_for_again(
    browser: Client, ada: Person, incident: Incident
) -> None:
    services.request_channel(incident, by=ada, at=NOON)
    assert "Response is creating a channel." in text(browser.get("/incidents/1/"))

    services.record_trouble(incident, with_="channel", text="Slack refused the channel: `x`", at=LATER)
    refused = text(browser.get("/incidents/1/"))
    assert refused.count("Slack refused the channel: x") == 2
    assert "Create a channel" in refused

    services.request_channel(incident, by=ada, at=LATER)
    again = text(browser.get("/incidents/1/"))
    assert again.count("Slack refused the channel: x") == 1
    assert "Response is creating a channel." in again


def test_other_trouble_stands_at_the_top_while_it_is_new(browser: Client, incident: Incident) -> None:
    now = timezone.now()
    services.record_trouble(incident, with_="topic", text="Topic, an hour ago", at=now - timedelta(hours=1))
    services.record_trouble(incident, with_="bookmark", text="Bookmark, before", at=now - timedelta(minutes=9))
    services.record_trouble(incident, with_="bookmark", text="Bookmark, newest", at=now)

    for address in ("/incidents/1/", "/incidents/1/?timeline=all"):
        said = text(browser.get(address))
        counts = [said.count(words) for words in ("Topic, an hour ago", "Bookmark, before", "Bookmark, newest")]
        assert counts == [1, 1, 2]


def test_newest_update_stands_above_the_summary(
    browser: Client, ada: Person, grace: Person, incident: Incident
) -> None:
    section = next(each for _, each in tags(browser.get("/incidents/1/"), "section") if each.get("id") == "update")
    assert "hidden" in section

    services.post_update(incident, text="We look.", by=ada, at=LATER)
    services.post_update(incident, text="We **found** it.", by=grace, at=LATER)

    answer = browser.get("/incidents/1/")
    section = next(each for _, each in tags(answer, "section") if each.get("id") == "update")
    assert "hidden" not in section
    above = text(answer).split("Summary")[0]
    assert "Latest update Grace Hopper" in above
    assert "We found it." in above
    assert "We look." not in above
    assert "Update by Ada Lovelace We look." in text(answer)


def test_sentence_that_begins_with_a_name_does_not_end_with_it(
    browser: Client, ada: Person, grace: Person, incident: Incident
) -> None:
    scribe = Role.objects.create(key="scribe", name="Scribe")
    services.assign_lead(incident, to=ada, by=ada, at=LATER)
    services.assign_lead(incident, to=grace, by=ada, at=LATER)
    services.remove_lead(incident, by=grace, at=LATER)
    services.assign_role(incident, role=scribe, to=ada, by=ada, at=LATER)
    services.assign_role(incident, role=scribe, to=grace, by=ada, at=LATER)
    services.remove_role(incident, role=scribe, by=ada, at=LATER)
    newcomer = add_person(name="Radia", email="", time_zone="UTC", is_active=True, is_bot=False)
    services.record_participation(incident, person=newcomer, at=LATER)

    said = text(browser.get("/incidents/1/"))

    for alone in (
        "Ada Lovelace took the lead",
        "Grace Hopper no longer leads",
        "Ada Lovelace is scribe",
        "Radia joined",
    ):
        assert alone in said, alone
        assert f"{alone} by" not in said, alone
    for with_actor in ("Grace Hopper leads, after Ada Lovelace", "Grace Hopper is scribe", "Nobody is scribe any more"):
        assert f"{with_actor} by Ada Lovelace" in said, with_actor


def test_name_within_a_longer_name_is_somebody_else(browser: Client, ada: Person, incident: Incident) -> None:
    short = add_person(name="Ada", email="", time_zone="UTC", is_active=True, is_bot=False)
    services.assign_lead(incident, to=ada, by=short, at=LATER)

    assert "Ada Lovelace leads by Ada" in text(browser.get("/incidents/1/"))


def test_how_the_links_came_is_not_told_twice(browser: Client, incident: Incident) -> None:
    for kind, label in (("headline", "Headline in Slack"), ("channel", "#inc-1-checkout"), ("ticket", "OPS-1")):
        services.attach_link(incident, kind=kind, label=label, url=f"https://chat.example/{kind}", at=LATER)

    said = text(browser.get("/incidents/1/"))

    assert "Headline in Slack #inc-1-checkout OPS-1 ticket" in said
    assert said.count("Headline in Slack") == 1


def test_the_page_has_every_icon_that_a_kind_of_entry_may_choose(browser: Client, incident: Incident) -> None:
    drawn = {str(each["id"]) for _, each in tags(browser.get("/incidents/1/"), "symbol")}

    assert {f"icon-{name}" for name in get_args(Icon)} == drawn


def test_edited_pin_is_told_once_and_recorded_with_both_texts(browser: Client, ada: Person, incident: Incident) -> None:
    pin(incident, ada, words="It is **DNS**")
    services.change_pin(incident, source="C1/1", text="It is **not** DNS", by=ada, at=LATER)

    told = text(browser.get("/incidents/1/"))
    assert told.count("DNS") == 1
    assert "It is not DNS" in told
    everything = text(browser.get("/incidents/1/?timeline=all"))
    assert "It is DNS" in everything
    assert "Pinned message edited by Ada Lovelace It is not DNS" in everything


def test_private_incident_shows_a_lock(browser: Client, ada: Person, incident: Incident) -> None:
    lock = ("use", {"href": "#icon-lock"})
    assert lock not in tags(browser.get("/incidents/1/"))

    services.make_private(incident, by=ada, at=LATER)

    answer = browser.get("/incidents/1/")
    assert lock in tags(answer)
    assert "Visible to Participants only Make public" in text(answer)
    assert "Who can see it AL Ada Lovelace Reporter" in text(answer)
    assert "Made private by Ada Lovelace" in text(answer)
    assert lock in tags(browser.get("/"))


def test_titles_are_told_as_they_were_written(browser: Client, ada: Person, incident: Incident) -> None:
    services.rename_incident(incident, to="*stars* _lines_ `ticks` [x](y)", by=ada, at=LATER)

    assert "Renamed to “*stars* _lines_ `ticks` [x](y)”" in text(browser.get("/incidents/1/"))


def test_open_incident_ticks_and_a_resolved_one_stands(browser: Client, ada: Person, incident: Incident) -> None:
    ticking = [each for _, each in tags(browser.get("/incidents/1/")) if "data-since" in each]
    assert {each["data-since"] for each in ticking} == {"2026-11-20T12:00:00Z"}

    services.resolve_incident(incident, by=ada, at=LATER)

    assert not [each for _, each in tags(browser.get("/incidents/1/")) if "data-since" in each]


def test_canceled_incident_offers_reopening_and_no_other_way_on(
    browser: Client, ada: Person, incident: Incident
) -> None:
    services.cancel_incident(incident, by=ada, at=LATER)

    answer = browser.get("/incidents/1/")

    assert "Canceled" in text(answer)
    assert "Reopen" in text(answer)
    for word in ("Resolve", "Merge", "Take the lead", "Create a channel"):
        assert word not in text(answer)
    assert browser.get("/incidents/1/edit/").status_code == 200


def test_unknown_incident_is_a_page_of_ours(browser: Client) -> None:
    for number in (4711, 10**30):
        answer = browser.get(f"/incidents/{number}/")

        assert answer.status_code == 404
        assert f"There is no incident INC-{number}." in text(answer)


def test_document_asks_as_often_for_a_long_incident_as_for_a_short_one(
    browser: Client,
    ada: Person,
    grace: Person,
    incident: Incident,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(20):
        services.add_note(incident, text=f"note {number}", by=grace, at=LATER)
        services.add_action(incident, text=f"action {number}", by=ada, owner=grace, at=LATER)
        pin(incident, grace, source=f"C1/{number}")

    with django_assert_max_num_queries(24):
        browser.get("/incidents/1/")


def test_a_withdrawn_note_can_be_redacted_and_no_longer_corrected(
    browser: Client, incident: Incident, ada: Person
) -> None:
    services.add_note(incident, text="The password is Zanzibar-7", by=ada, at=NOON)
    note = incident.entries.get(kind=EntryKind.NOTE_ADDED)
    corrections.withdraw_note(incident, note=note, by=ada, at=NOON)
    for view in ("", "?timeline=all"):
        page = browser.get(f"/incidents/{incident.number}/{view}").content.decode()
        assert f"/timeline/{note.seq}/redact/" in page, view
        assert f"/timeline/{note.seq}/correct/" not in page, view
