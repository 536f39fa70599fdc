"""List the columns of this interface that have people's words."""

from __future__ import annotations

from typing import Final

from incidents.models import Following
from incidents.traces import Columns
from jobs.models import Heartbeat, OperatorEntry, Switch
from slackbot.models import CommsChannel, InboxEntry, Kept, OutboxEntry, Scheduled

# The columns with people's words. All others are internal.
WORDS: Final[Columns] = {
    InboxEntry: ("payload", "answer", "error"),
    Following: ("error",),
    OutboxEntry: ("args", "result", "error"),
    Kept: ("data",),
    Scheduled: ("data",),
    CommsChannel: ("name",),
    OperatorEntry: ("text",),
    Switch: ("why",),
    Heartbeat: ("findings",),
}
