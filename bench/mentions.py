"""How many commands in channels the workers complete a second, with few rows waiting and with very many.

Each command changes an incident's severity: Slack gets a check mark, and a new headline, and answers at once. The rows
are put into the queue while nothing runs. Then the workers start, and the time counts from the first row that is done.

To compare with another commit, in turns on the same machine: python -m bench.mentions --before COMMIT
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.engines import POSTGRES_REDIS, Engine, engine
from bench.figures import percentile, ratio, show
from bench.product import PATIENCE, ROOT, free_ports, inherited, wait_until

CHANNELS: Final = 10
WAITING: Final = (200, 1_500, 4_500, 50_000)
FOR: Final = 20.0  # seconds that a turn is measured at most
ROUNDS: Final = 3
DECLARE: Final = """
from django.utils import timezone
from incidents import services
from people.models import Person
ada = Person.objects.get(slack__user_id="U0ADA")
for number in range({count}):
    services.declare_incident(title=f"Checkout {{number}} returns 500s", reporter=ada, at=timezone.now())
"""
FILL: Final = """
INSERT INTO slackbot_inboxentry
  (key, lane, kind, handler, plugin, payload, order_key, priority, tier, created_at, is_open, lease_owner,
   attempts, failures, error)
SELECT 'bench:' || n, 'inbox', 'mention', '', '', {payload}, {order_key}, 5, 0, now(), TRUE, '', 0, 0, ''
FROM generate_series(1, {count}) AS n
"""


def environment(place: Engine, slack_port: int, port: int, temporary: Path) -> dict[str, str]:
    return {
        **inherited(),
        **place.environment,
        "SLACK_API_URL": f"http://127.0.0.1:{slack_port}/api/",
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_SIGNING_SECRET": "bench",
        "SECRET_KEY": "a key for the benchmark that is long enough to be taken",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "PORT": str(port),
        "TMPDIR": str(temporary),
    }


@contextmanager
def program(*words: str, cwd: Path, env: dict[str, str]) -> Iterator[None]:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, *words], cwd=cwd, env=env, stdout=log, stderr=log)
        try:
            yield
        except TimeoutError as late:
            log.seek(0)
            raise AssertionError(f"{late}. It wrote:\n{log.read()[-3000:].decode()}") from late
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def prepare(checkout: Path, place: Engine, env: dict[str, str]) -> list[str]:
    """Declare incidents, let their channels be made, and return the ids of those."""
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v", "0"], cwd=checkout, env=env, check=True)
    with program("manage.py", "worker", cwd=checkout, env=env):
        wait_until(lambda: bool(place.query("SELECT 1 FROM slackbot_slackuser")), what="people", every=0.1)
        subprocess.run(
            [*manage, "shell", "-c", DECLARE.format(count=CHANNELS)],
            cwd=checkout,
            env=env,
            check=True,
            capture_output=True,
        )
        wait_until(lambda: _channels(place) == CHANNELS and _waiting(place) == 0, what="channels", every=0.2)
    return [str(row[0]) for row in place.query("SELECT channel_id FROM slackbot_commschannel ORDER BY id")]


def fill(place: Engine, channels: Sequence[str], *, count: int) -> None:
    """Put so many commands into the queue, in turns for each channel. Each changes its incident's severity."""
    array = "ARRAY[" + ", ".join(f"'{each}'" for each in channels) + "]"
    channel = f"({array})[1 + n % {len(channels)}]"
    text = f"'<@U0BOT> severity ' || (ARRAY['minor', 'major'])[1 + (n / {len(channels)}) % 2]"
    payload = (
        f"jsonb_build_object('type', 'app_mention', 'user', 'U0ADA', 'channel', {channel}, 'text', {text},"
        " 'ts', (1700000000 + n) || '.000100', 'event_ts', (1700000000 + n) || '.000100')"
    )
    place.query(FILL.format(payload=payload, order_key=f"{channel} || ':slackbot'", count=count))
    place.query("ANALYZE slackbot_inboxentry")  # as PostgreSQL does by itself while a queue grows


