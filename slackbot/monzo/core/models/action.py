from slackbot.monzo.models import Action

__all__ = ["Action"]
