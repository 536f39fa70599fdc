from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from people.models import Person
from people.services import add_person
from tests.ui.pages import Answer, tags, text
from ui import accounts

PASSWORD = "correct horse battery"


@pytest.fixture
def account(db: None, settings: Settings) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick, for a hundred logins
    return User.objects.create_user("alan", "alan@example.com", PASSWORD, first_name="Alan", last_name="Turing")


def test_account_signs_in_and_becomes_a_person(client: Client, account: User) -> None:
    answer = client.post("/login/", {"username": "alan", "password": PASSWORD}, follow=True)

    assert "Alan Turing" in text(answer)
    assert Person.objects.get(login=account).name == "Alan Turing"


def test_an_account_that_asks_twice_at_once_becomes_one_person(account: User) -> None:
    two = [User.objects.get(pk=account.pk), User.objects.get(pk=account.pk)]
    assert [hasattr(each, "person") for each in two] == [False, False]  # both looked before one was introduced

    people = {accounts.person_of(each) for each in two}

    assert len(people) == 1
    assert Person.objects.count() == 1


def test_an_address_alone_makes_nobody_somebody_else(client: Client, account: User) -> None:
    known = add_person(name="Alan T.", email="Alan@Example.com", time_zone="UTC", is_active=True, is_bot=False)

    client.post("/login/", {"username": "alan", "password": PASSWORD})

    known.refresh_from_db()
    assert known.login is None
    assert Person.objects.get(login=account) != known


@pytest.mark.parametrize("has_signed_in_before", [True, False])
def test_an_account_is_linked_by_whoever_runs_response(
    client: Client, account: User, *, has_signed_in_before: bool
) -> None:
    known = add_person(name="Alan T.", email="Alan@Example.com", time_zone="UTC", is_active=True, is_bot=False)
    if has_signed_in_before:
        account.email = ""
        account.save()
        client.post("/login/", {"username": "alan", "password": PASSWORD})

    call_command("link_account", "alan", "alan@example.com", stdout=(said := StringIO()))

    assert said.getvalue() == "The account alan now belongs to Alan T..\n"
    client.post("/login/", {"username": "alan", "password": PASSWORD})
    assert "Alan T." in text(client.get("/"))
    assert Person.objects.get(login=account) == known
    assert Person.objects.filter(is_active=True).count() == 1


def test_an_account_is_linked_only_with_somebody_who_is_here_and_has_none(account: User) -> None:
    other = User.objects.create_user("other", password=PASSWORD)
    taken = add_person(name="Ada", email="ada@example.com", time_zone="UTC", is_active=True, is_bot=False)
    accounts.link(other, taken)
    add_person(name="Gone", email="gone@example.com", time_zone="UTC", is_active=False, is_bot=False)

    for words in (("alan", "ada@example.com"), ("alan", "gone@example.com"), ("nobody", "ada@example.com")):
        with pytest.raises(CommandError):
            call_command("link_account", *words)
    taken.refresh_from_db()
    assert taken.login == other


def test_wrong_password_is_refused(client: Client, account: User) -> None:
    answer = client.post("/login/", {"username": "alan", "password": "wrong"})

    assert "Please enter a correct username and password" in text(answer)
    assert client.get("/").status_code == 302


def test_who_left_is_told_so_and_sees_nothing(client: Client, account: User) -> None:
    accounts.person_of(account)
    Person.objects.update(is_active=False)

    answer = client.post("/login/", {"username": "alan", "password": PASSWORD}, follow=True)

    assert "Alan Turing's account is deactivated. Ask your Response administrator." in text(answer)
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("what", ["person", "account"])
@pytest.mark.parametrize(
    "address", ["/", "/activity/", "/tokens/", "/incidents/new/", "/operators/", "/operators/banner/"]
)
def test_whoever_leaves_is_signed_out_at_every_page(browser: Client, ada: Person, what: str, address: str) -> None:
    User.objects.update(is_staff=True, **({"is_active": False} if what == "account" else {}))
    Person.objects.update(is_active=what == "account")

    for method in ("get", "post"):
        answer = getattr(browser, method)(address)
        assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={address}")
    posted = browser.post("/operators/switches/", {"switch": "reminders", "to": "off"})
    assert posted["Location"].startswith("/login/")


