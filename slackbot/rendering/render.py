"""What people see in Slack, drawn from the incident. Pure: facts in, text and blocks out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from django.conf import settings
from django.utils.text import slugify
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from incidents import fields
from incidents.models import Incident, Kind, Status
from people.models import Person
from slackbot.api import limits
from slackbot.api.mrkdwn import escape, from_markdown, link, literal
from slackbot.kit.words import Mrkdwn, Sentence, sentence

STATUS_EMOJI: Final = {
    Status.INVESTIGATING: sentence("emoji.status.investigating", "🚨"),
    Status.IDENTIFIED: sentence("emoji.status.identified", "🔎"),
    Status.MONITORING: sentence("emoji.status.monitoring", "👀"),
    Status.RESOLVED: sentence("emoji.status.resolved", "✅"),
    Status.CANCELED: sentence("emoji.status.canceled", "🚫"),
    Status.MERGED: sentence("emoji.status.merged", "🔀"),
}
KIND_EMOJI: Final = {
    Kind.LIVE: sentence("emoji.kind.live", ""),
    Kind.REPORT: sentence("emoji.kind.report", ""),
    Kind.DRILL: sentence("emoji.kind.drill", ""),
}
UNSET: Final = sentence("headline.not_set", "_not set_")
PRIVATE: Final = sentence("headline.private", "🔒 {reference} is private. Its participants can find it in its channel.")
A_PRIVATE_ONE: Final = sentence("merge.private", "a private incident")
TOPIC: Final = sentence("channel.topic", "{status} · {severity} · {lead} · {document} · {title}")
NO_SEVERITY: Final = sentence("channel.topic_no_severity", "severity not set")
LEAD: Final = sentence("channel.topic_lead", "lead {lead}")
NO_LEAD: Final = sentence("channel.topic_no_lead", "no lead")
NO_ACTIVE_LEAD: Final = sentence("headline.no_active_lead", "no active lead")
CHANNEL_NAME: Final = sentence("channel.name", "inc-{number}-{title}", needs=frozenset({"number"}))
WELCOME: Final = sentence(
    "welcome.introduction",
    "{emoji} *{reference} {title}*\n{reporter} declared it {when}. "
    "Work on it in this channel; the {document} records what matters.",
)
WELCOME_LEAD: Final = sentence("welcome.lead", "{lead} is the lead.")
SUMMARY: Final = sentence("welcome.summary", "*Summary*\n{summary}")
NEXT: Final = sentence("welcome.next", "*What to do next*\n{steps}")
STEP_LEAD: Final = sentence("welcome.step_lead", "Take the lead, or choose someone: `@incident lead @someone`")
STEP_SEVERITY: Final = sentence("welcome.step_severity", "Set the severity: `@incident severity major`")
STEP_NO_SUMMARY: Final = sentence(
    "welcome.step_no_summary", "Summarize what you know: `@incident summary &lt;text&gt;`"
)
STEP_SUMMARY: Final = sentence("welcome.step_summary", "Keep the summary up to date: `@incident summary &lt;text&gt;`")
STEP_PIN: Final = sentence("welcome.step_pin", "Pin important messages to add them to the timeline")
STEP_FIELDS: Final = sentence(
    "welcome.step_fields", "Before you resolve it, set {labels}: `@incident field {name} &lt;value&gt;`"
)
STEP_RESOLVE: Final = sentence(
    "welcome.step_resolve",
    "Resolve the incident when it is over: `@incident resolve`. See all commands: `@incident help`",
)
TAKE_LEAD_BUTTON: Final = sentence("button.take_lead", "🙋 Take the lead", limit=limits.BUTTON)
SEVERITY_BUTTON: Final = sentence("button.set_severity", "🌡️ Set severity", limit=limits.BUTTON)
UPDATE_BUTTON: Final = sentence("button.post_update", "📣 Post update", limit=limits.BUTTON)
TAKE_LEAD: Final = "take-lead"
CHANGE_FIELD: Final = "change-field"
POST_UPDATE: Final = "post-update"
QUIET_REMINDERS: Final = "quiet-reminders"
HOME: Final = sentence("home.introduction", "*Something broken?* Declare it. We'll open a channel and bring people in.")
HOME_DECLARE: Final = sentence("home.declare", "🚨 Declare an incident", limit=limits.BUTTON)
LIST_MORE: Final = sentence("home.more", "… and {count} more in the {list}")
LIST: Final = sentence("list.name", "list on the web")
HOME_OPEN: Final = sentence("home.open", "Open incidents", limit=limits.HEADER)
HOME_NONE: Final = sentence("home.none", "No incidents are open.")
HOME_REPORTED: Final = sentence("home.you_reported", "you reported it")
HOME_LEAD: Final = sentence("home.you_lead", "*you lead*")
SIMILAR: Final = sentence("declare.similar", "⚠️ Open incidents with a similar title: {incidents}")
SIMILAR_MERGE: Final = sentence(
    "declare.similar_merge",
    "If yours is a duplicate, write `@incident merge {reference}` in your new incident's channel.",
)
DECLARED: Final = sentence("declare.done", "✅ {reference} is declared: *{title}*\n{links}")
DOCUMENT: Final = sentence("document.name", "incident document")
HOME_INCIDENTS: Final = 40
SIMILAR_SHOWN: Final = 3
HEADLINE_ROOM: Final = 11_000  # characters for lines; title, buttons and names of blocks need the rest


@dataclass(frozen=True)
class Message:
    """What `chat.postMessage` shows: blocks, and the text of notifications and screen readers."""

    text: str
    blocks: list[Block]


@dataclass(frozen=True)
class Line:
    """One line of a headline, in mrkdwn. `style` is "short" (two in a row), "long" or "small"."""

    text: str
    style: str


@dataclass(frozen=True)
class Picture:
    """Everything the pictures of an incident are drawn from."""

    incident: Incident
    slack_ids: dict[int, str]  # by person
    channel_id: str = ""

    def mention(self, person: Person | None) -> str:
        """Name somebody as Slack does, so that one can click on them."""
        if person is None:
            return UNSET()
        slack_id = self.slack_ids.get(person.pk)
        return f"<@{slack_id}>" if slack_id else literal(person.name)


def document_url(incident: Incident) -> str:
    return f"{settings.SITE_URL}/incidents/{incident.number}/"


def slack_time(moment: datetime) -> str:
    """Show a moment in each reader's own time zone."""
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{moment:%Y-%m-%d %H:%M} UTC>"


