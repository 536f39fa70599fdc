from slackbot.monzo.models import ExternalUser

__all__ = ["ExternalUser"]
