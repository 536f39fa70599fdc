from slackbot.monzo.models import CommsChannel

__all__ = ["CommsChannel"]
