"""The tables of the incident domain.

The modules build on each other in this order: vocabulary, incident, belonging, attachments, timeline, following.
`activity` needs `incident` alone.
"""

from incidents.models.activity import Activity as Activity
from incidents.models.activity import ActivityTotal as ActivityTotal
from incidents.models.attachments import Action as Action
from incidents.models.attachments import Link as Link
from incidents.models.attachments import Pin as Pin
from incidents.models.belonging import Member as Member
from incidents.models.belonging import Participant as Participant
from incidents.models.belonging import RoleAssignment as RoleAssignment
from incidents.models.following import Following as Following
from incidents.models.incident import Counter as Counter
from incidents.models.incident import Incident as Incident
from incidents.models.timeline import EntryKind as EntryKind
from incidents.models.timeline import TimelineEntry as TimelineEntry
from incidents.models.vocabulary import Kind as Kind
from incidents.models.vocabulary import Role as Role
from incidents.models.vocabulary import Severity as Severity
from incidents.models.vocabulary import Status as Status
