from slackbot.monzo import gone
from slackbot.monzo.models import CommsChannel, ExternalUser, HeadlinePost, Incident, TimelineEvent

__all__ = ["CommsChannel", "ExternalUser", "HeadlinePost", "Incident", "TimelineEvent"]

__getattr__ = gone.instead(gone.MODELS, module=__name__)
