"""A Celery worker that would be unsafe does not start, and says why."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.apps import apps
from django.conf import settings

from tests.response.conftest import bare_environment

UNSAFE = {
    "no queue": (("--pool", "prefork"), "Name the queues of this worker with --queues. Choose from: inbox, "),
    "threads": (("--pool", "threads", "--queues", "plugins"), "The queue plugins runs plugins, whose limits require"),
    "mixed": (("--pool", "prefork", "--queues", "inbox,plugins"), "needs a separate worker"),
}


@pytest.mark.parametrize(("options", "sentence"), UNSAFE.values(), ids=UNSAFE)
def test_an_unsafe_worker_is_refused(tmp_path: object, options: tuple[str, ...], sentence: str) -> None:
    here = {"DATA_DIR": f"{tmp_path}/data", "REDIS_URL": "redis://127.0.0.1:9/0"}
    ended = subprocess.run(
        [sys.executable, "-m", "celery", "--app", "response", "worker", *options],
        cwd=settings.BASE_DIR,
        env=bare_environment(**here),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode != 0
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_worker_for_each_queue_and_one_for_those_of_plugins() -> None:
    needed = apps.get_app_config("jobs").celery_arguments(["inbox", "plugins", "answers", "outbox"])  # type: ignore[attr-defined]

    assert {name: options[-1] for name, options in needed.items()} == {
        "inbox": "inbox",
        "plugins": "plugins,answers",
        "outbox": "outbox",
    }
    assert needed["plugins"][:4] == ("--pool", "prefork", "--concurrency", "2")
    assert needed["outbox"][:2] == ("--pool", "threads")