def length_words(length: timedelta) -> str:
    """Return "12 min", "3 h 5 min" or "2 days 4 h"."""
    minutes = int(length.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} day{'s' if days > 1 else ''}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min" if minutes else "less than a minute"


def status_words(incident: Incident) -> str:
    """Return the status as plain words."""
    status = Status(incident.status)
    into = incident.merged_into
    where = "" if into is None else f" into {A_PRIVATE_ONE.plain() if into.private else into.reference}"
    return f"{STATUS_EMOJI[status]()} {status.label}{where}".strip()


def whereabouts(picture: Picture) -> str:
    """Say where an incident is worked on: one that is not private."""
    incident = picture.incident
    parts = [link(document_url(incident), f"{incident.reference} {incident.title}")]
    parts += [f"<#{picture.channel_id}>"] if picture.channel_id else []
    return " · ".join(parts)


def severity_words(incident: Incident) -> str:
    return literal(incident.severity.label) if incident.severity else UNSET()


def headline(picture: Picture, *, lines: Sequence[Line], buttons: Sequence[ButtonElement]) -> Message:
    """Draw the one post that always tells the truth: what, how bad, who, where; and what one can do."""
    incident = picture.incident
    if incident.private:
        words = PRIVATE(reference=incident.reference)
        return Message(words, [SectionBlock(text=_mrkdwn(words))])
    blocks = [_title(incident), *_lines(lines)]
    if buttons:
        blocks.append(ActionsBlock(block_id=f"incident-{incident.number}", elements=list(buttons)))
    text = f"{incident.reference} {literal(incident.title)}: {incident.get_status_display().lower()}"
    return Message(limits.cut(text, limits.UPDATE_TEXT), blocks)


def _lines(lines: Sequence[Line]) -> list[Block]:
    """Draw as many as Slack shows in a message, those of a kind that follow each other together."""
    room, shown = HEADLINE_ROOM, []
    for line in lines:
        text = limits.cut(line.text, 1000)
        room -= limits.utf16_length(text)
        if text and room >= 0:
            shown.append(Line(text, line.style))
    blocks: list[Block] = []
    for style, group in groupby(shown, key=lambda line: line.style):
        texts = [_mrkdwn(line.text) for line in group]
        if style == "long":
            blocks += [SectionBlock(text=text) for text in texts]
        else:
            for start in range(0, len(texts), limits.FIELDS):
                some = texts[start : start + limits.FIELDS]
                blocks.append(SectionBlock(fields=some) if style == "short" else ContextBlock(elements=some))
    return blocks[: limits.MESSAGE_BLOCKS - 2]


