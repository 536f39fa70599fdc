"""Teach Response your own process. All that a plugin needs is imported from here.

A plugin is a Django app with a module `slack_handlers`; name it in RESPONSE_PLUGINS. Each decorator registers the
function and returns it unchanged. A name is registered once; a second use stops the start and names both places, unless
it says `replace=True`. To refuse, `raise IncidentError("a sentence for people")`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from slack_sdk.models.blocks import ButtonElement as Button

from incidents.errors import IncidentError
from incidents.models import Incident, Kind
from integrations import http
from slackbot.api import limits
from slackbot.api.mrkdwn import escape, from_markdown, link, literal
from slackbot.directory.people import markdown, mention, slack_ids
from slackbot.kit import arguments, channels, commands, events, stored_values
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
from slackbot.kit.custom_fields import incident_field
from slackbot.kit.declarations import COUNT, FUNCTION, ID, LENGTH, TEXT, TEXTS, WHOLE, YES_NO, checked
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
from slackbot.kit.expectations import BYTES, EVENTS, HEADERS, HOURS, KINDS, PERIOD, SEARCHES, SIGNATURE, STYLE, USAGE
from slackbot.kit.handler_types import (
    SKIP,
    ActionHandler,
    CommandHandler,
    DialogHandler,
    HeadlineAction,
    HeadlineText,
    IncidentEventHandler,
    KeywordHandler,
    LaterHandler,
    LineStyle,
    NotificationHandler,
    PeriodicHandler,
    RequestHandler,
    Search,
    Skip,
    VetoHandler,
)
from slackbot.kit.keywords import keyword
from slackbot.kit.messages import SaidMessage
from slackbot.kit.pinning import pin_message
from slackbot.kit.plugin_settings import Setting, secret, setting, setting_list
from slackbot.kit.registering import registering
from slackbot.kit.registry import (
    Action,
    Command,
    DialogForm,
    HeadlineButton,
    HeadlineLine,
    Inbound,
    IncidentEvent,
    Notification,
    Periodic,
    ScheduledWork,
    TimelineFollower,
    Veto,
    command_named,
    command_names,
    listed_commands,
)
from slackbot.kit.signatures import Signature
from slackbot.kit.words import Mrkdwn, Sentence, sentence, texts, timeline_emoji
from slackbot.kit.working_hours import WorkingHours
from slackbot.rendering import display

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
    "http",
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
    "timeline_follower",
]


@checked(
    name=TEXT, aliases=TEXTS, help=TEXT, usage=USAGE, anywhere=YES_NO, reads_only=YES_NO, replace=YES_NO, asks=FUNCTION
)
def incident_command(
    name: str,
    *aliases: str,
    help: str,
    usage: str | Callable[[], str] = "",
    anywhere: bool = False,
    reads_only: bool = False,
    replace: bool = False,
    asks: Callable[[str], str] = lambda _text: "",
) -> Callable[[CommandHandler], CommandHandler]:
    """Serve `@incident name …` and `/incident name …`. Return None for ✅, or a text that only the author sees.

    `help` describes it, and `usage` is what to write after the name, or a function that returns that. It works in
    incident channels; with `anywhere=True` in every channel, and then `ctx.incident_or_none` may be None.

    Raise `UsageError` for words that the command can't read: typed after `/incident`, they are then the title of a new
    incident. A command that ends or hides something gives `asks`: it takes the words after the name and returns the
    label of a button that must be clicked before `/incident name …` runs, with `{reference}` for the incident, or "".
    With `reads_only=True` it promises to change nothing, so Response need not record that it served the request.
    """
    return registering(
        lambda handler: Command(name, handler, help, usage, aliases, anywhere, asks, reads_only), replace=replace
    )


@checked(words=TEXTS, pattern=TEXT, every=LENGTH)
def keyword_handler(
    *words: str, pattern: str = "", every: timedelta = timedelta(minutes=30)
) -> Callable[[KeywordHandler], KeywordHandler]:
    """Hear people say one of these words or phrases in an incident's channel; a returned text is said there.

    Whole words, whatever the case and the spacing; or a regular expression in `pattern`. Never for bots, nor for what
    is said to us. It speaks at most once `every` so often in an incident.
    """
    return registering(lambda handler: keyword(words, pattern, handler, every))


@checked(action_id=ID, background=YES_NO, replace=YES_NO)
def action_handler(
    action_id: str, *, background: bool = False, replace: bool = False
) -> Callable[[ActionHandler], ActionHandler]:
    """Serve clicks on buttons with this `action_id`. A returned text is seen by the clicker only.

    A handler that talks to another system says `background=True`: a worker runs it, and again when it fails, so give
    that system `ctx.idempotency_key`. It can open no dialog.
    """
    return registering(lambda handler: Action(action_id, handler, background), replace=replace)


@checked(dialog_id=ID, background=YES_NO, validate=FUNCTION.or_none(), searches=SEARCHES, replace=YES_NO)
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
    return registering(
        lambda handler: DialogForm(dialog_id, handler, background, searches or {}, validate), replace=replace
    )


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
    return registering(lambda handler: Notification("", handler, after, None, 1, hours, tuple(kinds)))


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
    return registering(
        lambda handler: Notification("", handler, every if after is None else after, every, times, hours, tuple(kinds))
    )


@checked(order=WHOLE)
def headline_action(*, order: int) -> Callable[[HeadlineAction], HeadlineAction]:
    """Put a button under every headline, in this order; return None to leave it out of one."""
    return registering(lambda handler: HeadlineButton(f"headline:{order}", handler, order))


@checked(name=TEXT, order=WHOLE, style=STYLE, replace=YES_NO)
def headline_line(
    name: str, *, order: int, style: LineStyle = "long", replace: bool = False
) -> Callable[[HeadlineText], HeadlineText]:
    """Put a line into every headline, in this order; return mrkdwn, or None to leave it out of one.

    "short" ones stand two in a row, a "small" one is grey. It is asked when anything happened to the incident.
    """
    return registering(lambda handler: HeadlineLine(name, handler, order, style), replace=replace)


@checked(kinds=EVENTS, background=YES_NO)
def incident_event(*kinds: str, background: bool = False) -> Callable[[IncidentEventHandler], IncidentEventHandler]:
    """Hear of timeline entries of these kinds (`incidents.models.EntryKind`), from whichever door they came.

    A handler that talks to another system says `background=True`: it runs in no transaction, has more time, and runs
    again when it fails, so give that system `ctx.idempotency_key`.
    """
    return registering(lambda handler: [IncidentEvent(kind, handler, background) for kind in dict.fromkeys(kinds)])


@checked(name=ID, background=YES_NO, replace=YES_NO)
def timeline_follower(
    name: str, *, background: bool = False, replace: bool = False
) -> Callable[[IncidentEventHandler], IncidentEventHandler]:
    """Get every timeline entry from now on, in order per incident, whatever other followers do.

    `name` is the follower's in the database: how far it has come with each incident is stored under it, so it stays
    when the function is renamed. `background=True` is that of `incident_event`.
    """
    return registering(lambda handler: TimelineFollower(name, handler, background), replace=replace)


def incident_of(ctx: CommandContext | ActionContext | DialogContext | EventContext) -> Incident:
    """Return the incident that something is about. Refuse with a sentence when it is about none."""
    incident = ctx.incident_or_none if isinstance(ctx, CommandContext | ActionContext) else ctx.incident
    if incident is None:
        raise IncidentError("This isn't linked to an incident. Use it in an incident channel.")
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
    return registering(lambda handler: Inbound(name, handler, signature, tuple(headers), max_bytes, background))


@checked(background=YES_NO)
def scheduled_handler(*, background: bool = False) -> Callable[[LaterHandler], LaterHandler]:
    """Serve what handlers ask for with `ctx.later(at, handler, data=…)`, in any context. It runs once."""
    return registering(lambda handler: ScheduledWork("", handler, background))


@checked(every=PERIOD, background=YES_NO)
def periodic(*, every: timedelta, background: bool = False) -> Callable[[PeriodicHandler], PeriodicHandler]:
    """Run `every` so often, a minute at the least, for the first time after one period. No incident is needed.

    A turn that was missed while nothing ran is made up for once. The next turn waits until this one is done.
    """
    return registering(lambda handler: Periodic("", handler, background, every))


@checked(kinds=EVENTS)
def before_change(*kinds: str) -> Callable[[VetoHandler], VetoHandler]:
    """Be asked before a person changes an incident; return a sentence, or raise `IncidentError`, to refuse.

    `kinds` are those of the timeline entries that the change would write. It reads only. All that are asked have a
    second together; one that fails or takes longer refuses nothing. Declaring can't be refused.
    """
    return registering(lambda handler: [Veto(kind, handler) for kind in dict.fromkeys(kinds)])
