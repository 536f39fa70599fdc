"""Everything that interfaces read. Each query takes the viewer: what they may not see does not exist for them.

`incidents.access` decides who sees what.
"""

from incidents.queries.activity import Counted as Counted
from incidents.queries.activity import OwnActivity as OwnActivity
from incidents.queries.activity import own_activity as own_activity
from incidents.queries.attachments import action as action
from incidents.queries.attachments import actions as actions
from incidents.queries.attachments import links as links
from incidents.queries.attachments import open_actions as open_actions
from incidents.queries.attachments import pins as pins
from incidents.queries.attachments import severities as severities
from incidents.queries.custom_fields import FieldLine as FieldLine
from incidents.queries.custom_fields import field_lines as field_lines
from incidents.queries.custom_fields import names_in_field as names_in_field
from incidents.queries.custom_fields import names_in_fields as names_in_fields
from incidents.queries.entries import as_read_by as as_read_by
from incidents.queries.entries import as_read_by_everybody as as_read_by_everybody
from incidents.queries.entries import channel_is_requested as channel_is_requested
from incidents.queries.entries import entry as entry
from incidents.queries.entries import history as history
from incidents.queries.entries import latest_update as latest_update
from incidents.queries.entries import newest as newest
from incidents.queries.entries import timeline as timeline
from incidents.queries.entries import troubles as troubles
from incidents.queries.lists import Page as Page
from incidents.queries.lists import most_severe_first as most_severe_first
from incidents.queries.lists import open_incidents as open_incidents
from incidents.queries.lists import page as page
from incidents.queries.lists import similar_open as similar_open
from incidents.queries.neighbors import Neighbour as Neighbour
from incidents.queries.neighbors import merged_here as merged_here
from incidents.queries.neighbors import merged_into as merged_into
from incidents.queries.neighbors import where_they_go_on as where_they_go_on
from incidents.queries.people import Insider as Insider
from incidents.queries.people import guests_inside as guests_inside
from incidents.queries.people import insiders as insiders
from incidents.queries.people import known_people as known_people
from incidents.queries.people import members as members
from incidents.queries.people import participants as participants
from incidents.queries.people import people_inside as people_inside
from incidents.queries.people import responders as responders
from incidents.queries.people import responders_at as responders_at
from incidents.queries.searching import is_called as is_called
from incidents.queries.searching import search as search
from incidents.queries.searching import with_field as with_field
from incidents.queries.visible import Freshness as Freshness
from incidents.queries.visible import freshness as freshness
from incidents.queries.visible import incident as incident
from incidents.queries.visible import incidents as incidents
from incidents.queries.visible import message_count as message_count
from people.actors import SYSTEM as SYSTEM
from people.actors import Viewer as Viewer
