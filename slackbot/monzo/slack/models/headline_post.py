from slackbot.monzo.models import HeadlinePost

__all__ = ["HeadlinePost"]
