"""Everything that somebody can ask of Response, asked by those for whom a private incident does not exist.

The walk takes every page, API call, command, button, dialog, shortcut, option search, event and kind of job from where
they are registered, so something new is walked, or fails here, without anybody remembering it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from incidents import access, services
from incidents.models import Incident, Participant
from people.models import Person
from slackbot import manifest
from slackbot.inbound import inbox
from slackbot.inbound.job_kinds import slack_event
from slackbot.inbound.job_kinds.kind import kinds_that
from slackbot.kit.registry import registry
from slackbot.models import CommsChannel, InboxEntry, OutboxEntry
from slackbot.outbound.deliveries.home import HomeKind, draw_home
from slackbot.outbound.deliveries.keep_message import KeepMessageKind, keep_message
from slackbot.outbound.deliveries.kind import kinds_where
from slackbot.testing import Actor, Workspace
from tests import signed
from ui import tokens
from ui.models import ApiToken

pytestmark = pytest.mark.in_this_process

SECRET: Final = "Zanzibar"
# Asked by no person, or answered alike to everybody: their own tests look at them.
OPEN_ADDRESSES: Final = {
    "login/as/<int:person_id>/",  # the sandbox only: makes them somebody else
    "healthz",
    "readyz",
    "metrics",
    "slack/events",
    "login/",
    "logout/",
}
# A walker clicks without a trigger of Slack's, and one of them was deactivated.
REFUSED_ON_THE_WAY: Final = {"invalid_trigger_id", "user_disabled", "message_not_found", "user_not_in_channel"}
# Slack's word on who is in a channel: it decides about access instead of needing it.
ABOUT_MEMBERSHIP: Final = {"member_joined_channel", "member_left_channel", "channel_left", "group_left"}
OF_CHANNELS: Final = {"channel_rename", "group_rename", "channel_id_changed", *slack_event.OF_CHANNELS}


@dataclass
class Walk:
    """Somebody who may see nothing of the incident, at every door."""

    workspace: Workspace
    incident: Incident
    person: Person
    user_id: str
    browser: Client
    token: str
    steps: dict[str, int] = field(default_factory=dict)
    leaks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.channel = CommsChannel.objects.get(incident=self.incident).channel_id
        self.before = self._state()
        self.calls_before = {name: len(self.workspace.calls(name)) for name in ("views.open", "views.publish")}
        self.newest_row = OutboxEntry.objects.latest("pk").pk

    def _state(self) -> tuple[Any, ...]:
        fresh = Incident.objects.get(pk=self.incident.pk)
        names = [each.attname for each in Incident._meta.concrete_fields]
        members = set(fresh.members.values_list("person", flat=True))
        talked = list(Participant.objects.filter(incident=fresh).values_list("person", "message_count"))
        return tuple(getattr(fresh, name) for name in names), members, talked

    def step(self, kind: str, name: str, shown: str) -> None:
        """Count one thing that was tried, and look at what it showed and changed."""
        self.steps[kind] = self.steps.get(kind, 0) + 1
        self.see(kind, name, shown)

    def see(self, kind: str, name: str, shown: str) -> None:
        if SECRET.lower() in shown.lower():
            self.leaks.append(f"{kind} {name} shows it")
        if self._state() != self.before:
            self.leaks.append(f"{kind} {name} changes it")
            self.before = self._state()
        for row in OutboxEntry.objects.filter(pk__gt=self.newest_row).order_by("pk"):
            self.newest_row = row.pk  # what a row says stays as it was written
            if SECRET.lower() in json.dumps(row.args).lower():
                self.leaks.append(f"{kind} {name} sends it: {row.kind}")

    def opened(self) -> None:
        """Look at the forms and tabs that were opened for them, and at what the client shows them."""
        for method in ("views.open", "views.publish"):
            for call in self.workspace.calls(method)[self.calls_before[method] :]:
                if SECRET.lower() in json.dumps(call["args"]).lower():
                    self.leaks.append(f"{method} shows it")

    # Web and API

    def pages(self) -> None:
        for route in _addresses():
            address = _filled(route, self.incident)
            for method in ("get", "post"):
                answer = getattr(self.browser, method)(address, follow=True)
                assert answer.status_code < 500, address
                self.step("page", f"{method} {address}", _text(answer))

    def api(self) -> None:
        document = json.loads(self.browser.get("/api/v1/openapi.json").content)
        for path, calls in document["paths"].items():
            for method in calls:
                address = _filled(path, self.incident)
                answer = self.browser.generic(
                    method.upper(),
                    address,
                    json.dumps({"title": "Mine", "text": "Mine", "reason": "Mine"}),
                    content_type="application/json",
                    headers={"Authorization": f"Bearer {self.token}"},
                )
                assert answer.status_code < 500, address
                self.step("API call", f"{method} {address}", _text(answer))

    # Slack

    def commands(self) -> None:
        for name in registry.commands:
            for words in ("", "on"):
                answer = signed.command(self.workspace, self.user_id, f"{name} {words}", channel=self.channel)
                assert answer.status_code < 500, name
                self.step("command", f"{name} {words}", answer.text)

    def buttons(self) -> None:
        for action_id in registry.actions:
            for block_id, channel in ((f"incident-{self.incident.number}", "C0INCIDENTS"), ("other", self.channel)):
                answer = self._interacts(
                    type="block_actions",
                    actions=[{"action_id": action_id, "block_id": block_id, "value": "1", "action_ts": "1.1"}],
                    channel={"id": channel},
                )
                self.step("button", action_id, answer)

    def dialogs(self) -> None:
        for dialog_id in registry.dialogs:
            states: list[dict[str, Any]] = [{"seen": {}, "field": each} for each in ("summary", "title", "status")]
            for state in states:
                self.step(
                    "dialog", dialog_id, self._interacts(type="view_submission", view=self._view(dialog_id, state))
                )

    def shortcuts(self) -> None:
        for each in manifest.manifest(site_url="http://127.0.0.1")["features"]["shortcuts"]:
            message = {"type": "message", "user": "U0ADA", "ts": "1795231200.000100", "text": "hello"}
            more = {"channel": {"id": self.channel}, "message": message} if each["type"] == "message" else {}
            kind = "message_action" if each["type"] == "message" else "shortcut"
            self.step("shortcut", each["name"], self._interacts(type=kind, callback_id=each["callback_id"], **more))

    def searches(self) -> None:
        for dialog_id, form in registry.dialogs.items():
            for name in form.searches:
                view = self._view(dialog_id, {})
                self.step(
                    "option search",
                    f"{dialog_id} {name}",
                    self._interacts(type="block_suggestion", action_id=name, value=SECRET[:3], view=view),
                )

    def events(self) -> None:
        message = {"type": "message", "user": self.user_id, "text": "hello", "ts": "1795231200.000100"}
        item = {"type": "message", "channel": self.channel, "ts": message["ts"], "message": message}
        for name in ["app_mention", *registry.events]:
            if name in ABOUT_MEMBERSHIP:
                continue
            inner: dict[str, Any] = {**message, "type": name, "item": item}
            inner |= {"channel": self.channel, "channel_id": self.channel}
            inner |= {"reaction": "pushpin", "text": "<@U0RESPONSE> resolve", "tab": "home"}
            if name in ("user_change", "team_join"):
                inner["user"] = {
                    "id": self.user_id,
                    "name": "somebody",
                    "is_restricted": self.person.is_guest,
                    "deleted": not self.person.is_active,
                }
            if name in OF_CHANNELS:
                continue  # Slack's word on what became of a channel, whoever did it
            answer = signed.event(self.workspace, inner)
            assert answer.status_code == 200, name
            self.step("event", name, answer.text)

    def jobs(self) -> None:
        """Run what they started while they still saw the incident."""
        click = {
            "type": "Click", "action_id": "resolve-incident", "value": "",
            "block_id": f"incident-{self.incident.number}",
            "origin": {"user_id": self.user_id, "channel_id": self.channel}, "user_name": "x", "trigger_id": "1",
            "action_ts": "1", "message": None, "is_ephemeral": False,
        }  # fmt: skip
        origin = {"user_id": self.user_id, "channel_id": self.channel}
        mention = {
            "type": "app_mention",
            "user": self.user_id,
            "channel": self.channel,
            "text": "<@U0RESPONSE> resolve",
        }
        mention["ts"] = "1795231200.000200"
        payloads: dict[str, Any] = {
            "mention": mention,
            "direct_message": {
                **mention, "type": "message", "channel_type": "im", "text": f"INC-{self.incident.number} note hello",
            },
            "plugin_command": {"line": "resolve", "ts": "1.1", "origin": origin},
            "event": {**mention, "type": "message", "text": "hello"},
            "keyword": {
                "incident": self.incident.pk, "user": self.user_id, "channel": self.channel, "thread_ts": "",
                "keyword": "echo", "text": "echo", "ts": "1.1",
            },
            "interactive": click,
            "background": click,
            "search": {"dialog_id": "find", "field": "what", "query": SECRET[:3], "user_id": self.user_id,
                       "incident": self.incident.number},
        }  # fmt: skip
        # Others act for Response, and show only what everybody, or every member, may see.
        of_people = kinds_that(lambda kind: kind.acts_as_person)
        assert set(payloads) == set(of_people), "A kind of job that the walk does not know"
        handlers = {"plugin_command": registry.commands["resolve"].id, "keyword": _id_of("keywords")}
        handlers["event"] = next(each.id for each in registry.events["message"])
        for kind, payload in payloads.items():
            key = f"walk:{kind}:{self.user_id}"
            row = InboxEntry(
                key=key, kind=kind, payload=payload, order_key=key, priority=5, created_at=timezone.now(),
                handler=handlers.get(kind, ""),
            )  # fmt: skip
            row.save()
            inbox.run(row, timezone.now())
            InboxEntry.objects.filter(pk=row.pk).update(is_open=False)
            self.step("job", kind, json.dumps(row.answer))

    def messages(self) -> None:
        """Send what they asked for while they still saw the incident."""
        now = timezone.now()
        asked_for = {
            KeepMessageKind.name: partial(
                keep_message, self.incident, channel_id=self.channel, ts="1795231200.000100", by=self.person, now=now
            ),
            HomeKind.name: partial(draw_home, self.user_id, now=now),
        }
        theirs = kinds_where(lambda kind: kind.acts_for_person)
        assert set(asked_for) == set(theirs), "A kind of message that the walk does not know"
        for ask in asked_for.values():
            ask()
        self.workspace.settle()
        for kind in theirs:
            self.step("message", kind, "")

    def _view(self, dialog_id: str, state: dict[str, Any]) -> dict[str, Any]:
        metadata = {
            "incident": self.incident.number,
            "state": state,
            "origin": {"user_id": self.user_id, "channel_id": self.channel},
        }
        values = {
            name: {name: {"type": "plain_text_input", "value": "Mine"}} for name in ("title", "summary", "status")
        }
        return {
            "id": f"V{time.monotonic_ns()}",
            "hash": "1",
            "callback_id": dialog_id,
            "private_metadata": json.dumps(metadata),
            "state": {"values": values},
        }

    def _interacts(self, **payload: Any) -> str:
        answer = signed.interaction(self.workspace, self.user_id, **payload)
        assert answer.status_code < 500, payload
        return answer.text


def _addresses(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Yield every route of the site but the API's, which its own document lists."""
    for each in (resolver or get_resolver()).url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            if each.namespace != "api":
                yield from _addresses(each, route)
        elif isinstance(each, URLPattern) and route not in OPEN_ADDRESSES:
            yield f"/{route}"


