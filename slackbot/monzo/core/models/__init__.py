from slackbot.monzo import gone
from slackbot.monzo.models import (
    Action,
    ExternalUser,
    GetOrCreateSlackExternalUser,
    Incident,
    TimelineEvent,
    add_incident_update_event,
)

__all__ = [
    "Action",
    "ExternalUser",
    "GetOrCreateSlackExternalUser",
    "Incident",
    "TimelineEvent",
    "add_incident_update_event",
]

__getattr__ = gone.instead(gone.MODELS, module=__name__)
