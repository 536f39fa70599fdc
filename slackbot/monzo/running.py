"""The handler that runs now. What the ancestor's models and client do, they do on its behalf.

In the ancestor a channel, a dialog or an incident could be asked to do something from anywhere. Here it is noted in the
effects of the handler that runs, and done when that has ended: once, however often the handler has to be run again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from inspect import signature, unwrap
from typing import Any, Final, TypeAlias, TypeVar

from slack_sdk.models.blocks import Block

from incidents.models import Incident
from people.models import Person
from slackbot.directory import workspace
from slackbot.directory.people import person_for
from slackbot.kit.contexts import (
    ActionContext,
    CommandContext,
    DialogContext,
    KeywordContext,
    NotificationContext,
)
from slackbot.kit.effects import Order, Post
from slackbot.kit.event_context import EventContext
from slackbot.kit.registry import RegistrationError
from slackbot.models import CommsChannel
from slackbot.outbound.deliveries.call import CallKind
from slackbot.outbound.deliveries.kind import Kind
from slackbot.outbound.deliveries.message import MessageKind
from slackbot.outbound.deliveries.post import PostKind

Context: TypeAlias = (
    ActionContext | CommandContext | DialogContext | EventContext | KeywordContext | NotificationContext
)
PERSON: Final = re.compile(r"[UW][A-Z0-9]{3,}")
C = TypeVar("C", bound=Context)
R = TypeVar("R")


class NothingRuns(RuntimeError):
    """Something was to be said or changed, and no handler runs: there is nobody to do it for, and nothing to undo."""


@dataclass(frozen=True)
class Running:
    context: Context
    incident: Incident | None  # whose channel the context's posts go to

    @property
    def now(self) -> datetime:
        return self.context.now

    @property
    def actor(self) -> Person:
        """Whoever said or clicked it; what happens by itself is done by the bot."""
        actor = getattr(self.context, "actor", None)
        if isinstance(actor, Person):
            return actor
        place = workspace.present()
        if place is None:
            raise NothingRuns("The workspace is not known yet, so there is nobody to do this for.")
        return person_for(place.bot_user_id, now=self.now)


_running: ContextVar[Running | None] = ContextVar("running", default=None)


def present() -> Running:
    """Return the handler that runs. Raise `NothingRuns` in threads, while modules load, and in headline buttons."""
    running = _running.get()
    if running is None:
        raise NothingRuns(
            "Plugins of monzo/response may say and change things only while one of their handlers runs: not in a "
            "thread of their own, not while a module is imported, and not while a headline button is drawn."
        )
    return running


@contextmanager
def running(context: Context) -> Iterator[None]:
    incident = context.incident_or_none if isinstance(context, ActionContext | CommandContext) else context.incident
    token = _running.set(Running(context, incident))
    try:
        yield
    finally:
        _running.reset(token)


def serving(handler: Callable[..., Any], serve: Callable[[C], R]) -> Callable[[C], R]:
    """Return `serve` under the name of the plugin's handler: rows and tracebacks tell of that.

    A handler that is decorated twice, as in the ancestor for two events, is served by the same function.
    """

    @wraps(handler)
    def served(context: C) -> R:
        with running(context):
            return serve(context)

    known: Callable[[C], R] = _served.setdefault(handler, served)
    return known


_served: dict[Callable[..., Any], Callable[..., Any]] = {}


def check_form(handler: Callable[..., Any], *forms: str) -> int:
    """Return which of the forms, "incident, user_id, message" say, the handler has. Stop the start when it has none."""
    for number, form in enumerate(forms):
        try:
            signature(handler).bind(*form.split(", "))
        except TypeError:
            continue
        return number
    name = getattr(handler, "__name__", repr(handler))
    wanted = " or ".join(f"{name}({form})" for form in forms)
    raise RegistrationError(f"A handler of this kind is called as {wanted}: {place(handler)}")


def place(handler: Callable[..., Any]) -> str:
    code = unwrap(handler).__code__
    return f"{code.co_filename}:{code.co_firstlineno}"


# What handlers have done ----------------------------------------------------------------------------------------------


def post(incident: Incident, text: str, *, blocks: Sequence[Mapping[str, Any]] = (), thread_ts: str = "") -> None:
    """Say something in an incident's channel."""
    here = present()
    if here.incident is not None and here.incident.pk == incident.pk:
        here.context.effects.posts.append(Post(text, [Drawn(block) for block in blocks], thread_ts))
        return
    args = {"text": text, "blocks": list(blocks), "thread_ts": thread_ts, "until": []}
    order(PostKind, args, order_key=f"channel of {incident.pk}", incident=incident)


def say_in(
    channel_id: str,
    text: str,
    *,
    blocks: Sequence[Mapping[str, Any]] = (),
    thread_ts: str = "",
    attachments: Sequence[Mapping[str, Any]] = (),
    ts: str = "",
) -> None:
    """Say something in any channel; with `ts`, change what we said there."""
    channel = CommsChannel.objects.select_related("incident").filter(channel_id=channel_id).first()
    effects = present().context.effects
    if channel is not None and not attachments and not ts:
        post(channel.incident, text, blocks=blocks, thread_ts=thread_ts)
        return
    if PERSON.fullmatch(channel_id):
        effects.direct.append((person_for(channel_id, now=present().now), text))
        return
    if not (attachments or ts or thread_ts):
        effects.posts.append(Post(text, [Drawn(block) for block in blocks], channel=channel_id))
        return
    args = {"channel": channel_id, "text": text, "blocks": list(blocks), "thread_ts": thread_ts}
    args |= {"attachments": list(attachments), "ts": ts}
    incident = channel.incident if channel is not None else present().incident
    order(MessageKind, args, order_key=f"message:{channel_id}", incident=incident)


def call(method: str, args: Mapping[str, Any], *, fine: Sequence[str] = ()) -> None:
    """Have a method of Slack's called whose answer nobody needs. `fine` are the errors that mean: it is so already."""
    where = str(args.get("channel", ""))
    order(
        CallKind,
        {"method": method, "args": dict(args), "fine": list(fine)},
        order_key=f"{method}:{where}",
        incident=present().incident,
    )


def order(kind: type[Kind], args: Mapping[str, Any], *, order_key: str, incident: Incident | None) -> None:
    present().context.effects.orders.append(Order(kind.name, args, order_key, incident))


class Drawn(Block):
    """A block that is a dictionary already."""

    def __init__(self, drawn: Mapping[str, Any]) -> None:
        super().__init__(type=str(drawn.get("type")))
        self.drawn = dict(drawn)

    def to_dict(self, *args: Any) -> dict[str, Any]:
        return self.drawn
