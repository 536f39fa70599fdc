"""What people do is written down so that it can be played again in a fresh workspace."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient

from sandbox.stage.reading import read_script
from sandbox.stage.writing import write_script
from tests.sandbox.conftest import App, Sandbox, ok
from tests.sandbox.test_interactions import modal, option, plain, text_input
from tests.sandbox.test_scripts import channel_id, play, steps, texts


def loaded(text: str) -> list[dict[str, Any]]:
    """Read the steps with a common reader of YAML, for which `on` is no text."""
    steps: list[dict[str, Any]] = yaml.safe_load(re.sub("^( +)on:", r'\1"on":', text, flags=re.MULTILINE))["steps"]
    return steps


def recorded(sandbox: Sandbox, **more: Any) -> list[dict[str, Any]]:
    """Stop recording and return the steps, without their pauses."""
    answer = sandbox.post("recording", on=False, **more)
    steps = loaded(answer["text"])
    return [{name: value for name, value in step.items() if name != "after"} for step in steps]


def test_what_people_do_is_written_as_people_would_say_it(sandbox: Sandbox) -> None:
    sandbox.post("recording", on=True)
    sandbox.ada("channel.create", name="inc-7-checkout")
    inc = channel_id(sandbox, "inc-7-checkout")
    sandbox.ada("channel.invite", channel=inc, users=["U0GRACE"])
    first = sandbox.ada("message.send", channel=inc, text="@grace errors since 14:05?")["ts"]
    sandbox.does("U0GRACE", "message.send", channel=inc, text="Yes, & <all>", thread_ts=first)
    sandbox.does("U0GRACE", "reaction.add", channel=inc, ts=first, name="eyes")
    sandbox.ada("pin.add", channel=inc, ts=first)
    sandbox.ada("message.edit", channel=inc, ts=first, text="Errors since 14:02")
    direct = sandbox.ada("channel.open_dm", users=["U0LINUS"])["channel"]["id"]
    sandbox.ada("message.send", channel=direct, text="Are you there?")
    sandbox.ada("message.send", channel="C0GENERAL", text="/topic Calm")

    assert recorded(sandbox) == [
        {"who": "ada", "creates": "inc-7-checkout"},
        {"who": "ada", "invites": ["grace"], "to": "#inc-*-checkout"},
        {"who": "ada", "says": "@grace errors since 14:05?", "in": "#inc-*-checkout"},
        {"who": "grace", "says": "Yes, & <all>", "in": "#inc-*-checkout", "thread": "@grace errors since"},
        {"who": "grace", "reacts": "eyes", "on": "@grace errors since", "in": "#inc-*-checkout"},
        {"who": "ada", "pins": "@grace errors since", "in": "#inc-*-checkout"},
        {"who": "ada", "edits": "@grace errors since", "in": "#inc-*-checkout", "to": "Errors since 14:02"},
        {"who": "ada", "says": "Are you there?", "in": "@linus"},
        {"who": "ada", "says": "/topic Calm", "in": "#general"},
    ]


def test_only_numbers_that_differ_next_time_become_stars(sandbox: Sandbox) -> None:
    sandbox.post("recording", on=True)
    sandbox.ada("channel.create", name="inc-7-p95-over-500s")
    inc = channel_id(sandbox, "inc-7-p95-over-500s")
    said = sandbox.ada("message.send", channel=inc, text="12 of 500 fail")["ts"]
    sandbox.ada("pin.add", channel=inc, ts=said)

    assert recorded(sandbox)[1:] == [
        {"who": "ada", "says": "12 of 500 fail", "in": "#inc-*-p95-over-500s"},
        {"who": "ada", "pins": "12 of 500 fail", "in": "#inc-*-p95-over-500s"},
    ]


def test_what_was_recorded_can_be_played_and_does_the_same(sandbox: Sandbox) -> None:
    sandbox.post("recording", on=True)
    sandbox.ada("message.send", channel="C0GENERAL", text="Two lines\n  - the second")
    same = [sandbox.ada("message.send", channel="C0RANDOM", text="same")["ts"] for _ in range(3)]
    sandbox.ada("reaction.add", channel="C0RANDOM", ts=same[1], name="one")
    sandbox.ada("message.delete", channel="C0RANDOM", ts=same[2])
    sandbox.ada("profile.set", status_text="On it")
    text = sandbox.post("recording", on=False)["text"]
    before = [shown(one) for name in ("general", "random") for one in sandbox.messages(name)]
    sandbox.post("reset")

    ended = play(sandbox, text)

    assert (ended["state"], ended["problems"]) == ("finished", [])
    assert [shown(one) for name in ("general", "random") for one in sandbox.messages(name)] == before


def shown(message: dict[str, Any]) -> tuple[str, list[str]]:
    return message["text"], [one["name"] for one in message.get("reactions", [])]


def test_forms_are_written_with_what_was_changed_in_them(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    app.answer = _opens(slack, _form())
    sandbox.post("recording", on=True)
    sandbox.ada("message.send", channel="C0GENERAL", text="/incident")
    (view,) = sandbox.get("views", user="U0ADA")["views"]
    values = {
        "title": {"value": {"type": "plain_text_input", "value": "Checkout"}},
        "summary": {"value": {"type": "plain_text_input", "value": "As it was"}},
        "severity": {"value": {"type": "static_select", "selected_option": option("minor")}},
        "lead": {"value": {"type": "users_select", "selected_user": "U0GRACE"}},
        "due": {"value": {"type": "datepicker", "selected_date": "2026-12-24"}},
        "kinds": {"value": {"type": "checkboxes", "selected_options": [option("red"), option("blue")]}},
    }
    sandbox.ada("view.submit", view_id=view["id"], values=values)
    text = sandbox.post("recording", on=False)["text"]

    assert (
        loaded(text)[1].items()
        >= {
            "who": "ada",
            "submits": "Edit INC-*",
            "with": {
                "title": "Checkout",
                "severity": "Minor",
                "lead": "@grace",
                "due": "2026-12-24",
                "kinds": ["Red", "Blue"],
            },
        }.items()
    )
    first = app.interactions("view_submission")[-1]["view"]["state"]["values"]
    sandbox.post("reset")
    assert play(sandbox, text)["problems"] == []
    assert app.interactions("view_submission")[-1]["view"]["state"]["values"] == first


def _form() -> dict[str, Any]:
    def field(name: str, **element: Any) -> dict[str, Any]:
        return {"type": "input", "block_id": name, "label": plain(name), "element": {"action_id": "value", **element}}

    choices = [option("major"), option("minor")]
    return modal(
        text_input("title"),
        text_input("summary", initial_value="As it was"),
        field("severity", type="static_select", options=choices, initial_option=choices[0]),
        field("lead", type="users_select"),
        field("due", type="datepicker"),
        field("kinds", type="checkboxes", options=[option("red"), option("blue"), option("green")]),
        title=plain("Edit INC-12"),
    )


def _opens(slack: WebClient, view: dict[str, Any]) -> Any:
    def answer(request: Any) -> Any:
        if "trigger_id" in request.form:
            slack.views_open(trigger_id=request.form["trigger_id"], view=view)
        return ok(request)

    return answer


def test_a_button_of_an_older_message_is_found_again(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    def post(text: str) -> str:
        buttons = [
            {"type": "button", "action_id": f"close-{n}", "text": plain("Close"), "value": str(n)} for n in (1, 2)
        ]
        section: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        blocks = [section, {"type": "actions", "block_id": "b", "elements": buttons}]
        return str(slack.chat_postMessage(channel="C0INCIDENTS", text=text, blocks=blocks)["ts"])

    wanted = post("INC-1 Checkout is down")
    post("INC-2 Search is slow")
    sandbox.post("recording", on=True)
    sandbox.ada("block.act", channel="C0INCIDENTS", ts=wanted, block_id="b", action_id="close-2")
    (step,) = recorded(sandbox)

    assert step == {"who": "ada", "clicks": "Close", "in": "#incidents", "on": "INC-* Checkout is down", "which": 2}
    play(sandbox, yaml.safe_dump({"steps": [step]}))
    clicked = app.interactions("block_actions")
    assert [one["actions"][0]["action_id"] for one in clicked] == ["close-2", "close-2"]
    assert {one["container"]["message_ts"] for one in clicked} == {wanted}


def test_menus_home_and_closed_forms_are_written_too(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    pick = {"type": "static_select", "action_id": "pick", "placeholder": plain("Pick one"), "options": [option("red")]}
    home = [{"type": "actions", "block_id": "b", "elements": [pick]}]
    app.answer = _opens(slack, modal())
    sandbox.post("recording", on=True)
    sandbox.ada("home.open")
    view = slack.views_publish(user_id="U0ADA", view={"type": "home", "blocks": home})["view"]
    sandbox.ada("block.act", view_id=view["id"], block_id="b", action_id="pick", selected_option=option("red"))
    sandbox.ada("message.send", channel="C0GENERAL", text="/incident")
    (form,) = sandbox.get("views", user="U0ADA")["views"]
    sandbox.ada("view.close", view_id=form["id"])
    steps = recorded(sandbox)

    assert {"who": "ada", "opens": "home"} in steps
    assert {"who": "ada", "chooses": "Red", "of": "Pick one", "in": "home"} in steps
    assert steps[-1] == {"who": "ada", "closes": "Dialog"}


def test_what_was_refused_is_not_recorded_and_pauses_are(sandbox: Sandbox) -> None:
    sandbox.post("recording", on=True)
    sandbox.does("U0ADA", "message.send", channel="C0GENERAL", text="/nonsense")
    sandbox.ada("message.send", channel="C0GENERAL", text="well")
    shown = sandbox.get("recording")

    assert shown["recording"] == {"steps": 1, "lost": 0}
    assert "says: well" in shown["text"]
    assert set(loaded(shown["text"])[0]) <= {"after", "who", "says", "in"}
    sandbox.post("recording", on=False)


def test_a_play_is_recorded_so_that_a_drill_with_a_crew_can_be_seen_again(sandbox: Sandbox) -> None:
    sandbox.post("recording", on=True)
    play(sandbox, 'steps: [{who: linus, says: "Hello", in: "#general"}]')

    assert recorded(sandbox) == [{"who": "linus", "says": "Hello", "in": "#general"}]


def test_what_a_script_did_is_not_done_twice_when_the_recording_is_played_beside_it(sandbox: Sandbox) -> None:
    crew = """
