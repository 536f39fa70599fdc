from slackbot.monzo import gone
from slackbot.monzo.models import ExternalUser, Incident

__all__ = ["ExternalUser", "Incident"]

__getattr__ = gone.instead(gone.MODELS, module=__name__)
