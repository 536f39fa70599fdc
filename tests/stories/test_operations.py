"""Those who run Response see what is waiting, fails or failed permanently, and why; and can do something about it."""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from incidents import services
from incidents.models import Incident
from jobs.models import Heartbeat, OperatorEntry
from slackbot.inbound.job_kinds.kind import InboxKind, kinds_that
from slackbot.models import CommsChannel, Gate, Headline, InboxEntry, OutboxEntry, Reminder
from slackbot.operators import auditor
from slackbot.testing import Actor, OtherSystem, Workspace

pytestmark = pytest.mark.in_this_process


@pytest.fixture
def operator(workspace: Workspace, ada: Actor) -> Client:
    person, login = ada.person, User.objects.create_user("ada", is_staff=True)
    person.login = login
    person.save()
    client = Client(headers={"host": "localhost"})
    client.force_login(login)
    return client


def _refuse(workspace: Workspace, method: str, *, code: str = "restricted_action") -> None:
    rule = {"method": method, "fault": f"error:{code}", "times": 1}
    workspace.sandbox.control("faults", rules=[rule])


def _page(operator: Client) -> str:
    return operator.get("/operators/").content.decode()


def _calls(workspace: Workspace) -> list[str]:
    return [call["method"] for call in workspace.sandbox.get("calls", limit=5000)["calls"]]


def _doctor() -> str:
    said = io.StringIO()
    try:
        call_command("doctor", stdout=said)
    except SystemExit as end:
        said.write(f"exit {end.code}")
    return said.getvalue()


def _given_up_topic(workspace: Workspace, incident: Incident, ada: Actor) -> OutboxEntry:
    _refuse(workspace, "conversations.setTopic", code="too_long")
    services.rename_incident(incident, to="Cards are refused", by=ada.person, at=timezone.now())
    workspace.settle()
    return OutboxEntry.objects.get(kind="topic", given_up_at__isnull=False)


def test_what_slack_refused_is_shown_and_tried_again(
    workspace: Workspace, incident: Incident, ada: Actor, operator: Client
) -> None:
    row = _given_up_topic(workspace, incident, ada)
    assert "topic of INC-1" in _page(operator)
    assert "too_long" in _page(operator)

    operator.post(f"/operators/rows/out/{row.pk}/retry/")
    workspace.settle()
    assert "Cards are refused" in workspace.channel(incident).topic
    assert "topic of INC-1" not in _page(operator).split("Operator log")[0]
    assert OperatorEntry.objects.get().actor == ada.person


def test_what_is_discarded_is_not_done_and_asks_for_nobody(
    workspace: Workspace, incident: Incident, ada: Actor, operator: Client
) -> None:
    row = _given_up_topic(workspace, incident, ada)

    operator.post(f"/operators/rows/out/{row.pk}/discard/")
    workspace.settle()
    assert "Cards are refused" not in workspace.channel(incident).topic
    assert "Nothing failed permanently" in _page(operator)
    assert "Discarded: topic of INC-1" in OperatorEntry.objects.get().text
    again = operator.post(f"/operators/rows/out/{row.pk}/retry/", follow=True)
    assert "someone has discarded it" in again.content.decode()


def test_what_waits_is_named_as_the_switches_name_it(
    workspace: Workspace, incident: Incident, ada: Actor, operator: Client
) -> None:
    workspace.sandbox.control("faults", down=True)
    services.post_update(incident, text="Half of it is back", by=ada.person, at=timezone.now())
    workspace.settle()

    assert "Urgent (declaring, channel, commands, headline): 1 job is waiting to be sent to Slack" in _page(operator)
    assert "Updates, pins and timeline notes in Slack: 2 jobs are waiting to be sent to Slack" in _page(operator)
    assert "Urgent (declaring, channel, commands, headline)" in _doctor()


WORDS = "Zanzibar"


def _failed(incident: Incident, **payload: Any) -> InboxEntry:
    """What is left when a handler failed for good: a payload and a traceback with what somebody wrote."""
    now = timezone.now()
    return InboxEntry.objects.create(
        **{"kind": "event", "handler": "slackbot.slack_handlers.messages.said"} | payload,
        key=f"failed:{InboxEntry.objects.count()}",
        order_key="x",
        priority=5,
        created_at=now,
        is_open=False,
        given_up_at=now,
        attempts=5,
        error=f"Traceback (most recent call last):\n  File x\nValueError: {WORDS} is no channel",
    )


