from django.apps import AppConfig

from incidents import news


class SlackbotConfig(AppConfig):
    name = "slackbot"

    def ready(self) -> None:
        # Models are needed to import these, and are there only now.
        from slackbot import doorbell, registry  # noqa: PLC0415

        registry.load_handlers()
        news.follow(doorbell.ring_outbox)
