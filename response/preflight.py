"""What must be in order before anything starts, and sentences for people when it is not."""

import fcntl
import os
import secrets
import socket
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

# What the sandbox needs beyond what production has. Production installs none of it.
SANDBOX_MODULES = ("sandbox", "aiohttp", "cryptography", "jwt", "yaml")
STOPPING_TAKES = 10.0  # seconds, for what a killed run left behind


class StartRefusedError(Exception):
    """A sentence that says what is in the way, and the way out."""


def make_data_dir(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartRefusedError(
            f"Response can't create the data directory {directory} ({error.strerror}). "
            "Choose another: DATA_DIR=~/response make run"
        ) from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise StartRefusedError(
            f"Response can't write to the data directory {directory}. Choose another: DATA_DIR=~/response make run"
        )


def keep_private(directory: Path) -> None:
    """Take what an earlier version left readable away from everybody but its owner. Links are not followed."""
    for path in (directory, *_kept_in(directory)):
        mode = path.lstat().st_mode
        if mode & 0o077 and not path.is_symlink() and path.stat().st_uid == os.getuid():
            path.chmod(mode & 0o700)


def _kept_in(directory: Path) -> Iterator[Path]:
    """Yield what we keep there. The directory may hold other people's files, too."""
    for pattern in ("response.sqlite3*", "secret_key*", "manifest.json", "up.lock", "crashes", "sandbox"):
        for path in directory.glob(pattern):
            yield path
            if path.is_dir() and not path.is_symlink():
                yield from path.rglob("*")


def lock(directory: Path) -> int:
    """Take the directory for ourselves and return the lock's file descriptor: it holds as long as that is open."""
    descriptor = os.open(directory / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    if not _taken_within(descriptor, seconds=0) and not (
        # Somebody killed it: its guardian is still stopping the parts.
        not _lives(_holder(descriptor)) and _taken_within(descriptor, seconds=STOPPING_TAKES)
    ):
        holder = _holder(descriptor)
        os.close(descriptor)
        raise StartRefusedError(
            f"Response is already running with {directory} (process {holder}). Stop it with Ctrl-C or `kill {holder}`, "
            "or start this one with another directory: DATA_DIR=./data2 PORT=8010 SANDBOX_PORT=8011 make run"
        )
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _taken_within(descriptor: int, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.1)
        else:
            return True


def _holder(descriptor: int) -> int:
    written = os.pread(descriptor, 20, 0)
    return int(written) if written.isdigit() else 0


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process > 0


def listen(host: str, port: int, *, setting: str) -> socket.socket:
    """Return a socket that listens there. Raises `StartRefusedError` when somebody else already does."""
    try:
        family, _type, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise StartRefusedError(f"BIND={host} is not an address of this machine ({error.strerror}).") from error
    # macOS would let us listen on 127.0.0.1 beside a program that listens on every address.
    if _is_answered(family, address):
        raise StartRefusedError(_taken(port, setting))
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        if isinstance(error, PermissionError):
            raise StartRefusedError(
                f"Response may not use port {port}. Choose a port above 1023: {setting}=8010 make run"
            ) from error
        raise StartRefusedError(_taken(port, setting)) from error
    listener.listen(1024)
    return listener


def check_sandbox() -> None:
    """Refuse a start that needs the sandbox where its packages are not installed."""
    if missing := [name for name in SANDBOX_MODULES if find_spec(name) is None]:
        verb = "is" if len(missing) == 1 else "are"
        raise StartRefusedError(
            f"SLACK_BOT_TOKEN is not set, so Response would start its sandbox, but {' and '.join(missing)} {verb} not "
            "installed. In a checkout, `make run` installs it; elsewhere: pip install 'response-incidents[sandbox]'. "
            "To work with your Slack workspace, set SLACK_BOT_TOKEN."
        )


def check_free(host: str, port: int, *, setting: str) -> None:
    listen(host, port, setting=setting).close()


def _is_answered(family: int, address: tuple[object, ...]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as caller:
        caller.settimeout(0.5)
        return caller.connect_ex(address) == 0


def _taken(port: int, setting: str) -> str:
    return (
        f"Port {port} is in use by another program. Stop that program or choose another port: "
        f"{setting}={port + 10} make run"
    )


def make_secret_key(path: Path) -> None:
    """Make the key that signs sessions, once, readable by its owner only."""
    if path.exists():
        return
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    draft.replace(path)
