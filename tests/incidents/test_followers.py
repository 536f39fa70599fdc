"""Followers of timelines, as a package that knows nothing of Slack registers them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from incidents import services
from incidents.followers import registry, running
from incidents.followers.registry import Follower
from incidents.models import Following, Incident, TimelineEntry
from jobs import backlog, draining, history, queues, retries, switches
from jobs.leases import LEASE, Leases
from jobs.models import OperatorEntry
from people.errors import Refusal
from people.models import Person
from tests.incidents.world import after, declared
from tests.jobs.woken import listening
from tests.waiting import until_somebody_waits_for_a_row

# Real commits: a follower that looked into an open transaction would see nothing.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("seeded_db")]

QUEUE = "post office"


class Letters:
    """A follower that writes a note for each entry, and can be made to fail."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.got: list[str] = []
        self.fails_at = ""
        self.refuses = ""

    def __call__(self, row: Following, incident: Incident, entry: TimelineEntry, now: datetime) -> None:
        if self.refuses and entry.text == self.refuses:
            raise Refusal("No")
        self.got.append(entry.text)
        if self.fails_at and entry.text == self.fails_at:
            raise ValueError(f"{self.name} has no stamps")


@pytest.fixture(autouse=True)
def _queue() -> Iterator[None]:
    running.serve(QUEUE)
    yield
    queues.forget(QUEUE)


def _follow(name: str, **more: object) -> Letters:
    letters = Letters(name)
    registry.register(Follower(name=name, queue=QUEUE, handle=letters, **more))  # type: ignore[arg-type]
    return letters


@pytest.fixture
def post(_queue: None, nobody_follows: None) -> Letters:
    return _follow("post")


@pytest.fixture
def press(_queue: None, nobody_follows: None) -> Letters:
    return _follow("press")


def _work() -> None:
    draining.drain(queues.get(QUEUE), seconds=20)


def _try_again() -> None:
    Following.objects.update(not_before=None)
    _work()


def _note(incident: Incident, text: str, ada: Person) -> None:
    services.add_note(incident, text=text, by=ada, at=timezone.now())


# What is handed over -------------------------------------------------------------------------------------------------


def test_every_entry_is_handed_over_once_in_order(post: Letters, ada: Person) -> None:
    incident = declared(ada)
    for text in ("One", "Two"):
        _note(incident, text, ada)

    _work()
    _work()

    assert post.got == [*incident.entries.filter(seq=1).values_list("text", flat=True), "One", "Two"]
    assert not Following.objects.filter(is_open=True).exists()


def test_a_new_follower_begins_with_what_happens_from_then_on(post: Letters, ada: Person) -> None:
    incident = declared(ada)
    _note(incident, "Old", ada)
    press = _follow("press")

    _note(incident, "New", ada)
    _work()

    assert press.got == ["New"]
    assert post.got[-2:] == ["Old", "New"]


@pytest.mark.parametrize(("plugin", "heard"), [("acme", ["Heard"]), ("", ["Missed", "Heard"])])
def test_a_plugins_follower_that_returns_is_not_told_what_it_missed(
    post: Letters, ada: Person, plugin: str, heard: list[str]
) -> None:
    """One of Response's own misses nothing: a process of an older version may not have known it."""
    incident = declared(ada)
    _work()
    follower = registry.find("post")
    assert follower is not None
    registry.forget("post")
    _note(incident, "Missed", ada)
    registry.register(replace(follower, plugin=plugin))

    _note(incident, "Heard", ada)
    _work()

    assert post.got[1:] == heard


def test_nothing_is_handed_over_of_what_was_rolled_back(post: Letters, ada: Person) -> None:
    with transaction.atomic():
        declared(ada)
        transaction.set_rollback(True)
    _work()

    assert post.got == []
    assert not Following.objects.exists()


