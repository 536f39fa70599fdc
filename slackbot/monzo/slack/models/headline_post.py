from slackbot.monzo import gone
from slackbot.monzo.models import CommsChannel, HeadlinePost, Incident

__all__ = ["CommsChannel", "HeadlinePost", "Incident"]

__getattr__ = gone.instead(gone.MODELS, module=__name__)
