"""Block Kit as tables: each block and element, its fields, and where it may stand.

Fields after the npm package @slack/types 3.2.0 (MIT), limits from `limits.py`, containers from the elements' pages.
"""

from sandbox.grammar import (
    Rule,
    a_record,
    anything,
    array,
    boolean,
    both,
    by_type,
    number,
    one_field_of,
    record,
    some_field_of,
    string,
)


def _typed(fields: dict[str, Rule], *required: str) -> Rule:
    return record({"type": anything, **fields}, *required)


def plain(limit: str) -> Rule:
    return by_type({"plain_text": _typed({"text": string(limit), "emoji": boolean}, "text")})


def mrkdwn(limit: str) -> Rule:
    return by_type({"mrkdwn": _typed({"text": string(limit), "verbatim": boolean}, "text")})


def text(limit: str) -> Rule:
    return by_type(
        {
            "plain_text": _typed({"text": string(limit), "emoji": boolean}, "text"),
            "mrkdwn": _typed({"text": string(limit), "verbatim": boolean}, "text"),
        }
    )


COLOR = string(choices=("primary", "danger"))
CONFIRM = record(
    {
        "title": plain("confirm title"),
        "text": text("confirm text"),
        "confirm": plain("confirm button"),
        "deny": plain("confirm button"),
        "style": COLOR,
    },
    "text",
)


def _option(label: Rule, description: Rule, *, url: bool = False) -> Rule:
    fields = {"text": label, "value": string("option value"), "description": description}
    if url:
        fields["url"] = string("overflow option url")
    return record(fields, "text", "value")


OPTION = _option(plain("option text"), plain("option description"))
RICH_OPTION = _option(text("option text"), text("option description"))
OVERFLOW_OPTION = _option(plain("option text"), plain("option description"), url=True)
OPTION_GROUPS = array(
    record({"label": plain("option group label"), "options": array(OPTION, "options")}, "label", "options"),
    "option groups",
)
FEEDBACK = record(
    {
        "text": plain("button text"),
        "value": string("button value"),
        "accessibility_label": string("accessibility_label"),
    },
    "text",
    "value",
)
_WORKFLOW_PARAMETER = record({"name": string(), "value": string()}, "name", "value")
WORKFLOW = record(
    {
        "trigger": record(
            {"url": string(), "customizable_input_parameters": array(_WORKFLOW_PARAMETER)},
            "url",
        )
    },
    "trigger",
)
SLACK_FILE = both(record({"id": string(), "url": string()}), one_field_of("id", "url"))
DISPATCH = record(
    {"trigger_actions_on": array(string(choices=("on_enter_pressed", "on_character_entered")))}, "trigger_actions_on"
)
FILTER = both(
    record(
        {
            "include": array(string(choices=("im", "mpim", "private", "public"))),
            "exclude_external_shared_channels": boolean,
            "exclude_bot_users": boolean,
        }
    ),
    some_field_of("include", "exclude_external_shared_channels", "exclude_bot_users"),
)

_ACTIONABLE = {"action_id": string("action_id")}
_CONFIRMABLE = {"confirm": CONFIRM}
_FOCUSABLE = {"focus_on_load": boolean}
_PLACEHOLDER = {"placeholder": plain("placeholder")}
_MENU = {**_ACTIONABLE, **_CONFIRMABLE, **_FOCUSABLE, **_PLACEHOLDER}
_TYPING = {**_ACTIONABLE, **_FOCUSABLE, **_PLACEHOLDER, "dispatch_action_config": DISPATCH}
_MULTI = {"max_selected_items": number(1)}
_STATIC = {"options": array(OPTION, "options"), "option_groups": OPTION_GROUPS}
_IMAGE = {"image_url": string("image_url"), "slack_file": SLACK_FILE, "alt_text": string("alt_text")}

RICH_STYLE = record(
    dict.fromkeys(("bold", "italic", "strike", "underline", "highlight", "client_highlight", "code", "unlink"), boolean)
)


def _rich(fields: dict[str, Rule], *required: str) -> Rule:
    return _typed({**fields, "style": RICH_STYLE}, *required)


