from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from incidents import services
from incidents.models import EntryKind, Incident, Kind, Severity, Status
from people.models import Person
from people.services import add_person
from tests.ui.conftest import NOON
from tests.ui.pages import fields, tags, text, value

LATER = NOON + timedelta(minutes=10)
IN_PLACE = {"HX-Request": "true"}


def kinds(incident: Incident) -> list[str]:
    return list(incident.entries.order_by("seq").values_list("kind", flat=True))


# The page that edits everything --------------------------------------------------------------------------------------


def test_form_is_filled_with_what_the_incident_says(browser: Client, ada: Person, grace: Person) -> None:
    services.declare_incident(
        title="Checkout",
        summary="a <b> & c",
        impact="some",
        reporter=ada,
        lead=grace,
        severity=Severity.objects.get(key="major"),
        kind=Kind.REPORT,
        at=NOON,
    )

    page = browser.get("/incidents/1/edit/")

    assert value(page, "title") == "Checkout"
    assert value(page, "summary") == "a <b> & c"
    assert value(page, "impact") == "some"
    assert value(page, "lead") == str(grace.pk)
    assert value(page, "severity") == str(Severity.objects.get(key="major").pk)
    assert value(page, "kind") == "report"
    assert value(page, "status") == "investigating"
    assert value(page, "started_at") == "2026-11-20T12:00"


def test_everything_can_be_edited_at_once(browser: Client, grace: Person, incident: Incident) -> None:
    form = fields(browser.get("/incidents/1/edit/"))
    minor = Severity.objects.get(key="minor")
    wanted = {"title": "New", "summary": "What", "impact": "Who", "severity": str(minor.pk), "lead": str(grace.pk)}
    wanted |= {"kind": "drill", "status": "identified", "started_at": "2026-11-20T11:30"}

    answer = browser.post("/incidents/1/edit/", form | wanted, follow=True)

    incident.refresh_from_db()
    assert answer.redirect_chain == [("/incidents/1/", 302)]
    assert "Saved: title, summary" in text(answer)
    assert (incident.title, incident.summary, incident.impact) == ("New", "What", "Who")
    assert (incident.severity, incident.lead, incident.kind, incident.status) == (minor, grace, "drill", "identified")
    assert incident.started_at == NOON - timedelta(minutes=30)


def test_saving_an_untouched_form_records_nothing(browser: Client, incident: Incident) -> None:
    Incident.objects.update(started_at=NOON.replace(second=41))
    form = fields(browser.get("/incidents/1/edit/"))

    answer = browser.post("/incidents/1/edit/", form, follow=True)

    assert "nothing was saved" in text(answer)
    assert kinds(incident) == [EntryKind.OPENED]


def test_times_are_read_on_the_writers_clock(
    browser_of: Callable[[Person], Client], grace: Person, incident: Incident
) -> None:
    in_new_york = browser_of(grace)
    form = fields(in_new_york.get("/incidents/1/edit/"))
    assert form["started_at"] == "2026-11-20T07:00"

    in_new_york.post("/incidents/1/edit/", form | {"started_at": "2026-11-20T06:00"})

    incident.refresh_from_db()
    assert incident.started_at == datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": " "}, "Give the incident a title."),
        ({"title": "x" * 201}, "The title is too long: 201 characters, at most 200."),
        ({"summary": "x" * 3001}, "The summary is too long: 3001 characters, at most 3000."),
        ({"started_at": "2100-01-01T00:00"}, "An incident can't begin in the future."),
        ({"started_at": "yesterday"}, "Enter a valid date/time."),
        ({"severity": "4711"}, "That choice is not one of the available choices."),
        ({"status": "canceled"}, "canceled is not one of the available choices."),
    ],
)
def test_refusal_is_shown_at_its_field_and_nothing_typed_is_lost(
    browser: Client, incident: Incident, wrong: dict[str, str], sentence: str
) -> None:
    form = fields(browser.get("/incidents/1/edit/"))

    answer = browser.post("/incidents/1/edit/", form | {"impact": "Typed with care"} | wrong)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert value(answer, "impact") == "Typed with care"
    name = next(iter(wrong))
    assert f'id="id_{name}_error"' in answer.content.decode()
    assert kinds(incident) == [EntryKind.OPENED]