def turn(checkout: Path, place: Engine, channels: Sequence[str], env: dict[str, str], *, count: int) -> float:
    """Return how many commands a second were completed, Slack's calls included."""
    place.query("DELETE FROM slackbot_inboxentry")
    place.query("DELETE FROM slackbot_outboxentry WHERE kind NOT IN ('headline', 'topic', 'bookmark', 'members')")
    fill(place, channels, count=count)
    done = "SELECT count(*) FROM slackbot_inboxentry WHERE NOT is_open"
    with program("manage.py", "worker", cwd=checkout, env=env):
        wait_until(lambda: int(place.query(done)[0][0]) > 0, what="a first command", every=0.02)
        first, began = int(place.query(done)[0][0]), time.monotonic()
        while time.monotonic() - began < FOR and _waiting(place):
            time.sleep(0.1)
        lasted, last = time.monotonic() - began, int(place.query(done)[0][0])
        failed = place.query("SELECT count(*) FROM slackbot_inboxentry WHERE failures > 0 OR given_up_at IS NOT NULL")
    if failed[0][0]:
        raise AssertionError(f"{failed[0][0]} commands failed")
    return (last - first) / lasted


def _channels(place: Engine) -> int:
    return int(place.query("SELECT count(*) FROM slackbot_commschannel WHERE bookmark_id <> ''")[0][0])


def _waiting(place: Engine) -> int:
    rows = "SELECT (SELECT count(*) FROM slackbot_inboxentry WHERE is_open)"
    rows += " + (SELECT count(*) FROM slackbot_outboxentry WHERE is_open AND failures = 0 AND not_before IS NULL)"
    return int(place.query(rows)[0][0])


@contextmanager
def checkout_of(commit: str, folder: Path) -> Iterator[Path]:
    """Extract the files of a commit below `folder`, and yield where."""
    tree = folder / "before"
    tree.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(tree)], input=archive, check=True)
    yield tree


def compare(trees: dict[str, Path], folder: Path, *, waiting: Sequence[int], latency: int) -> None:
    slack_port, port = free_ports()
    slack = ("-m", "bench.instant_slack", str(slack_port), str(latency))
    found: dict[tuple[str, int], list[float]] = {}
    for number in range(ROUNDS):
        for name, tree in trees.items():
            with engine(POSTGRES_REDIS, folder) as place, program(*slack, cwd=ROOT, env={**inherited()}):
                temporary = folder / f"t{number}{name[0]}"
                temporary.mkdir()
                env = environment(place, slack_port, port, temporary)
                channels = prepare(tree, place, env)
                for count in waiting:
                    rate = turn(tree, place, channels, env, count=count)
                    found.setdefault((name, count), []).append(rate)
                    print(f"round {number}, {name}, {count} waiting: {rate:.1f}/s", flush=True)
    names = list(trees)
    rows = [
        [
            f"{count:,}",
            *(f"{percentile(found[name, count], 50):.1f}/s" for name in names),
            ratio(found[names[-1], count], found[names[0], count]) if len(names) > 1 else "-",
            ratio(found[names[-1], count], found[names[-1], waiting[0]]),
        ]
        for count in waiting
    ]
    columns = ("waiting at the start", *names, "beside before", "beside a short queue")
    show(f"Commands completed a second, {ROUNDS} rounds, Slack answers after {latency} ms", columns, rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.mentions", description=__doc__)
    parser.add_argument("--before", metavar="COMMIT", help="the commit to compare with")
    parser.add_argument("--waiting", metavar="ROWS", type=int, action="append", help="instead of the usual numbers")
    parser.add_argument("--latency", type=int, default=0, help="milliseconds that Slack takes")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        if not given.before:
            compare({"now": ROOT}, folder, waiting=given.waiting or WAITING, latency=given.latency)
            return
        with checkout_of(given.before, folder) as before:
            trees = {"before": before, "now": ROOT}
            compare(trees, folder, waiting=given.waiting or WAITING, latency=given.latency)


if __name__ == "__main__":
    main()
