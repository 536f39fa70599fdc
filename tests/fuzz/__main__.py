"""Let schemathesis try everything against a running Response: `make fuzz`.

The server is the one of production, a process of its own on a new database that `tests.fuzz.data` fills. FUZZ_SECONDS
says how long to try (600 when it is not set), FUZZ_SEED which cases; both are printed. What follows
`python -m tests.fuzz` goes to schemathesis.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = Path(__file__).parent
STARTS_WITHIN: Final = 60  # seconds


def main() -> int:
    seconds = int(os.environ.get("FUZZ_SECONDS") or 600)
    seed = int(os.environ.get("FUZZ_SEED") or secrets.randbelow(2**32))
    sys.stdout.write(f"FUZZ_SEED={seed} FUZZ_SECONDS={seconds}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="response-fuzz-") as name:
        folder = Path(name)
        environment = settings(folder)
        run("manage.py", "migrate", "--verbosity", "0", environment=environment)
        token = run("-m", "tests.fuzz.data", environment=environment)
        with server(environment, folder / "web.log") as log:
            command = [
                str(Path(sys.executable).with_name("schemathesis")),
                "--config-file",
                str(FOLDER / "schemathesis.toml"),
            ]
            command += ["run", f"{environment['SITE_URL']}/api/v1/openapi.json", "--seed", str(seed)]
            command += ["--checks", "all", "--max-time", str(seconds), "--wait-for-schema", "10", *sys.argv[1:]]
            hooks = {"SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "FUZZ_TOKEN": token, "PYTHONPATH": str(ROOT)}
            # Reports and caches go where the database is.
            outcome = subprocess.run(command, cwd=folder, env=environment | hooks, check=False)
            return outcome.returncode or broken(log)


def settings(folder: Path) -> dict[str, str]:
    """Return the environment of a deployment whose Slack is on this machine, and answers nothing."""
    port = free_port()
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "DATABASE_URL") if name in os.environ},
        "DATA_DIR": str(folder / "data"),
        "INCIDENT_FIELDS": str(FOLDER / "fields.toml"),
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "a-key-for-the-tests-that-is-long-enough-to-be-accepted-by-every-check",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "SLACK_BOT_TOKEN": "xoxb-fuzz",
        "SLACK_SIGNING_SECRET": "fuzz-signing-secret",
        "API_CALLS_PER_MINUTE": "1000000",
        # The hooks send each wrong token from an address of its own: after 30 in a minute, one address only gets 429.
        "TRUSTED_PROXIES": "127.0.0.1",
    }


def run(*words: str, environment: dict[str, str]) -> str:
    (Path(environment["DATA_DIR"])).mkdir(exist_ok=True, mode=0o700)
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


@contextmanager
def server(environment: dict[str, str], log: Path) -> Iterator[Path]:
    """Run the web process as `manage.py up` starts it."""
    command = [sys.executable, "-m", "gunicorn", "--config", "response/gunicorn_conf.py", "response.wsgi"]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_until_ready(f"{environment['SITE_URL']}/readyz", process, log)
            yield log
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"The server did not start:\n{log.read_text()}")


def broken(log: Path) -> int:
    """Return 1, and show the first ones, when the server wrote an error, which no answer may have told of."""
    text = log.read_text(errors="replace")
    records = re.split(r"^(?=\d{4}-\d\d-\d\dT)", text, flags=re.MULTILINE)
    errors = [record for record in records if re.search(r"^\S+ (ERROR|CRITICAL) |^Traceback", record, re.MULTILINE)]
    sys.stdout.write("\n".join([f"The server logged {len(errors)} errors.", *errors[:3], ""]))
    return 1 if errors else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    raise SystemExit(main())
