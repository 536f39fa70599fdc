from slackbot.monzo import gone
from slackbot.monzo.models import ExternalUser, GetOrCreateSlackExternalUser

__all__ = ["ExternalUser", "GetOrCreateSlackExternalUser"]

__getattr__ = gone.instead(gone.MODELS, module=__name__)
