"""An incident goes on while its deployment is upgraded, rolled back and upgraded again: web and workers of two versions
side by side, migrations first."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.checker import read_page
from tests.faults.conftest import Prove
from tests.faults.engines import Postgres, Redis
from tests.faults.house import ROOT
from tests.faults.rollout import Rollout, Version, running_rollout
from tests.faults.script import CHANNEL, LINUS, Incident
from tests.faults.versions import NoHistory, next_version, version_before

pytestmark = pytest.mark.faults

SHOWN_IN_FULL = ("note_added", "pin_added", "update_posted")


@pytest.fixture
def rollout(postgres: Postgres, redis: Redis, tmp_path: Path) -> Iterator[Rollout]:
    with running_rollout(folder=tmp_path, database_url=postgres.new_database(), redis_url=redis.url) as rollout:
        yield rollout


class Roll:
    """What is done to the deployment before which step of its incident."""

    def __init__(self, house: Rollout, *, old: Version, new: Version, meanwhile: Callable[[Roll], None]) -> None:
        """`meanwhile` happens while all four run."""
        self.house, self.old, self.new = house, old, new
        self.left = 0  # rows that the old workers left to the new ones
        at = {
            12: self.new_web_beside_the_old,
            19: self.new_workers_beside_the_old,
            24: lambda: meanwhile(self),
            28: self.both_show_the_same,
            31: self.back,
            36: self.forth_again,
            44: lambda: old.stop("workers"),
            50: self.both_show_the_same,
            52: self.old_web_ends,  # before the incident is resolved, which the version before did without asking
        }
        self.incident = Incident(house, at=at)

    def new_web_beside_the_old(self) -> None:
        self.new.start("web")
        # Right after the baseline, there is nothing to migrate.
        self.new.answers(200 if self.new.migrations() == self.old.migrations() else 503)
        self.new.migrate()
        self.old.answers(200)
        self.house.let_in(self.new)

    def new_workers_beside_the_old(self) -> None:
        left = self.house.rows(
            "SELECT handler FROM slackbot_inboxentry WHERE is_open AND error LIKE 'No process here%'"
        )
        self.left = len(left)
        self.new.start("workers")

    def back(self) -> None:
        self.house.balancer.remove(self.new.url)
        self.new.stop("workers", "web")

    def forth_again(self) -> None:
        self.new.start("web", "workers")
        self.house.let_in(self.new)

    def old_web_ends(self) -> None:
        self.house.balancer.remove(self.old.url)
        self.old.stop("web")

    def both_show_the_same(self) -> None:
        """Everything that was done until now, as often as the other."""
        self.house.settle()
        old, new = (read_page(self.house, "/incidents/1/", url=version.url) for version in (self.old, self.new))
        for kind, needle in self.incident.expected.entries:
            assert old.count(needle) == new.count(needle), (kind, needle)
            assert kind not in SHOWN_IN_FULL or needle in old, (kind, needle)

    def worked(self, columns: str) -> Counter[tuple[str, ...]]:
        """Count the rows that each version's workers closed, by what is in `columns`."""
        query = f"SELECT lease_owner, {columns} FROM slackbot_inboxentry WHERE NOT is_open AND lease_owner <> ''"
        rows = [list(map(str, row.values())) for row in self.house.rows(query)]
        return Counter((self._whose(int(owner.split(":")[-2])), *rest) for owner, *rest in rows)

    def _whose(self, pid: int) -> str:
        self.new.note_pids()
        return "old" if pid in self.old.pids else "new" if pid in self.new.pids else "nobody"


def test_from_the_version_before_the_newest_migration(rollout: Rollout, prove: Prove, tmp_path: Path) -> None:
    try:
        before = version_before(tmp_path / "before")
    except NoHistory as reason:
        warnings.warn(f"The upgrade from the real version before was NOT tested: {reason}", stacklevel=1)
        pytest.skip(f"{reason}; only the upgrade to a made-up next version is tested")
    roll = Roll(rollout, old=rollout.version(before), new=rollout.version(ROOT), meanwhile=lambda _: None)
    rollout.start()

    prove("rolling upgrade and back, from the version before", roll.incident)

    assert {worker for worker, _ in roll.worked("kind")} == {"old", "new"}
    assert min(rollout.balancer.served[version.url] for version in (roll.old, roll.new)) > 10


def test_to_a_version_that_brings_tables_handlers_and_kinds(rollout: Rollout, prove: Prove, tmp_path: Path) -> None:
    def something_new(roll: Roll) -> None:
        rollout.settle()  # the new workers have done what the old ones left to them
        with rollout.balancer.only(roll.new.url):
            rollout.sandbox.act("message.send", LINUS, channel=CHANNEL, text="/incident forecast Sunny spells")
        roll.incident.expected.entries.append(("forecast", "Sunny spells"))
        roll.incident.expected.notices.append("Sunny spells")

    later = next_version(tmp_path / "next", rollout.environment)
    roll = Roll(rollout, old=rollout.version(ROOT), new=rollout.version(later), meanwhile=something_new)
    rollout.start()

    prove("rolling upgrade and back, to a next version", roll.incident)

    wrote = {("old", ""), ("old", "next"), ("new", ""), ("new", "next")}
    assert set(roll.worked("written_by")) == wrote
    payloads = rollout.rows("SELECT payload FROM slackbot_inboxentry WHERE handler LIKE '%next_version%'")
    heard = [row["payload"]["ts"] for row in payloads if "<@" not in row["payload"]["text"]]
    remarks = [row["ts"] for row in rollout.rows("SELECT ts FROM slackbot_remark")]
    assert Counter(remarks) == Counter(heard)
    assert roll.left >= 1
    cheered = {message.ts for message in roll.incident.messages(CHANNEL) if "tada" in message.reactions}
    assert cheered == set(remarks)