def _title(incident: Incident) -> Block:
    kind = "" if incident.kind == Kind.LIVE else f" · {incident.get_kind_display()}"
    emoji = f"{STATUS_EMOJI[Status(incident.status)]()} {KIND_EMOJI[Kind(incident.kind)]()}".strip()
    words = f"{emoji} {incident.reference}{kind}  ".lstrip()
    if limits.utf16_length(words + incident.title) <= limits.HEADER:
        return HeaderBlock(text=PlainTextObject(text=words + incident.title, emoji=True))
    return SectionBlock(text=_mrkdwn(f"*{words}{literal(incident.title)}*"))


def topic(picture: Picture) -> str:
    """Draw the channel's topic: state first, the document's address always whole, the title as far as it fits."""
    incident = picture.incident
    facts = {
        "status": status_words(incident),
        "severity": literal(incident.severity.label) if incident.severity else NO_SEVERITY(),
        "lead": _topic_lead(picture),
        "document": document_url(incident),
    }
    room = limits.TOPIC - limits.utf16_length(TOPIC.plain(**facts, title=""))
    title = limits.cut(escape(incident.title), room) if room > 10 else ""
    return limits.cut(TOPIC.plain(**facts, title=title).rstrip(" ·"), limits.TOPIC)


def _topic_lead(picture: Picture) -> str:
    incident = picture.incident
    if incident.is_open and incident.lead != incident.active_lead:
        return NO_ACTIVE_LEAD()
    return LEAD.plain(lead=picture.mention(incident.lead)) if incident.lead else NO_LEAD()


def channel_name(incident: Incident, *, taken: int = 0, plain: bool = False) -> str:
    """Return the channel's name; `taken` counts the names that others had already: `-2`, `-3` …

    A `plain` one has only letters and digits that Slack knows, and not the title.
    """
    suffix = f"-{taken + 1}" if taken else ""
    if plain:
        return f"inc-{incident.number}{suffix}"
    title = slugify(incident.title)
    pattern = Sentence("", settings.COMMS_CHANNEL_NAME) if settings.COMMS_CHANNEL_NAME else CHANNEL_NAME
    name = pattern.plain(number=incident.number, title=title)
    name = "".join(char for char in name.lower() if char.isalnum() or char in "-_")
    return name[: limits.CHANNEL_NAME - len(suffix)].strip("-_") + suffix


def welcome(picture: Picture) -> Message:
    """Draw the channel's first message: what this is, and what to do next."""
    incident = picture.incident
    missing = [STEP_LEAD] * (incident.active_lead is None) + [STEP_SEVERITY] * (incident.severity is None)
    summary = STEP_SUMMARY if incident.summary else STEP_NO_SUMMARY
    to_do = [step() for step in (*missing, summary, STEP_PIN)]
    if needed := fields.registry.needed_to_resolve(incident.field_values):
        labels = ", ".join(f"“{field.label}”" for field in needed)
        to_do.append(STEP_FIELDS(labels=labels, name=needed[0].name))
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate([*to_do, STEP_RESOLVE()], start=1))
    introduction = WELCOME(
        emoji=STATUS_EMOJI[Status(incident.status)](),
        reference=incident.reference,
        title=Mrkdwn(literal(incident.title)),
        reporter=Mrkdwn(picture.mention(incident.reporter)),
        when=Mrkdwn(slack_time(incident.reported_at)),
        document=Mrkdwn(link(document_url(incident), DOCUMENT.plain())),
    )
    if incident.active_lead is not None:
        introduction += f" {WELCOME_LEAD(lead=Mrkdwn(picture.mention(incident.active_lead)))}"
    texts = [introduction, NEXT(steps=Mrkdwn(steps))]
    if incident.summary:
        texts.insert(1, SUMMARY(summary=Mrkdwn(limits.cut(from_markdown(incident.summary), 1500))))
    blocks: list[Block] = [SectionBlock(text=_mrkdwn(text)) for text in texts]
    if buttons := next_steps(incident):
        blocks.append(buttons_block(incident, buttons))
    return Message(f"{incident.reference} {literal(incident.title)}: what to do next", blocks)


