"""What a plugin's author reads when a field is declared wrongly."""

from __future__ import annotations

import pytest

from incidents import fields
from slackbot.plugins import incident_field


def test_a_name_that_is_used_twice_stops_the_start_and_names_both_places() -> None:
    first = incident_field("colour", label="Colour", kind="text")
    try:
        with pytest.raises(fields.WrongField) as wrong:
            incident_field("colour", label="Color", kind="text")
    finally:
        fields.registry.take_out("colour")

    line = int(first.place.rpartition(":")[2])
    assert first.place == f"{__file__}:{line}"
    assert f"{__file__}:{line}" in str(wrong.value)
    assert f"{__file__}:{line + 3}" in str(wrong.value)


def test_a_wrong_declaration_names_its_place() -> None:
    with pytest.raises(fields.WrongField, match=__file__):
        incident_field("colour", label="Colour", kind="choice")
