from collections.abc import Mapping, Sequence

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

    def celery_arguments(self, queues: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return the options of `celery worker`, by the names of the workers that serve these queues on one machine."""
        from jobs import celery_workers  # noqa: PLC0415

        return celery_workers.arguments(queues)

    def wake_everybody(self) -> None:
        """Wake the workers of all queues, so that this process is ready to wake them quickly."""
        from jobs import wakeup  # noqa: PLC0415

        for queue in self.supervised_queues():
            wakeup.wake(queue)