_RICH_TEXT = _rich({"text": string()}, "text")
_RICH_LINK = _rich({"url": string(), "text": string(), "unsafe": boolean}, "url")
RICH_ELEMENT = by_type(
    {
        "text": _RICH_TEXT,
        "link": _RICH_LINK,
        "user": _rich({"user_id": string()}, "user_id"),
        "usergroup": _rich({"usergroup_id": string()}, "usergroup_id"),
        "channel": _rich({"channel_id": string()}, "channel_id"),
        "team": _rich({"team_id": string()}, "team_id"),
        "broadcast": _rich({"range": string(choices=("here", "channel", "everyone"))}, "range"),
        "color": _rich({"value": string()}, "value"),
        "emoji": _rich(
            {"name": string(), "unicode": string(), "url": string(), "skin_tone": number(), "display_url": string()},
            "name",
        ),
        "date": _rich(
            {"timestamp": number(), "format": string(), "url": string(), "fallback": string()}, "timestamp", "format"
        ),
    }
)
RICH_SECTION = _typed({"elements": array(RICH_ELEMENT)}, "elements")
RICH_PART = by_type(
    {
        "rich_text_section": RICH_SECTION,
        "rich_text_list": _typed(
            {
                "elements": array(by_type({"rich_text_section": RICH_SECTION})),
                "style": string(choices=("bullet", "ordered")),
                "indent": number(0, 8),
                "offset": number(0),
                "border": number(0, 1),
            },
            "elements",
            "style",
        ),
        "rich_text_quote": _typed({"elements": array(RICH_ELEMENT), "border": number(0, 1)}, "elements"),
        "rich_text_preformatted": _typed(
            {
                "elements": array(by_type({"text": _RICH_TEXT, "link": _RICH_LINK})),
                "border": number(0, 1),
                "language": string(),
            },
            "elements",
        ),
    }
)
RICH_BLOCK = by_type({"rich_text": _typed({"elements": array(RICH_PART), "block_id": string("block_id")}, "elements")})

ELEMENTS: dict[str, Rule] = {
    "button": _typed(
        {
            **_ACTIONABLE,
            **_CONFIRMABLE,
            "text": plain("button text"),
            "value": string("button value"),
            "url": string("button url"),
            "style": COLOR,
            "accessibility_label": string("accessibility_label"),
        },
        "text",
    ),
    "workflow_button": _typed(
        {
            **_ACTIONABLE,
            "text": plain("button text"),
            **_CONFIRMABLE,
            "workflow": WORKFLOW,
            "style": COLOR,
            "accessibility_label": string("accessibility_label"),
        },
        "text",
        "workflow",
    ),
    "checkboxes": _typed(
        {
            **_ACTIONABLE,
            **_CONFIRMABLE,
            **_FOCUSABLE,
            "options": array(RICH_OPTION, "checkbox options"),
            "initial_options": array(RICH_OPTION, "checkbox options"),
        },
        "options",
    ),
    "radio_buttons": _typed(
        {
            **_ACTIONABLE,
            **_CONFIRMABLE,
            **_FOCUSABLE,
            "options": array(RICH_OPTION, "radio options"),
            "initial_option": RICH_OPTION,
        },
        "options",
    ),
    "overflow": _typed(
        {**_ACTIONABLE, **_CONFIRMABLE, "options": array(OVERFLOW_OPTION, "overflow options")}, "options"
    ),
    "datepicker": _typed({**_MENU, "initial_date": string()}),
    "timepicker": _typed({**_MENU, "initial_time": string(), "timezone": string()}),
    "datetimepicker": _typed({**_ACTIONABLE, **_CONFIRMABLE, **_FOCUSABLE, "initial_date_time": number()}),
    "image": both(_typed(_IMAGE, "alt_text"), one_field_of("image_url", "slack_file")),
    "static_select": both(
        _typed({**_MENU, **_STATIC, "initial_option": OPTION}), one_field_of("options", "option_groups")
    ),
    "multi_static_select": both(
        _typed({**_MENU, **_MULTI, **_STATIC, "initial_options": array(OPTION, "options")}),
        one_field_of("options", "option_groups"),
    ),
    "external_select": _typed({**_MENU, "initial_option": OPTION, "min_query_length": number(0)}),
    "multi_external_select": _typed(
        {**_MENU, **_MULTI, "initial_options": array(OPTION, "options"), "min_query_length": number(0)}
    ),
    "users_select": _typed({**_MENU, "initial_user": string()}),
    "multi_users_select": _typed({**_MENU, **_MULTI, "initial_users": array(string())}),
    "conversations_select": _typed(
        {
            **_MENU,
            "initial_conversation": string(),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": FILTER,
        }
    ),
    "multi_conversations_select": _typed(
        {
            **_MENU,
            **_MULTI,
            "initial_conversations": array(string()),
            "default_to_current_conversation": boolean,
            "filter": FILTER,
        }
    ),
    "channels_select": _typed({**_MENU, "initial_channel": string(), "response_url_enabled": boolean}),
    "multi_channels_select": _typed({**_MENU, **_MULTI, "initial_channels": array(string())}),
    "plain_text_input": _typed(
        {
            **_TYPING,
            "initial_value": string("plain_text_input length"),
            "multiline": boolean,
            "min_length": number(0, 3000),
            "max_length": number(1, 3000),
        }
    ),
    "email_text_input": _typed({**_TYPING, "initial_value": string()}),
    "url_text_input": _typed({**_TYPING, "initial_value": string()}),
    "number_input": _typed(
        {
            **_TYPING,
            "is_decimal_allowed": boolean,
            "initial_value": string(),
            "min_value": string(),
            "max_value": string(),
        },
        "is_decimal_allowed",
    ),
    "rich_text_input": _typed({**_TYPING, "initial_value": RICH_BLOCK, "min_lines": number(), "max_lines": number()}),
    "file_input": _typed({**_ACTIONABLE, "filetypes": array(string()), "max_files": number(1, 10)}),
}
_SELECTS = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
_MENUS = (*_SELECTS, *(f"multi_{name}" for name in _SELECTS))
_PICKERS = ("checkboxes", "radio_buttons", "datepicker", "timepicker")