def _rows_of(incident: Incident, channel: str, headline: Headline) -> list[InboxEntry]:
    """A row for each way in which one names its incident."""
    said = {"type": "message", "channel": channel, "text": WORDS, "ts": "1.1"}
    click = {"type": "Click", "origin": {"user_id": "U0ADA", "channel_id": "C0RANDOM"}}
    reminder = Reminder.objects.create(incident=incident, handler="x.y", due_at=timezone.now(), is_open=False)
    return [
        _failed(incident, payload=said),
        _failed(incident, payload={**said, "channel": {"id": channel}}),
        _failed(incident, payload={**said, "channel": headline.channel_id, "thread_ts": headline.ts}),
        _failed(incident, kind="background", payload={**click, "block_id": f"incident-{incident.number}-edit"}),
        _failed(incident, kind="background", payload={"type": "Submission", "metadata": {"incident": incident.number}}),
        _failed(incident, kind="plugin_command", payload={"origin": {"channel_id": channel}, "line": WORDS}),
        _failed(incident, kind="keyword", payload={"incident": incident.pk, "text": WORDS}),
        _failed(incident, kind="search", payload={"incident": incident.number, "query": WORDS}),
        _failed(incident, kind="incident_event", payload={"entry": incident.entries.latest("seq").pk}),
        _failed(incident, kind="notification", payload={"reminder": reminder.pk, "look": 1}),
    ]


def test_an_operator_reads_nothing_of_a_private_incident_and_can_still_settle_its_rows(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, operator: Client
) -> None:
    old, headline = CommsChannel.objects.get(incident=incident).channel_id, Headline.objects.get(incident=incident)
    rows = _rows_of(incident, old, headline)
    with_keys = kinds_that(lambda kind: kind.refers_to != InboxKind.refers_to and kind.in_transaction)
    assert {row.kind for row in rows} >= set(with_keys), "A kind whose payload names its incident in another way"
    services.post_update(incident, text=WORDS, by=ada.person, at=timezone.now())
    workspace.settle()
    update = OutboxEntry.objects.get(kind="update")
    OutboxEntry.objects.filter(pk=update.pk).update(given_up_at=timezone.now(), error=f"Refused: {WORDS}")
    operator.post(f"/operators/rows/in/{rows[0].pk}/discard/")
    assert set(rows) - {rows[0]} <= set(InboxEntry.objects.filter(given_up_at__isnull=False))
    auditor.audit(timezone.now())
    assert _page(operator).count(WORDS) > len(rows)

    ada.says("@incident private on", in_=incident)
    person = grace.person
    person.login = User.objects.create_user("grace", is_staff=True)
    person.save()
    outsider = Client(headers={"host": "localhost"})
    outsider.force_login(person.login)

    page = _page(outsider)
    assert WORDS not in page
    assert page.count("of a private incident</strong>") == len(rows)  # one was discarded, and there is the update
    assert WORDS in _page(operator), "Ada belongs to it."
    assert WORDS not in _doctor()
    assert "of a private incident" in _doctor()
    assert not any(WORDS in sentence for sentence in auditor.audit(timezone.now()))
    assert outsider.post(f"/operators/rows/in/{rows[1].pk}/discard/", follow=True).status_code == 200
    assert outsider.post(f"/operators/rows/out/{update.pk}/discard/", follow=True).status_code == 200
    assert not InboxEntry.objects.filter(pk=rows[1].pk, given_up_at__isnull=False).exists()
    assert WORDS not in _page(outsider)
    notes = [entry.text for entry in OperatorEntry.objects.order_by("pk")]
    neutral = "Only people who can see the incident can read the details."
    assert notes[-2:] == [
        f"Discarded: event of a private incident, inbox {rows[1].pk}: {neutral}",
        f"Discarded: update of a private incident, outbox {update.pk}: {neutral}",
    ]


