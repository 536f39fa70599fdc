"""What is not due costs nothing, nor does what is over: an incident is as much work after thousands of others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents import services
from incidents.models import Activity, EntryKind, Incident, Status, TimelineEntry
from jobs import queues
from slackbot.inbound import due_reminders, interactive
from slackbot.inbound.payloads import SlashCommand
from slackbot.kit.contexts import Origin
from slackbot.kit.registry import registry
from slackbot.models import CommsChannel, Headline, InboxEntry, OutboxEntry, Reminder
from slackbot.outbound import outbox, projector, sender
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process

MANY = 10_000
A_MENTION = 54  # a command in an incident's channel with two calls to Slack, once its two events are stored
A_DECLARATION = 190  # statements and transactions, from the service call to the last call to Slack
LOOKS = 8  # that find nothing: how often one looks in between depends on when Slack's events come


@pytest.fixture
def crowded(workspace: Workspace, incident: Incident) -> None:
    """Thousands of reminders for later, and as many rows of work that are done."""
    now = timezone.now()
    later = now + timedelta(days=1)
    Reminder.objects.bulk_create(
        (Reminder(incident=incident, handler=f"later.{number}", due_at=later) for number in range(MANY)),
        batch_size=2000,
    )
    done = {"order_key": "C", "priority": 5, "created_at": now, "is_open": False, "closed_at": now}
    came = (InboxEntry(key=f"old:{number}", kind="event", payload={}, **done) for number in range(MANY))
    InboxEntry.objects.bulk_create(came, batch_size=2000)
    went = (OutboxEntry(key=f"old:{number}", kind="post", **done) for number in range(MANY))
    OutboxEntry.objects.bulk_create(went, batch_size=2000)
    _analyze()


@pytest.fixture
def long_past(workspace: Workspace, incident: Incident) -> None:
    """Hundreds of incidents that were lived through."""
    now = timezone.now()
    past = Incident.objects.bulk_create(
        Incident(
            number=1_000 + number,
            title="Checkout returns 500s",
            reporter=incident.reporter,
            status=Status.RESOLVED,
            started_at=now,
            reported_at=now,
            resolved_at=now,
            version=1,
        )
        for number in range(500)
    )
    TimelineEntry.objects.bulk_create(
        TimelineEntry(incident=each, seq=1, kind=EntryKind.OPENED, happened_at=now, recorded_at=now, text="Declared")
        for each in past
    )
    CommsChannel.objects.bulk_create(CommsChannel(incident=each, channel_id=f"COLD{each.pk}") for each in past)
    Headline.objects.bulk_create(Headline(incident=each, channel_id="C0INCIDENTS", ts=f"{each.pk}") for each in past)
    _analyze()


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _plan(sql: str) -> str:
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}")
        return "\n".join(str(line[-1]) for line in cursor.fetchall())


def _declaration(workspace: Workspace, ada: Actor) -> int:
    """Declare an incident and return how many statements that took, until all was done in Slack."""
    reporter = ada.person
    with CaptureQueriesContext(connection) as statements:
        services.declare_incident(title="Search is slow", reporter=reporter, at=timezone.now())
        workspace.settle()
    return len(statements)


def test_what_is_not_due_is_not_read(long_past: None, crowded: None, workspace: Workspace) -> None:
    workspace.settle()
    now = timezone.now
    with CaptureQueriesContext(connection) as looks:
        found = [
            due_reminders.hand_over_due(now()),
            queues.get(InboxEntry.CORE).run_next(now),
            projector.catch_up(now=now),
            sender.claim_next(now()),
        ]

    assert not any(found)
    plans = [_plan(look["sql"]) for look in looks.captured_queries]
    assert len(plans) == 4
    for plan, indexes in zip(
        plans,
        (
            ["reminders_due"],
            ["inbox_queue", "inbox_order"],
            ["following_queue", "incidents_following"],
            ["outbox_queue", "outbox_order"],
        ),
        strict=True,
    ):
        assert any(index in plan for index in indexes), plan


def test_a_declaration_takes_few_statements(workspace: Workspace, ada: Actor) -> None:
    assert _declaration(workspace, ada) <= A_DECLARATION


def test_a_declaration_takes_no_more_statements_after_many(
    workspace: Workspace, ada: Actor, request: pytest.FixtureRequest
) -> None:
    before = max(_declaration(workspace, ada) for _ in range(2))

    request.getfixturevalue("long_past")
    request.getfixturevalue("crowded")

    assert _declaration(workspace, ada) <= before + LOOKS


def test_a_command_in_a_channel_takes_few_statements(workspace: Workspace, ada: Actor, incident: Incident) -> None:
    for severity in ("critical", "minor"):
        ada.says(f"@incident severity {severity}", in_=incident)

    statements = _mention(workspace, ada, incident, "severity major")

    assert [call["args"]["name"] for call in workspace.calls("reactions.add")[-1:]] == ["white_check_mark"]
    assert "Major" in workspace.headline(incident).text
    assert len(statements) <= A_MENTION, "\n".join(["", *statements])


def _signs(statements: list[str]) -> int:
    return sum(f'INSERT INTO "{Activity._meta.db_table}"' in each for each in statements)


def test_a_command_that_changes_something_stores_its_signs_of_work_with_one_statement(
    workspace: Workspace, ada: Actor, incident: Incident
) -> None:
    origin = Origin(user_id=ada.id, channel_id=workspace.channel(incident).id)
    typed = SlashCommand(text="severity critical", origin=origin, user_name="ada", trigger_id="1.1")
    Activity.objects.all().delete()

    with CaptureQueriesContext(connection) as statements:
        answer = interactive.answer(typed, now=timezone.now())

    assert answer.ack.startswith("✅")
    assert _signs([each["sql"] for each in statements.captured_queries]) == 1
    kinds = Activity.objects.order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == [Activity.Kind.COMMAND, Activity.Kind.EDIT]


def test_a_message_stores_its_sign_of_work_with_one_statement_and_no_commit(
    workspace: Workspace, ada: Actor, incident: Incident
) -> None:
    ada.says("I look at it", in_=incident)
    channel_id = workspace.channel(incident).id
    ada.workspace.sandbox.act("message.send", ada.id, channel=channel_id, text="It is the disk")
    workspace.sandbox.control("settle", timeout=10)

    with CaptureQueriesContext(connection) as statements:
        assert _run_one_job() == 1

    found = [each["sql"] for each in statements.captured_queries]
    assert _signs(found) == 1
    begin, insert, commit = (
        next(number for number, each in enumerate(found) if each.startswith(words))
        for words in ("BEGIN", f'INSERT INTO "{Activity._meta.db_table}"', "COMMIT")
    )
    assert begin < insert < commit


def _run_one_job() -> int:
    return int(queues.get(InboxEntry.CORE).run_next(timezone.now))


def _mention(workspace: Workspace, ada: Actor, incident: Incident, command: str) -> list[str]:
    """Give a command in the channel and return all statements, in order, from its stored events until nothing is due.

    Transaction control is among them, and the looks of each worker that find nothing more.
    """
    ada.workspace.sandbox.act(
        "message.send", ada.id, channel=workspace.channel(incident).id, text=f"@incident {command}"
    )
    workspace.sandbox.control("settle", timeout=10)
    with CaptureQueriesContext(connection) as statements:
        queues.get(InboxEntry.CORE).run_due(timezone.now)
        while projector.catch_up(now=timezone.now):
            pass
        queues.get(OutboxEntry.QUEUE).run_due(timezone.now)
    return [statement["sql"] for statement in statements.captured_queries]


def test_pictures_are_drawn_anew_without_being_looked_for(incident: Incident, workspace: Workspace) -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as statements:
        outbox.draw(incident, "headline", "topic", "members", "bookmark", now=timezone.now())

    assert len(statements) == 1
    assert OutboxEntry.objects.filter(incident=incident, is_open=True).count() == 4


def test_a_command_that_only_reads_writes_nothing(workspace: Workspace, ada: Actor, incident: Incident) -> None:
    origin = Origin(user_id=ada.id, channel_id=workspace.channel(incident).id)
    readers = [each.name for each in registry.listed_commands() if each.is_built_in and each.reads_only]
    kept = InboxEntry.objects.count()
    for words in [*readers, "help lead", "help bananas", "help desk is unreachable", "list of invoices"]:
        typed = SlashCommand(text=words, origin=origin, user_name="ada", trigger_id=f"1.{words}")
        with CaptureQueriesContext(connection) as statements:
            answers = [interactive.answer(typed, now=timezone.now()) for _ in range(2)]

        # Words that are no command open the form that declares, in a transaction.
        assert {each["sql"].split()[0] for each in statements.captured_queries} <= {"SELECT", "BEGIN", "COMMIT"}, words
        assert answers[0].ack == answers[1].ack

    assert readers == ["help", "list"]
    assert InboxEntry.objects.count() == kept
