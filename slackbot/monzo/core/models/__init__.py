from slackbot.monzo import gone
from slackbot.monzo.models import Action, ExternalUser, Incident, TimelineEvent

__all__ = ["Action", "ExternalUser", "Incident", "TimelineEvent"]

__getattr__ = gone.instead(gone.MODELS, module=__name__)
