"""What a deployment consists of, as programs for the supervisor."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, cast

from django.apps import apps
from django.conf import settings

from response.supervisor import Program

# The sandbox is a separate program: it gets what every program gets, and nothing of ours, least of all secrets.
COMMON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
ALWAYS = {"PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}


def ours(role: str, *, verbose: bool) -> Mapping[str, str]:
    """Return the environment of a program of ours."""
    defaults = {"DEBUG": "0", "LOG_LEVEL": "INFO" if verbose else "WARNING"}
    given = {name: value for name, value in os.environ.items() if value}
    # Programs work in folders of their own choice, so a relative path would name another place there.
    return {**defaults, **given, **ALWAYS, "DATA_DIR": str(settings.DATA_DIR), "RESPONSE_ROLE": role}


def manage(*words: str) -> tuple[str, ...]:
    """Return the command that does what `manage.py` does in a checkout."""
    ours = ("-m", "response") if settings.INSTALLED else (str(settings.BASE_DIR / "manage.py"),)
    return (sys.executable, *ours, *words)


def web(*, verbose: bool, listener: int) -> Program:
    """Serve on a socket that the supervisor holds: during a restart callers wait instead of being refused."""
    return Program(
        name="web",
        command=(
            *(sys.executable, "-m", "gunicorn", "--config", str(settings.BASE_DIR / "response/gunicorn_conf.py")),
            *("--chdir", str(settings.WORK_DIR), "--bind", f"fd://{listener}", "response.wsgi"),
        ),
        environment=ours("web", verbose=verbose),
        answers_at=f"{reachable(settings.BIND, settings.PORT)}/healthz",
        keeps_open=(listener,),
    )


class _Jobs(Protocol):
    """What the app `jobs` tells about itself."""

    def supervised_queues(self) -> Sequence[str]: ...

    def celery_arguments(self, queues: Sequence[str]) -> Mapping[str, Sequence[str]]: ...


def queues() -> Sequence[str]:
    """Return the names of the queues that need workers."""
    return _jobs().supervised_queues()


def workers(*, verbose: bool, only: Sequence[str] = ()) -> list[Program]:
    """Return what runs the queues, or `only` some: with Redis Celery workers and the sweeper."""
    served = [queue for queue in queues() if not only or queue in only]
    if settings.REDIS_URL:
        needed = _jobs().celery_arguments(served)
        celery = [celery_worker(name, options, verbose=verbose) for name, options in needed.items()]
        return [*celery, Program(name="sweeper", command=manage("sweep"), environment=ours("sweeper", verbose=verbose))]
    return [
        Program(name=queue, command=manage("work", queue), environment=ours(queue, verbose=verbose)) for queue in served
    ]


def _jobs() -> _Jobs:
    return cast("_Jobs", apps.get_app_config("jobs"))


def celery_worker(name: str, options: Sequence[str], *, verbose: bool) -> Program:
    """Run queues by Celery."""
    level = settings.LIBRARY_LOG_LEVEL if verbose else "WARNING"
    return Program(
        name=name,
        command=(
            *(sys.executable, "-m", "celery", "--workdir", str(settings.WORK_DIR), "--app", "response", "worker"),
            *(*options, "--hostname", f"{name}-{os.getpid()}@%h"),
            *("--without-gossip", "--without-mingle", "--loglevel", level),
        ),
        environment=ours(name, verbose=verbose),
    )


def strangers() -> Mapping[str, str]:
    """Return the environment of a program that is not ours: nothing of our settings, least of all secrets."""
    common = {name: os.environ[name] for name in COMMON if name in os.environ}
    # What is installed is found anyway, and among the first it would come before Python's own modules.
    place = {} if settings.INSTALLED else {"PYTHONPATH": str(settings.BASE_DIR)}
    return {**common, **ALWAYS, **place}


def sandbox(*, verbose: bool, scripts: Path | None = None) -> Program:
    return Program(
        name="sandbox",
        command=(
            *(sys.executable, "-m", "sandbox", "--host", "127.0.0.1", "--port", str(settings.SANDBOX_PORT)),
            *("--app-url", f"{reachable(settings.BIND, settings.PORT)}/slack/events"),
            *("--data-dir", str(settings.DATA_DIR / "sandbox"), "--manifest", str(manifest_path())),
            *(("--scripts", str(scripts)) if scripts else ()),
        ),
        environment={
            **strangers(),
            "LOG_LEVEL": "INFO" if verbose else "WARNING",
            "SANDBOX_WEB_URL": settings.SITE_URL,
            "SANDBOX_BOT_TOKEN": settings.SANDBOX_BOT_TOKEN,
            "SANDBOX_SIGNING_SECRET": settings.SANDBOX_SIGNING_SECRET,
        },
        answers_at=f"{settings.SANDBOX_URL}/sandbox/health",
        stops_last=True,
    )


def replay(script: Path, *, speed: str, when_watched: bool) -> Program:
    """Play a script in the sandbox once everything is up, tell how far it is, and stay when it is over."""
    return Program(
        name="demo",
        command=(
            *(sys.executable, "-m", "sandbox", "replay", str(script), "--url", settings.SANDBOX_URL),
            *("--speed", speed, "--stay", *(("--when-watched",) if when_watched else ())),
        ),
        environment=strangers(),
        starts_last=True,
        speaks=True,
    )


def what_is_off() -> str:
    """Return a sentence for what the environment switches off, "" when it is nothing."""
    if settings.SAFE_MODE:
        return "Safe mode: updates, reminders, statistics and all plugins are disabled (SAFE_MODE=1)."
    if settings.SWITCHED_OFF:
        return f"Disabled: {', '.join(settings.SWITCHED_OFF)} (SWITCHED_OFF)."
    return ""


def manifest_path() -> Path:
    """Where `up` writes the app manifest for the sandbox."""
    return settings.DATA_DIR / "manifest.json"


def reachable(bind: str, port: int) -> str:
    """Return the address at which this machine reaches what listens there."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(bind, f"[{bind}]" if ":" in bind else bind)  # noqa: S104
    return f"http://{host}:{port}"