def test_only_operators_may_look(workspace: Workspace, operator: Client, settings: Any) -> None:
    settings.SANDBOX = False
    User.objects.update(is_staff=False)

    assert operator.get("/operators/").status_code == 403
    assert operator.post("/operators/switches/", {"switch": "reminders"}).status_code == 403


def test_each_worker_is_named_with_those_who_answer_for_plugins(workspace: Workspace, operator: Client) -> None:
    Heartbeat.objects.create(name="answers@here", seen_at=timezone.now())
    assert "answers@here was last seen" in _page(operator)
    assert "Restart it." not in _page(operator)

    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=3))
    assert "Restart it." in _page(operator)


def test_a_worker_of_a_machine_that_is_gone_is_forgotten_when_another_does_its_work(
    workspace: Workspace, operator: Client
) -> None:
    now = timezone.now()
    gone = Heartbeat.objects.create(name="inbox@oldhost", seen_at=now - timedelta(minutes=11))
    Heartbeat.objects.create(name="inbox@late", seen_at=now - timedelta(minutes=9))
    Heartbeat.objects.create(name="inbox@here", seen_at=now)
    only = Heartbeat.objects.create(name="outbox@oldhost", seen_at=now - timedelta(days=3))
    looks = (_doctor, lambda: _page(operator), lambda: operator.get("/metrics").content.decode())

    for look in looks:
        gone.save()
        said = look()
        assert gone.name not in said
        assert all(name in said for name in ("inbox@late", "inbox@here", only.name))
        assert not Heartbeat.objects.filter(pk=gone.pk).exists()


def test_workers_that_are_all_gone_stay_named(workspace: Workspace) -> None:
    for host in ("old", "older"):
        Heartbeat.objects.create(name=f"inbox@{host}", seen_at=timezone.now() - timedelta(hours=3))

    said = _doctor()

    assert "✗ Workers: inbox@old was" in said
    assert "✗ Workers: inbox@older was" in said


def test_a_switch_is_turned_on_the_page(workspace: Workspace, ada: Actor, operator: Client) -> None:
    operator.post("/operators/switches/", {"switch": "reminders", "to": "off", "why": "A drill"})
    assert "Disabled: All reminders." in operator.get("/").content.decode()
    assert "A drill" in _page(operator)

    operator.post("/operators/switches/", {"switch": "reminders", "to": "on"})
    assert "Disabled: " not in operator.get("/").content.decode()
    written = [(entry.actor, entry.door, entry.text) for entry in OperatorEntry.objects.order_by("pk")]
    assert written == [
        (ada.person, "web", "Disabled all reminders: A drill"),
        (ada.person, "web", "Enabled all reminders."),
    ]


def test_a_banner_says_what_waits_for_slack_and_since_when(
    workspace: Workspace, incident: Incident, ada: Actor, operator: Client
) -> None:
    workspace.sandbox.control("faults", down=True)
    services.post_update(incident, text="Half of it works", by=ada.person, at=timezone.now())
    workspace.settle()
    assert "waiting since" not in operator.get("/").content.decode()
    workspace.after(minutes=2)
    assert "messages to Slack are waiting since" in operator.get("/").content.decode()

    workspace.sandbox.control("faults", down=False)
    for _ in range(5):
        workspace.after(minutes=6)
    assert "waiting since" not in operator.get("/").content.decode()


