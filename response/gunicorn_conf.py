"""How gunicorn serves us: `gunicorn --config response/gunicorn_conf.py response.wsgi`."""

import os
import sys
from pathlib import Path
from typing import Any

from django.apps import apps

from response import environment, old_database, settings, start

bind = f"[{settings.BIND}]:{settings.PORT}" if ":" in settings.BIND else f"{settings.BIND}:{settings.PORT}"
worker_class = "response.web_worker.PatientWorker"
# SQLite wants its writers in one process; PostgreSQL takes several.
workers = 1 if settings.EMBEDDED_DATABASE else environment.number("WEB_CONCURRENCY", 2)
threads = 16
preload_app = not settings.EMBEDDED_DATABASE
keepalive = 5
limit_request_line = 8190  # bytes: a search of 200 letters may need 2,400
sendfile = False  # it would wait for the client
worker_connections = 1000  # `PatientWorker` makes room before
timeout = 30
graceful_timeout = 5
control_socket_disable = True
# A worker shows that it lives by touching a file: never on a disk that may hang.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes a private file there
max_requests = 0 if settings.EMBEDDED_DATABASE else 50_000
max_requests_jitter = 10_000
proc_name = "response-web"

os.environ.setdefault("RESPONSE_ROLE", "web")
# gunicorn writes to the log before it loads the application, and each line is searched for the secrets of the settings.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "response.settings")
loglevel = settings.LIBRARY_LOG_LEVEL.lower()
logconfig_dict = {
    **settings.LOGGING,
    "loggers": {
        "gunicorn.error": {"handlers": [], "propagate": True},
        "gunicorn.access": {"handlers": [], "level": "WARNING"},  # No line per request.
    },
}


def post_worker_init(_worker: Any) -> None:
    """Refuse an old database, and connect to Redis: the first request would have to wait for its wake-ups otherwise."""
    if not apps.ready:  # it serves another application, to be compared with ours: see bench/bare_bolt.py
        return
    if refusal := old_database.refusal():
        sys.stderr.write(f"{refusal}\n")
        sys.exit(start.CANNOT_START)
    jobs: Any = apps.get_app_config("jobs")
    jobs.wake_everybody()
