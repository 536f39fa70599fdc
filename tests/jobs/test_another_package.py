"""A package that knows nothing of Slack uses jobs: see `letters.py`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from jobs import backlog, draining, endings, history, queues, retries, switches, tasks
from jobs.errors import NothingLeft, UnknownSwitch
from jobs.leases import LEASE, Leases
from jobs.models import OperatorEntry
from tests.jobs import letters
from tests.jobs.letters import Letter, Strike, delivered, send
from tests.jobs.woken import listening

pytestmark = [pytest.mark.django_db, pytest.mark.in_this_process]


@pytest.fixture(autouse=True)
def strike() -> Iterator[Strike]:
    with letters.post_office() as strike:
        yield strike


def _work() -> list[str]:
    """Run what is due, and return what was delivered so far."""
    draining.drain(queues.get("letters"), seconds=20)
    return delivered


def _fail_permanently() -> Letter:
    send("illegible", to="Ada")
    for _ in range(letters.MAX_FAILURES):
        Letter.objects.update(not_before=None)
        _work()
    return Letter.objects.get()


def test_a_job_is_run_once_however_often_it_is_sent() -> None:
    for _ in range(2):
        send("Hello", to="Ada")
        _work()

    assert delivered == ["Hello"]
    assert list(Letter.objects.values_list("is_open", "attempts", "error")) == [(False, 1, "")]


def test_celery_runs_a_queue_by_its_name() -> None:
    send("Hello", to="Ada")

    tasks.work("letters")

    assert delivered == ["Hello"]


def test_a_wake_up_follows_the_commit(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with listening("letters") as listener:
        with django_capture_on_commit_callbacks(execute=True):
            send("Hello", to="Ada")
            assert not listener.wait(0)

        assert listener.wait(5)


def test_a_job_that_fails_waits_and_delays_only_those_that_must_follow_it() -> None:
    send("illegible", to="Ada")
    send("after it", to="Ada")
    send("Hello", to="Grace")

    assert _work() == ["Hello"]
    failed = Letter.objects.get(text="illegible")
    assert (failed.is_open, failed.failures, failed.lease_owner) == (True, 1, "")
    assert failed.not_before is not None
    assert failed.not_before > timezone.now()


def test_an_attempt_that_lost_its_lease_notes_nothing() -> None:
    send("Hello", to="Ada")
    now = timezone.now()
    first = letters.claim_next(now)
    second = letters.claim_next(now + LEASE + timedelta(seconds=1))
    assert first is not None
    assert second == first

    assert not endings.close(first, now=now)
    endings.note_failure(endings.held_by_us(first), error="late", not_before=now)
    assert not endings.fail_permanently(endings.held_by_us(first), now=now, reason="late")

    assert list(Letter.objects.values_list("is_open", "failures", "error")) == [(True, 0, "")]
    assert endings.close(second, now=now)


def test_a_row_that_is_put_back_has_made_no_attempt_and_stays_awake_if_it_was_woken() -> None:
    send("Hello", to="Ada")
    now = timezone.now()
    row = letters.claim_next(now)
    assert row is not None
    later = now + timedelta(minutes=5)

    endings.put_back(endings.held_by_us(row), not_before=later)
    assert list(Letter.objects.values_list("attempts", "not_before")) == [(0, later)]

    row = letters.claim_next(later)
    assert row is not None
    Letter.objects.update(not_before=now)  # woken, while it is at work
    endings.put_back(endings.held_by_us(row), not_before=later)
    assert list(Letter.objects.values_list("attempts", "not_before")) == [(0, now)]


def test_an_error_is_stored_whatever_is_in_it() -> None:
    send("Hello", to="Ada")
    row = letters.claim_next(timezone.now())
    assert row is not None

    endings.fail_permanently(endings.held_by_us(row), now=timezone.now(), reason="nul \x00, half a pair \ud800\r\nend")

    assert Letter.objects.get().error == "nul , half a pair \nend"


def test_a_row_that_begins_again_can_be_claimed_at_once_as_if_for_the_first_time() -> None:
    send("Hello", to="Ada")
    now = timezone.now()
    endings.note_failure(endings.held_by_us(letters.claim_next(now) or Letter()), error="late", not_before=now)
    row = letters.claim_next(now)
    assert row is not None

    endings.begin_again(endings.held_by_us(row))

    again = letters.claim_next(now)
    assert again is not None
    assert (again.attempts, again.failures, again.error) == (1, 0, "")


def test_after_trouble_with_the_database_the_row_is_run_again() -> None:
    send("Hello", to="Ada")
    letters.claim_next(timezone.now())
    leases = Leases(Letter.objects.all)
    leases.are_in_doubt = True

    leases.tidy()

    assert _work() == ["Hello"]
    assert Letter.objects.get().attempts == 1


def test_operators_see_what_waits_what_fails_and_what_failed_permanently() -> None:
    send("Hello", to="Grace")
    Letter.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    line = backlog.waiting_in("letters")[0]
    assert (line.count, line.is_late(timezone.now())) == (1, True)
    assert [each.name for each in backlog.shown(backlog.late(timezone.now()), viewer=None)] == ["letter to Grace"]

    row = _fail_permanently_of_ada()

    (each,) = backlog.shown(backlog.given_up(), viewer=None)
    assert (each.row, each.name, each.queue, each.can_retry) == (row, "letter to Ada", "letters", True)
    assert each.telling_line == "ValueError: Nobody can read this"
    assert backlog.count_given_up() == 1


def _fail_permanently_of_ada() -> Letter:
    Letter.objects.all().delete()
    return _fail_permanently()


def test_a_job_that_failed_permanently_is_tried_again_when_an_operator_asks() -> None:
    row = _fail_permanently()
    Letter.objects.update(text="legible")

    backlog.retry("letters", row.pk, by="ada", door="command line", at=timezone.now())

    assert _work() == ["legible"]
    assert OperatorEntry.objects.get().text == f"ada: Retried: letter to Ada, letter {row.pk}"


def test_a_job_that_was_discarded_is_gone_for_everybody() -> None:
    row = _fail_permanently()

    backlog.discard("letters", row.pk, by=None, door="web", at=timezone.now())

    assert backlog.given_up() == []
    with pytest.raises(NothingLeft):
        backlog.retry("letters", row.pk, by=None, door="web", at=timezone.now())
    with pytest.raises(NothingLeft):
        backlog.discard("no table", 1, by=None, door="web", at=timezone.now())


def test_the_owner_of_a_table_decides_who_reads_what() -> None:
    send("Buy", to="Ada", kind="advertisement")
    rows = [("letters", Letter.objects.get())]

    assert [each.name for each in backlog.shown(rows, viewer=None)] == ["a letter"]
    assert [each.name for each in backlog.shown(rows, viewer="Ada")] == ["letter to Ada"]


def test_a_tier_that_is_switched_off_waits() -> None:
    send("Buy", to="Ada", kind="advertisement")
    send("Hello", to="Ada")
    switches.turn_off("tier-2", by=None, door="test", why="", at=timezone.now())

    assert _work() == ["Hello"]
    assert backlog.held() == 1

    switches.turn_on("tier-2", by=None, door="test", at=timezone.now())
    assert _work() == ["Hello", "Buy"]


def test_a_package_has_switches_of_its_own(strike: Strike) -> None:
    send("Hello", to="Ada")
    switches.turn_off("strike", by=None, door="test", why="wages", at=timezone.now())
    assert _work() == []

    switches.turn_on("strike", by=None, door="test", at=timezone.now())

    assert _work() == ["Hello"]
    assert strike.ended == 1
    assert [entry.text for entry in OperatorEntry.objects.order_by("pk")] == [
        "Disabled delivery of letters: wages",
        "Enabled delivery of letters.",
    ]


def test_what_became_useless_while_it_was_held_is_dropped() -> None:
    send("Buy", to="Ada", kind="advertisement")
    send("Hello", to="Ada")
    switches.turn_off("strike", by=None, door="test", why="", at=timezone.now())
    Letter.objects.update(created_at=timezone.now() - timedelta(hours=2))

    switches.turn_on("strike", by=None, door="test", at=timezone.now())

    assert _work() == ["Hello"]
    assert Letter.objects.get(text="Buy").error == "Discarded: it became useless while strike was disabled"


def test_a_switch_goes_with_its_package(strike: Strike) -> None:
    assert switches.names()["strike"] == "Delivery of letters"
    switches.forget(strike)
    try:
        with pytest.raises(UnknownSwitch, match="“strike” isn't a switch"):
            switches.turn_off("strike", by=None, door="test", why="", at=timezone.now())
    finally:
        switches.register(strike)


def test_old_jobs_are_deleted_and_those_that_failed_permanently_stay() -> None:
    row = _fail_permanently()
    send("Hello", to="Grace")
    _work()
    Letter.objects.exclude(closed_at=None).update(closed_at=timezone.now() - timedelta(days=15))

    history.throw_away_old_rows(timezone.now())

    assert list(Letter.objects.all()) == [row]


def test_a_package_deletes_its_other_old_rows_with_the_old_jobs() -> None:
    now = timezone.now()
    deleted_at: list[datetime] = []
    delete = deleted_at.append
    history.also_throw_away(delete)
    history.also_throw_away(delete)
    try:
        history.throw_away_old_rows(now)
    finally:
        history.forget(delete)

    assert deleted_at == [now]


def test_pauses_grow_up_to_a_limit() -> None:
    pauses = [retries.pause(failures) for failures in (1, 4, 100)]

    assert pauses == sorted(pauses)
    assert pauses[-1] < retries.LONGEST_PAUSE


def test_the_command_line_lists_switches_of_every_package(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("switch")

    assert "on  strike" in capsys.readouterr().out