def test_conflict_keeps_what_was_typed_and_shows_what_others_wrote(
    browser: Client, grace: Person, incident: Incident
) -> None:
    form = fields(browser.get("/incidents/1/edit/"))
    services.write_summary(incident, text="Grace was faster.", by=grace, at=LATER)

    answer = browser.post("/incidents/1/edit/", form | {"summary": "Mine.", "impact": "Also mine."})

    assert answer.status_code == 422
    assert "It now says: Grace was faster." in text(answer)
    assert value(answer, "summary") == "Mine."
    assert value(answer, "impact") == "Also mine."
    incident.refresh_from_db()
    assert (incident.summary, incident.impact) == ("Grace was faster.", "")


def test_saving_again_after_a_conflict_means_it(browser: Client, grace: Person, incident: Incident) -> None:
    form = fields(browser.get("/incidents/1/edit/"))
    services.write_summary(incident, text="Grace was faster.", by=grace, at=LATER)
    services.write_impact(incident, text="Grace knows who.", by=grace, at=LATER)

    conflict = browser.post("/incidents/1/edit/", form | {"summary": "Mine."})
    browser.post("/incidents/1/edit/", fields(conflict))

    incident.refresh_from_db()
    assert incident.summary == "Mine."
    assert incident.impact == "Grace knows who."


def test_what_others_changed_meanwhile_is_not_undone(browser: Client, grace: Person, incident: Incident) -> None:
    form = fields(browser.get("/incidents/1/edit/"))
    services.assign_lead(incident, to=grace, by=grace, at=LATER)
    services.resolve_incident(incident, by=grace, at=LATER)

    browser.post("/incidents/1/edit/", form | {"summary": "Mine."})

    incident = Incident.objects.get()
    assert (incident.summary, incident.lead, incident.status) == ("Mine.", grace, Status.RESOLVED)


@pytest.mark.parametrize("seen", ["", "nonsense", "[]", '{"summary": 1}'])
def test_form_without_its_memory_is_refused_with_the_words_kept(browser: Client, incident: Incident, seen: str) -> None:
    form = fields(browser.get("/incidents/1/edit/"))

    answer = browser.post("/incidents/1/edit/", form | {"summary": "Mine.", "seen": seen})

    assert answer.status_code == 422
    assert "This form is out of date." in text(answer)
    assert value(answer, "summary") == "Mine."


def test_retired_severity_and_lead_who_left_may_stay(
    browser: Client, ada: Person, grace: Person, incident: Incident
) -> None:
    minor = Severity.objects.get(key="minor")
    services.set_severity(incident, to=minor, by=ada, at=LATER)
    services.assign_lead(incident, to=grace, by=ada, at=LATER)
    Severity.objects.filter(pk=minor.pk).update(is_active=False)
    Person.objects.filter(pk=grace.pk).update(is_active=False)

    form = fields(browser.get("/incidents/1/edit/"))
    answer = browser.post("/incidents/1/edit/", form | {"summary": "Mine."}, follow=True)

    assert "Saved: summary." in text(answer)
    assert Incident.objects.get().lead == grace


def test_only_responders_can_be_chosen(browser: Client, ada: Person, grace: Person, incident: Incident) -> None:
    add_person(name="Robot", email="", time_zone="UTC", is_active=True, is_bot=True)
    add_person(name="Gone", email="", time_zone="UTC", is_active=False, is_bot=False)

    page = browser.get("/incidents/1/edit/")

    choices = page.context["form"].fields["lead"].queryset
    assert list(choices) == [ada, grace]


# One field -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["title", "summary", "impact", "severity", "status", "lead", "kind", "started_at"])
def test_every_field_has_a_form_of_its_own(browser: Client, incident: Incident, name: str) -> None:
    page = browser.get(f"/incidents/1/edit/{name}/")
    in_place = browser.get(f"/incidents/1/edit/{name}/", headers=IN_PLACE)

    assert set(fields(in_place)) == {"seen", name}
    assert "<html" in page.content.decode()
    assert "<html" not in in_place.content.decode()


def test_field_is_saved_without_javascript(browser: Client, incident: Incident) -> None:
    form = fields(browser.get("/incidents/1/edit/summary/"))

    answer = browser.post("/incidents/1/edit/summary/", form | {"summary": "What we know"}, follow=True)

    assert answer.redirect_chain == [("/incidents/1/", 302)]
    assert "What we know" in text(answer)


