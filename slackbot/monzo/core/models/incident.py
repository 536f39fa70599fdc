from slackbot.monzo.models import Incident

__all__ = ["Incident"]
