"""A plugin's command that a message gave: the plugins' process runs it."""

from __future__ import annotations

from datetime import datetime

from slackbot.inbound import payloads
from slackbot.inbound.job_kinds.kind import INCIDENT, InboxKind, inbox_kind
from slackbot.inbound.message_commands import run_command, tell_outcome
from slackbot.inbound.payloads import Mention
from slackbot.inbound.places import incident_of
from slackbot.inbound.row_parts import handler_of, incident_with
from slackbot.kit import commands
from slackbot.kit.contexts import Origin
from slackbot.kit.registry import Command
from slackbot.models import InboxEntry
from slackbot.outbound import announcements, assignments


@inbox_kind("plugin_command")
class PluginCommandKind(InboxKind):
    """One command of a plugin, from a mention or a direct message."""

    handles = (Command,)
    refers_to = {"incident": INCIDENT}

    def run(self, row: InboxEntry, now: datetime) -> None:
        message = Mention(row.payload["line"], row.payload["ts"], payloads.revived(Origin, row.payload["origin"]))
        said = commands.split(message.text)
        command = handler_of(row, Command)
        about = incident_with(row.payload["incident"]) if "incident" in row.payload else None
        with announcements.watching() as made:
            outcome = run_command(command, said, message, key=row.key, now=now, about=about)
        assignments.note_mentions(made, message.text, now=now)
        here = incident_of(message.origin.channel_id) if made else None
        tell_outcome(message, [outcome], made=made, here=here, key=row.key, now=now)

    def who_asked(self, row: InboxEntry) -> Origin | None:
        return payloads.revived(Origin, row.payload["origin"])
