"""What a handler asks for: replies, posts, direct messages, dialogs and work for later."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import Block

from incidents.models import Incident
from people.models import Person
from slackbot.kit.dialogs import Dialog


@dataclass(frozen=True)
class Post:
    """Something to be said in the incident's channel, or in the one named. It is edited when one of `until` happens."""

    text: str
    blocks: Sequence[Block] = ()
    thread_ts: str = ""
    until: Sequence[str] = ()
    channel: str = ""
    incident: Incident | None = None  # whose channel, when it is not the one that the handler is about


@dataclass(frozen=True)
class Later:
    """Something to be done at a time: the handler, what it gets, and which incident it is about."""

    at: datetime
    handler: Callable[..., Any]
    data: Mapping[str, Any]
    incident: Incident | None = None


@dataclass(frozen=True)
class Order:
    """Anything else that goes out, as one of the kinds in `slackbot.outbound.deliveries` knows it."""

    kind: str
    args: Mapping[str, Any]
    order_key: str
    incident: Incident | None = None


@dataclass(frozen=True)
class Pinned:
    """A message to be put on the incident's timeline. `how` is one of `incidents.models.Pin`'s."""

    channel_id: str
    ts: str
    how: str


@dataclass
class Effects:
    """What a handler asked for. It is carried out in the handler's transaction, or right after it."""

    replies: list[str] = field(default_factory=list)
    reply_blocks: list[Block] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    direct: list[tuple[Person, str]] = field(default_factory=list)
    dialog: Dialog | None = None
    dialog_text: str = ""  # what the button says that opens it, and the sentence above the button
    dialog_button: str = ""
    is_question: bool = False
    answered: str = ""
    in_place: bool = False
    orders: list[Order] = field(default_factory=list)
    later: list[Later] = field(default_factory=list)
    redraws: list[Incident | None] = field(default_factory=list)  # None is the one that the handler is about
    homes: list[Person] = field(default_factory=list)  # whose Home tab to draw again
    invited: list[Person] = field(default_factory=list)
    pinned: list[Pinned] = field(default_factory=list)
    declared: list[Incident] = field(default_factory=list)
    about: Incident | None = None  # what the replies are about
