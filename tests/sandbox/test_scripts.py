"""People who act by script, and what happens to wrong scripts."""

import time
from typing import Any

import pytest
from slack_sdk import WebClient

from tests.sandbox.conftest import App, Sandbox, answers, ok
from tests.sandbox.test_interactions import modal, option, plain, text_input


def play(sandbox: Sandbox, text: str, speed: float | str = "step", **more: Any) -> dict[str, Any]:
    """Start a script; with "step", do all its steps."""
    started: dict[str, Any] = sandbox.post("plays", text=text, name="test.yaml", speed=speed, **more)["play"]
    return steps(sandbox, started) if speed == "step" else started


def steps(sandbox: Sandbox, started: dict[str, Any]) -> dict[str, Any]:
    """Do every step that is due, and what follows from it."""
    for _ in range(200):
        sandbox.settle()
        answer = sandbox.post(f"plays/{started['id']}/step")
        if not answer["moved"]:
            return dict(answer["play"])
    raise AssertionError("It never ends.")


def refused(sandbox: Sandbox, **body: Any) -> str:
    answer = sandbox.http.post("sandbox/plays", json=body)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error"])


def texts(sandbox: Sandbox, channel: str) -> list[str]:
    return [one["text"] for one in sandbox.messages(channel) if not one.get("subtype")]


def test_a_script_does_what_people_do_in_the_client(sandbox: Sandbox) -> None:
    ended = play(
        sandbox,
        """
about: All that needs no app
steps:
  - {who: ada, creates: inc-1-checkout}
  - {who: ada, invites: [grace, linus], to: "#inc-*"}
  - {who: grace, says: "Errors since 14:05, @linus", in: "#inc-*"}
  - {who: linus, says: Looking, in: "#inc-*", thread: errors since}
  - {who: linus, reacts: eyes, on: errors since, in: "#inc-*"}
  - {who: ada, pins: errors since, in: "#inc-*"}
  - {who: grace, edits: errors since, to: Errors since 14:02, in: "#inc-*"}
  - {who: grace, sets topic: Major, in: "#inc-*"}
  - {who: grace, bookmarks: "https://example.com/graph", title: Graph, in: "#inc-*"}
  - {who: linus, says: Between us, in: "@ada"}
  - {who: linus, leaves: "#inc-*"}
  - {who: ada, renames: "#inc-*", to: inc-1-payments}
  - expect: "#inc-1-payments"
    shows: [Errors since 14:02, Looking]
    hides: 14:05
    topic: major
    members: [ada, grace]
    pinned: 14:02
  - {expect: "#inc-*", on: Errors, reaction: eyes, shows: since}
  - {expect: "@ada", who: linus, shows: Between us}
""",
    )

    assert (ended["state"], ended["problems"], ended["done"]) == ("finished", [], 15)
    said = [one for one in sandbox.messages("inc-1-payments") if one["text"].startswith("Errors")]
    assert said[0]["reply_count"] == 1
    assert said[0]["pinned_to"]
    (channel,) = [one for one in sandbox.get("channels")["channels"] if one["name"] == "inc-1-payments"]
    assert sorted(channel["members"]) == ["U0ADA", "U0GRACE"]
    assert channel["bookmarks"][0]["link"] == "https://example.com/graph"