def test_an_hour_without_slack_is_run_from_the_web_and_caught_up_with_once(
    workspace: Workspace, incident: Incident, operator: Client
) -> None:
    workspace.sandbox.control("faults", down=True)
    gone_at = timezone.now()
    for address, values in (
        ("status", {"status": "identified"}),
        ("notes", {"note": "The pool is full"}),
        ("status", {"status": "monitoring"}),
        ("notes", {"note": "Slack is gone"}),
        ("status", {"status": "identified"}),
    ):
        operator.post(f"/incidents/1/{address}/", values)
        workspace.settle()
        workspace.after(minutes=12)
    page, metrics = operator.get("/incidents/1/").content.decode(), operator.get("/metrics").content.decode()
    assert all(words in page for words in ("identified to monitoring", "The pool is full", "Slack is gone"))
    since = re.search(r"messages to Slack are waiting since\s+<time datetime=\"([^\"]+)", page)
    assert since, page
    assert timedelta(minutes=-1) < datetime.fromisoformat(since[1]) - gone_at < timedelta(minutes=1)
    assert float(re.findall(r'oldest_waiting_seconds\{direction="out",tier="0"\} (\S+)', metrics)[0]) > 59 * 60

    before = len(_calls(workspace))
    workspace.sandbox.control("faults", down=False)
    workspace.after(minutes=10)
    texts = workspace.channel(incident).texts
    told = ["investigating to identified", "identified to monitoring", "monitoring to identified"]
    assert [words for text in texts for line in text.splitlines() for words in told if words in line] == told
    assert not any("This incident has no lead" in text for text in texts)
    assert sum("This incident has no severity yet" in text for text in texts) == 1
    assert "Identified" in workspace.headline(incident).text
    assert "Identified" in workspace.channel(incident).topic
    looked = {"conversations.history": 1}  # for the message whose answer never came
    assert Counter(_calls(workspace)[before:]) == {
        "chat.postMessage": 2,  # what happened, and a reminder
        "chat.update": 2,  # the headline, and what happened after the message whose answer never came
        "conversations.setTopic": 1,
        **looked,
    }
    assert "waiting since" not in operator.get("/").content.decode()


def test_the_auditor_mends_what_is_missing(workspace: Workspace, incident: Incident) -> None:
    workspace.after(minutes=2)
    assert auditor.audit(timezone.now()) == []
    Headline.objects.all().delete()
    OutboxEntry.objects.filter(kind__in=["headline", "topic"]).delete()
    Reminder.objects.update(due_at=incident.reported_at - timedelta(minutes=10))

    found = auditor.audit(timezone.now())
    workspace.settle()
    assert "INC-1 had no headline." in found
    assert "The channel of INC-1 had no topic." in found
    assert Headline.objects.filter(incident=incident).exists()
    assert auditor.audit(timezone.now()) == []
    assert OperatorEntry.objects.filter(door="auditor", text__contains="no headline").exists()


def test_a_heartbeat_is_sent_while_all_is_well(
    workspace: Workspace, incident: Incident, other_system: OtherSystem, settings: Any
) -> None:
    settings.HEARTBEAT_URL = f"{other_system.url}/ping/s3cret"
    workspace.after(minutes=2)

    auditor.audit(timezone.now())
    assert [(asked.method, asked.path) for asked in other_system.asked] == [("GET", "/ping/s3cret")]

    OutboxEntry.objects.filter(kind="topic").delete()
    auditor.audit(timezone.now())
    assert len(other_system.asked) == 1


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ([503], "Could not send the heartbeat to HEARTBEAT_URL: 127.0.0.1 answered 503 Service Unavailable."),
        (
            [(200, "x" * 2_000_000)],
            "Could not send the heartbeat to HEARTBEAT_URL: The answer of 127.0.0.1 is larger than",
        ),
    ],
)
def test_a_heartbeat_that_fails_is_logged_once_and_stops_nothing(
    workspace: Workspace,
    incident: Incident,
    other_system: OtherSystem,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    answers: list[Any],
    line: str,
) -> None:
    settings.HEARTBEAT_URL = other_system.url
    other_system.answers = answers
    workspace.after(minutes=2)

    assert auditor.audit(timezone.now()) == []

    assert line in caplog.text
    assert len(other_system.asked) == 1


def test_a_channel_that_was_never_asked_of_slack_is_made(workspace: Workspace, incident: Incident) -> None:
    workspace.after(minutes=2)
    CommsChannel.objects.all().delete()
    OutboxEntry.objects.filter(kind="channel").delete()

    assert "INC-1 had no channel, although someone requested one." in auditor.audit(timezone.now())
    assert auditor.audit(timezone.now()) == []


def test_doctor_finds_all_well(workspace: Workspace, incident: Incident) -> None:
    workspace.after(minutes=2)
    Heartbeat.objects.create(name="inbox@here", seen_at=timezone.now())
    auditor.audit(timezone.now())

    said = _doctor()

    assert "exit" not in said, said
    assert "✓ Slack: the token is accepted and has every scope." in said