@pytest.mark.parametrize("way", ["account", "one click"])
def test_signing_in_leads_where_one_was_going(client: Client, account: User, ada: Person, way: str) -> None:
    asked = client.get("/incidents/new/")
    assert asked["Location"] == "/login/?next=/incidents/new/"

    answer = sign_in(client, ada, way, next_page="/incidents/new/")

    assert answer == "/incidents/new/"


@pytest.mark.parametrize("way", ["account", "one click"])
@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(
    client: Client, account: User, ada: Person, way: str, elsewhere: str
) -> None:
    assert sign_in(client, ada, way, next_page=elsewhere) == "/"


def sign_in(client: Client, person: Person, way: str, *, next_page: str) -> str:
    if way == "account":
        return client.post("/login/", {"username": "alan", "password": PASSWORD, "next": next_page})["Location"]
    return client.post(f"/login/as/{person.pk}/", {"next": next_page})["Location"]


def test_one_click_signs_in_as_somebody_of_the_sandbox(client: Client, ada: Person, grace: Person) -> None:
    assert "Ada Lovelace" in text(client.get("/login/"))

    client.post(f"/login/as/{ada.pk}/")
    first = client.get("/").wsgi_request.user
    client.post("/logout/")
    client.post(f"/login/as/{ada.pk}/")

    ada.refresh_from_db()
    assert ada.login == first == client.get("/").wsgi_request.user
    assert ada.login is not None
    assert not ada.login.has_usable_password()


def focused(answer: Answer) -> list[str | None]:
    """Return the fields in which the cursor wants to wait."""
    return [each.get("name", tag) for tag, each in tags(answer) if "autofocus" in each]


def test_nobody_of_the_cast_looks_chosen_already(client: Client, ada: Person, grace: Person) -> None:
    assert focused(client.get("/login/")) == []
    assert focused(client.post("/login/", {"username": "ada", "password": "wrong"})) == ["username"]


def test_without_a_cast_the_cursor_waits_in_the_account(client: Client, ada: Person, settings: Settings) -> None:
    settings.SANDBOX = False

    assert focused(client.get("/login/")) == ["username"]


def test_one_click_is_for_responders_only(client: Client, db: None) -> None:
    bot = add_person(name="Response", email="", time_zone="UTC", is_active=True, is_bot=True)

    assert client.post(f"/login/as/{bot.pk}/").status_code == 404
    assert client.post("/login/as/4711/").status_code == 404
    assert client.get("/").status_code == 302


def test_one_click_takes_a_button_not_a_link(client: Client, ada: Person) -> None:
    assert client.get(f"/login/as/{ada.pk}/").status_code == 405
    assert client.get("/").status_code == 302


def test_one_click_does_not_exist_with_a_real_workspace(client: Client, ada: Person, settings: Settings) -> None:
    settings.SANDBOX = False

    assert "Ada Lovelace" not in text(client.get("/login/"))
    assert client.post(f"/login/as/{ada.pk}/").status_code == 404
    assert client.get("/").status_code == 302


def test_one_click_needs_a_form_of_ours(ada: Person) -> None:
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post(f"/login/as/{ada.pk}/")

    assert answer.status_code == 403
    assert "Send the form again" in text(answer)


def test_before_the_cast_arrives_the_page_says_so_and_looks_again(client: Client, db: None) -> None:
    answer = client.get("/login/")

    assert "appear within seconds" in text(answer)
    assert ("meta", {"http-equiv": "refresh", "content": "2"}) in tags(answer, "meta")


def test_with_a_real_workspace_the_page_does_not_wait_for_a_cast(client: Client, db: None, settings: Settings) -> None:
    settings.SANDBOX = False

    answer = client.get("/login/")

    assert "sandbox" not in text(answer).lower()
    assert not [each for _, each in tags(answer, "meta") if each.get("http-equiv")]


def test_logging_out_ends_it(browser: Client) -> None:
    assert browser.post("/logout/")["Location"] == "/login/"

    assert browser.get("/")["Location"].startswith("/login/")


def test_who_is_signed_in_is_led_past_the_login_page(browser: Client) -> None:
    assert browser.get("/login/")["Location"] == "/"
