from collections.abc import Sequence

from django.apps import AppConfig
from django.core.signals import request_finished


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from jobs import wakeup  # noqa: PLC0415 - models are needed to import it, and are there only now

        request_finished.connect(wakeup.release)

    def supervised_queues(self) -> Sequence[str]:
        """Return the names of the queues for which the supervisor starts a worker."""
        from jobs import queues  # noqa: PLC0415 - as above

        return [queue.name for queue in queues.every() if queue.is_supervised]