def _filled(route: str, incident: Incident) -> str:
    """Fill in the incident's number, and 1 for the rest. Fail for a part that the walk does not know."""
    values = {"number": incident.number, "name": "summary", "seq": 1, "order": "discard", "part": "actions"}
    values |= dict.fromkeys(("action_id", "person_id", "token_id", "pk", "table", "pin_id"), 1)
    for part in ("<int:{}>", "<slug:{}>", "<str:{}>", "{{{}}}"):
        for name, value in values.items():
            route = route.replace(part.format(name), str(value))
    assert not {"<", "{"} & set(route), f"The walk does not know how to fill in {route}"
    return route


def _text(answer: Any) -> str:
    return "" if answer.streaming else str(answer.content.decode(errors="replace"))


def _id_of(kind: str) -> str:
    found = getattr(registry, kind)
    return str(found[0].id)


@pytest.fixture
def plugins(registers: None) -> None:
    """A keyword and a search, as no built-in has one."""
    from slackbot.plugins import DialogContext, KeywordContext, dialog_handler, keyword_handler  # noqa: PLC0415

    @keyword_handler("echo")
    def echo(ctx: KeywordContext) -> str:
        return f"{ctx.incident.title}"

    @dialog_handler("find", searches={"what": lambda query: [(SECRET, SECRET)]})
    def found(ctx: DialogContext) -> None:
        assert ctx.incident is None


