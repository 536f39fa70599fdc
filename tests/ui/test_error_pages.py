from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.test import Client
from django.urls import include, path
from django.views.defaults import bad_request, permission_denied, server_error
from pytest_django import Settings

from incidents import services
from incidents.models import Incident
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import tags, text


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("boom")


urlpatterns = [path("broken/", broken), path("slack/", include("slackbot.inbound.urls")), path("", include("ui.urls"))]


def test_an_unknown_address_and_what_one_may_not_see_keep_the_menu(
    browser: Client, settings: Settings, grace: Person, incident: Incident
) -> None:
    settings.DEBUG = False
    services.declare_incident(title="Secret", reporter=grace, private=True, at=NOON)

    for address in ("/nowhere/", "/incidents/2/", "/incidents/99/"):
        answer = browser.get(address)
        assert answer.status_code == 404
        assert "Ada Lovelace Log out" in text(answer)
        assert "/tokens/" in [each["href"] for _, each in tags(answer, "a")]


def test_a_stranger_at_an_unknown_address_sees_no_menu(db: None, settings: Settings) -> None:
    settings.DEBUG = False

    answer = Client().get("/nowhere/")

    assert answer.status_code == 404
    assert not tags(answer, "nav")


@pytest.mark.urls(__name__)
def test_crash_is_a_page_of_ours_and_keeps_its_reason(browser: Client) -> None:
    browser.raise_request_exception = False

    answer = browser.get("/broken/")

    assert answer.status_code == 500
    assert "Something went wrong" in text(answer)
    assert "boom" not in answer.content.decode()


def test_unknown_address_is_a_page_of_ours(browser: Client, settings: Settings) -> None:
    settings.DEBUG = False

    answer = browser.get("/nowhere/")

    assert answer.status_code == 404
    assert "Nothing exists at this address" in text(answer)


def test_every_error_page_looks_like_ours() -> None:
    request = HttpRequest()
    for answer in (
        bad_request(request, Exception()),
        permission_denied(request, Exception()),
        server_error(request),
    ):
        styles = [each["href"] for _, each in tags(answer, "link") if each["rel"] == "stylesheet"]
        assert styles == [static("ui/ui.css")]
        assert "Response" in text(answer)
