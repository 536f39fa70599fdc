"""Wiring: settings, addresses, the Celery app and the supervisor. It names our apps only as strings."""

import os

# Celery is the doorbell of a deployment with Redis; without it nobody rings and the import would only cost time.
if os.environ.get("REDIS_URL"):
    from response.celery import app as celery_app

    __all__ = ["celery_app"]