def test_a_refused_change_takes_back_only_its_own_news(post: Letters, ada: Person) -> None:
    incident, other = declared(ada), declared(ada)
    _work()
    post.got.clear()

    with transaction.atomic():
        _note(incident, "Looking", ada)
        with pytest.raises(Refusal):
            services.edit_incident(
                other, wanted={"title": "Payments", "summary": "x" * 4000}, seen={}, by=ada, at=after(1)
            )
    _work()

    assert post.got == ["Looking"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time")
def test_an_entry_that_is_recorded_while_a_cursor_closes_is_handed_over(ada: Person) -> None:
    got: list[str] = []
    held = Event()

    def record_late() -> None:
        with transaction.atomic():
            _note(incident, "Late", ada)
            held.set()
            until_somebody_waits_for_a_row()
        connection.close()

    def handle(row: Following, incident: Incident, entry: TimelineEntry, now: datetime) -> None:
        if not got:
            noted.append(pool.submit(record_late))
            held.wait(timeout=10)
        got.append(entry.text)

    registry.register(Follower(name="slow", queue=QUEUE, handle=handle))
    incident = declared(ada)
    noted: list[Future[None]] = []
    with ThreadPoolExecutor(1) as pool:
        _work()
        noted[0].result()
    _work()

    assert got[1:] == ["Late"]


def test_a_worker_is_woken_after_the_commit(post: Letters, ada: Person) -> None:
    with listening(QUEUE) as listener:
        with transaction.atomic():
            declared(ada)
            assert not listener.wait(0)

        assert listener.wait(5)


def test_a_name_is_taken_once(post: Letters) -> None:
    with pytest.raises(LookupError, match="Two followers have the name 'post'"):
        _follow("post")


# What fails ----------------------------------------------------------------------------------------------------------


def test_one_that_fails_delays_no_other_and_no_other_incident(post: Letters, press: Letters, ada: Person) -> None:
    incident, other = declared(ada), declared(ada)
    _work()
    post.fails_at = "Stuck"
    _note(incident, "Stuck", ada)
    _note(incident, "Next", ada)
    _note(other, "Elsewhere", ada)

    _work()

    assert press.got[2:] == ["Stuck", "Next", "Elsewhere"]
    assert post.got[2:] == ["Stuck", "Elsewhere"]
    (failing,) = backlog.shown(backlog.failing(), viewer=None)
    assert failing.name == f"post: entry 2 to 3 of {incident.reference}"
    assert failing.telling_line == "ValueError: post has no stamps"
    assert failing.row.not_before > timezone.now()


def test_a_failure_undoes_what_the_follower_wrote(ada: Person) -> None:
    def writes_and_fails(row: Following, incident: Incident, entry: TimelineEntry, now: datetime) -> None:
        Person.objects.create(name="Nobody")
        raise ValueError

    registry.register(Follower(name="writer", queue=QUEUE, handle=writes_and_fails))
    declared(ada)

    _work()

    assert not Person.objects.filter(name="Nobody").exists()


def test_an_entry_that_fails_permanently_is_kept_and_the_next_ones_arrive(
    post: Letters, press: Letters, ada: Person
) -> None:
    incident = declared(ada)
    _fail_permanently(post, incident, ada)

    assert post.got[-1] == "Next"
    assert press.got[1:] == ["Stuck", "Next"]
    (kept,) = backlog.shown(backlog.given_up(), viewer=None)
    assert (kept.name, kept.can_retry) == (f"post: entry 2 of {incident.reference}", True)
    assert not Following.objects.filter(is_open=True).exists()


def _fail_permanently(letters: Letters, incident: Incident, ada: Person) -> Following:
    letters.fails_at = "Stuck"
    _note(incident, "Stuck", ada)
    _note(incident, "Next", ada)
    _work()
    for _ in range(4):
        assert letters.got[-1] == "Stuck"
        _try_again()
    return Following.objects.get(given_up_at__isnull=False)


def test_an_operator_has_the_kept_entry_handed_over_again(post: Letters, press: Letters, ada: Person) -> None:
    kept = _fail_permanently(post, declared(ada), ada)
    post.fails_at = ""
    for letters in (post, press):
        letters.got.clear()

    backlog.retry("followers", kept.pk, by=None, door="web", at=timezone.now())
    _work()

    assert (post.got, press.got) == (["Stuck"], [])
    assert backlog.given_up() == []
    assert OperatorEntry.objects.get().text.startswith("Retried: post: entry 2 of INC-")


def test_one_that_fails_again_is_kept_again_without_holding_anything_up(post: Letters, ada: Person) -> None:
    incident = declared(ada)
    kept = _fail_permanently(post, incident, ada)

    backlog.retry("followers", kept.pk, by=None, door="web", at=timezone.now())
    _work()
    _note(incident, "Later", ada)
    _work()
    assert post.got[-1] == "Later"
    for _ in range(4):
        _try_again()

    assert [row.pk for _, row in backlog.given_up()] == [kept.pk]


def test_what_is_discarded_is_not_handed_over(post: Letters, ada: Person) -> None:
    incident = declared(ada)
    _work()
    post.fails_at = "Stuck"
    _note(incident, "Stuck", ada)
    _work()
    cursor = Following.objects.get(follower="post")

    backlog.discard("followers", cursor.pk, by=None, door="web", at=timezone.now())
    _note(incident, "Later", ada)
    _try_again()

    assert post.got[1:] == ["Stuck", "Later"]


def test_a_row_that_is_discarded_while_it_is_handed_over_stays_discarded(post: Letters, ada: Person) -> None:
    incident = declared(ada)
    _note(incident, "Later", ada)
    row = queues.get(QUEUE).claim_next(timezone.now())
    assert row is not None

    backlog.discard("followers", row.pk, by=None, door="web", at=timezone.now())
    queues.get(QUEUE).work_on(row, timezone.now)
    _work()

    assert "Later" not in post.got
    assert not Following.objects.filter(is_open=True).exists()


def test_what_is_discarded_leaves_no_failures_to_the_next_entry(post: Letters, ada: Person) -> None:
    incident = declared(ada)
    _work()
    _note(incident, "Ends processes", ada)
    Following.objects.filter(follower="post").update(attempts=3, failures=0, not_before=after(9_000))
    backlog.discard("followers", Following.objects.get(follower="post").pk, by=None, door="web", at=timezone.now())

    _note(incident, "Harmless", ada)
    _work()

    assert post.got[1:] == ["Harmless"]
    assert not Following.objects.exclude(given_up_at=None).exists()


def test_a_cursor_that_opens_while_old_rows_are_deleted_stays(post: Letters, ada: Person) -> None:
    incident = declared(ada)
    _work()
    Following.objects.update(closed_at=timezone.now() - timedelta(days=30))

    with record_before_the_delete(lambda: _note(incident, "Just now", ada)):
        history.throw_away_old_rows(timezone.now())
    _work()

    assert post.got[1:] == ["Just now"]


@contextmanager
def record_before_the_delete(act: Callable[[], None]) -> Iterator[None]:
    """Do something when the first statement deletes followings, as another process might."""
    acts = [act]

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if acts and sql.startswith("DELETE") and "incidents_following" in sql:
            acts.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    assert not acts


def test_a_refusal_is_an_answer(post: Letters, ada: Person) -> None:
    incident = declared(ada)
    post.refuses = "Private"
    _note(incident, "Private", ada)
    _note(incident, "Public", ada)

    _work()

    assert post.got[1:] == ["Public"]
    assert backlog.failing() == backlog.given_up() == []


def test_a_private_incident_is_hidden_from_operators_who_may_not_see_it(
    post: Letters, ada: Person, grace: Person
) -> None:
    incident = declared(ada)
    _fail_permanently(post, incident, ada)
    services.make_private(incident, by=ada, at=timezone.now())

    for viewer, words in ((grace, "Only people who can see the incident"), (None, "Only people"), (ada, "Traceback")):
        (kept,) = backlog.shown(backlog.given_up(), viewer=viewer)
        assert kept.error.startswith(words)


# Processes that die, and other versions -------------------------------------------------------------------------------


def test_a_worker_killed_between_delivery_and_commit_delivers_once(
    post: Letters, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = declared(ada)
    _work()
    written: list[int] = []

    def dies(row: Following, incident: Incident, entry: TimelineEntry, now: datetime) -> None:
        Person.objects.create(name=entry.text)
        written.append(entry.seq)
        if len(written) == 1:
            raise KeyboardInterrupt  # nothing of ours catches it, as if the process were gone

    registry.register(Follower(name="writer", queue=QUEUE, handle=dies))
    _note(incident, "Once", ada)
    with pytest.raises(KeyboardInterrupt):
        _work()
    assert not Person.objects.filter(name="Once").exists()
    held = Following.objects.get(follower="writer")
    assert held.lease_until is not None
    assert queues.get(QUEUE).claim_next(timezone.now()) != held

    leases = Leases(Following.objects.all)
    leases.are_in_doubt = True
    leases.tidy()
    _work()

    assert written == [2, 2]
    assert Person.objects.filter(name="Once").count() == 1


def test_an_attempt_that_lost_its_lease_moves_no_cursor(post: Letters, ada: Person) -> None:
    declared(ada)
    now = timezone.now()
    queue = queues.get(QUEUE)
    slow = queue.claim_next(now)
    faster = queue.claim_next(now + LEASE + timedelta(seconds=1))
    assert slow == faster

    queue.work_on(faster, timezone.now)
    queue.work_on(slow, timezone.now)

    assert Following.objects.get().seen == 1
    assert Following.objects.get().attempts == 0


def test_an_entry_that_ends_three_processes_is_kept(post: Letters, ada: Person) -> None:
    incident = declared(ada)
    Following.objects.update(attempts=retries.MAX_DEATHS)
    _note(incident, "Next", ada)

    _work()

    assert post.got == ["Next"]
    (kept,) = backlog.shown(backlog.given_up(), viewer=None)
    assert kept.error.startswith("Its handler ended 3 processes.")


def test_what_nobody_knows_waits_for_an_hour_and_is_kept(post: Letters, ada: Person) -> None:
    declared(ada)
    Following.objects.update(created_at=timezone.now())
    registry.forget("post")
    _work()
    assert Following.objects.get().is_open

    Following.objects.update(created_at=timezone.now() - timedelta(hours=2))
    _work()

    (kept,) = backlog.shown(backlog.given_up(), viewer=None)
    assert "No process here knows the follower post" in kept.error


def test_a_tier_that_is_switched_off_waits(post: Letters, ada: Person) -> None:
    switches.turn_off("tier-2", by=None, door="test", why="", at=timezone.now())
    declared(ada)
    _work()
    assert post.got == []

    switches.turn_on("tier-2", by=None, door="test", at=timezone.now())
    _work()

    assert len(post.got) == 1
