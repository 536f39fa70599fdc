from slackbot.monzo import gone
from slackbot.monzo.models import CommsChannel, Incident
from slackbot.monzo.slack.client import SlackError
from slackbot.monzo.slack.decorators.action_handler import ActionContext, action_handler
from slackbot.monzo.slack.decorators.dialog_handler import dialog_handler
from slackbot.monzo.slack.decorators.event_handler import slack_event
from slackbot.monzo.slack.decorators.headline_post_action import headline_post_action
from slackbot.monzo.slack.decorators.incident_command import get_commands, get_help, incident_command
from slackbot.monzo.slack.decorators.incident_notification import recurring_notification, single_notification
from slackbot.monzo.slack.decorators.keyword_handler import keyword_handler

__all__ = [
    "ActionContext",
    "CommsChannel",
    "Incident",
    "SlackError",
    "action_handler",
    "dialog_handler",
    "get_commands",
    "get_help",
    "headline_post_action",
    "incident_command",
    "keyword_handler",
    "recurring_notification",
    "single_notification",
    "slack_event",
]

__getattr__ = gone.instead({**gone.DECORATORS, "Notification": gone.MODELS["Notification"]}, module=__name__)