when:
  - channel: "#inc-*"
    do: [{who: grace, joins: it}, {who: grace, says: I am here., in: it}]
"""
    sandbox.post("scripts/colleagues", text=crew)
    colleagues = sandbox.post("plays", script="colleagues", speed="step")["play"]
    sandbox.post("recording", on=True)
    sandbox.ada("channel.create", name="inc-1-checkout")
    steps(sandbox, colleagues)
    sandbox.post("recording", on=False, name="drill")
    sandbox.ada("channel.rename", channel="inc-1-checkout", name="over")

    ended = steps(sandbox, sandbox.post("plays", script="drill", speed="step")["play"])
    steps(sandbox, colleagues)

    assert (ended["state"], ended["problems"]) == ("finished", [])
    assert sandbox.get(f"plays/{colleagues['id']}")["play"]["state"] == "stopped"
    assert texts(sandbox, "inc-1-checkout") == ["I am here."]


def test_a_recording_is_kept_under_a_name_and_played_by_it(sandbox: Sandbox) -> None:
    sandbox.post("recording", on=True)
    sandbox.ada("message.send", channel="C0GENERAL", text="Once more")
    kept = sandbox.post("recording", on=False, name="Once more", about="Said twice")["script"]
    sandbox.post("plays", script="once-more", speed="fast", reset=True)
    sandbox.settle()

    assert (kept["name"], kept["about"], kept["steps"]) == ("once-more", "Said twice", 1)
    sandbox.post("scripts/once-more/delete")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [({}, 'Say {"on": true} to record'), ({"on": False}, "It is not recording.")],
)
def test_an_order_to_the_recorder_that_makes_no_sense_says_so(
    sandbox: Sandbox, body: dict[str, Any], sentence: str
) -> None:
    answer = sandbox.http.post("sandbox/recording", json=body)

    assert answer.status_code == 400
    assert sentence in answer.json()["error"]


def test_a_name_that_is_taken_does_not_cost_the_recording(sandbox: Sandbox) -> None:
    sandbox.post("recording", on=True)
    sandbox.ada("message.send", channel="C0GENERAL", text="Worth keeping")

    refused = sandbox.http.post("sandbox/recording", json={"on": False, "name": "crew"})

    assert refused.status_code == 400
    assert "says: Worth keeping" in sandbox.post("recording", on=False)["text"]
    assert texts(sandbox, "general") == ["Worth keeping"]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_is_read_as_it_was_written(text: str) -> None:
    written = write_script("Any", [{"who": "ada", "says": text, "in": "#general"}], [])

    (step,) = read_script(written, name="any.yaml").steps
    assert step.what == text
