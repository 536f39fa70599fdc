"""python -m bench [--quick] [NAME…]"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sqlite3
import sys
import tempfile
from pathlib import Path

from bench import ack, declare, document, growth, idle, latency, memory, mentions, news, smooth, start, wake
from bench.engines import POSTGRES, POSTGRES_REDIS, SQLITE, missing, server_version
from bench.product import ROOT, checkout_of

BEFORE = "6a86355"  # the last commit before slackbot's modules were moved into subpackages
BENCHMARKS = {
    "declare": declare.measure,
    "ack": ack.measure,
    "wake": wake.measure,
    "idle": idle.measure,
    "start": start.measure,
    "growth": growth.measure,
    "document": document.measure,
    "news": news.measure,
    "memory": memory.measure,
    "smooth": smooth.measure,
}
# These run another commit and another checkout in turns.
COMPARED = {
    "mentions": mentions.measure,
    "messages": mentions.measure_messages,
    "backlog": mentions.measure_backlog,
    "machines": mentions.measure_machines,
    "acks": ack.compare,
    "latency": latency.measure,
}
NAMES = [*BENCHMARKS, *COMPARED]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the running product.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all when none is given")
    parser.add_argument("--quick", action="store_true", help="few samples: to see that it works, not how fast it is")
    parser.add_argument("--engine", choices=("sqlite", "postgres", "redis"), action="append", help="only on this one")
    parser.add_argument("--before", metavar="COMMIT", default=BEFORE, help="the commit that comparisons start from")
    parser.add_argument("--after", metavar="FOLDER", type=Path, default=ROOT, help="the checkout to compare with it")
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"There is no benchmark {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}.")
    wanted = {"sqlite": SQLITE, "postgres": POSTGRES, "redis": POSTGRES_REDIS}
    names = [wanted[name] for name in given.engine or wanted]
    reasons = {name: missing(name) for name in names}
    # So that a `kill` stops the product too, and drops its database.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    print(surroundings())
    for reason in filter(None, reasons.values()):
        print(reason)
    engines = [name for name in names if not reasons[name]]
    for name in given.names or NAMES:
        print(f"\n### {name}", flush=True)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            place = Path(folder)
            if name in BENCHMARKS:
                BENCHMARKS[name](engines, place, quick=given.quick)
            elif POSTGRES_REDIS not in engines:
                print("Left out: PostgreSQL and Redis are needed.")
            else:
                trees = {"before": checkout_of(given.before, place), "after": given.after.resolve()}
                COMPARED[name](place, trees=trees, quick=given.quick)


def surroundings() -> str:
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {server_version()}"
    )


if __name__ == "__main__":
    main()
