from collections.abc import Sequence

from django.apps import AppConfig
from django.core import checks
from django.core.signals import request_finished


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        # Models are needed to import these, and are there only now.
        from jobs import metrics, switches, wakeup  # noqa: PLC0415

        checks.register(switches.check_environment)
        metrics.register()
        request_finished.connect(wakeup.release)

    def supervised_queues(self) -> Sequence[str]:
        """Return the names of the queues for which the supervisor starts a worker."""
        from jobs import queues  # noqa: PLC0415

        return [queue.name for queue in queues.every() if queue.is_supervised]
