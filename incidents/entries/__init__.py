"""Kinds of timeline entries: one small class each, which documents its data and writes its sentence.

A service makes an object of such a class and hands it to `record`. The class also has what interfaces need to show its
entries: a label, an icon, an emoji. Nothing else lists kinds; to add one, write a subclass of `Entry`.

Entries are stored for good, so kinds outlive their classes: an entry whose kind nobody knows is `PlainText`.
"""

from incidents.entries.attachments import ActionAdded as ActionAdded
from incidents.entries.attachments import ActionCompleted as ActionCompleted
from incidents.entries.attachments import ChannelRequested as ChannelRequested
from incidents.entries.attachments import LinkAdded as LinkAdded
from incidents.entries.attachments import NoteAdded as NoteAdded
from incidents.entries.attachments import NoteCorrected as NoteCorrected
from incidents.entries.attachments import NoteWithdrawn as NoteWithdrawn
from incidents.entries.attachments import PinAdded as PinAdded
from incidents.entries.attachments import PinChanged as PinChanged
from incidents.entries.attachments import PinRemoved as PinRemoved
from incidents.entries.course import Canceled as Canceled
from incidents.entries.course import Merged as Merged
from incidents.entries.course import MergedHere as MergedHere
from incidents.entries.course import MergeUndone as MergeUndone
from incidents.entries.course import Redacted as Redacted
from incidents.entries.course import Reopened as Reopened
from incidents.entries.course import Resolved as Resolved
from incidents.entries.course import StatusChanged as StatusChanged
from incidents.entries.course import StatusEntry as StatusEntry
from incidents.entries.course import Trouble as Trouble
from incidents.entries.course import UpdatePosted as UpdatePosted
from incidents.entries.entry import KINDS as KINDS
from incidents.entries.entry import Entry as Entry
from incidents.entries.entry import Icon as Icon
from incidents.entries.entry import PlainText as PlainText
from incidents.entries.entry import StoredField as StoredField
from incidents.entries.entry import is_own as is_own
from incidents.entries.entry import known_kinds as known_kinds
from incidents.entries.entry import label_of as label_of
from incidents.entries.entry import other_incident as other_incident
from incidents.entries.entry import read as read
from incidents.entries.entry import stored as stored
from incidents.entries.entry import stored_fields as stored_fields
from incidents.entries.kinds import EntryKind as EntryKind
from incidents.entries.people import LeadAssigned as LeadAssigned
from incidents.entries.people import LeadRemoved as LeadRemoved
from incidents.entries.people import MadePrivate as MadePrivate
from incidents.entries.people import MadePublic as MadePublic
from incidents.entries.people import MemberInvited as MemberInvited
from incidents.entries.people import MemberRemoved as MemberRemoved
from incidents.entries.people import ParticipantJoined as ParticipantJoined
from incidents.entries.people import RoleAssigned as RoleAssigned
from incidents.entries.people import RoleRemoved as RoleRemoved
from incidents.entries.properties import FieldChanged as FieldChanged
from incidents.entries.properties import ImpactChanged as ImpactChanged
from incidents.entries.properties import KindChanged as KindChanged
from incidents.entries.properties import Opened as Opened
from incidents.entries.properties import SeverityChanged as SeverityChanged
from incidents.entries.properties import StartedAtChanged as StartedAtChanged
from incidents.entries.properties import SummaryChanged as SummaryChanged
from incidents.entries.properties import TitleChanged as TitleChanged
