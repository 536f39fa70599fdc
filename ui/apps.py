from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "ui"

    def ready(self) -> None:
        # Models are needed to import these, and are there only now.
        from incidents import erasure, redaction  # noqa: PLC0415
        from ui.purging import forget, purge  # noqa: PLC0415

        erasure.on_erasure(forget)
        redaction.on_redaction(purge)
