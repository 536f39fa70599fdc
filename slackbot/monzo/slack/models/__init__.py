from slackbot.monzo import gone
from slackbot.monzo.models import CommsChannel, ExternalUser, HeadlinePost, Incident

__all__ = ["CommsChannel", "ExternalUser", "HeadlinePost", "Incident"]

__getattr__ = gone.instead(gone.MODELS, module=__name__)