def next_steps(incident: Incident) -> list[ButtonElement]:
    """Return the buttons for what an open incident still lacks, and for an update."""
    if not incident.is_open:
        return []
    missing = [take_lead_button()] * (incident.active_lead is None) + [severity_button()] * (incident.severity is None)
    return [*missing, update_button()]


def take_lead_button() -> ButtonElement:
    return ButtonElement(text=TAKE_LEAD_BUTTON.plain(), action_id=TAKE_LEAD, style="primary")


def severity_button() -> ButtonElement:
    return ButtonElement(text=SEVERITY_BUTTON.plain(), action_id=CHANGE_FIELD, value="severity")


def update_button() -> ButtonElement:
    return ButtonElement(text=UPDATE_BUTTON.plain(), action_id=POST_UPDATE)


def buttons_block(incident: Incident, buttons: Sequence[ButtonElement]) -> ActionsBlock:
    """Lay buttons in a row that belongs to the incident, in whatever channel it stands."""
    return ActionsBlock(block_id=f"incident-{incident.number}-steps", elements=list(buttons))


def more_open(count: int) -> str:
    """Say how many open incidents a list leaves out, and where to see them."""
    return LIST_MORE(count=count, list=Mrkdwn(link(f"{settings.SITE_URL}/?state=open", LIST.plain())))


def home(pictures: Sequence[Picture], *, reader: Person, open_count: int) -> list[Block]:
    """Draw the Home tab: what is open, and which of it is the reader's. `open_count` counts what is left out too."""
    blocks: list[Block] = [
        SectionBlock(text=_mrkdwn(HOME())),
        ActionsBlock(
            elements=[ButtonElement(text=HOME_DECLARE.plain(), action_id="declare-incident", style="primary")]
        ),
        HeaderBlock(text=PlainTextObject(text=HOME_OPEN.plain())),
    ]
    if not pictures:
        blocks.append(SectionBlock(text=_mrkdwn(HOME_NONE())))
    for picture in pictures:
        incident = picture.incident
        mine = f" · {HOME_REPORTED()}" if incident.reporter == reader else ""
        mine = f" · {HOME_LEAD()}" if incident.lead == reader else mine
        channel = f" · <#{picture.channel_id}>" if picture.channel_id else ""
        title = link(document_url(incident), f"{incident.reference} {incident.title}")
        lead = f"lead {picture.mention(incident.lead)}"
        lead = lead if incident.lead == incident.active_lead else NO_ACTIVE_LEAD()
        state = f"{status_words(incident)} · {severity_words(incident)} · {lead}"
        blocks.append(SectionBlock(text=_mrkdwn(f"*{title}*\n{state}{channel}{mine}")))
    if more := open_count - len(pictures):
        blocks.append(SectionBlock(text=_mrkdwn(more_open(more))))
    return blocks


def declared(picture: Picture, *, headline_url: str, similar: Sequence[Incident] = ()) -> str:
    """Answer the person who declared it, and name open incidents with a similar title."""
    incident = picture.incident
    parts = [link(document_url(incident), "document")]
    parts += [link(headline_url, "headline")] if headline_url else []
    parts += [f"<#{picture.channel_id}>"] if picture.channel_id else []
    answer = DECLARED(
        reference=incident.reference, title=Mrkdwn(literal(incident.title)), links=Mrkdwn(" · ".join(parts))
    )
    if not similar:
        return answer
    merge = SIMILAR_MERGE(reference=similar[0].reference)
    return "\n".join([answer, similar_incidents(similar), merge])


def similar_incidents(similar: Sequence[Incident]) -> str:
    """Name open incidents that may be the same, with links to their documents."""
    shown = similar[:SIMILAR_SHOWN]
    names = ", ".join(f"{link(document_url(each), each.reference)} {literal(each.title)}" for each in shown)
    more = f". {more_open(len(similar) - len(shown))}" if len(similar) > len(shown) else ""
    return SIMILAR(incidents=Mrkdwn(f"{names}{more}"))


def _mrkdwn(text: str) -> MarkdownTextObject:
    return MarkdownTextObject(text=limits.cut(text, limits.FIELD), verbatim=False)
