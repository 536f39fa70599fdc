"""Every limit of the table: at the limit Slack takes it, one beyond it is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.blocks import message_problems, view_problems
from sandbox.errors import SlackError
from sandbox.limits import LIMITS
from sandbox.message_content import checked_content

Json = dict[str, Any]
# Makes something of this size, and returns what is wrong with it.
Case = Callable[[int], list[str]]


def plain(size: int) -> Json:
    return {"type": "plain_text", "text": "x" * size}


def options(count: int) -> list[Json]:
    return [{"text": plain(1), "value": str(number)} for number in range(count)]


def section(**fields: Any) -> Json:
    return {"type": "section", "text": plain(1), **fields}


def block(**fields: Any) -> list[str]:
    return message_problems([fields])


def element(**fields: Any) -> list[str]:
    return message_problems([section(accessory=fields)])


def typed(**fields: Any) -> list[str]:
    return view_problems(
        {
            "type": "modal",
            "title": plain(1),
            "submit": plain(1),
            "blocks": [{"type": "input", "label": plain(1), "element": fields}],
        }
    )


def view(**fields: Any) -> list[str]:
    return view_problems({"type": "modal", "title": plain(1), "submit": plain(1), "blocks": [], **fields})


def content(**fields: Any) -> list[str]:
    try:
        checked_content(fields)
    except SlackError as refusal:
        return [refusal.code]
    return []


def button(**fields: Any) -> list[str]:
    return element(type="button", text=plain(1), **fields)


def option(**fields: Any) -> list[str]:
    return element(type="static_select", options=[{"text": plain(1), "value": "1", **fields}])


def confirm(**fields: Any) -> list[str]:
    return button(confirm={"text": plain(1), **fields})


def image(**fields: Any) -> list[str]:
    return block(type="image", **{"image_url": "https://x.y", "alt_text": "x", **fields})


def video(**fields: Any) -> list[str]:
    needed = {"video_url": "https://x", "thumbnail_url": "https://y", "alt_text": "x", "title": plain(1)}
    return block(type="video", **{**needed, **fields})


def blocks_of(characters: int) -> list[Json]:
    """Blocks that are so long when written as JSON (with the wrapping the sandbox counts)."""
    made = [{"type": "section", "text": plain(2900)} for _ in range(4)]
    wrapping = (
        len('{"":' + "}") + len(str([])) + 4 * len('{"type":"section","text":{"type":"plain_text","text":""}}') + 3
    )
    rest = characters - wrapping - 4 * 2900
    extra = len(',{"type":"section","text":{"type":"plain_text","text":""}}')
    return [*made, {"type": "section", "text": plain(rest - extra)}]


CASES: dict[str, Case] = {
    "message text": lambda n: content(text="x" * n),
    "markdown text": lambda n: content(markdown_text="x" * n),
    "attachments of a message": lambda n: content(text="x", attachments=[{"text": "x"}] * n),
    "blocks of a message": lambda n: message_problems([{"type": "divider"}] * n),
    "characters of a message's blocks": lambda n: content(text="x", blocks=blocks_of(n)),
    "message metadata": lambda n: content(
        text="x",
        metadata={
            "event_type": "e",
            "event_payload": {"a": "x" * (n - len('{"event_type":"e","event_payload":{"a":""}}'))},
        },
    ),
    "blocks of a view": lambda n: view(blocks=[{"type": "divider"}] * n),
    "view title": lambda n: view(title=plain(n)),
    "view submit": lambda n: view(submit=plain(n)),
    "view close": lambda n: view(close=plain(n)),
    "private_metadata": lambda n: view(private_metadata="x" * n),
    "callback_id": lambda n: view(callback_id="x" * n),
    "external_id": lambda n: view(external_id="x" * n),
    "block_id": lambda n: block(type="divider", block_id="x" * n),
    "header text": lambda n: block(type="header", text=plain(n)),
    "section text": lambda n: block(type="section", text=plain(n)),
    "section fields": lambda n: block(type="section", fields=[plain(1)] * n),
    "section field text": lambda n: block(type="section", fields=[plain(n)]),
    "context elements": lambda n: block(type="context", elements=[plain(1)] * n),
    "context text": lambda n: block(type="context", elements=[plain(n)]),
    "actions elements": lambda n: block(type="actions", elements=[{"type": "button", "text": plain(1)}] * n),
    "input label": lambda n: block(type="input", label=plain(n), element={"type": "plain_text_input"}),
    "input hint": lambda n: block(type="input", label=plain(1), hint=plain(n), element={"type": "plain_text_input"}),
    "image_url": lambda n: image(image_url="x" * n),
    "alt_text": lambda n: image(alt_text="x" * n),
    "image title": lambda n: image(title=plain(n)),
    "video title": lambda n: video(title=plain(n)),
    "video author": lambda n: video(author_name="x" * n),
    "markdown block text": lambda n: block(type="markdown", text="x" * n),
    "action_id": lambda n: button(action_id="x" * n),
    "button text": lambda n: element(type="button", text=plain(n)),
    "button value": lambda n: button(value="x" * n),
    "button url": lambda n: button(url="x" * n),
    "accessibility_label": lambda n: button(accessibility_label="x" * n),
    "placeholder": lambda n: element(type="users_select", placeholder=plain(n)),
    "options": lambda n: element(type="static_select", options=options(n)),
    "option groups": lambda n: element(
        type="static_select", option_groups=[{"label": plain(1), "options": options(1)}] * n
    ),
    "overflow options": lambda n: element(type="overflow", options=options(n)),
    "checkbox options": lambda n: element(type="checkboxes", options=options(n)),
    "radio options": lambda n: element(type="radio_buttons", options=options(n)),
    "plain_text_input length": lambda n: typed(type="plain_text_input", max_length=n) if n else [],
    "file_input files": lambda n: typed(type="file_input", max_files=n),
    "option text": lambda n: option(text=plain(n)),
    "option value": lambda n: option(value="x" * n),
    "option description": lambda n: option(description=plain(n)),
    "overflow option url": lambda n: element(
        type="overflow", options=[{"text": plain(1), "value": "1", "url": "x" * n}]
    ),
    "option group label": lambda n: element(
        type="static_select", option_groups=[{"label": plain(n), "options": options(1)}]
    ),
    "confirm title": lambda n: confirm(title=plain(n)),
    "confirm text": lambda n: confirm(text=plain(n)),
    "confirm button": lambda n: confirm(confirm=plain(n)),
}
# Refused by the methods themselves; their own tests try them.
ELSEWHERE = {
    "updated message text",
    "channel name",
    "channel topic",
    "channel purpose",
    "bookmarks in a channel",
    "users invited at once",
    "people in a group message",
    "view bytes",
    "views in a stack",
    "pins in a channel",
    "kinds of reaction on a message",
    "trigger life",
    "response_url life",
    "response_url uses",
    "time until a scheduled message",
    "lines of Socket Mode",
    "bytes of a Socket Mode answer",
}


def test_every_limit_is_tried() -> None:
    assert set(CASES) | ELSEWHERE == set(LIMITS)
    assert all(limit.source for limit in LIMITS.values())


@pytest.mark.parametrize("name", sorted(CASES))
def test_limit_holds_to_the_letter(name: str) -> None:
    limit, case = LIMITS[name], CASES[name]

    assert case(limit.most) == []
    assert case(limit.most + 1) != []
    if limit.least:
        assert case(limit.least - 1) != []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"type": "sektion"}, "unsupported type: sektion [json-pointer:/blocks/0/type]"),
        ({"type": "section"}, "must provide at least one of: text, fields"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "unsupported type: mrkdwn"),
        ({"type": "divider", "colour": "red"}, "invalid additional property: colour"),
        ({"type": "actions", "elements": [{"type": "plain_text_input"}]}, "unsupported type: plain_text_input"),
        ({"type": "image", "alt_text": "x"}, "must provide exactly one of: image_url, slack_file"),
        ({"type": "section", "text": "hello"}, "must provide an object"),
        ("hello", "must provide an object"),
    ],
)
def test_blocks_slack_refuses(wrong: Any, sentence: str) -> None:
    problems = message_problems([wrong])

    assert problems
    assert sentence in problems[0]


def test_ids_may_not_repeat() -> None:
    twice = [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]
    press = {"type": "button", "action_id": "go", "text": plain(1)}

    assert "block_id" in message_problems(twice)[0]
    assert "action_id" in message_problems([{"type": "actions", "elements": [press, press]}])[0]


def test_initial_option_must_be_offered() -> None:
    choice = {"type": "static_select", "options": options(2), "initial_option": options(3)[2]}

    assert "must match one of the provided options" in message_problems([section(accessory=choice)])[0]


def test_dialog_with_inputs_needs_a_submit_button() -> None:
    asking = {"type": "input", "label": plain(1), "element": {"type": "plain_text_input"}}

    assert view_problems({"type": "modal", "title": plain(1), "blocks": [asking]}) != []


def test_null_is_the_same_as_absent() -> None:
    assert message_problems([section(accessory=None, block_id=None)]) == []
