"""Plugins follow timelines beside Slack, and none of them waits for another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from incidents import redaction
from incidents.followers import registry as followers
from incidents.models import EntryKind, Following, Incident, TimelineEntry
from jobs import queues, switches
from slackbot.inbound import plugin_followers
from slackbot.kit.registry import registry
from slackbot.outbound import projector
from slackbot.plugins import IncidentError, IncidentEventContext, timeline_follower
from slackbot.testing import Actor, Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]


@pytest.fixture
def start(registers: None) -> Iterator[Callable[[], None]]:
    """Do what a start does once the plugins are loaded."""
    before = {follower.name for follower in followers.every()}
    is_served = queues.find(plugin_followers.QUEUE) is not None
    yield plugin_followers.register
    for follower in followers.every():
        if follower.name not in before:
            followers.forget(follower.name)
    if not is_served and queues.find(plugin_followers.QUEUE) is not None:
        queues.forget(plugin_followers.QUEUE)


@pytest.fixture
def operator(workspace: Workspace, ada: Actor) -> Client:
    person, login = ada.person, User.objects.create_user("ada", is_staff=True)
    person.login = login
    person.save()
    client = Client(headers={"host": "localhost"})
    client.force_login(login)
    return client


def test_a_follower_posts_once_for_each_entry(
    workspace: Workspace, incident: Incident, ada: Actor, start: Callable[[], None]
) -> None:
    @timeline_follower("echo")
    def echo(ctx: IncidentEventContext) -> None:
        ctx.post(f"Heard {ctx.entry.kind} {ctx.idempotency_key[:13]}")

    start()
    ada.says("@incident severity major", in_=incident)
    ada.says("@incident severity minor", in_=incident)

    heard = [text for text in workspace.channel(incident).texts if text.startswith("Heard")]
    assert heard == ["Heard severity_changed follower:echo"] * 2


def test_a_follower_that_fails_delays_neither_slack_nor_another(
    workspace: Workspace, incident: Incident, ada: Actor, operator: Client, start: Callable[[], None]
) -> None:
    heard: list[str] = []

    @timeline_follower("broken")
    def broken(ctx: IncidentEventContext) -> None:
        raise ConnectionError("the line is dead")

    @timeline_follower("works")
    def works(ctx: IncidentEventContext) -> None:
        heard.append(ctx.entry.kind)

    start()
    ada.says("@incident severity major", in_=incident)

    assert "Major" in workspace.headline(incident).text
    assert heard == [EntryKind.SEVERITY_CHANGED]
    page = operator.get("/operators/").content.decode()
    assert "broken: entry" in page
    assert "the line is dead" in page


def test_operators_see_what_failed_permanently_and_have_it_handed_over_again(
    workspace: Workspace, incident: Incident, ada: Actor, operator: Client, start: Callable[[], None]
) -> None:
    heard: list[str] = []
    is_down = [True]

    @timeline_follower("fragile")
    def fragile(ctx: IncidentEventContext) -> None:
        if is_down[0] and ctx.entry.kind == EntryKind.SEVERITY_CHANGED:
            raise ConnectionError("the line is dead")
        heard.append(ctx.entry.kind)

    start()
    ada.says("@incident severity major", in_=incident)
    ada.says("@incident status monitoring", in_=incident)
    assert heard == []

    workspace.after(minutes=2)
    kept = Following.objects.get(given_up_at__isnull=False)
    assert heard == [EntryKind.STATUS_CHANGED]
    assert f"fragile: entry {kept.until} of {incident.reference}" in operator.get("/operators/").content.decode()

    is_down[0] = False
    operator.post(f"/operators/rows/followers/{kept.pk}/retry/")
    workspace.settle()
    assert heard == [EntryKind.STATUS_CHANGED, EntryKind.SEVERITY_CHANGED]
    assert "Nothing failed permanently." in operator.get("/operators/").content.decode()


def test_a_rule_of_slacks_that_fails_delays_no_plugin_and_not_the_rest_of_the_incident(
    workspace: Workspace, incident: Incident, ada: Actor, start: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    @timeline_follower("works")
    def works(ctx: IncidentEventContext) -> None:
        heard.append(ctx.entry.kind)

    def fails(incident: Incident, entry: TimelineEntry, now: object) -> None:
        raise ZeroDivisionError

    start()
    monkeypatch.setitem(projector.RULES, EntryKind.SEVERITY_CHANGED, (fails,))
    ada.says("@incident severity major", in_=incident)
    ada.says("@incident status monitoring", in_=incident)
    assert heard == [EntryKind.SEVERITY_CHANGED, EntryKind.STATUS_CHANGED]

    workspace.after(minutes=2)
    assert not Following.objects.filter(given_up_at__isnull=False).exists()
    workspace.after(minutes=20)
    assert "Monitoring" in workspace.headline(incident).text
    kept = Following.objects.get(given_up_at__isnull=False)
    assert (kept.follower, "ZeroDivisionError" in kept.error) == ("slack", True)


def test_a_refusal_of_a_follower_is_no_failure(
    workspace: Workspace, incident: Incident, ada: Actor, start: Callable[[], None]
) -> None:
    @timeline_follower("picky")
    def picky(ctx: IncidentEventContext) -> None:
        raise IncidentError("Not this one")

    start()
    ada.says("@incident severity major", in_=incident)

    assert not Following.objects.filter(follower="picky", is_open=True).exists()
    assert not Following.objects.exclude(error="").exists()


def test_followers_of_a_plugin_that_is_switched_off_wait(
    workspace: Workspace, incident: Incident, ada: Actor, start: Callable[[], None]
) -> None:
    heard: list[str] = []

    @timeline_follower("works")
    def works(ctx: IncidentEventContext) -> None:
        heard.append(ctx.entry.kind)

    start()
    plugin = registry.followers["works"].plugin
    switches.turn_off(f"plugin:{plugin}", by=None, door="test", why="", at=timezone.now())
    ada.says("@incident severity major", in_=incident)
    assert heard == []

    switches.turn_on(f"plugin:{plugin}", by=None, door="test", at=timezone.now())
    workspace.settle()
    assert heard == [EntryKind.SEVERITY_CHANGED]


def test_a_redacted_text_is_overwritten_in_what_failed(
    workspace: Workspace, incident: Incident, ada: Actor, start: Callable[[], None]
) -> None:
    @timeline_follower("talkative")
    def talkative(ctx: IncidentEventContext) -> None:
        raise ValueError(ctx.entry.text)

    start()
    ada.says("@incident timeline The password is hunter-forty-two", in_=incident)
    workspace.after(minutes=2)
    kept = Following.objects.filter(error__contains="hunter-forty-two")
    assert kept.exists()

    note = incident.entries.get(kind=EntryKind.NOTE_ADDED)
    redaction.redact_entry(incident, entry=note, by=ada.person, reason="a password", at=timezone.now())

    assert not kept.exists()