def test_field_is_saved_in_place(browser: Client, incident: Incident) -> None:
    form = fields(browser.get("/incidents/1/edit/summary/", headers=IN_PLACE))

    answer = browser.post("/incidents/1/edit/summary/", form | {"summary": "What we know"}, headers=IN_PLACE)

    assert answer.status_code == 200
    assert "What we know" in text(answer)
    assert not tags(answer, "textarea")


def test_field_can_be_emptied(browser: Client, ada: Person, incident: Incident) -> None:
    services.write_summary(incident, text="Wrong", by=ada, at=LATER)
    form = fields(browser.get("/incidents/1/edit/summary/"))

    browser.post("/incidents/1/edit/summary/", form | {"summary": ""})

    incident.refresh_from_db()
    assert incident.summary == ""


@pytest.mark.parametrize("headers", [{}, IN_PLACE], ids=["by page", "in place"])
def test_lead_is_removed_beside_their_field(
    browser: Client, ada: Person, incident: Incident, headers: dict[str, str]
) -> None:
    assert "Remove the lead" not in text(browser.get("/incidents/1/edit/lead/", headers=headers))
    services.assign_lead(incident, to=ada, by=ada, at=LATER)
    assert "Remove the lead" not in text(browser.get("/incidents/1/"))
    assert "Remove the lead" not in text(browser.get("/incidents/1/edit/summary/", headers=headers))

    form = browser.get("/incidents/1/edit/lead/", headers=headers)
    button = next(each for _, each in tags(form, "button") if each.get("form"))
    target = next(each for _, each in tags(form, "form") if each.get("id") == button["form"])
    browser.post(str(target["action"]), {"lead": ""}, headers=headers)

    assert Incident.objects.get().lead is None


def test_conflict_in_place_keeps_what_was_typed(browser: Client, grace: Person, incident: Incident) -> None:
    form = fields(browser.get("/incidents/1/edit/summary/", headers=IN_PLACE))
    services.write_summary(incident, text="Grace was faster.", by=grace, at=LATER)

    answer = browser.post("/incidents/1/edit/summary/", form | {"summary": "Mine."}, headers=IN_PLACE)

    assert answer.status_code == 422
    assert "It now says: Grace was faster." in text(answer)
    assert value(answer, "summary") == "Mine."


def test_unknown_field_is_not_found(browser: Client, incident: Incident) -> None:
    for name in ("number", "pk", "version", "private", "seen", "nonsense"):
        assert browser.get(f"/incidents/1/edit/{name}/").status_code == 404, name


# Declaring -----------------------------------------------------------------------------------------------------------


def test_incident_is_declared_on_the_web(browser: Client, ada: Person, grace: Person) -> None:
    page = browser.get("/incidents/new/")
    wanted = {"title": "Checkout", "summary": "s", "impact": "i", "lead": str(grace.pk), "kind": "live"}
    wanted |= {"severity": str(Severity.objects.get(key="major").pk), "started_at": "2026-11-01T10:00"}

    answer = browser.post("/incidents/new/", fields(page) | wanted, follow=True)

    incident = Incident.objects.get()
    assert answer.redirect_chain == [("/incidents/1/", 302)]
    assert (incident.title, incident.summary, incident.impact) == ("Checkout", "s", "i")
    assert (incident.reporter, incident.lead, incident.kind) == (ada, grace, "live")
    assert incident.severity == Severity.objects.get(key="major")
    assert incident.started_at == datetime(2026, 11, 1, 10, 0, tzinfo=UTC)


def test_private_incident_is_declared_on_the_web(
    browser: Client, browser_of: Callable[[Person], Client], grace: Person
) -> None:
    browser.post("/incidents/new/", {"title": "Leak", "kind": "live", "private": "on"})

    assert Incident.objects.get().private
    assert "Leak" in text(browser.get("/"))
    assert browser_of(grace).get("/incidents/1/").status_code == 404


def test_title_alone_declares_an_incident(browser: Client) -> None:
    browser.post("/incidents/new/", fields(browser.get("/incidents/new/")) | {"title": "Checkout"})

    assert Incident.objects.get().title == "Checkout"


def test_refused_declaration_keeps_what_was_typed(browser: Client) -> None:
    page = browser.get("/incidents/new/")

    answer = browser.post("/incidents/new/", fields(page) | {"summary": "Typed with care"})

    assert answer.status_code == 422
    assert "Give the incident a title." in text(answer)
    assert value(answer, "summary") == "Typed with care"
    assert not Incident.objects.exists()
