from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from jobs import sweeper


class Command(BaseCommand):
    help = "Sweep the queues of this machine until stopped. `manage.py up` and `worker` start this where Redis is used."

    def handle(self, *args: Any, **options: Any) -> None:
        sweeper.run()
