from django.apps import AppConfig
from django.core import checks


class SlackbotConfig(AppConfig):
    name = "slackbot"

    def ready(self) -> None:
        # Models are needed to import these, and are there only now.
        from incidents import erasure, redaction, vetoes  # noqa: PLC0415
        from jobs import kinds  # noqa: PLC0415
        from slackbot.inbound import interactive, plugin_followers  # noqa: PLC0415
        from slackbot.inbound import queue as _incoming  # noqa: PLC0415, F401 - importing these registers what they declare
        from slackbot.inbound import switches as _switches  # noqa: PLC0415, F401
        from slackbot.kit import plugin_settings, registry, words  # noqa: PLC0415
        from slackbot.operators import auditor as _auditor  # noqa: PLC0415, F401
        from slackbot.operators import metrics  # noqa: PLC0415
        from slackbot.operators import panels as _panels  # noqa: PLC0415, F401
        from slackbot.operators import tables as _tables  # noqa: PLC0415, F401
        from slackbot.outbound import queue as _outgoing  # noqa: PLC0415, F401
        from slackbot.redaction import forget, purge  # noqa: PLC0415

        kinds.load("slackbot.inbound.job_kinds")
        kinds.load("slackbot.outbound.deliveries")
        registry.load_handlers()
        plugin_followers.register()
        words.check_plugins()
        words.dress_severities()
        vetoes.ask_about(lambda kind: kind in registry.registry.vetoes, interactive.verdict)
        checks.register(words.check_deployment)
        checks.register(plugin_settings.check_settings)
        metrics.register()
        erasure.on_erasure(forget)
        redaction.on_redaction(purge)