@pytest.fixture
def secret(workspace: Workspace, plugins: None, ada: Actor) -> Incident:
    ada.says(f"/incident {SECRET} was broken into")
    ada.submits({"private": ["Private"], "summary": f"{SECRET} data was taken"})
    incident = Incident.objects.get()
    channel = workspace.channel(incident)
    ada.says(f"@incident update {SECRET} is closed", in_=channel)
    ada.says(f"@incident action Call {SECRET}", in_=channel)
    ada.pins(ada.says(f"The password of {SECRET}", in_=channel), in_=channel)
    return incident


def _outsider(workspace: Workspace, secret: Incident, ada: Actor) -> Actor:
    return Actor(workspace, "U0LINUS")


def _former_member(workspace: Workspace, secret: Incident, ada: Actor) -> Actor:
    channel = workspace.channel(secret)
    grace = Actor(workspace, "U0GRACE")
    ada.says(f"@incident invite {grace}", in_=channel)
    grace.says("I was here", in_=channel)
    ada.does("channel.kick", channel=channel.id, member=grace.id)
    return grace


def _guest(workspace: Workspace, secret: Incident, ada: Actor) -> Actor:
    made = workspace.sandbox.control("people", name="visitor", real_name="Visitor", is_restricted=True)
    workspace.settle()
    return Actor(workspace, made["user"]["id"])


