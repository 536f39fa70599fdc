"""Whoever guesses is stopped, at every door that takes a secret, and by all processes together."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, Protocol

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from people.models import Person
from response.reach import client_address
from tests.ui.conftest import NOON
from ui import accounts, limits, tokens
from ui.models import ApiToken, Tally

PASSWORD = "correct horse battery"


class Answer(Protocol):
    """What a door answers."""

    status_code: int

    @property
    def content(self) -> bytes: ...

    def __getitem__(self, header: str) -> str: ...

    def __contains__(self, header: str) -> bool: ...


Knock = Callable[..., Answer]
hashed: list[str] = []


class CountingHasher(MD5PasswordHasher):
    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        hashed.append(password)
        return super().encode(password, salt)


@pytest.fixture
def alan(db: None, settings: Settings) -> Person:
    settings.PASSWORD_HASHERS = ["tests.ui.test_limits.CountingHasher"]
    user = User.objects.create_user("alan", "alan@example.com", PASSWORD, first_name="Alan")
    hashed.clear()
    return accounts.person_of(user)


@pytest.fixture
def right_token(alan: Person) -> str:
    return tokens.make_token(alan, name="A test", scope=ApiToken.Scope.READ, at=NOON)


def sign_in(*, secret: str, name: str = "alan", browser: Client | None = None, **more: Any) -> Answer:
    return (browser or Client(**more)).post("/login/", {"username": name, "password": secret})


def call_api(*, secret: str, **more: Any) -> Answer:
    return Client(headers={"Authorization": f"Bearer {secret}"}, **more).get("/api/v1/me")


def ask_for_metrics(*, secret: str) -> Answer:
    return Client(headers={"Authorization": f"Bearer {secret}"}).get("/metrics")


@pytest.mark.parametrize(("knock", "welcome"), [(sign_in, 302), (call_api, 200), (ask_for_metrics, 200)])
def test_no_door_lets_anybody_guess(
    alan: Person, right_token: str, settings: Settings, knock: Knock, welcome: int
) -> None:
    settings.METRICS_TOKEN = "a-metrics-token-for-the-tests"
    right = {sign_in: PASSWORD, call_api: right_token, ask_for_metrics: settings.METRICS_TOKEN}[knock]
    answers = [knock(secret=f"wrong-{number}") for number in range(60)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 30
    assert answers[-1] is refused[-1]
    # A password can be guessed, so even the right one is refused; a token cannot, and its program goes on.
    assert knock(secret=right).status_code == (429 if knock is sign_in else welcome)
    assert knock(secret="wrong-again").status_code == 429
    for answer in refused:
        assert 0 < int(answer["Retry-After"]) <= 15 * 60
        assert re.fullmatch(r'"[a-z-]+";r=0;t=\d+', answer["RateLimit"])
        assert re.fullmatch(r'"[a-z-]+";q=\d+;w=\d+', answer["RateLimit-Policy"])
    assert re.search(
        r"Too many failed attempts. Wait \d+ (seconds|minutes), then try again.", refused[0].content.decode()
    )
    with time_machine.travel(time.time() + 16 * 60, tick=True):
        assert knock(secret=right).status_code == welcome


@pytest.mark.parametrize(("end", "status"), [("revoked", 429), ("deactivated", 401)])
def test_a_token_that_works_no_more_gets_through_no_limit(
    alan: Person, right_token: str, end: str, status: int
) -> None:
    if end == "revoked":
        tokens.revoke_token(alan, pk=tokens.tokens_of(alan).get().pk, at=NOON)
    else:
        Person.objects.filter(pk=alan.pk).update(is_active=False)
    for number in range(limits.BAD_TOKENS.quota):
        call_api(secret=f"wrong-{number}")

    assert call_api(secret=right_token).status_code == status


def test_after_too_many_attempts_no_password_is_hashed(alan: Person) -> None:
    for _ in range(30):
        sign_in(secret="wrong")

    assert hashed.count("wrong") == limits.BY_NAME_AND_ADDRESS.quota


@pytest.mark.parametrize("name", ["alan", "ALAN", " alan ", "\uff41lan"])
def test_spellings_of_a_name_share_its_limit(alan: Person, name: str) -> None:
    for _ in range(limits.BY_NAME_AND_ADDRESS.quota):
        sign_in(secret="wrong", name=name)

    assert sign_in(secret=PASSWORD).status_code == 429


def test_other_addresses_do_not_help_with_one_name(alan: Person, settings: Settings) -> None:
    settings.SANDBOX = False
    answers = [sign_in(secret="wrong", REMOTE_ADDR=f"192.0.2.{n}") for n in range(limits.BY_NAME.quota + 1)]

    assert [answer.status_code for answer in answers[-2:]] == [200, 429]


# Others' guesses ------------------------------------------------------------------------------------------------------


@pytest.fixture
def known_browser(alan: Person, settings: Settings) -> Client:
    """A browser in which Alan signed in before."""
    settings.SANDBOX = False
    browser = Client(REMOTE_ADDR="203.0.113.1")
    assert sign_in(secret=PASSWORD, browser=browser).status_code == 302
    browser.post("/logout/")
    hashed.clear()
    return browser


def guess(*, addresses: Iterable[str], from_each: int = 10) -> list[Answer]:
    return [sign_in(secret="wrong", REMOTE_ADDR=address) for address in addresses for _ in range(from_each)]


def test_somebody_elses_wrong_guesses_do_not_keep_a_person_out(alan: Person, settings: Settings) -> None:
    settings.SANDBOX = False

    answers = guess(addresses=["192.0.2.1"], from_each=20)

    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 10
    assert limits.BY_NAME.look("alan").used == 10
    assert sign_in(secret=PASSWORD, REMOTE_ADDR="198.51.100.1").status_code == 302


def test_guesses_from_many_addresses_leave_the_browser_in_which_they_signed_in(known_browser: Client) -> None:
    guess(addresses=[f"192.0.2.{number}" for number in range(limits.BY_NAME.quota // 10 + 1)])

    assert sign_in(secret=PASSWORD, REMOTE_ADDR="198.51.100.1").status_code == 429
    assert sign_in(secret=PASSWORD, browser=known_browser).status_code == 302
    assert sign_in(secret=PASSWORD, REMOTE_ADDR="198.51.100.1").status_code == 429


def test_guesses_from_their_own_address_leave_the_browser_in_which_they_signed_in(known_browser: Client) -> None:
    guess(addresses=["203.0.113.1"], from_each=11)

    assert sign_in(secret=PASSWORD, REMOTE_ADDR="203.0.113.1").status_code == 429
    assert sign_in(secret=PASSWORD, browser=known_browser).status_code == 302


def test_a_known_browser_lets_nobody_guess_either(known_browser: Client) -> None:
    answers = [sign_in(secret="wrong", browser=known_browser) for _ in range(20)]

    assert answers[-1].status_code == 429
    assert hashed.count("wrong") == limits.BY_BROWSER.quota
    assert sign_in(secret=PASSWORD, browser=known_browser).status_code == 429
    assert sign_in(secret=PASSWORD, REMOTE_ADDR="198.51.100.1").status_code == 302


@pytest.mark.parametrize("cookie", ["of another account", "forged", "no signature", "expired"])
def test_a_browser_is_known_only_for_the_account_that_signed_in_there(known_browser: Client, cookie: str) -> None:
    User.objects.create_user("mallory", password=PASSWORD)
    real = known_browser.cookies[limits.KNOWN].value
    sign_in(secret=PASSWORD, name="mallory", browser=(mallorys := Client(REMOTE_ADDR="203.0.113.1")))
    known_browser.cookies[limits.KNOWN] = {
        "of another account": mallorys.cookies[limits.KNOWN].value,
        "forged": f"{real[:-1]}!",
        "no signature": "\u00e9",
        "expired": real,
    }[cookie]
    later = timedelta(days=91 if cookie == "expired" else 0)

    with time_machine.travel(timezone.now() + later, tick=False):
        guess(addresses=["203.0.113.1"])

        assert sign_in(secret=PASSWORD, browser=known_browser).status_code == 429


def test_the_cookie_names_nobody_and_scripts_do_not_read_it(known_browser: Client, settings: Settings) -> None:
    cookie = known_browser.cookies[limits.KNOWN]

    assert "alan" not in cookie.value
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 90 * 24 * 60 * 60)
    settings.SESSION_COOKIE_SECURE = True
    assert sign_in(secret=PASSWORD, browser=(other := Client(REMOTE_ADDR="203.0.113.1"))).status_code == 302
    assert other.cookies[limits.KNOWN]["secure"]


def test_without_a_right_password_no_browser_is_known(alan: Person) -> None:
    sign_in(secret="wrong", browser=(browser := Client()))

    assert limits.KNOWN not in browser.cookies


# Addresses ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::{}"])
def test_other_names_do_not_help_at_one_address(alan: Person, settings: Settings, address: str) -> None:
    settings.SANDBOX = False
    for number in range(limits.BY_ADDRESS.quota):
        sign_in(secret="wrong", name=f"name-{number}", REMOTE_ADDR=address.format(number))

    assert sign_in(secret=PASSWORD, REMOTE_ADDR=address.format("ffff")).status_code == 429
    assert sign_in(secret=PASSWORD, REMOTE_ADDR="198.51.100.1").status_code == 302


@pytest.mark.parametrize(("knock", "quota"), [(sign_in, limits.BY_ADDRESS.quota), (call_api, limits.BAD_TOKENS.quota)])
def test_nobody_gets_a_new_limit_by_claiming_another_address(
    alan: Person, settings: Settings, knock: Knock, quota: int
) -> None:
    settings.SANDBOX = False
    for number in range(quota + 1):
        more = {"name": f"name-{number}"} if knock is sign_in else {}
        last = knock(secret="wrong", REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}", **more)

    assert last.status_code == 429


def test_a_trusted_proxy_says_who_it_was(alan: Person, settings: Settings) -> None:
    settings.SANDBOX = False
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    through: dict[str, Any] = {"REMOTE_ADDR": "10.0.0.5", "HTTP_X_FORWARDED_FOR": "127.0.0.1, 192.0.2.7, 10.0.0.9"}
    for number in range(limits.BY_ADDRESS.quota):
        sign_in(secret="wrong", name=f"name-{number}", **through)

    assert sign_in(secret=PASSWORD, **through).status_code == 429
    assert sign_in(secret=PASSWORD, **{**through, "HTTP_X_FORWARDED_FOR": "192.0.2.8"}).status_code == 302


@pytest.mark.parametrize(
    ("peer", "passed_on", "client"),
    [
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "nonsense"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_client_is_the_last_whom_no_proxy_of_ours_is(
    settings: Settings, peer: str, passed_on: str, client: str
) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]

    assert client_address(peer, passed_on) == client


def test_the_right_password_takes_no_attempt(alan: Person) -> None:
    for _ in range(limits.BY_ADDRESS.quota + 5):
        assert sign_in(secret=PASSWORD).status_code == 302


def test_signing_in_oneself_wins_no_more_guesses_at_others(alan: Person) -> None:
    User.objects.create_user("mallory", password=PASSWORD)
    answers = []
    for _ in range(limits.BY_NAME_AND_ADDRESS.quota + 1):
        answers.append(sign_in(secret="wrong"))
        sign_in(secret=PASSWORD, name="mallory")

    assert answers[-1].status_code == 429


def test_calls_say_how_many_are_left(right_token: str, settings: Settings) -> None:
    settings.API_CALLS_PER_MINUTE = 2
    answers = [call_api(secret=right_token) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [re.sub(r"\d+$", "", answer["RateLimit"]) for answer in answers] == [f'"calls";r={r};t=' for r in (1, 0, 0)]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"calls";q=2;w=60'}
    assert "Retry-After" not in answers[0]


def test_what_is_kept_names_nobody_and_is_forgotten(alan: Person) -> None:
    sign_in(secret="wrong", name="my-password-in-the-wrong-field")

    assert "my-password" not in str(list(Tally.objects.values()))
    with time_machine.travel(time.time() + 16 * 60, tick=False):
        limits.forget_what_is_over(int(time.time()))
    assert not Tally.objects.exists()


def test_a_clock_that_was_wrong_locks_nobody_out(alan: Person) -> None:
    with time_machine.travel(time.time() + 10**6, tick=False):
        for _ in range(20):
            sign_in(secret="wrong")

    assert sign_in(secret=PASSWORD).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_all_processes_share_one_limit() -> None:
    limit = limits.Limit("shared", quota=10, window=60)

    def take(_number: int) -> bool:
        try:
            return not limit.take("somebody").is_exceeded
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        allowed = list(threads.map(take, range(40)))

    assert sum(allowed) == 10
