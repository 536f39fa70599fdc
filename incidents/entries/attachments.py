"""Entries about what is attached to an incident: its channel and links, pinned messages, notes, action items."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from incidents.entries.entry import Entry, Written, stored
from incidents.entries.kinds import EntryKind
from incidents.texts import link_in_markdown

PINNED: Final = "pinned"


class ChannelRequested(Entry):
    """Somebody asked for a channel of the incident's own."""

    kind = EntryKind.CHANNEL_REQUESTED
    label = "Channel requested"
    icon = "hash"

    def text(self) -> str:
        return "Asked for a channel"


class LinkAdded(Entry):
    """Something about the incident lives at an address: its channel, a ticket, a call."""

    kind = EntryKind.LINK_ADDED
    label = "Link added"
    icon = "link"

    link_kind: str = stored("The type of link, for example channel or ticket", key="kind")
    link_label: str = stored("The link's label", key="label")
    url: str = stored("Its address")

    def text(self) -> str:
        return f"{self.link_kind.capitalize()}: {link_in_markdown(self.link_label, self.url)}"


class PinAdded(Written):
    """A message was added to the timeline."""

    kind = EntryKind.PIN_ADDED
    label = "Message pinned"
    icon = "pin"

    pin: int = stored("The id of the pinned message")
    source: str = stored("The message's location, in its interface's format")
    author: int | None = stored("The id of the person who wrote it; null for a program", default=None)
    permalink: str = stored("The message's address; empty when it has none", default="")
    how: str = stored("How it was added: pinned, by a reaction or from a menu", default=PINNED)
    author_name: str = stored("The name of the program that wrote it", default="", omit_default=True)

    def heading(self) -> str:
        """Return what happened. A message that a reaction or a menu added was not pinned."""
        return self.label if self.how == PINNED else "Message added"


class PinChanged(Written):
    """A pinned message was edited."""

    kind = EntryKind.PIN_CHANGED
    label = "Pinned message edited"
    icon = "pin"

    pin: int = stored("The id of the pinned message")
    source: str = stored("The message's location, in its interface's format")
    was: str = stored("The previous text, as Markdown", key="from", default="")


class PinRemoved(Entry):
    """A message left the timeline."""

    kind = EntryKind.PIN_REMOVED
    label = "Pin removed"
    icon = "pin"

    pin: int = stored("The id of the pinned message")
    source: str = stored("The message's location, in its interface's format")

    was_deleted: bool = False

    def text(self) -> str:
        return "A message was deleted, and left the timeline" if self.was_deleted else "Unpinned a message"


class NoteAdded(Written):
    """Somebody wrote what happened."""

    kind = EntryKind.NOTE_ADDED
    label = "Note"
    icon = "note"

    source: str = stored(
        "The message in which it was written, if it follows that message", default="", omit_default=True
    )


class NoteCorrected(Written):
    """A note says something else from now on, or that it happened at another time."""

    kind = EntryKind.NOTE_CORRECTED
    label = "Note corrected"
    icon = "note"

    note: int = stored("The number of the note's first entry")


class NoteWithdrawn(Entry):
    """A note is valid no longer."""

    kind = EntryKind.NOTE_WITHDRAWN
    label = "Note withdrawn"
    icon = "ban"

    note: int = stored("The number of the note's first entry")

    was_deleted: bool = False

    def text(self) -> str:
        return "Note withdrawn, because its message was deleted" if self.was_deleted else "Note withdrawn"


class ActionAdded(Written):
    """An action item was added."""

    kind = EntryKind.ACTION_ADDED
    label = "Action item added"
    icon = "todo"

    action: int = stored("The id of the action item")
    owner: int | None = stored("The id of its owner; null if it has no owner")
    priority: str = stored("Its priority")
    type: str = stored("Its type")
    due_at: datetime | None = stored("When it is due; null if no due date is set")

    def given_to(self) -> int | None:
        return self.owner


class ActionCompleted(Written):
    """An action item was done."""

    kind = EntryKind.ACTION_COMPLETED
    label = "Action item completed"
    icon = "check"

    action: int = stored("The id of the action item")
