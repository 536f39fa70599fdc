"""Going private on the web: choose who stays in, read what Slack can't take back, invite and remove people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from incidents import access, services
from incidents.models import EntryKind, Incident, Link, Role
from people.models import Person
from tests.ui.conftest import NOON, newcomer
from tests.ui.pages import Answer, tags, text

HTMX = {"HX-Request": "true"}


@pytest.fixture(params=[{}, HTMX], ids=["by page", "in place"])
def headers(request: pytest.FixtureRequest) -> dict[str, str]:
    found: dict[str, str] = request.param
    return found


@pytest.fixture
def linus(db: None) -> Person:
    return newcomer("Linus Torvalds")


@pytest.fixture
def radia(db: None) -> Person:
    return newcomer("Radia Perlman")


def _checked(answer: Answer) -> set[str | None]:
    return {each["value"] for _, each in tags(answer, "input") if each.get("name") == "people" and "checked" in each}


def _offered(answer: Answer) -> set[str | None]:
    """Return the people in the menus and boxes, by number."""
    found = [each for tag, each in tags(answer) if tag == "option" or each.get("name") == "people"]
    return {each.get("value") for each in found} - {""}


def _sees(person: Person, incident: Incident) -> bool:
    return access.may(person, access.SEE, Incident.objects.get(pk=incident.pk))


def test_the_people_inside_are_preselected_and_the_others_offered(
    browser: Client, incident: Incident, grace: Person, linus: Person, radia: Person, headers: dict[str, str]
) -> None:
    services.record_participation(incident, person=grace, at=NOON)
    services.record_participation(incident, person=radia, at=NOON)
    Person.objects.filter(pk=radia.pk).update(is_active=False)

    form = browser.get("/incidents/1/private/", headers=headers)

    assert _checked(form) == {str(grace.pk)}
    assert _offered(form) == {str(grace.pk), str(linus.pk)}
    assert not Incident.objects.get().private
    assert ("html" in {name for name, _ in tags(form)}) is not bool(headers)


@pytest.mark.parametrize("has_channel", [True, False])
def test_what_slack_cannot_take_back_is_read_before_confirming(
    browser: Client, incident: Incident, has_channel: bool, headers: dict[str, str]
) -> None:
    if has_channel:
        url = "https://x.slack.com/archives/C1"
        services.attach_link(incident, kind=Link.CHANNEL, label="#inc-1", url=url, at=NOON)

    said = text(browser.get("/incidents/1/private/", headers=headers))

    told = ["read the archived channel still can", "its name and topic keep the old text", "other people wrote stay"]
    assert all(each in said for each in told) == has_channel
    assert "What Response can't undo in Slack" in said


def test_only_those_who_were_chosen_stay_in(
    browser: Client, incident: Incident, grace: Person, linus: Person, radia: Person, headers: dict[str, str]
) -> None:
    for each in (grace, linus):
        services.record_participation(incident, person=each, at=NOON)

    chosen = {"people": [linus.pk], "others": [radia.pk]}
    answer = browser.post("/incidents/1/private/", chosen, headers=headers, follow=True)

    assert [_sees(each, incident) for each in (grace, linus, radia)] == [False, True, True]
    assert "Linus Torvalds Invited by Ada Lovelace" in text(answer)
    assert "Make public" in text(answer)
    again = browser.get("/incidents/1/private/", headers=headers, follow=True)
    assert "Make public" in text(again)


def test_who_left_while_the_form_was_open_does_not_stay_in(
    browser: Client, incident: Incident, grace: Person, linus: Person, headers: dict[str, str]
) -> None:
    services.record_participation(incident, person=grace, at=NOON)
    assert _checked(browser.get("/incidents/1/private/", headers=headers)) == {str(grace.pk)}
    services.remove_member(incident, person=grace, at=NOON)

    browser.post("/incidents/1/private/", {"people": [grace.pk], "others": [linus.pk]}, headers=headers)

    assert _sees(linus, incident)
    assert not _sees(grace, incident)


@pytest.mark.parametrize("field", ["people", "others"])
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("deactivated", "Radia Perlman is deactivated and can't be invited."),
        ("bot", "Radia Perlman is a bot and can't be invited."),
        ("4711", "Response doesn't know one of these people. Choose from the list."),
        ("nonsense", "Response doesn't know one of these people. Choose from the list."),
        ("\x00", "Response doesn't know one of these people. Choose from the list."),
        ("9" * 40, "Response doesn't know one of these people. Choose from the list."),
    ],
)
def test_people_who_cannot_stay_in_are_refused_in_words(
    browser: Client, incident: Incident, radia: Person, field: str, wrong: str, sentence: str, headers: dict[str, str]
) -> None:
    Person.objects.filter(pk=radia.pk).update(is_active=wrong != "deactivated", is_bot=wrong == "bot")
    sent = str(radia.pk) if wrong in ("deactivated", "bot") else wrong

    answer = browser.post("/incidents/1/private/", {field: [sent]}, headers=headers)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not Incident.objects.get().private


def test_a_member_invites_and_removes_people(
    browser: Client, incident: Incident, ada: Person, linus: Person, headers: dict[str, str]
) -> None:
    services.make_private(incident, by=ada, at=NOON)

    page = browser.post("/incidents/1/members/", {"person": linus.pk}, headers=headers, follow=True)
    assert "Linus Torvalds Invited by Ada Lovelace Remove…" in text(page)
    assert _sees(linus, incident)

    question = browser.get(f"/incidents/1/members/{linus.pk}/remove/", headers=headers)
    assert "Remove Linus Torvalds?" in text(question)
    assert _sees(linus, incident)

    after = browser.post(f"/incidents/1/members/{linus.pk}/remove/", headers=headers, follow=True)
    assert "Linus Torvalds can no longer see INC-1." in text(after)
    assert not _sees(linus, incident)
    entry = incident.entries.get(kind=EntryKind.MEMBER_REMOVED)
    assert (entry.actor, entry.text) == (ada, "Linus Torvalds was removed and no longer has access")


def test_a_bad_invitation_is_refused_in_words(
    browser: Client, incident: Incident, ada: Person, radia: Person, headers: dict[str, str]
) -> None:
    services.make_private(incident, by=ada, at=NOON)
    Person.objects.filter(pk=radia.pk).update(is_active=False)

    for sent, sentence in (
        (str(radia.pk), "Radia Perlman is deactivated and can't be invited."),
        ("4711", "Response doesn't know one of these people."),
        ("", "Choose a person to invite."),
    ):
        answer = browser.post("/incidents/1/members/", {"person": sent}, headers=headers)
        assert answer.status_code == 422
        assert sentence in text(answer)


def test_people_who_belong_in_any_case_cannot_be_removed(
    browser: Client, incident: Incident, ada: Person, grace: Person
) -> None:
    services.make_private(incident, by=ada, at=NOON, members=[grace])
    role = Role.objects.create(key="scribe", name="Scribe")
    services.assign_role(incident, role=role, to=grace, by=ada, at=NOON)

    page = browser.get("/incidents/1/")
    refused = browser.post(f"/incidents/1/members/{grace.pk}/remove/", follow=True)

    assert not any("/remove/" in str(each.get("href")) for _, each in tags(page, "a"))
    assert "Give the role to somebody else first." in text(refused)
    assert _sees(grace, incident)


def test_outsiders_can_neither_invite_nor_remove(
    browser_of: Callable[[Person], Client], incident: Incident, ada: Person, grace: Person, linus: Person
) -> None:
    services.make_private(incident, by=ada, at=NOON, members=[grace])
    outsider = browser_of(linus)

    answers = [
        outsider.get("/incidents/1/private/"),
        outsider.post("/incidents/1/members/", {"person": linus.pk}),
        outsider.get(f"/incidents/1/members/{grace.pk}/remove/"),
        outsider.post(f"/incidents/1/members/{grace.pk}/remove/"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert _sees(grace, incident)


@pytest.mark.parametrize("viewer", ["a full member", "the guest"])
def test_the_page_of_a_public_incident_names_its_guests_and_removes_them(
    browser_of: Callable[[Person], Client], incident: Incident, ada: Person, linus: Person, radia: Person, viewer: str
) -> None:
    Person.objects.filter(pk=radia.pk).update(is_guest=True)
    radia.refresh_from_db()
    browser = browser_of(radia if viewer == "the guest" else linus)
    for each in (linus, radia):
        services.invite_member(incident, person=each, by=ada, at=NOON)

    page = browser.get("/incidents/1/")
    assert "Everyone in this workspace and these guests: RP Radia Perlman Invited by Ada Lovelace Remove…" in text(page)
    assert "Linus Torvalds Invited by" not in text(page)
    assert "private channel" not in text(browser.get(f"/incidents/1/members/{radia.pk}/remove/"))
    browser.post(f"/incidents/1/members/{radia.pk}/remove/")

    assert not _sees(radia, incident)
    assert browser.get("/incidents/1/").status_code == (404 if viewer == "the guest" else 200)
    page = browser_of(ada).get("/incidents/1/")
    assert not any("/remove/" in str(each.get("href")) for _, each in tags(page, "a"))


def test_a_public_incident_without_guests_names_nobody(browser: Client, incident: Incident) -> None:
    (members,) = [each for _, each in tags(browser.get("/incidents/1/"), "div") if each.get("id") == "members"]

    assert "data-empty" in members


def test_who_removes_themselves_is_led_to_the_list(
    browser_of: Callable[[Person], Client], incident: Incident, ada: Person, grace: Person
) -> None:
    services.make_private(incident, by=ada, at=NOON, members=[grace])

    answer = browser_of(grace).post(f"/incidents/1/members/{grace.pk}/remove/", follow=True)

    assert answer.status_code == 200
    assert "Grace Hopper can no longer see INC-1." in text(answer)
    assert not _sees(grace, incident)


def test_a_long_list_of_insiders_is_read_page_by_page(browser: Client, incident: Incident, ada: Person) -> None:
    people = [newcomer(f"Person {each:03}") for each in range(230)]
    services.make_private(incident, by=ada, at=NOON, members=people)

    page = browser.get("/incidents/1/")
    whole = str(next(each["href"] for _, each in tags(page, "a") if "insiders" in str(each.get("href"))))
    listed = [text(browser.get(f"{whole}?page={number}")) for number in (1, 2)]

    assert "Person 040" in text(page)
    assert "Person 100 Invited by" not in text(page)
    assert all(sum(str(person) in said for said in listed) == 1 for person in people)
