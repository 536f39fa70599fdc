"""How Celery's processes become workers of our queues: one Celery queue for each queue of ours.

A worker's own process starts first. With threads it runs the rows; otherwise it starts children that do.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from celery.signals import task_prerun, worker_init, worker_process_init, worker_shutting_down
from django.db import close_old_connections

from jobs import crash_reports, draining, queues, start, wakeup
from jobs.queues import Queue

PREFORK: Final = "prefork"
THREADS: Final = "threads"


class _Here:
    queues: Sequence[Queue[Any]] = ()


def arguments(names: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return the options of `celery worker`, by the names of the workers that serve these queues on one machine."""
    served: dict[str, list[Queue[Any]]] = {}
    for queue in map(queues.get, names):
        served.setdefault(queue.worker or queue.name, []).append(queue)
    return {name: _options(together) for name, together in served.items()}


def _options(together: Sequence[Queue[Any]]) -> Sequence[str]:
    threads, processes = sum(queue.threads for queue in together), sum(queue.processes for queue in together)
    pool, size = (THREADS, threads) if any(queue.threads > 1 for queue in together) else (PREFORK, processes)
    return ("--pool", pool, "--concurrency", str(size), "--queues", ",".join(queue.name for queue in together))


def serve_several() -> bool:
    """Return True in a worker that serves several queues."""
    return len(_Here.queues) > 1


@worker_init.connect
def _begin(sender: Any, **_more: Any) -> None:
    """Learn which queues this worker consumes, and refuse what would be unsafe."""
    consumed = list(sender.app.amqp.queues.consume_from)
    _Here.queues = [found for name in consumed if (found := queues.find(name)) is not None]
    is_prefork = PREFORK in sender.pool_cls.__module__
    if not _Here.queues:
        raise SystemExit(f"Name the queues of this worker with --queues. Choose from: {', '.join(queues.names())}.")
    plugins = [queue.name for queue in _Here.queues if queue.runs_plugins]
    if plugins and not is_prefork:
        raise SystemExit(f"The queue {plugins[0]} runs plugins, whose limits require --pool {PREFORK}.")
    if plugins and len(plugins) < len(_Here.queues):
        raise SystemExit(f"The queue {plugins[0]} runs plugins and needs a separate worker.")
    crash_reports.note_end_of_the_one_before()
    os.nice(10)  # people who wait for a page come first where there is not enough processor time
    if is_prefork:
        gc.collect()
        gc.freeze()  # children share the memory that nobody writes to
    else:
        start.begin(_Here.queues[0].name)
        wakeup.wake(_Here.queues[0].name)


@worker_process_init.connect
def _begin_child(**_more: Any) -> None:
    limits = [queue.memory_mb for queue in _Here.queues if queue.memory_mb is not None]
    start.begin(_Here.queues[0].name, memory_mb=min(limits, default=None))
    wakeup.wake(_Here.queues[0].name)  # so that it is connected when it has to wake somebody


@task_prerun.connect
def _look_after_connections(**_more: Any) -> None:
    close_old_connections()


@worker_shutting_down.connect
def _end(**_more: Any) -> None:
    """Begin no further row, here and in the children: they end with the row at work."""
    draining.stop()
