from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from jobs import sweeper


class Command(BaseCommand):
    help = "Run the sweeper of this machine until stopped. With Redis, `manage.py up` and `worker` start it."

    def handle(self, *args: Any, **options: Any) -> None:
        sweeper.run()
