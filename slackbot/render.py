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
from incidents.models import Incident, Kind, Person, Status
from slackbot import limits
from slackbot.mrkdwn import escape, from_markdown, link

STATUS_EMOJI: Final = {
    Status.INVESTIGATING: "🚨",
    Status.IDENTIFIED: "🔎",
    Status.MONITORING: "👀",
    Status.RESOLVED: "✅",
    Status.CANCELED: "🚫",
    Status.MERGED: "🔀",
}
UNSET: Final = "_not set_"
HOME_INCIDENTS: Final = 40
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
            return UNSET
        slack_id = self.slack_ids.get(person.pk)
        return f"<@{slack_id}>" if slack_id else escape(person.name)


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
    status = Status(incident.status)
    return f"{STATUS_EMOJI[status]} {status.label}"


def severity_words(incident: Incident) -> str:
    return escape(incident.severity.label) if incident.severity else UNSET


def headline(picture: Picture, *, lines: Sequence[Line], buttons: Sequence[ButtonElement]) -> Message:
    """Draw the one post that always tells the truth: what, how bad, who, where; and what one can do."""
    incident = picture.incident
    if incident.private:
        words = f"🔒 {incident.reference} is private. Those who take part find it in its channel."
        return Message(words, [SectionBlock(text=_mrkdwn(words))])
    blocks = [_title(incident), *_lines(lines)]
    if buttons:
        blocks.append(ActionsBlock(block_id=f"incident-{incident.number}", elements=list(buttons)))
    text = f"{incident.reference} {escape(incident.title)}: {incident.get_status_display().lower()}"
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
    words = f"{STATUS_EMOJI[Status(incident.status)]} {incident.reference}{kind}  "
    if limits.utf16_length(words + incident.title) <= limits.HEADER:
        return HeaderBlock(text=PlainTextObject(text=words + incident.title, emoji=True))
    return SectionBlock(text=_mrkdwn(f"*{words}{escape(incident.title)}*"))


def topic(picture: Picture) -> str:
    """Draw the channel's topic: state first, the document's address always whole, the title as far as it fits."""
    incident = picture.incident
    severity = incident.severity.label if incident.severity else "severity not set"
    lead = f"lead {picture.mention(incident.lead)}" if incident.lead else "no lead"
    state = f"{status_words(incident)} · {severity} · {lead} · {document_url(incident)}"
    room = limits.TOPIC - limits.utf16_length(state) - 3
    return f"{state} · {limits.cut(escape(incident.title), room)}" if room > 10 else limits.cut(state, limits.TOPIC)


def channel_name(incident: Incident, *, taken: int = 0) -> str:
    """Return the channel's name; `taken` counts the names that others had already: `-2`, `-3` …"""
    suffix = f"-{taken + 1}" if taken else ""
    title = slugify(incident.title)
    name = settings.COMMS_CHANNEL_NAME.format(number=incident.number, title=title)
    name = "".join(char for char in name.lower() if char.isalnum() or char in "-_")
    return name[: limits.CHANNEL_NAME - len(suffix)].strip("-_") + suffix


def welcome(picture: Picture) -> Message:
    """Draw the channel's first message: what this is, and what to do next."""
    incident = picture.incident
    next_steps = []
    if incident.lead is None:
        next_steps.append("Somebody takes the lead: `@incident lead @someone`")
    if incident.severity is None:
        next_steps.append("Say how bad it is: `@incident severity major`")
    next_steps.append(
        "Tell others what you know: `@incident summary …`"
        if not incident.summary
        else "Keep the summary true: `@incident summary …`"
    )
    next_steps.append("Pin the messages that matter: they go on the timeline")
    if needed := fields.registry.needed_to_close(incident.field_values):
        labels = ", ".join(f"“{escape(field.label)}”" for field in needed)
        next_steps.append(f"Before it is closed, say {labels}: `@incident field {needed[0].name} …`")
    next_steps.append("When it is over: `@incident close`. Everything else: `@incident help`")
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(next_steps, start=1))
    blocks: list[Block] = [
        SectionBlock(
            text=_mrkdwn(
                f"{STATUS_EMOJI[Status(incident.status)]} *{incident.reference} {escape(incident.title)}*\n"
                f"{picture.mention(incident.reporter)} declared it {slack_time(incident.reported_at)}. "
                f"We work on it here; the {link(document_url(incident), 'incident document')} keeps what matters."
            )
        ),
        SectionBlock(text=_mrkdwn(f"*What to do next*\n{steps}")),
    ]
    if incident.summary:
        text = limits.cut(from_markdown(incident.summary), 1500)
        blocks.insert(1, SectionBlock(text=_mrkdwn(f"*Summary*\n{text}")))
    return Message(f"{incident.reference} {escape(incident.title)}: what to do next", blocks)


def home(pictures: Sequence[Picture], *, reader: Person) -> list[Block]:
    """Draw the Home tab: what is open, and which of it is the reader's."""
    blocks: list[Block] = [
        SectionBlock(text=_mrkdwn("*Something broken?* Declare it: people and a channel come by themselves.")),
        ActionsBlock(
            elements=[ButtonElement(text="🚨 Declare an incident", action_id="declare-incident", style="primary")]
        ),
        HeaderBlock(text=PlainTextObject(text="Open incidents")),
    ]
    if not pictures:
        blocks.append(SectionBlock(text=_mrkdwn("Nothing is open. All is well.")))
    for picture in pictures[:HOME_INCIDENTS]:
        incident = picture.incident
        mine = " · you reported it" if incident.reporter == reader else ""
        mine = " · *you lead*" if incident.lead == reader else mine
        channel = f" · <#{picture.channel_id}>" if picture.channel_id else ""
        title = link(document_url(incident), f"{incident.reference} {incident.title}")
        state = f"{status_words(incident)} · {severity_words(incident)} · lead {picture.mention(incident.lead)}"
        blocks.append(SectionBlock(text=_mrkdwn(f"*{title}*\n{state}{channel}{mine}")))
    return blocks


def declared(picture: Picture, *, headline_url: str) -> str:
    """Answer the one who declared."""
    incident = picture.incident
    where = f" · {link(headline_url, 'headline')}" if headline_url else ""
    channel = f" · <#{picture.channel_id}>" if picture.channel_id else ""
    document = link(document_url(incident), "document")
    return f"✅ {incident.reference} is declared: *{escape(incident.title)}*\n{document}{where}{channel}"


def _mrkdwn(text: str) -> MarkdownTextObject:
    return MarkdownTextObject(text=limits.cut(text, limits.FIELD), verbatim=False)
