"""Teach Response your own process. All that a plugin needs is imported from here.

A plugin is a Django app with a module `slack_handlers`; name it in RESPONSE_PLUGINS. Each decorator registers the
function and returns it unchanged. A name is registered once; a second use stops the start and names both places, unless
it says `replace=True`. To refuse, `raise IncidentError("a sentence for people")`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal, get_args

import regex
from slack_sdk.models.blocks import ButtonElement as Button

from incidents import fields
from incidents.errors import IncidentError
from incidents.fields import CustomField
from incidents.models import Incident, Kind
from slackbot.api import limits
from slackbot.api.mrkdwn import escape, from_markdown, link, literal
from slackbot.directory.people import markdown, mention, slack_ids
from slackbot.inbound.pinning import pin_message
from slackbot.kit import arguments, channels, commands, display, events, signatures, stored_values
from slackbot.kit.arguments import UsageError
from slackbot.kit.contexts import (
    ActionContext,
    CommandContext,
    DialogContext,
    IncidentEventContext,
    KeywordContext,
    LaterContext,
    NotificationContext,
    PeriodicContext,
    RequestContext,
    VetoContext,
)
from slackbot.kit.declarations import (
    COUNT,
    ID,
    LENGTH,
    TEXT,
    TEXTS,
    WHOLE,
    YES_NO,
    Expected,
    caller_of,
    checked,
    function,
    functions_by_name,
    instance_of,
    list_of,
    one_of,
    place_of,
    some_of,
)
from slackbot.kit.dialogs import (
    ChannelChoice,
    Checkboxes,
    Choice,
    Choices,
    Day,
    Dialog,
    Field,
    Moment,
    Paragraph,
    PeopleChoice,
    PersonChoice,
    Prose,
    SearchChoice,
    Text,
    TimeOfDay,
)
from slackbot.kit.event_context import EventContext
from slackbot.kit.event_handlers import slack_event
from slackbot.kit.messages import SaidMessage
from slackbot.kit.plugin_settings import Setting, secret, setting, setting_list
from slackbot.kit.registry import (
    SKIP,
    Action,
    ActionHandler,
    Command,
    CommandHandler,
    DialogForm,
    DialogHandler,
    HeadlineAction,
    HeadlineButton,
    HeadlineLine,
    HeadlineText,
    Inbound,
    IncidentEvent,
    IncidentEventHandler,
    Keyword,
    KeywordHandler,
    LaterHandler,
    LineStyle,
    Notification,
    NotificationHandler,
    Periodic,
    PeriodicHandler,
    RegistrationError,
    RequestHandler,
    ScheduledWork,
    Search,
    Skip,
    Veto,
    VetoHandler,
    command_named,
    command_names,
    listed_commands,
    registry,
)
from slackbot.kit.signatures import Signature
from slackbot.kit.words import Mrkdwn, Sentence, sentence, texts, timeline_emoji
from slackbot.kit.working_hours import WorkingHours

__all__ = [
    "SKIP",
    "ActionContext",
    "Button",
    "ChannelChoice",
    "Checkboxes",
    "Choice",
    "Choices",
    "Command",
    "CommandContext",
    "Day",
    "Dialog",
    "DialogContext",
    "EventContext",
    "Field",
    "IncidentError",
    "IncidentEventContext",
    "KeywordContext",
    "LaterContext",
    "Moment",
    "Mrkdwn",
    "NotificationContext",
    "Paragraph",
    "PeopleChoice",
    "PeriodicContext",
    "PersonChoice",
    "Prose",
    "RequestContext",
    "SaidMessage",
    "SearchChoice",
    "Sentence",
    "Setting",
    "Signature",
    "Skip",
    "Text",
    "TimeOfDay",
    "UsageError",
    "VetoContext",
    "WorkingHours",
    "action_handler",
    "arguments",
    "before_change",
    "channels",
    "command_named",
    "command_names",
    "commands",
    "dialog_handler",
    "display",
    "escape",
    "events",
    "from_markdown",
    "headline_action",
    "headline_line",
    "inbound_request",
    "incident_command",
    "incident_event",
    "incident_field",
    "incident_of",
    "keyword_handler",
    "limits",
    "link",
    "listed_commands",
    "literal",
    "markdown",
    "mention",
    "periodic",
    "pin_message",
    "recurring_notification",
    "scheduled_handler",
    "secret",
    "sentence",
    "setting",
    "setting_list",
    "single_notification",
    "slack_event",
    "slack_ids",
    "stored_values",
    "texts",
    "timeline_emoji",
]


SIGNATURE: Final = instance_of(Signature, "a Signature(…)")
HEADERS: Final = list_of("names of headers", signatures.HEADER.fits)
BYTES: Final = Expected(
    "a whole number of bytes up to a megabyte", lambda value: COUNT.fits(value) and value <= 1024 * 1024
)
PERIOD: Final = Expected(
    "a timedelta of a minute to ten years",
    lambda value: LENGTH.fits(value) and value >= timedelta(minutes=1),
)
HOURS: Final = instance_of(WorkingHours, "WorkingHours(…)").or_none()
KINDS: Final = some_of(tuple(Kind), "kinds of incidents")
EVENTS: Final = Expected(
    "incident events (at least one)", lambda value: len(value) > 0 and all(isinstance(each, str) for each in value)
)


@checked(name=TEXT, aliases=TEXTS, help=TEXT, usage=TEXT, anywhere=YES_NO, replace=YES_NO, asks=function())
def incident_command(
    name: str,
    *aliases: str,
    help: str,
    usage: str = "",
    anywhere: bool = False,
    replace: bool = False,
    asks: Callable[[str], str] = lambda _text: "",
) -> Callable[[CommandHandler], CommandHandler]:
    """Serve `@incident name …` and `/incident name …`. Return None for ✅, or a text that only the author sees.

    `help` says what it does, and `usage` what to write after the name, as in "lead" `@someone` "make them the lead". It
    works in incident channels; with `anywhere=True` in every channel, and then `ctx.incident_or_none` may be None.

    Raise `UsageError` for words that the command can't read: typed after `/incident`, they are then the title of a new
    incident. A command that ends or hides something gives `asks`: it takes the words after the name and returns the
    label of a button that must be clicked before `/incident name …` runs, with `{reference}` for the incident, or "".
    """

    def register(handler: CommandHandler) -> CommandHandler:
        registry.add_command(Command(name, handler, help, usage, aliases, anywhere, asks), replace=replace)
        return handler

    return register


@checked(words=TEXTS, pattern=TEXT, every=LENGTH)
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


@checked(action_id=ID, background=YES_NO, replace=YES_NO)
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


@checked(
    dialog_id=ID,
    background=YES_NO,
    validate=function().or_none(),
    searches=functions_by_name().or_none(),
    replace=YES_NO,
)
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


@checked(after=LENGTH, hours=HOURS, kinds=KINDS)
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


@checked(every=LENGTH, times=COUNT, after=LENGTH.or_none(), hours=HOURS, kinds=KINDS)
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


@checked(order=WHOLE)
def headline_action(*, order: int) -> Callable[[HeadlineAction], HeadlineAction]:
    """Put a button under every headline, in this order; return None to leave it out of one."""

    def register(handler: HeadlineAction) -> HeadlineAction:
        registry.add_headline_button(HeadlineButton(f"headline:{order}", handler, order))
        return handler

    return register


@checked(name=TEXT, order=WHOLE, style=one_of(get_args(LineStyle)), replace=YES_NO)
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


@checked(kinds=EVENTS, background=YES_NO)
def incident_event(*kinds: str, background: bool = False) -> Callable[[IncidentEventHandler], IncidentEventHandler]:
    """Hear of timeline entries of these kinds (`incidents.models.EntryKind`), from whichever door they came.

    A handler that talks to another system says `background=True`: it runs in no transaction, has more time, and runs
    again when it fails, so give that system `ctx.idempotency_key`.
    """

    def register(handler: IncidentEventHandler) -> IncidentEventHandler:
        for kind in dict.fromkeys(kinds):
            registry.add_incident_event(IncidentEvent(kind, handler, background))
        return handler

    return register


def incident_of(ctx: CommandContext | ActionContext | DialogContext | EventContext) -> Incident:
    """Return the incident that something is about. Refuse with a sentence when it is about none."""
    incident = ctx.incident_or_none if isinstance(ctx, CommandContext | ActionContext) else ctx.incident
    if incident is None:
        raise IncidentError("This belongs to no incident. Use it in an incident channel.")
    return incident


@checked(name=TEXT, signature=SIGNATURE, headers=HEADERS, max_bytes=BYTES, background=YES_NO)
def inbound_request(
    name: str,
    *,
    signature: Signature,
    headers: Sequence[str] = (),
    max_bytes: int = 256 * 1024,
    background: bool = False,
) -> Callable[[RequestHandler], RequestHandler]:
    """Serve `POST /inbound/<name>` from another system that signs what it sends.

    The request is stored before it is answered with 200, and the handler runs once for it, in the plugins' process. One
    whose signature is wrong or too old is refused, as is one of more than `max_bytes` (a megabyte at most). The handler
    gets the `headers` that are named.
    """

    def register(handler: RequestHandler) -> RequestHandler:
        registry.add_inbound(Inbound(name, handler, signature, tuple(headers), max_bytes, background))
        return handler

    return register


@checked(background=YES_NO)
def scheduled_handler(*, background: bool = False) -> Callable[[LaterHandler], LaterHandler]:
    """Serve what handlers ask for with `ctx.later(at, handler, data=…)`, in any context. It runs once."""

    def register(handler: LaterHandler) -> LaterHandler:
        registry.add_scheduled(ScheduledWork("", handler, background))
        return handler

    return register


@checked(every=PERIOD, background=YES_NO)
def periodic(*, every: timedelta, background: bool = False) -> Callable[[PeriodicHandler], PeriodicHandler]:
    """Run `every` so often, a minute at the least, for the first time after one period. No incident is needed.

    A turn that was missed while nothing ran is made up for once. The next turn waits until this one is done.
    """

    def register(handler: PeriodicHandler) -> PeriodicHandler:
        registry.add_scheduled(Periodic("", handler, background, every))
        return handler

    return register


@checked(kinds=EVENTS)
def before_change(*kinds: str) -> Callable[[VetoHandler], VetoHandler]:
    """Be asked before a person changes an incident; return a sentence, or raise `IncidentError`, to refuse.

    `kinds` are those of the timeline entries that the change would write. It reads only. All that are asked have a
    second together; one that fails or takes longer refuses nothing. Declaring can't be refused.
    """

    def register(handler: VetoHandler) -> VetoHandler:
        for kind in dict.fromkeys(kinds):
            registry.add_veto(Veto(kind, handler))
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
    field = fields.declared(
        name,
        place=caller_of(),
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
        found = regex.compile("|".join(alternatives), regex.IGNORECASE) if alternatives else _nothing(handler)
    except regex.error as error:
        raise RegistrationError(
            f"The pattern {pattern!r} is no regular expression ({error}): {place_of(handler)}"
        ) from error
    if found.search(""):
        raise RegistrationError(
            f"The pattern {pattern!r} fits an empty text, so it would hear everything: {place_of(handler)}"
        )
    return found


def _nothing(handler: KeywordHandler) -> regex.Pattern[str]:
    raise RegistrationError(f"A keyword handler needs words or a pattern: {place_of(handler)}")
