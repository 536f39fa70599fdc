"""One of each block and element that Slack's schema knows, and what a person must see of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
NOON = 1_795_262_400


@dataclass(frozen=True)
class Exhibit:
    """`shows`: texts that are to be read; `controls`: (role, name) of what is to be found."""

    name: str
    block: Json
    shows: tuple[str, ...] = ()
    controls: tuple[tuple[str, str], ...] = field(default=())


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def line(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


def words(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def option(text: str) -> Json:
    return {"text": plain(text), "value": text.lower()}


def button(text: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": text.lower().replace(" ", "_"), **more}


SEVERITIES = [option("Critical"), option("Major"), option("Minor")]
RICH_TEXT = rich(
    line(
        words("Bold", bold=True),
        words(", "),
        words("italic", italic=True),
        words(", "),
        words("gone", strike=True),
        words(", "),
        words("code", code=True),
        words(". "),
        {"type": "user", "user_id": "U0GRACE"},
        words(" of "),
        {"type": "usergroup", "usergroup_id": "S0ONCALL"},
        words(" in "),
        {"type": "channel", "channel_id": "C0INCIDENTS"},
        words(" "),
        {"type": "broadcast", "range": "here"},
        words(" "),
        {"type": "emoji", "name": "fire"},
        words(" "),
        {"type": "link", "url": "https://example.com/graph", "text": "the graph"},
        words(" since "),
        {"type": "date", "timestamp": NOON, "format": "{date_num} {time}", "fallback": "noon"},
        words(" "),
        {"type": "color", "value": "#0D6B68"},
        words(" "),
        {"type": "team", "team_id": "T0SANDBOX"},
    ),
    {"type": "rich_text_list", "style": "ordered", "elements": [line(words("Roll back")), line(words("Look again"))]},
    {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [line(words("the pool"))]},
    {"type": "rich_text_quote", "elements": [words("Every third payment fails")]},
    {"type": "rich_text_preformatted", "elements": [words("HTTP 503\nretry-after: 3")]},
)


def blocks(picture: str) -> list[Exhibit]:
    """Return each block; `picture` is the address of one that this machine serves."""
    image = {"type": "image", "image_url": picture, "alt_text": "A face"}
    card = {
        "type": "card",
        "hero_image": image,
        "icon": image,
        "title": mrkdwn("payments-api"),
        "subtitle": mrkdwn("Owned by *Checkout*"),
        "body": mrkdwn("31 % of requests fail"),
        "actions": [button("Page the owner")],
    }
    task = {
        "type": "task_card",
        "task_id": "one",
        "title": "Compare the two deploys",
        "status": "in_progress",
        "details": rich(line(words("v412 against v413"))),
        "output": rich(line(words("The pool is half as large"))),
        "sources": [{"type": "url", "url": "https://example.com/diff", "text": "The difference"}],
    }
    return [
        Exhibit("header", {"type": "header", "text": plain(":fire: INC-7 Checkout")}, ("INC-7 Checkout",)),
        Exhibit(
            "section",
            {"type": "section", "text": mrkdwn("*Major* since <!date^1795262400^{time}|noon>"), "accessory": image},
            ("Major",),
            (("img", "A face"),),
        ),
        Exhibit("fields", {"type": "section", "fields": [mrkdwn("*Lead*\nGrace"), plain("INC-7")]}, ("Lead", "INC-7")),
        Exhibit("divider", {"type": "divider"}, (), (("separator", ""),)),
        Exhibit(
            "context",
            {"type": "context", "elements": [image, mrkdwn("Reported by <@U0ADA>"), plain("just now")]},
            ("Reported by @Ada", "just now"),
            (("img", "A face"),),
        ),
        Exhibit(
            "image",
            {"type": "image", "image_url": picture, "alt_text": "A graph", "title": plain("Errors")},
            ("Errors",),
            (("img", "A graph"),),
        ),
        Exhibit(
            "rich_text",
            RICH_TEXT,
            ("Bold", "@Grace", "@oncall", "#incidents", "@here", "the graph", "11/21/2026", "#0D6B68", "HTTP 503"),
            (("link", "the graph"), ("list", ""), ("blockquote", "")),
        ),
        Exhibit(
            "markdown",
            {"type": "markdown", "text": "## What we know\n\n1. **Cards** fail\n2. [Graph](https://example.com/g)"},
            ("What we know", "Cards"),
            (("heading", "What we know"), ("link", "Graph"), ("list", "")),
        ),
        Exhibit(
            "table",
            {
                "type": "table",
                "column_settings": [{"align": "left"}, {"align": "right", "is_wrapped": True}],
                "rows": [
                    [{"type": "raw_text", "text": "Country"}, {"type": "raw_text", "text": "Failed"}],
                    [rich(line(words("Japan", bold=True))), {"type": "raw_number", "value": 31, "text": "31 %"}],
                ],
            },
            ("Japan", "31 %"),
            (("columnheader", "Country"), ("cell", "31 %")),
        ),
        Exhibit(
            "data_table",
            {
                "type": "data_table",
                "caption": "Failures by service",
                "page_size": 3,
                "row_header_column_index": 0,
                "rows": [
                    [{"type": "raw_text", "text": "Service"}, {"type": "raw_text", "text": "Failed"}],
                    *(
                        [{"type": "raw_text", "text": name}, {"type": "raw_number", "value": count, "text": str(count)}]
                        for name, count in (("web", 4), ("cards", 120), ("carts", 9), ("mail", 0), ("search", 17))
                    ),
                ],
            },
            ("Failures by service", "1\u20133 of 5"),
            (("columnheader", "Service"), ("rowheader", "web"), ("searchbox", "Search Failures by service")),
        ),
        Exhibit("alert", {"type": "alert", "level": "warning", "text": mrkdwn("Nobody leads")}, ("Nobody leads",)),
        Exhibit(
            "card",
            card,
            ("payments-api", "Owned by Checkout", "31 % of requests fail"),
            (("button", "Page the owner"), ("img", "A face")),
        ),
        Exhibit(
            "carousel",
            {
                "type": "carousel",
                "elements": [{**card, "title": mrkdwn(name)} for name in ("cards-api", "carts-api", "search-api")],
            },
            ("cards-api", "search-api"),
            (("group", "Cards"), ("button", "Page the owner")),
        ),
        Exhibit(
            "container",
            {
                "type": "container",
                "title": plain("Timeline"),
                "subtitle": plain("Two entries"),
                "icon": image,
                "is_collapsible": True,
                "has_header_divider": True,
                "width": "standard",
                "child_blocks": [
                    {"type": "section", "text": mrkdwn("12:03 Declared")},
                    {"type": "actions", "elements": [button("Add an entry")]},
                ],
            },
            ("Timeline", "Two entries", "12:03 Declared"),
            (("button", "Timeline"), ("button", "Add an entry")),
        ),
        Exhibit(
            "task_card",
            task,
            ("Compare the two deploys", "v412 against v413", "The pool is half as large"),
            (("img", "In progress"), ("link", "The difference")),
        ),
        Exhibit(
            "plan",
            {
                "type": "plan",
                "title": "Finding the cause",
                "tasks": [
                    {**task, "task_id": "a", "title": "Read the logs", "status": "complete"},
                    task,
                    {"type": "task_card", "task_id": "c", "title": "Write it down", "status": "pending"},
                    {"type": "task_card", "task_id": "d", "title": "Ask the vendor", "status": "error"},
                ],
            },
            ("Finding the cause", "1 of 4 done", "Read the logs", "Write it down"),
            (("img", "Done"), ("img", "In progress"), ("img", "Waiting"), ("img", "Failed")),
        ),
        Exhibit(
            "video",
            {
                "type": "video",
                "title": plain("How to roll back"),
                "video_url": "https://example.com/embed/1",
                "thumbnail_url": picture,
                "alt_text": "A terminal",
                "author_name": "Grace",
                "provider_name": "Videos",
                "description": plain("Three minutes"),
            },
            ("How to roll back", "Grace · Videos", "Three minutes"),
            (("img", "A terminal"),),
        ),
        Exhibit("file", {"type": "file", "external_id": "runbook-7", "source": "remote"}, ("runbook-7",)),
        Exhibit(
            "context_actions",
            {
                "type": "context_actions",
                "elements": [
                    {
                        "type": "feedback_buttons",
                        "action_id": "was_it_good",
                        "positive_button": {"text": plain("Good"), "value": "good"},
                        "negative_button": {"text": plain("Bad"), "value": "bad"},
                    },
                    {"type": "icon_button", "action_id": "away", "icon": "trash", "text": plain("Throw away")},
                ],
            },
            (),
            (("button", "Good"), ("button", "Bad"), ("button", "Throw away")),
        ),
        Exhibit(
            "actions",
            {
                "type": "actions",
                "elements": [
                    button("Close", style="danger"),
                    button("Take the lead", style="primary"),
                    button("Document", url="https://example.com/7"),
                    {
                        "type": "workflow_button",
                        "action_id": "flow",
                        "text": plain("Start the workflow"),
                        "workflow": {"trigger": {"url": "https://slack.com/shortcuts/Ft0/xyz"}},
                    },
                    {"type": "overflow", "action_id": "more", "options": [option("Merge"), option("Cancel")]},
                ],
            },
            (),
            (
                ("button", "Close"),
                ("button", "Take the lead"),
                ("link", "Document"),
                ("button", "Start the workflow"),
                ("button", "More options"),
            ),
        ),
    ]


def inputs() -> list[Exhibit]:
    """Return each element that an input block may hold."""
    choose = {"placeholder": plain("Choose")}
    elements: list[tuple[str, str, Json]] = [
        ("plain_text_input", "textbox", {"multiline": True, "initial_value": "People cannot pay"}),
        ("email_text_input", "textbox", {"placeholder": plain("you@example.com")}),
        ("url_text_input", "textbox", {"placeholder": plain("https://")}),
        ("number_input", "textbox", {"is_decimal_allowed": False, "initial_value": "14"}),
        ("rich_text_input", "textbox", {"initial_value": rich(line(words("Cards only", bold=True)))}),
        ("datepicker", "input", {"initial_date": "2026-11-21"}),
        ("timepicker", "input", {"initial_time": "12:05"}),
        ("datetimepicker", "input", {"initial_date_time": NOON}),
        ("checkboxes", "group", {"options": SEVERITIES}),
        ("radio_buttons", "radiogroup", {"options": SEVERITIES, "initial_option": SEVERITIES[1]}),
        ("static_select", "combobox", {"options": SEVERITIES, **choose}),
        ("multi_static_select", "combobox", {"options": SEVERITIES, "initial_options": SEVERITIES[:2]}),
        ("external_select", "combobox", {"min_query_length": 1}),
        ("multi_external_select", "combobox", {}),
        ("users_select", "combobox", {"initial_user": "U0ADA"}),
        ("multi_users_select", "combobox", {"initial_users": ["U0ADA", "U0GRACE"]}),
        ("channels_select", "combobox", {"initial_channel": "C0INCIDENTS"}),
        ("multi_channels_select", "combobox", {}),
        ("conversations_select", "combobox", {}),
        ("multi_conversations_select", "combobox", {}),
        ("file_input", "input", {"filetypes": ["png", "txt"], "max_files": 2}),
    ]
    return [
        Exhibit(
            kind,
            {
                "type": "input",
                "block_id": kind,
                "label": plain(kind.replace("_", " ").capitalize()),
                "element": {"type": kind, "action_id": "it", **more},
                "optional": True,
            },
            controls=((role, kind.replace("_", " ").capitalize()),),
        )
        for kind, role, more in elements
    ]
