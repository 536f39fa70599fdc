"""Help is made of what is registered: grouped, complete, and honest about where a command comes from."""

from __future__ import annotations

import pytest

from incidents.models import Incident
from slackbot.plugins import CommandContext, incident_command
from slackbot.testing import Actor

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]


def _plugin(*, commands: int) -> None:
    for number in range(commands):

        def fly(ctx: CommandContext) -> None: ...

        fly.__qualname__ = f"fly{number}"
        aliases = [f"glide{number}"]
        incident_command(f"fly{number}", *aliases, usage="where", help=f"fly {'far ' * 20}away {number}")(fly)


def test_it_is_grouped_and_says_which_plugin_a_command_came_from(incident: Incident, ada: Actor) -> None:
    _plugin(commands=1)
    ada.says("@incident help", in_=incident)

    told = ada.told(in_=incident)
    places = [
        told.index(words)
        for words in (
            "*In any channel*",
            "`@incident declare &lt;title&gt;`",
            "*In incident channels*",
            "`@incident lead @someone`",
            "*Commands from the tests plugin*",
            "`@incident fly0 where`",
        )
    ]
    assert places == sorted(places)


def test_a_plugins_command_that_works_in_every_channel_is_marked(incident: Incident, ada: Actor) -> None:
    _plugin(commands=1)
    incident_command("sail", help="sail away", anywhere=True)(lambda ctx: None)
    ada.says("@incident help", in_=incident)

    assert [line for line in ada.told(in_=incident).splitlines() if "(in any channel)" in line] == [
        "• `@incident sail` sail away (in any channel)"
    ]


def test_however_many_commands_there_are_all_are_listed(incident: Incident, ada: Actor) -> None:
    _plugin(commands=60)
    ada.says("/incident help", in_=incident)

    assert all(f"`@incident fly{number} where`" in ada.told(in_=incident) for number in range(60))


def test_help_on_one_says_how_to_write_it_and_whose_it_is(incident: Incident, ada: Actor) -> None:
    _plugin(commands=1)
    ada.says("@incident help glide0", in_=incident)
    for words in (
        "`@incident fly0 where`",
        "Also: `glide0`",
        "works in incident channels",
        "comes from the tests plugin",
    ):
        assert words in ada.told(in_=incident)

    ada.says("@incident help flz0", in_=incident)
    assert "Did you mean `fly0`?" in ada.told(in_=incident)


@pytest.mark.parametrize("name", ["resolve", "close"])
def test_help_on_resolve_names_close_as_an_alias(incident: Incident, ada: Actor, name: str) -> None:
    ada.says(f"@incident help {name}", in_=incident)

    assert "`@incident resolve [text]`" in ada.told(in_=incident)
    assert "Also: `close`, `resolved`." in ada.told(in_=incident)


def test_help_on_a_command_leaves_out_an_alias_that_a_plugin_took(incident: Incident, ada: Actor) -> None:
    @incident_command("close", help="our own way", replace=True)
    def close(ctx: CommandContext) -> None: ...

    ada.says("@incident help resolve", in_=incident)

    assert "Also: `resolved`." in ada.told(in_=incident)


def test_a_replacement_is_listed_instead_of_the_built_in(incident: Incident, ada: Actor) -> None:
    @incident_command("resolve", help="our own way", replace=True)
    def resolve(ctx: CommandContext) -> None: ...

    ada.says("@incident help", in_=incident)

    assert "our own way" in ada.told(in_=incident)
    assert "resolve the incident" not in ada.told(in_=incident)
