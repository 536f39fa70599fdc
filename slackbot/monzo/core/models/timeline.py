from slackbot.monzo.models import TimelineEvent

__all__ = ["TimelineEvent"]
