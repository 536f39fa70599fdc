"""The Celery app. Its messages are wake-ups that name a queue: losing one loses nothing."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init

from response import old_database, start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "response.settings")

app = Celery("response")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_kwargs: Any) -> None:
    """Leave logging as the settings made it: with a listener on this signal, Celery does not touch it."""


@worker_init.connect
def refuse_what_is_not_safe(**_kwargs: Any) -> None:
    start.refuse_failed_checks()
    if refusal := old_database.refusal():
        raise SystemExit(refusal)
