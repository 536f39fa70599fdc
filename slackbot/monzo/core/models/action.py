from slackbot.monzo import gone
from slackbot.monzo.models import Action, ExternalUser, Incident

__all__ = ["Action", "ExternalUser", "Incident"]

__getattr__ = gone.instead(gone.MODELS, module=__name__)