def test_forms_buttons_and_menus_are_used_by_their_labels(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    view = modal(
        text_input("title"),
        {
            "type": "input",
            "block_id": "severity",
            "label": plain("How bad?"),
            "element": {"type": "static_select", "action_id": "value", "options": [option("major"), option("minor")]},
        },
        {
            "type": "input",
            "block_id": "lead",
            "label": plain("Lead"),
            "element": {"type": "users_select", "action_id": "value"},
        },
    )
    buttons = [{"type": "button", "action_id": "open-form", "text": plain("🚨 Declare"), "value": "1"}]
    slack.chat_postMessage(channel="C0INCIDENTS", text="x", blocks=[{"type": "actions", "elements": buttons}])

    def open_form(request: Any) -> Any:
        if "payload" in request.form and request.payload["type"] == "block_actions":
            slack.views_open(trigger_id=request.payload["trigger_id"], view=view)
        return ok(request)

    app.answer = open_form
    ended = play(
        sandbox,
        """
steps:
  - {who: grace, clicks: declare, in: "#incidents"}
  - {expect: form, who: grace, shows: [Dialog, "How bad?"]}
  - who: grace
    submits: Dia*
    with: {title: "Checkout is down", "How bad?": Minor, lead: "@linus"}
""",
    )

    assert ended["problems"] == []
    (sent,) = app.interactions("view_submission")
    values = sent["view"]["state"]["values"]
    assert sent["user"]["id"] == "U0GRACE"
    assert values["title"]["value"]["value"] == "Checkout is down"
    assert values["severity"]["value"]["selected_option"]["value"] == "minor"
    assert values["lead"]["value"]["selected_user"] == "U0LINUS"


def test_a_form_that_refuses_ends_the_play_with_its_sentence(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    def open_form(request: Any) -> Any:
        if "trigger_id" in request.form:
            slack.views_open(trigger_id=request.form["trigger_id"], view=modal())
        if "payload" in request.form:
            return answers({"response_action": "errors", "errors": {"title": "Too short."}})(request)
        return ok(request)

    app.answer = open_form
    ended = play(
        sandbox,
        'steps:\n  - {who: ada, says: /incident, in: "#general"}\n  - {who: ada, submits: Dialog, with: {title: a}}\n',
    )

    assert ended["state"] == "failed"
    assert ended["problems"] == [
        'test.yaml, line 3 (step 2): Ada submits "Dialog": Some fields need another look. title: Too short.'
    ]


def test_an_expectation_that_is_not_met_says_what_is_there(sandbox: Sandbox) -> None:
    ended = play(
        sandbox,
        'steps:\n  - {who: ada, says: Nearly done, in: "#general"}\n  - {expect: "#general", shows: "all done"}\n',
    )

    assert ended["state"] == "failed"
    assert ended["problems"] == [
        "test.yaml, line 3 (step 2): #general does not show 'all done'. Its newest message is 'Nearly done'."
    ]


def test_people_answer_what_others_say_but_never_themselves(sandbox: Sandbox) -> None:
    started = sandbox.post(
        "plays",
        speed="step",
        text="""
when:
  - message: [ping, pong]
    each: 50
    times: 100
    do:
      - {who: grace, says: "pong {who}", in: it}
      - {who: linus, says: ping, in: it}
""",
    )["play"]
    sandbox.ada("message.send", channel="C0GENERAL", text="ping?")
    steps(sandbox, started)

    assert texts(sandbox, "general") == ["ping?", "pong <@U0ADA>", "ping"]


def test_a_rule_answers_only_as_often_as_it_says(sandbox: Sandbox) -> None:
    started = sandbox.post(
        "plays",
        speed="step",
        text='when:\n  - message: hello\n    in: "#r*"\n    do: [{who: grace, reacts: wave, on: it, in: it}]\n',
    )["play"]
    for channel in ("C0GENERAL", "C0RANDOM", "C0RANDOM"):
        sandbox.ada("message.send", channel=channel, text="Hello all")
    steps(sandbox, started)

    reacted = [one for one in sandbox.messages("random") + sandbox.messages("general") if one.get("reactions")]
    assert len(reacted) == 1


def test_an_app_that_answers_is_not_talked_to_for_ever(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    def echo(request: Any) -> Any:
        if request.event.get("type") == "app_mention":
            slack.chat_postMessage(channel="C0INCIDENTS", text="What?")
        return ok(request)

    app.answer = echo
    started = sandbox.post(
        "plays",
        speed="step",
        text="""
when:
  - message: What?
    from: incident
    each: 3
    do: [{who: grace, says: "@incident nothing", in: it}]
""",
    )["play"]
    sandbox.ada("message.send", channel="C0INCIDENTS", text="@incident hello")
    steps(sandbox, started)

    assert len([one for one in sandbox.messages("incidents") if one["user"] == "U0GRACE"]) == 3


def test_a_form_that_opens_is_filled_in_by_rule(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    def open_form(request: Any) -> Any:
        if "trigger_id" in request.form:
            slack.views_open(trigger_id=request.form["trigger_id"], view=modal())
        return ok(request)

    app.answer = open_form
    started = sandbox.post(
        "plays",
        speed="step",
        text="when: [{form: Dialog, for: grace, do: [{who: grace, submits: Dialog, with: {title: Done}}]}]",
    )["play"]
    for somebody in ("U0ADA", "U0GRACE"):
        sandbox.does(somebody, "message.send", channel="C0GENERAL", text="/incident")
    steps(sandbox, started)

    (sent,) = app.interactions("view_submission")
    assert (sent["user"]["id"], sent["view"]["state"]["values"]["title"]["value"]["value"]) == ("U0GRACE", "Done")


def test_the_shipped_crew_comes_to_a_new_channel_and_agrees_that_it_is_fixed(sandbox: Sandbox) -> None:
    started = sandbox.post("plays", script="crew", speed="step")["play"]
    sandbox.ada("channel.create", name="inc-1-checkout")
    steps(sandbox, started)
    sandbox.ada("message.send", channel="inc-1-checkout", text="@linus can you look?")
    sandbox.ada("message.send", channel="inc-1-checkout", text="Please roll back")
    steps(sandbox, started)
    sandbox.ada("message.send", channel="inc-1-checkout", text="Can we resolve this?")
    ended = steps(sandbox, started)

    said = texts(sandbox, "inc-1-checkout")
    assert ended["problems"] == []
    assert ended["state"] == "playing"
    assert "I am here. What do we know so far?" in said
    assert "<@U0ADA> I look at it now, give me two minutes." in said
    assert said[-2:] == ["No new tickets since ten minutes. From my side it is fixed.", "I agree, it is fixed."]


def test_the_crew_also_comes_to_the_channel_that_is_there_already(sandbox: Sandbox) -> None:
    sandbox.ada("channel.create", name="inc-1-checkout")

    steps(sandbox, sandbox.post("plays", script="crew", speed="step")["play"])

    assert "I am here. What do we know so far?" in texts(sandbox, "inc-1-checkout")


@pytest.mark.parametrize("over", ["✅ Resolved", "🚫 Canceled", "🔀 Merged"])
def test_the_crew_leaves_a_channel_alone_whose_topic_says_that_it_is_over(sandbox: Sandbox, over: str) -> None:
    sandbox.ada("channel.create", name="inc-1-checkout")
    sandbox.ada("channel.create", name="inc-2-search")
    sandbox.ada("channel.set_topic", channel="inc-2-search", text=f"{over} · Search is down")
    started = sandbox.post("plays", script="crew", speed="step")["play"]
    sandbox.settle()
    sandbox.post(f"plays/{started['id']}/step")
    sandbox.post(f"plays/{started['id']}/step")
    assert "I am here. What do we know so far?" in texts(sandbox, "inc-1-checkout")

    sandbox.ada("channel.set_topic", channel="inc-1-checkout", text=f"{over} · Checkout fails")
    sandbox.ada("message.send", channel="inc-1-checkout", text="@linus can you look? Shall we roll back?")
    ended = steps(sandbox, started)

    assert (ended["state"], ended["problems"]) == ("playing", [])
    assert len(texts(sandbox, "inc-1-checkout")) == 2
    assert texts(sandbox, "inc-2-search") == []


def test_every_shipped_script_can_be_played(sandbox: Sandbox) -> None:
    shipped = [one for one in sandbox.get("scripts")["scripts"] if one["shipped"]]

    assert {one["name"] for one in shipped} >= {"crew", "chatter"}
    assert [one for one in shipped if one["problem"] or not one["about"]] == []
    chatter = steps(sandbox, sandbox.post("plays", script="chatter", speed="step")["play"])
    assert (chatter["state"], chatter["problems"]) == ("finished", [])


def test_time_passes_as_written_and_faster_on_order(sandbox: Sandbox) -> None:
    script = 'steps:\n  - {after: 2, who: ada, says: one, in: "#general"}\n  - {at: 5, look: "#general"}\n'
    began = time.monotonic()
    started = play(sandbox, script, speed=20)
    ended = until_over(sandbox, started)

    assert 0.25 <= time.monotonic() - began < 2
    assert [round(line["at"]) for line in ended["lines"]] == [2, 5]


def until_over(sandbox: Sandbox, started: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found: dict[str, Any] = sandbox.get(f"plays/{started['id']}")["play"]
        if found["state"] not in ("playing", "waiting"):
            return found
        time.sleep(0.01)
    raise AssertionError(found)


def test_a_fast_play_waits_for_the_app_and_for_what_must_be_there(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    def make_channel(request: Any) -> Any:
        if "command" in request.form:
            slack.conversations_create(name="inc-1")
            slack.conversations_invite(channel=channel_id(sandbox, "inc-1"), users="U0ADA")
        return ok(request)

    app.answer = make_channel
    started = play(
        sandbox,
        'steps: [{who: ada, says: /incident x, in: "#general"}, {after: 600, who: ada, says: Hi, in: "#inc-*"}]',
        speed="fast",
    )

    assert until_over(sandbox, started)["state"] == "finished"
    assert texts(sandbox, "inc-1") == ["Hi"]


def channel_id(sandbox: Sandbox, name: str) -> str:
    return next(str(one["id"]) for one in sandbox.get("channels")["channels"] if one["name"] == name)


def test_a_play_can_be_stopped_and_ends_with_a_reset(sandbox: Sandbox) -> None:
    script = 'steps:\n  - {after: 60, who: ada, says: late, in: "#general"}\n'
    stopped = sandbox.post(f"plays/{play(sandbox, script, speed=1)['id']}/stop")["play"]
    other = play(sandbox, script, speed=1)
    sandbox.post("reset")

    assert stopped["state"] == "stopped"
    assert sandbox.get(f"plays/{other['id']}")["play"]["state"] == "stopped"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "x.yaml is empty."),
        ("[" * 100_000, "x.yaml, line 1: No script is as deep as this one."),
        ("hello", "x.yaml, line 1: A script begins with about:, steps: or when:."),
        ("about: x", "x.yaml, line 1: Nothing happens in it: write steps: or when:."),
        ("steps:\n  - {who: @ada}", "x.yaml, line 2: This is not YAML: found character '@' that cannot start"),
        ("steps:\n  - who: ada\n    says: hi\n    in: #general", '"in" is empty. It is a place in quotes'),
        ('steps:\n  - caption: Look at #general now', "x.yaml, line 2: Put this text into quotes"),
        ('steps:\n  - {who: ada, sais: hi, in: "#general"}', '"sais" is not a word of a step. Did you mean "says"?'),
        ("steps:\n  - {who: ada, says: hi}", 'x.yaml, line 2: step 1 needs "in": a place in quotes'),
        ('steps:\n  - {says: hi, in: "#general"}', "step 1 needs \"who\": somebody's handle, like ada."),
        ('steps:\n  - {who: ada, joins: "#a", leaves: "#b"}', "does two things (joins and leaves)"),
        ('steps:\n  - {who: adda, joins: "#a"}', "x.yaml, line 2: There is nobody called adda. There are ada, grace"),
        ('steps:\n  - {who: incident, joins: "#a"}', "x.yaml, line 2: incident is an app. Scripts play people."),
        ('steps:\n  - {after: soon, who: ada, joins: "#a"}', '"after" is a number.'),
        ('steps:\n  - {after: -1, who: ada, joins: "#a"}', '"after" is a number of seconds from 0 to 86400.'),
        ('steps:\n  - {after: 1, at: 2, who: ada, joins: "#a"}', 'step 1 has both "after" and "at".'),
        ('steps:\n  - {who: ada, joins: "#a", who: grace}', '"who" is said twice.'),
        ('steps:\n  - {expect: "#a"}', "step 1 expects nothing."),
        ('steps:\n  - &a {who: ada, joins: "#a"}\n  - *a', "Aliases (*name) are not read here."),
        ("when:\n  - {message: hi}", 'rule 1 does nothing. List its steps under "do".'),
        ('when:\n  - {mesage: hi, do: [{who: ada, joins: it}]}', '"mesage" is not a word of a rule. Did you mean'),
        ('when:\n  - {message: hi, times: 101, do: [{who: ada, joins: it}]}', '"times" is a whole number'),
        ('when:\n  - {form: hi, for: nobody, do: [{who: ada, joins: it}]}', "There is nobody called nobody."),
    ],
)  # fmt: skip
def test_a_mistake_in_a_script_is_named_with_its_line(sandbox: Sandbox, text: str, sentence: str) -> None:
    assert sentence in refused(sandbox, text=text, name="x.yaml")


def test_orders_that_make_no_sense_are_refused(sandbox: Sandbox) -> None:
    good = 'steps: [{who: ada, joins: "#random"}]'

    assert refused(sandbox, text=good, speed="slow") == 'speed is a number from 0.1 to 1000, "fast" or "step".'
    assert refused(sandbox, script="nothing").startswith("There is no script nothing. There are ")
    assert refused(sandbox, name="x") == "script is missing."
    started = play(sandbox, good, speed=1)
    assert "step" in sandbox.http.post(f"sandbox/plays/{started['id']}/step").json()["error"]


def test_scripts_are_kept_downloaded_and_deleted(sandbox: Sandbox) -> None:
    text = "about: Mine\nsteps: [{who: ada, joins: '#random'}]\n"

    kept = sandbox.post("scripts/Monday Drill.yaml", text=text)["script"]
    got = sandbox.http.get("sandbox/scripts/monday-drill.yaml")

    assert (kept["name"], kept["about"], kept["shipped"]) == ("monday-drill", "Mine", False)
    assert got.text == text
    assert 'filename="monday-drill.yaml"' in got.headers["content-disposition"]
    sandbox.post("scripts/monday-drill/delete")
    assert sandbox.http.get("sandbox/scripts/monday-drill.yaml").status_code == 404


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("crew", "steps: [{who: ada, joins: '#a'}]", "A script called crew is shipped already. Choose another name."),
        ("..%2Fout", "steps: [{who: ada, joins: '#a'}]", "A script's name has letters, digits, dots and dashes"),
        ("mine", "steps: [{who: ada, jions: '#a'}]", 'Did you mean "joins"?'),
    ],
)
def test_a_script_that_cannot_be_kept_says_why(sandbox: Sandbox, name: str, text: str, sentence: str) -> None:
    answer = sandbox.http.post(f"sandbox/scripts/{name}", json={"text": text})

    assert answer.status_code == 400
    assert sentence in answer.json()["error"]