IN_SECTION = {name: ELEMENTS[name] for name in (*_MENUS, *_PICKERS, "button", "image", "overflow", "workflow_button")}
IN_ACTIONS = {
    name: ELEMENTS[name]
    for name in (*_MENUS, *_PICKERS, "button", "overflow", "datetimepicker", "workflow_button", "rich_text_input")
}
IN_INPUT = {
    name: ELEMENTS[name]
    for name in (
        *_MENUS,
        *_PICKERS,
        "datetimepicker",
        "plain_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "rich_text_input",
        "file_input",
    )
}
_CONTEXT_TEXT = text("context text")
IN_CONTEXT = {"image": ELEMENTS["image"], "plain_text": _CONTEXT_TEXT, "mrkdwn": _CONTEXT_TEXT}

_RAW_CELL = {
    "raw_text": _typed({"text": string()}, "text"),
    "raw_number": _typed({"value": number(), "text": string()}, "value", "text"),
    "rich_text": RICH_BLOCK,
}


def _block(fields: dict[str, Rule], *required: str) -> Rule:
    return _typed({"block_id": string("block_id"), **fields}, *required)


BLOCKS: dict[str, Rule] = {
    "section": both(
        _block(
            {
                "text": text("section text"),
                "fields": array(text("section field text"), "section fields"),
                "accessory": by_type(IN_SECTION),
                "expand": boolean,
            }
        ),
        some_field_of("text", "fields"),
    ),
    "header": _block({"text": plain("header text")}, "text"),
    "divider": _block({}),
    "context": _block({"elements": array(by_type(IN_CONTEXT), "context elements")}, "elements"),
    "actions": _block({"elements": array(by_type(IN_ACTIONS), "actions elements")}, "elements"),
    "input": _block(
        {
            "label": plain("input label"),
            "element": by_type(IN_INPUT),
            "dispatch_action": boolean,
            "hint": plain("input hint"),
            "optional": boolean,
        },
        "label",
        "element",
    ),
    "image": both(
        _block({**_IMAGE, "title": plain("image title")}, "alt_text"), one_field_of("image_url", "slack_file")
    ),
    "rich_text": _block({"elements": array(RICH_PART)}, "elements"),
    "markdown": _block({"text": string("markdown block text")}, "text"),
    "table": _block(
        {
            "rows": array(array(by_type(_RAW_CELL))),
            "column_settings": array(
                record({"align": string(choices=("left", "center", "right")), "is_wrapped": boolean})
            ),
        },
        "rows",
    ),
    "file": _block({"external_id": string(), "source": string(choices=("remote",))}, "external_id", "source"),
    "video": _block(
        {
            "video_url": string(),
            "thumbnail_url": string(),
            "alt_text": string("alt_text"),
            "title": plain("video title"),
            "title_url": string(),
            "author_name": string("video author"),
            "provider_name": string(),
            "provider_icon_url": string(),
            "description": plain("video title"),
        },
        "video_url",
        "thumbnail_url",
        "alt_text",
        "title",
    ),
}
IN_CONTEXT_ACTIONS = {
    "feedback_buttons": _typed(
        {**_ACTIONABLE, "positive_button": FEEDBACK, "negative_button": FEEDBACK}, "positive_button", "negative_button"
    ),
    "icon_button": _typed(
        {
            **_ACTIONABLE,
            **_CONFIRMABLE,
            "icon": string(),
            "text": plain("button text"),
            "value": string("button value"),
            "accessibility_label": string("accessibility_label"),
            "visible_to_user_ids": array(string()),
        },
        "icon",
        "text",
    ),
}
_IMAGE_ELEMENT = by_type({"image": ELEMENTS["image"]})
_CARD = _block(
    {
        "hero_image": _IMAGE_ELEMENT,
        "icon": _IMAGE_ELEMENT,
        "title": mrkdwn("section text"),
        "subtitle": mrkdwn("section text"),
        "body": mrkdwn("section text"),
        "actions": array(by_type({"button": ELEMENTS["button"]}), "actions elements"),
    }
)
_TASK_CARD = _block(
    {
        "task_id": string(),
        "title": string(),
        "details": RICH_BLOCK,
        "output": RICH_BLOCK,
        "sources": array(by_type({"url": _typed({"url": string(), "text": string()}, "url", "text")})),
        "status": string(choices=("pending", "in_progress", "complete", "error")),
    },
    "task_id",
    "title",
    "status",
)
_CHILDREN = (
    "actions",
    "context",
    "divider",
    "file",
    "header",
    "image",
    "input",
    "rich_text",
    "section",
    "table",
    "video",
)
BLOCKS |= {
    "context_actions": _block({"elements": array(by_type(IN_CONTEXT_ACTIONS))}, "elements"),
    "alert": _block(
        {
            "text": text("section text"),
            "level": string(choices=("default", "info", "warning", "error", "success")),
        },
        "text",
    ),
    "card": _CARD,
    "carousel": _block({"elements": array(by_type({"card": _CARD}))}, "elements"),
    "task_card": _TASK_CARD,
    "plan": _block({"title": string(), "tasks": array(a_record)}, "title"),
    "data_table": _block(
        {
            "rows": array(array(by_type(_RAW_CELL))),
            "caption": string(),
            "page_size": number(),
            "row_header_column_index": number(),
        },
        "rows",
        "caption",
    ),
    "container": _block(
        {
            "title": plain("header text"),
            "rich_text_title": RICH_BLOCK,
            "subtitle": text("section text"),
            "child_blocks": array(by_type({name: BLOCKS[name] for name in _CHILDREN})),
            "width": string(choices=("narrow", "standard", "wide", "full")),
            "icon": _IMAGE_ELEMENT,
            "is_collapsible": boolean,
            "default_collapsed": boolean,
            "has_header_divider": boolean,
        },
        "child_blocks",
    ),
}
_EVERYWHERE = {"section", "header", "divider", "context", "actions", "input", "image", "rich_text", "video"}
SURFACES: dict[str, set[str]] = {
    "message": set(BLOCKS),
    "modal": _EVERYWHERE,
    "home": _EVERYWHERE,
}
SURFACE_RULES = {surface: by_type({name: BLOCKS[name] for name in names}) for surface, names in SURFACES.items()}
