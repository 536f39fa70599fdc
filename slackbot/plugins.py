"""Teach Response your own process. All that a plugin needs is imported from here.

A plugin is a Django app with a module `slack_handlers`; name it in RESPONSE_PLUGINS. Each decorator registers the
function and returns it unchanged. A name is registered once; a second use stops the start and names both places, unless
it says `replace=True`. To refuse, `raise IncidentError("a sentence for people")`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

import regex
from slack_sdk.models.blocks import ButtonElement as Button

from incidents import fields
from incidents.errors import IncidentError
from incidents.fields import CustomField
from incidents.models import Kind
from slackbot.contexts import (
    ActionContext,
    CommandContext,
    DialogContext,
    EventContext,
    IncidentEventContext,
    KeywordContext,
    NotificationContext,
)
from slackbot.dialogs import (
    ChannelChoice,
    Checkboxes,
    Choice,
    Day,
    Dialog,
    Moment,
    Paragraph,
    PeopleChoice,
    PersonChoice,
    SearchChoice,
    Text,
    TimeOfDay,
)
from slackbot.hours import WorkingHours
from slackbot.mrkdwn import escape, from_markdown, link
from slackbot.people import mention
from slackbot.registry import (
    SKIP,
    Action,
    ActionHandler,
    Command,
    CommandHandler,
    DialogForm,
    DialogHandler,
    Event,
    EventHandler,
    HeadlineAction,
    HeadlineButton,
    HeadlineLine,
    HeadlineText,
    IncidentEventHandler,
    Keyword,
    KeywordHandler,
    LineStyle,
    Notification,
    NotificationHandler,
    Registered,
    RegistrationError,
    Search,
    Skip,
    registry,
)
from slackbot.words import Mrkdwn, sentence, texts

__all__ = [
    "SKIP",
    "ActionContext",
    "Button",
    "ChannelChoice",
    "Checkboxes",
    "Choice",
    "CommandContext",
    "Day",
    "Dialog",
    "DialogContext",
    "EventContext",
    "IncidentError",
    "IncidentEventContext",
    "KeywordContext",
    "Moment",
    "Mrkdwn",
    "NotificationContext",
    "Paragraph",
    "PeopleChoice",
    "PersonChoice",
    "SearchChoice",
    "Skip",
    "Text",
    "TimeOfDay",
    "WorkingHours",
    "action_handler",
    "dialog_handler",
    "escape",
    "from_markdown",
    "headline_action",
    "headline_line",
    "incident_command",
    "incident_event",
    "incident_field",
    "keyword_handler",
    "link",
    "mention",
    "recurring_notification",
    "sentence",
    "single_notification",
    "slack_event",
    "texts",
]


def incident_command(
    name: str, *aliases: str, help: str, usage: str = "", anywhere: bool = False, replace: bool = False
) -> Callable[[CommandHandler], CommandHandler]:
    """Serve `@incident name …` and `/incident name …`. Return None for ✅, or a text that only the author sees.

    `help` says what it does, and `usage` what to write after the name, as in "lead" `@someone` "make them the lead". It
    works in incident channels; with `anywhere=True` in every channel, and then `ctx.incident_or_none` may be None.
    """

    def register(handler: CommandHandler) -> CommandHandler:
        registry.add_command(Command(name, handler, help, usage, aliases, anywhere), replace=replace)
        return handler

    return register


def keyword_handler(
    *words: str, pattern: str = "", every: timedelta = timedelta(minutes=30)
) -> Callable[[KeywordHandler], KeywordHandler]:
    """Hear people say one of these words or phrases in an incident's channel; a returned text is said there.

    Whole words, whatever the case and the spacing; or a regular expression in `pattern`. Never for bots, nor for what
    is said to us. It speaks at most once `every` so often in an incident.
    """

    def register(handler: KeywordHandler) -> KeywordHandler:
        name = "/".join(words) or pattern
        found = Keyword(name, handler, _keyword_pattern(words, pattern, handler), every)
        registry.add_keyword(found)
        return handler

    return register


def action_handler(
    action_id: str, *, background: bool = False, replace: bool = False
) -> Callable[[ActionHandler], ActionHandler]:
    """Serve clicks on buttons with this `action_id`. A returned text is seen by the clicker only.

    A handler that talks to another system says `background=True`: a worker runs it, and again when it fails, so give
    that system `ctx.idempotency_key`. It can open no dialog.
    """

    def register(handler: ActionHandler) -> ActionHandler:
        registry.add_action(Action(action_id, handler, background), replace=replace)
        return handler

    return register


def dialog_handler(
    dialog_id: str,
    *,
    background: bool = False,
    validate: Callable[[DialogContext], Mapping[str, str]] | None = None,
    searches: Mapping[str, Search] | None = None,
    replace: bool = False,
) -> Callable[[DialogHandler], DialogHandler]:
    """Serve submissions of the dialog with this id. An `IncidentError` is shown in the dialog, which stays open.

    `validate` returns sentences by field name, all of which are shown; with none, the handler runs. With
    `background=True` the dialog closes after `validate`, and a worker runs the handler. `searches` serve the
    dialog's `SearchChoice` fields by name: from what was typed to (value, label).
    """

    def register(handler: DialogHandler) -> DialogHandler:
        registry.add_dialog(DialogForm(dialog_id, handler, background, searches or {}, validate), replace=replace)
        return handler

    return register


def single_notification(
    *,
    after: timedelta,
    hours: WorkingHours | None = None,
    kinds: Sequence[Kind] = (Kind.LIVE, Kind.DRILL),
) -> Callable[[NotificationHandler], NotificationHandler]:
    """Be asked once, so long after an incident was opened, while it is open. Say something with `ctx.post`.

    Return `SKIP` when nothing needs saying yet: you are asked again a few minutes later, ever less often, and when
    something happened. Outside `hours` you are asked when they begin.
    """

    def register(handler: NotificationHandler) -> NotificationHandler:
        registry.add_notification(Notification("", handler, after, None, 1, hours, tuple(kinds)))
        return handler

    return register


def recurring_notification(
    *,
    every: timedelta,
    times: int,
    after: timedelta | None = None,
    hours: WorkingHours | None = None,
    kinds: Sequence[Kind] = (Kind.LIVE, Kind.DRILL),
) -> Callable[[NotificationHandler], NotificationHandler]:
    """Be asked `every` so often while an incident is open, until you have spoken `times`. See `single_notification`."""

    def register(handler: NotificationHandler) -> NotificationHandler:
        registry.add_notification(
            Notification("", handler, every if after is None else after, every, times, hours, tuple(kinds))
        )
        return handler

    return register


def slack_event(
    event_type: str, *, anywhere: bool = False, subtypes: Sequence[str | None] | None = None
) -> Callable[[EventHandler], EventHandler]:
    """Hear of a Slack event in incident channels, in order; with `anywhere=True` in every channel we are in.

    Of messages, `subtypes` chooses: None is an ordinary one, "message_changed" an edit.
    """

    def register(handler: EventHandler) -> EventHandler:
        registry.add_event(Event(event_type, handler, anywhere, None if subtypes is None else tuple(subtypes)))
        return handler

    return register


def headline_action(*, order: int) -> Callable[[HeadlineAction], HeadlineAction]:
    """Put a button under every headline, in this order; return None to leave it out of one."""

    def register(handler: HeadlineAction) -> HeadlineAction:
        registry.add_headline_button(HeadlineButton(f"headline:{order}", handler, order))
        return handler

    return register


def headline_line(
    name: str, *, order: int, style: LineStyle = "long", replace: bool = False
) -> Callable[[HeadlineText], HeadlineText]:
    """Put a line into every headline, in this order; return mrkdwn, or None to leave it out of one.

    "short" ones stand two in a row, a "small" one is grey. It is asked when anything happened to the incident.
    """

    def register(handler: HeadlineText) -> HeadlineText:
        registry.add_headline_line(HeadlineLine(name, handler, order, style), replace=replace)
        return handler

    return register


def incident_event(*kinds: str) -> Callable[[IncidentEventHandler], IncidentEventHandler]:
    """Hear of timeline entries of these kinds (`incidents.models.EntryKind`), from whichever door they came."""

    def register(handler: IncidentEventHandler) -> IncidentEventHandler:
        for kind in kinds:
            registry.add_incident_event(Registered(kind, handler))
        return handler

    return register


FieldKind = Literal["text", "paragraph", "choice", "choices", "yes_no", "number", "date", "moment", "person", "link"]


def incident_field(
    name: str,
    *,
    label: str,
    kind: FieldKind,
    hint: str = "",
    options: Sequence[str] | Mapping[str, str] = (),
    required: Literal["", "declaring", "closing"] = "",
    asked: bool = False,
    default: Any = None,
    headline: bool = False,
    order: int = 100,
) -> CustomField:
    """Add a field to every incident, in forms, document and API. Read it with `incident.fields[name]`.

    `options` are those of a choice, or values with their labels. `asked` asks for it in the form that declares, too.
    `headline` shows it there, and tells the channel of its changes. What is set is an incident event of the kind
    `field_changed`; `entry.data` has `field`, `value` and `from`.
    """
    caller = inspect.stack()[1]
    field = fields.declared(
        name,
        place=f"{caller.filename}:{caller.lineno}",
        label=label,
        kind=kind,
        hint=hint,
        options=options,
        required=required,
        asked=asked,
        default=default,
        headline=headline,
        order=order,
    )
    fields.registry.add(field)
    return field


def _keyword_pattern(words: Sequence[str], pattern: str, handler: KeywordHandler) -> regex.Pattern[str]:
    phrases = [r"\s+".join(regex.escape(word) for word in phrase.split()) for phrase in words if phrase.strip()]
    alternatives = [rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)"] if phrases else []
    if pattern:
        alternatives.append(f"(?:{pattern})")
    try:
        return regex.compile("|".join(alternatives), regex.IGNORECASE) if alternatives else _nothing(handler)
    except regex.error as error:
        raise RegistrationError(f"The pattern {pattern!r} is no regular expression ({error}): {handler}") from error


def _nothing(handler: KeywordHandler) -> regex.Pattern[str]:
    raise RegistrationError(f"A keyword handler needs words or a pattern: {handler}")
