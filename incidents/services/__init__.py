"""Everything that can happen to an incident: one function per change, for every interface.

Each function is one transaction: it locks the incident, checks the rules, saves, and writes one timeline entry per
change, numbered by `Incident.version`. Times are aware datetimes; `at` is when the interface received the request. All
of them raise a `Refusal` when they refuse, and then nothing has changed. The `incident` passed in is fresh
afterwards. `by` is the person who acts; a few also take a `System`: see `people.actors`.

There is one module per theme. What they share is in `recording`, `wording`, `checking`, `participation`, `applying` and
`changing`, each of which imports only those named before it.
"""

from incidents.services.actions import add_action as add_action
from incidents.services.actions import complete_action as complete_action
from incidents.services.declaring import declare_incident as declare_incident
from incidents.services.details import change_kind as change_kind
from incidents.services.details import correct_start as correct_start
from incidents.services.details import rename_incident as rename_incident
from incidents.services.details import set_field as set_field
from incidents.services.details import write_impact as write_impact
from incidents.services.details import write_summary as write_summary
from incidents.services.editing import Edits as Edits
from incidents.services.editing import edit_incident as edit_incident
from incidents.services.editing import fingerprint as fingerprint
from incidents.services.links import attach_link as attach_link
from incidents.services.links import detach_link as detach_link
from incidents.services.links import readdress_links as readdress_links
from incidents.services.links import relabel_link as relabel_link
from incidents.services.links import relabel_links as relabel_links
from incidents.services.links import replace_link as replace_link
from incidents.services.links import request_channel as request_channel
from incidents.services.members import admit_from_channel as admit_from_channel
from incidents.services.members import expel_member as expel_member
from incidents.services.members import invite_member as invite_member
from incidents.services.members import remove_member as remove_member
from incidents.services.merging import merge_incident as merge_incident
from incidents.services.merging import reopen_incident as reopen_incident
from incidents.services.notes import add_note as add_note
from incidents.services.participation import record_activity as record_activity
from incidents.services.participation import record_participation as record_participation
from incidents.services.pins import add_pin as add_pin
from incidents.services.pins import change_pin as change_pin
from incidents.services.pins import remove_pin as remove_pin
from incidents.services.plugin_entries import record_entry as record_entry
from incidents.services.privacy import make_private as make_private
from incidents.services.privacy import make_public as make_public
from incidents.services.progress import change_status as change_status
from incidents.services.progress import set_severity as set_severity
from incidents.services.resolving import cancel_incident as cancel_incident
from incidents.services.resolving import resolve_incident as resolve_incident
from incidents.services.roles import assign_lead as assign_lead
from incidents.services.roles import assign_role as assign_role
from incidents.services.roles import remove_lead as remove_lead
from incidents.services.roles import remove_role as remove_role
from incidents.services.roles import take_lead as take_lead
from incidents.services.troubles import DEPARTURE as DEPARTURE
from incidents.services.troubles import record_departure as record_departure
from incidents.services.troubles import record_trouble as record_trouble
from incidents.services.updates import post_update as post_update
