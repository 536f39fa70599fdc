from django.apps import AppConfig


class SlackbotConfig(AppConfig):
    name = "slackbot"
