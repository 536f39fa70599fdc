"""What is to be done at a time is done once, whatever stops or jumps meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from incidents import services
from incidents.models import Incident
from jobs import processes
from slackbot.inbound import scheduling
from slackbot.models import InboxEntry, Scheduled
from slackbot.plugins import (
    CommandContext,
    IncidentEventContext,
    LaterContext,
    PeriodicContext,
    incident_command,
    incident_event,
    periodic,
    scheduled_handler,
)
from slackbot.testing import Actor, Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]

HOUR = timedelta(hours=1)


def asks_for(*, at: Any = None, data: Any = None, background: bool = False) -> list[LaterContext]:
    """Register `@incident plan`, which plans something; return what was run of it."""
    got: list[LaterContext] = []

    @scheduled_handler(background=background)
    def later(ctx: LaterContext) -> None:
        got.append(ctx)
        ctx.post("Now")

    @incident_command("plan", help="")
    def plan(ctx: CommandContext) -> None:
        ctx.later(at or ctx.now + HOUR, later, data={"a": 1} if data is None else data)

    return got


@pytest.mark.parametrize("background", [False, True])
def test_it_runs_once_at_its_time_for_its_incident_and_person(
    workspace: Workspace, incident: Incident, ada: Actor, *, background: bool
) -> None:
    got = asks_for(background=background)
    ada.says("@incident plan", in_=incident)
    workspace.after(minutes=59)
    assert got == []

    workspace.after(minutes=2)
    workspace.after(hours=2)
    (ctx,) = got
    assert (ctx.incident, ctx.actor, dict(ctx.data)) == (incident, ada.person, {"a": 1})
    assert workspace.channel(incident).texts.count("Now") == 1


def test_one_that_failed_is_run_again(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    tries: list[str] = []

    @scheduled_handler()
    def later(ctx: LaterContext) -> None:
        tries.append(ctx.idempotency_key)
        if len(tries) < 3:
            raise ZeroDivisionError

    @incident_event("lead_assigned")
    def plan(ctx: IncidentEventContext) -> None:
        ctx.later(ctx.now + HOUR, later)

    ada.says("@incident lead me", in_=incident)
    workspace.after(hours=2)

    assert len(tries) == 3
    assert len(set(tries)) == 1


def test_a_handler_that_is_run_again_plans_once(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    tries: list[int] = []

    @scheduled_handler()
    def later(ctx: LaterContext) -> None: ...

    @incident_event("lead_assigned", background=True)
    def plan(ctx: IncidentEventContext) -> None:
        tries.append(1)
        ctx.later(ctx.now + HOUR, later)
        if len(tries) < 3:
            raise ZeroDivisionError

    ada.says("@incident lead me", in_=incident)
    workspace.after(minutes=1)

    assert (len(tries), Scheduled.objects.count()) == (3, 1)


def test_what_somebody_planned_before_they_lost_access_is_not_run(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    got = asks_for()
    grace.joins(incident)
    grace.says("@incident plan", in_=incident)
    services.make_private(incident, by=ada.person, at=timezone.now())
    workspace.settle()
    incident.members.filter(person=grace.person).delete()
    workspace.after(hours=2)

    assert got == []


def test_schedulers_that_look_at_once_run_it_once(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    asks_for()
    ada.says("@incident plan", in_=incident)
    Scheduled.objects.update(due_at=timezone.now() - HOUR)
    together = Barrier(4)

    def look(_: int) -> int:
        together.wait()
        try:
            return scheduling.hand_over_due(timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(look, range(4))) == 1
    assert InboxEntry.objects.filter(kind="later").count() == 1


def test_a_killed_process_leaves_it_to_the_next_one(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    """Its row is leased to somebody who is gone: the lease is let go, and it runs."""
    got = asks_for()
    ada.says("@incident plan", in_=incident)
    Scheduled.objects.update(due_at=timezone.now() - HOUR)
    scheduling.hand_over_due(timezone.now())
    dead = f"{processes.owner().rpartition(':')[0].rpartition(':')[0]}:999999:x"
    InboxEntry.objects.filter(kind="later").update(
        lease_owner=dead, lease_until=timezone.now() - timedelta(seconds=1), attempts=1
    )
    workspace.settle()

    assert len(got) == 1


@pytest.mark.parametrize("at", [datetime(2026, 1, 1), datetime.max.replace(tzinfo=timezone.now().tzinfo)])  # noqa: DTZ001
def test_a_time_that_cannot_be_is_a_mistake(workspace: Workspace, incident: Incident, ada: Actor, at: Any) -> None:
    asks_for(at=at)
    ada.says("@incident plan", in_=incident)

    assert "ValueError" in InboxEntry.objects.get(kind="plugin_command").error
    assert not Scheduled.objects.exists()


@pytest.mark.parametrize("data", [{"x": "y" * 20_000}, {"x": float("nan")}, {"x": object()}])
def test_data_that_cannot_be_kept_is_a_mistake(workspace: Workspace, incident: Incident, ada: Actor, data: Any) -> None:
    asks_for(data=data)
    ada.says("@incident plan", in_=incident)

    assert InboxEntry.objects.get(kind="plugin_command").error
    assert not Scheduled.objects.exists()


def test_a_function_without_the_decorator_is_a_mistake(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    @incident_command("plan", help="")
    def plan(ctx: CommandContext) -> None:
        ctx.later(ctx.now, lambda ctx: None)

    ada.says("@incident plan", in_=incident)

    assert "@scheduled_handler()" in InboxEntry.objects.get(kind="plugin_command").error


# Periodic work -------------------------------------------------------------------------------------------------------


def every(length: timedelta, *, background: bool = False) -> list[datetime]:
    got: list[datetime] = []

    @periodic(every=length, background=background)
    def turn(ctx: PeriodicContext) -> None:
        got.append(ctx.now)

    return got


@pytest.mark.parametrize("background", [False, True])
def test_periodic_work_needs_no_incident(workspace: Workspace, *, background: bool) -> None:
    got = every(HOUR, background=background)
    workspace.settle()
    workspace.after(hours=3, minutes=1)

    assert len(got) == 3


def test_what_was_missed_is_made_up_for_once(workspace: Workspace) -> None:
    got = every(HOUR)
    workspace.settle()
    Scheduled.objects.update(due_at=timezone.now() - timedelta(days=3))
    workspace.settle()
    workspace.settle()

    assert len(got) == 1
    assert Scheduled.objects.get().due_at > timezone.now() + timedelta(minutes=55)


def test_a_clock_that_was_set_back_delays_it_by_one_period_at_most(workspace: Workspace) -> None:
    got = every(HOUR)
    workspace.settle()
    Scheduled.objects.update(due_at=timezone.now() + timedelta(days=365))
    workspace.settle()
    assert Scheduled.objects.get().due_at <= timezone.now() + HOUR

    workspace.after(hours=1, minutes=1)
    assert len(got) == 1


def test_the_next_turn_waits_for_the_one_before(workspace: Workspace) -> None:
    every(timedelta(minutes=1))
    workspace.settle()
    for _ in range(3):
        Scheduled.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        scheduling.hand_over_due(timezone.now())

    assert InboxEntry.objects.filter(kind="periodic").count() == 1


def test_work_of_a_plugin_that_is_gone_is_ended(workspace: Workspace) -> None:
    Scheduled.objects.create(
        key="gone", handler="gone.handler", due_at=timezone.now() - timedelta(days=30), created_at=timezone.now()
    )

    assert [each.handler for each in scheduling.end_forgotten(timezone.now())] == ["gone.handler"]
    assert scheduling.end_forgotten(timezone.now()) == []
