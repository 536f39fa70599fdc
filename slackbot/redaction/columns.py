"""List the columns of this interface that have people's words."""

from __future__ import annotations

from typing import Final

from incidents.traces import Columns
from slackbot.models import Beat, CommsChannel, InboxEntry, Kept, OperatorEntry, OutboxEntry, Scheduled, Switch

# The columns with people's words. All others are internal.
WORDS: Final[Columns] = {
    InboxEntry: ("payload", "answer", "error"),
    OutboxEntry: ("args", "result", "error"),
    Kept: ("data",),
    Scheduled: ("data",),
    CommsChannel: ("name",),
    OperatorEntry: ("text",),
    Switch: ("why",),
    Beat: ("findings",),
}
