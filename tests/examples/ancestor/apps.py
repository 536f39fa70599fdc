from django.apps import AppConfig


class AncestorConfig(AppConfig):
    """A deployment of monzo/response had its handlers in modules of its own, and imported them like this."""

    name = "tests.examples.ancestor"
    label = "ancestor"

    def ready(self) -> None:
        from tests.examples.ancestor.actions import (  # noqa: F401, PLC0415
            commands,
            escalation,
            events,
            headline,
            keywords,
            reminders,
        )
