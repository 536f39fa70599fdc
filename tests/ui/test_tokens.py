from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client

from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import Answer, text
from ui import tokens
from ui.models import ApiToken


def secret_in(answer: Answer) -> str:
    return str(re.findall(r"response_[\w-]{40,}", answer.content.decode())[0])


def test_a_token_is_made_on_the_web_shown_once_and_works(browser: Client, ada: Person) -> None:
    empty = text(browser.get("/tokens/"))
    assert "You have no tokens." in empty
    assert "A program needs one to call the API, for example a dashboard" in empty

    made = browser.post("/tokens/", {"name": "Grafana", "scope": "read"})

    assert "no-store" in made["Cache-Control"]
    caller = Client(headers={"Authorization": f"Bearer {secret_in(made)}"})
    assert caller.get("/api/v1/me").json()["person"]["name"] == "Ada Lovelace"
    later = browser.get("/tokens/")
    assert "Grafana Read" in text(later)
    assert secret_in(made) not in later.content.decode()


def test_a_token_without_a_purpose_is_refused(browser: Client) -> None:
    for name in ("", " ", "x" * 101):
        answer = browser.post("/tokens/", {"name": name, "scope": "write"})
        assert (answer.status_code, ApiToken.objects.count()) == (422, 0)
        assert "Describe the token's purpose in 1 to 100 characters." in text(answer)


def test_only_ones_own_tokens_are_listed_and_revoked(
    browser: Client, browser_of: Callable[[Person], Client], ada: Person, grace: Person
) -> None:
    tokens.make_token(ada, name="Grafana", scope=ApiToken.Scope.READ, at=NOON)
    made = ApiToken.objects.get()

    assert "Grafana" not in text(browser_of(grace).get("/tokens/"))
    assert browser_of(grace).post(f"/tokens/{made.pk}/revoke/").status_code == 404
    assert "You have no tokens." in text(browser.post(f"/tokens/{made.pk}/revoke/", follow=True))
    made.refresh_from_db()
    assert made.revoked_at is not None


def test_strangers_are_sent_to_sign_in(db: None) -> None:
    assert Client().get("/tokens/").status_code == 302
    assert Client().post("/tokens/1/revoke/").status_code == 302
