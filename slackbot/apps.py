from django.apps import AppConfig
from django.core import checks
from django.core.signals import request_finished

from incidents import news


class SlackbotConfig(AppConfig):
    name = "slackbot"

    def ready(self) -> None:
        # Models are needed to import these, and are there only now.
        from slackbot import doorbell, metrics, registry, switches, words  # noqa: PLC0415

        registry.load_handlers()
        words.check_plugins()
        words.dress_severities()
        checks.register(words.check_deployment)
        checks.register(switches.check_environment)
        metrics.register()
        news.follow(doorbell.ring_outbox)
        request_finished.connect(doorbell.let_go)
