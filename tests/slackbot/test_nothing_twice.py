"""What goes out is not lost, and not done twice, when Slack's answers are, or when much happens at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident, Kind
from jobs import storing
from people.models import Person
from people.services import Profile
from slackbot.api.client import RateLimited
from slackbot.directory import people
from slackbot.directory import workspace as slack
from slackbot.models import OutboxEntry
from slackbot.outbound import outbox, projector, sender
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process  # it steps through what a worker does


@pytest.mark.parametrize("fault", ["lost_answer", "server_error_after"])
def test_a_channel_has_one_bookmark_whatever_becomes_of_the_answer(
    workspace: Workspace, ada: Actor, fault: str
) -> None:
    workspace.sandbox.control("faults", rules=[{"method": "bookmarks.add", "fault": fault, "times": 1}])
    incident = services.declare_incident(title="Search is down", reporter=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(seconds=30)

    assert len(workspace.channel(incident).bookmarks) == 1
    assert not OutboxEntry.objects.filter(is_open=True).exists()


def test_what_was_declared_is_seen_before_anything_else_is_done_for_it(
    workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    ada.says("/incident Search is down")
    before = len(workspace.sandbox.get("calls")["calls"])
    ada.submits({"lead": grace})
    workspace.settle()

    made = workspace.sandbox.get("calls")["calls"][before:]
    assert (made[0]["method"], made[0]["args"]["channel"]) == ("chat.postMessage", "C0INCIDENTS")
    # Once when it has a channel; that it has a lead was to be seen from the first.
    assert "<@U0GRACE>" in str(made[0]["args"])
    assert "Create channel" not in str(made[0]["args"])  # it comes by itself
    assert [call["method"] for call in made].count("chat.update") == 1


def test_the_welcome_comes_before_what_is_said_later(workspace: Workspace, ada: Actor) -> None:
    rule = {"method": "chat.postMessage", "fault": "server_error", "times": 1, "skip": 1}
    workspace.sandbox.control("faults", rules=[rule])
    incident = services.declare_incident(title="Search is down", reporter=ada.person, at=timezone.now())
    services.assign_lead(incident, to=ada.person, by=ada.person, at=timezone.now())
    workspace.settle()
    services.resolve_incident(incident, by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(seconds=30)

    texts = [message.text for message in workspace.channel(incident).messages() if not message.raw.get("subtype")]
    assert "What to do next" in texts[0]
    assert any(text.startswith("Resolved") for text in texts[1:])


def test_a_deleted_headline_is_said_anew(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    workspace.expected_refusals.add("message_not_found")
    old = workspace.headline(incident)
    ada.does("message.delete", channel=workspace.channel("#incidents").id, ts=old.ts)
    services.write_summary(incident, text="The pool is full", by=ada.person, at=timezone.now())
    workspace.settle()

    assert "The pool is full" in workspace.headline(incident).text
    assert not incident.entries.filter(kind="trouble").exists()


def test_a_picture_wanted_again_while_slack_refuses_it_is_drawn(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    services.rename_incident(incident, to="Half of it is down", by=ada.person, at=timezone.now())
    workspace.sandbox.control("faults", rules=[{"method": "conversations.setTopic", "fault": "error:too_long"}])
    outbox.draw(incident, "topic", now=timezone.now())
    row = sender.claim_next(timezone.now())
    assert row is not None
    outbox.draw(incident, "topic", now=timezone.now())
    sender.send(row, now=timezone.now)
    workspace.sandbox.control("faults", clear=True)
    workspace.settle()

    assert "Half of it is down" in workspace.channel(incident).topic


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_what_another_clock_asked_slack_for_is_given_time_to_arrive(
    workspace: Workspace, incident: Incident, ada: Actor, jump: timedelta
) -> None:
    services.assign_lead(incident, to=ada.person, by=ada.person, at=timezone.now())
    projector.catch_up(now=timezone.now)
    told = OutboxEntry.objects.filter(kind__in=("post", "announcement", "assigned"), is_open=True)
    assert told.update(asked_at=timezone.now() + jump)
    workspace.settle()
    assert not workspace.channel(incident).shows("took the lead")

    workspace.after(seconds=12)
    assert sum("took the lead" in text for text in workspace.channel(incident).texts) == 1


def test_a_message_is_found_again_behind_many_others(workspace: Workspace, ada: Actor) -> None:
    incident = services.declare_incident(title="A", reporter=ada.person, at=timezone.now(), kind=Kind.REPORT)
    workspace.settle()
    workspace.sandbox.control("faults", rules=[{"method": "chat.postMessage", "fault": "lost_answer", "times": 1}])
    services.post_update(incident, text="Half of it works", by=ada.person, at=timezone.now())
    workspace.settle()
    thread = workspace.headline(incident).ts
    channel = workspace.channel("#incidents")
    for number in range(210):
        workspace.sandbox.act("message.send", ada.id, channel=channel.id, text=f"word {number}", thread_ts=thread)
    workspace.settle()
    workspace.after(seconds=15)

    assert sum("Half of it works" in text and "INC" not in text for text in channel.texts) == 1


def test_everybody_is_taken_over_page_by_page_though_slack_interrupts(workspace: Workspace) -> None:
    workspace.sandbox.control("faults", enforce_rates="off")
    for number in range(220):
        workspace.sandbox.control("people", name=f"person{number}")
    place = slack.present()
    assert place is not None
    workspace.sandbox.control("faults", rules=[{"method": "users.list", "fault": "ratelimited", "skip": 1, "times": 1}])
    before = len(workspace.calls("users.list"))
    census = slack.Census()
    with pytest.raises(RateLimited):
        census.take(place, now=timezone.now())
    with pytest.raises(RateLimited):
        census.take(place, now=timezone.now())  # asks nothing before the time that Slack named
    workspace.after(seconds=2)
    census.take(place, now=timezone.now())

    assert len(workspace.calls("users.list")) - before == 3  # the first page once


@pytest.mark.django_db
def test_keys_as_long_as_they_may_be_fit_and_stay_apart() -> None:
    keys = [f"whisper:{'x' * 255}:{number}" for number in range(2)]

    for key in keys:
        outbox.say(key=key, kind="reaction", now=timezone.now(), args={}, order_key=key)

    assert OutboxEntry.objects.count() == 2
    assert all(
        len(row.key) <= storing.KEY_MAX and len(row.order_key) <= storing.KEY_MAX for row in OutboxEntry.objects.all()
    )


@pytest.mark.django_db
def test_two_first_sights_of_somebody_at_once_leave_one_person() -> None:
    """The slower of two finds nobody, and then that somebody was faster."""
    profile: Profile = {"name": "Ada", "email": "", "time_zone": "UTC", "is_active": True, "is_bot": False}
    first = people.add_account("U0ADA", "ada", profile)

    assert people.add_account("U0ADA", "ada", profile) == first
    assert Person.objects.count() == 1