def _deactivated_member(workspace: Workspace, secret: Incident, ada: Actor) -> Actor:
    radia = Actor(workspace, "U0RADIA")
    ada.says(f"@incident invite {radia}", in_=workspace.channel(secret))
    workspace.sandbox.control(f"people/{radia.id}", deleted=True)
    workspace.settle()
    return radia


WHO: Final = {
    "outsider": _outsider,
    "former member": _former_member,
    "guest": _guest,
    "deactivated": _deactivated_member,
}


@pytest.mark.long
@pytest.mark.parametrize("who", list(WHO))
def test_a_private_incident_does_not_exist_for(
    workspace: Workspace, secret: Incident, ada: Actor, who: str, record_property: Callable[[str, object], None]
) -> None:
    actor = WHO[who](workspace, secret, ada)
    person = actor.person
    person.login = User.objects.create_user(f"walker-{person.pk}", is_staff=True)
    person.save(update_fields=["login"])
    browser = Client(raise_request_exception=False)
    browser.force_login(person.login)
    active = Person.objects.get(pk=person.pk)
    Person.objects.filter(pk=person.pk).update(is_active=True)
    person.refresh_from_db()
    token = tokens.make_token(person, name="walk", scope=ApiToken.Scope.WRITE, at=timezone.now())
    Person.objects.filter(pk=person.pk).update(is_active=active.is_active)
    person.refresh_from_db()
    assert not access.may(person, access.SEE, secret)
    walk = Walk(workspace, secret, person, actor.id, browser, token)
    workspace.expected_refusals.update(REFUSED_ON_THE_WAY)

    for look in (
        walk.api,
        walk.commands,
        walk.buttons,
        walk.dialogs,
        walk.shortcuts,
        walk.searches,
        walk.events,
        walk.jobs,
    ):
        look()
        workspace.settle()
        walk.see(look.__name__, "afterwards", "")
    walk.messages()
    walk.opened()
    walk.pages()  # last: the page that ends a session is among them

    assert walk.leaks == []
    total = sum(walk.steps.values())
    counted = ", ".join(f"{count} of {kind}" for kind, count in walk.steps.items())
    record_property("walk", f"{who}: {total} steps: {counted}")
    assert all(walk.steps.get(kind) for kind in ("page", "API call", "command", "button", "dialog", "event", "job"))
    services.add_note(secret, text="Still works", by=ada.person, at=timezone.now())


def test_the_walk_knows_who_may(workspace: Workspace, secret: Incident, ada: Actor) -> None:
    """The same requests show it to its reporter: the walk looks at what can be seen."""
    browser = Client()
    person = ada.person
    person.login = User.objects.create_user("ada-walker")
    person.save(update_fields=["login"])
    browser.force_login(person.login)

    assert SECRET in browser.get(f"/incidents/{secret.number}/").content.decode()
    assert SECRET in browser.get("/").content.decode()
