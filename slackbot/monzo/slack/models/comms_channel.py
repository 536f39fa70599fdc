from slackbot.monzo import gone
from slackbot.monzo.models import CommsChannel, Incident

__all__ = ["CommsChannel", "Incident"]

__getattr__ = gone.instead(gone.MODELS, module=__name__)
