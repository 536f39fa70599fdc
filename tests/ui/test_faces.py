"""A person has one colour: on our pages and in the sandbox."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from people.services import add_person
from sandbox.cast import PEOPLE
from sandbox.workspace import User
from ui.templatetags.ui import HUES, face


def colours() -> dict[str, str]:
    style = Path(str(finders.find("ui/ui.css"))).read_text(encoding="utf-8")
    return dict(re.findall(r"\.(hue-\d+) { background: (#[0-9a-f]{6}); }", style))


def drawn(name: str, email: str) -> str:
    return face(add_person(name=name, email=email, time_zone="UTC", is_active=True, is_bot=False))


def test_every_hue_has_a_colour() -> None:
    assert sorted(colours()) == [f"hue-{number}" for number in range(HUES)]


@pytest.mark.parametrize("someone", PEOPLE, ids=lambda someone: someone.name)
def test_cast_looks_as_in_the_sandbox(db: None, someone: User) -> None:
    hue = re.search(r"hue-\d+", drawn(someone.real_name, someone.email))

    assert hue is not None
    assert colours()[hue.group()] == someone.color


def test_colour_stays_when_the_name_changes(db: None) -> None:
    before, after = drawn("Ada Byron", "Ada@example.com"), drawn("Ada Bar", "ada@example.com")

    assert before == after


def test_without_an_address_the_name_says_it(db: None) -> None:
    assert drawn("Alonzo Bot", "") == drawn("Alonzo Bot", "")
    assert len({drawn(f"Bot {number}", "").split(">")[0] for number in range(40)}) == HUES