def test_doctor_names_the_culprit(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    _given_up_topic(workspace, incident, ada)
    Heartbeat.objects.create(name="inbox@here", seen_at=timezone.now() - timedelta(minutes=5))

    said = _doctor()

    assert "exit 1" in said
    assert "✗ Failed permanently: out" in said
    assert "topic of INC-1" in said
    assert "too_long" in said
    assert "✗ Workers: inbox@here was last seen 30" in said
    assert "\n2 problems need your attention." in said


def test_doctor_counts_a_single_thing_as_one(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    workspace.after(minutes=2)
    _given_up_topic(workspace, incident, ada)
    Heartbeat.objects.create(name="inbox@here", seen_at=timezone.now())
    auditor.audit(timezone.now())

    said = _doctor()

    assert "UTC and found 1 problem." in said
    assert "\n1 problem needs your attention." in said


def test_what_slack_does_not_take_for_now_is_not_given_up(
    workspace: Workspace, incident: Incident, ada: Actor, operator: Client
) -> None:
    workspace.sandbox.control("faults", down=True)
    services.rename_incident(incident, to="Cards are refused", by=ada.person, at=timezone.now())
    workspace.settle()
    for _ in range(6):
        workspace.after(minutes=7)

    assert OutboxEntry.objects.filter(failures__gt=5, is_open=True).exists()
    page = _page(operator)
    assert "Nothing failed permanently." in page
    assert "While Slack is down or rate-limits Response, messages don&#x27;t fail permanently" in page


def test_doctor_names_the_way_back_that_there_is(workspace: Workspace, settings: Any) -> None:
    call_command("switch", "off", "reminders")
    settings.SWITCHED_OFF = ["tier-1"]

    said = _doctor()

    assert "by the environment: tier-1.\n    Change SWITCHED_OFF or SAFE_MODE, and restart." in said
    assert "`manage.py switch on reminders`" in said
    assert "switch on tier-1" not in said


@pytest.mark.parametrize(
    ("fault", "sentence", "advice"),
    [
        ({"fault": "ratelimited", "retry_after": 20}, "! Slack: Slack asks to wait 20 s", "Nothing to do"),
        ({"fault": "server_error"}, "✗ Slack: HTTP 5", "https://slack-status.com"),
        ({"fault": "error:invalid_auth"}, "✗ Slack: invalid_auth", "Check SLACK_BOT_TOKEN."),
    ],
)
def test_doctor_gives_advice_that_fits_what_slack_says(
    workspace: Workspace, fault: dict[str, Any], sentence: str, advice: str
) -> None:
    workspace.sandbox.control("faults", rules=[{"method": "auth.test", "times": 1, **fault}])

    said = _doctor().splitlines()

    at = next(number for number, line in enumerate(said) if line.startswith(sentence))
    assert advice in said[at + 1]
    assert ("SLACK_BOT_TOKEN" in said[at + 1]) == ("invalid_auth" in sentence)


def test_a_limit_of_slacks_is_seen_on_the_page_by_doctor_and_in_the_log(
    workspace: Workspace, incident: Incident, ada: Actor, operator: Client, caplog: pytest.LogCaptureFixture
) -> None:
    rule = {"method": "chat.postMessage", "fault": "ratelimited", "retry_after": 90, "times": 1}
    workspace.sandbox.control("faults", rules=[rule])
    services.post_update(incident, text="Half of it works", by=ada.person, at=timezone.now())
    workspace.settle()

    what = f"chat.postMessage in {workspace.channel('#incidents').id}"
    until = Gate.objects.get().closed_until
    assert f"Slack asks to wait until {until:%H:%M:%S} UTC: {what}" in caplog.messages
    assert f"! Slack: asks to wait until {until:%H:%M:%S} UTC: {what}." in _doctor()
    assert re.search(rf"Slack asks to wait until <time [^>]*>{until:%H:%M}</time>: {what}\.", _page(operator))

    workspace.after(seconds=91)
    assert "asks to wait" not in _doctor() + _page(operator)


def test_metrics_tell_ages_by_tier(workspace: Workspace, incident: Incident, ada: Actor, operator: Client) -> None:
    _given_up_topic(workspace, incident, ada)

    said = operator.get("/metrics").content.decode()

    assert 'response_oldest_waiting_seconds{direction="out",tier="0"}' in said
    assert "response_given_up 1.0" in said
