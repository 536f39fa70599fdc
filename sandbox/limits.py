"""Slack's limits, each with the page that says so. Nothing else in the sandbox holds such a number."""

from dataclasses import dataclass

_BLOCKS = "docs.slack.dev/reference/block-kit/blocks"
_ELEMENTS = "docs.slack.dev/reference/block-kit/block-elements"
_OBJECTS = "docs.slack.dev/reference/block-kit/composition-objects"
_VIEWS = "docs.slack.dev/reference/views/modal-views"
_METHODS = "docs.slack.dev/reference/methods"


@dataclass(frozen=True, slots=True)
class Limit:
    most: int
    source: str
    least: int = 0


LIMITS: dict[str, Limit] = {
    # Messages
    "message text": Limit(40_000, f"{_METHODS}/chat.postMessage#truncating"),
    "updated message text": Limit(4_000, f"{_METHODS}/chat.update (msg_too_long)"),
    "markdown text": Limit(12_000, f"{_METHODS}/chat.postMessage"),
    "attachments of a message": Limit(100, f"{_METHODS}/chat.postMessage (too_many_attachments)"),
    "blocks of a message": Limit(50, f"{_BLOCKS}"),
    "characters of a message's blocks": Limit(13_200, "measured; msg_blocks_too_long in chat.postMessage"),
    "message metadata": Limit(8_192, "docs.slack.dev/messaging/message-metadata"),
    # Channels
    "channel name": Limit(80, f"{_METHODS}/conversations.create#naming"),
    "channel topic": Limit(250, f"{_METHODS}/conversations.setTopic"),
    "channel purpose": Limit(250, f"{_METHODS}/conversations.setPurpose"),
    "bookmarks in a channel": Limit(100, "slack.com/help: add bookmarks (100 in a channel)"),
    "users invited at once": Limit(100, f"{_METHODS}/conversations.invite"),
    "people in a group message": Limit(8, f"{_METHODS}/conversations.open"),
    "pins in a channel": Limit(100, f"{_METHODS}/pins.add (too_many_pins)"),
    "kinds of reaction on a message": Limit(50, f"{_METHODS}/reactions.add (too_many_emoji)"),
    # Times, in seconds
    "trigger life": Limit(3, "docs.slack.dev/interactivity/handling-user-interaction"),
    "response_url life": Limit(30 * 60, "docs.slack.dev/interactivity/handling-user-interaction"),
    "response_url uses": Limit(5, "docs.slack.dev/interactivity/handling-user-interaction"),
    "time until a scheduled message": Limit(120 * 24 * 3600, f"{_METHODS}/chat.scheduleMessage"),
    # Socket Mode
    "lines of Socket Mode": Limit(10, "docs.slack.dev/apis/events-api/using-socket-mode"),
    "bytes of a Socket Mode answer": Limit(20 * 1024, "docs.slack.dev/apis/events-api/using-socket-mode"),
    # Views
    "blocks of a view": Limit(100, f"{_VIEWS}"),
    "view title": Limit(24, f"{_VIEWS}", 1),
    "view submit": Limit(24, f"{_VIEWS}", 1),
    "view close": Limit(24, f"{_VIEWS}", 1),
    "private_metadata": Limit(3_000, f"{_VIEWS}"),
    "callback_id": Limit(255, f"{_VIEWS}"),
    "external_id": Limit(255, f"{_VIEWS}"),
    "view bytes": Limit(250_000, f"{_METHODS}/views.open (view_too_large)"),
    "views in a stack": Limit(3, f"{_METHODS}/views.push (push_limit_reached)"),
    # Blocks
    "block_id": Limit(255, _BLOCKS),
    "header text": Limit(150, f"{_BLOCKS}/header-block", 1),
    "section text": Limit(3_000, f"{_BLOCKS}/section-block", 1),
    "section fields": Limit(10, f"{_BLOCKS}/section-block", 1),
    "section field text": Limit(2_000, f"{_BLOCKS}/section-block", 1),
    "context elements": Limit(10, f"{_BLOCKS}/context-block", 1),
    "context text": Limit(3_000, f"{_OBJECTS}/text-object", 1),
    "actions elements": Limit(25, f"{_BLOCKS}/actions-block", 1),
    "input label": Limit(2_000, f"{_BLOCKS}/input-block", 1),
    "input hint": Limit(2_000, f"{_BLOCKS}/input-block", 1),
    "image_url": Limit(3_000, f"{_BLOCKS}/image-block", 1),
    "alt_text": Limit(2_000, f"{_BLOCKS}/image-block", 1),
    "image title": Limit(2_000, f"{_BLOCKS}/image-block", 1),
    "video title": Limit(200, f"{_BLOCKS}/video-block", 1),
    "video author": Limit(50, f"{_BLOCKS}/video-block"),
    "markdown block text": Limit(12_000, f"{_BLOCKS}/markdown-block", 1),
    # Elements
    "action_id": Limit(255, _ELEMENTS, 1),
    "button text": Limit(75, f"{_ELEMENTS}/button-element", 1),
    "button value": Limit(2_000, f"{_ELEMENTS}/button-element"),
    "button url": Limit(3_000, f"{_ELEMENTS}/button-element", 1),
    "accessibility_label": Limit(75, f"{_ELEMENTS}/button-element"),
    "placeholder": Limit(150, f"{_ELEMENTS}/select-menu-element", 1),
    "options": Limit(100, f"{_ELEMENTS}/select-menu-element", 1),
    "option groups": Limit(100, f"{_ELEMENTS}/select-menu-element", 1),
    "overflow options": Limit(5, f"{_ELEMENTS}/overflow-menu-element", 1),
    "checkbox options": Limit(10, f"{_ELEMENTS}/checkboxes-element", 1),
    "radio options": Limit(10, f"{_ELEMENTS}/radio-button-group-element", 1),
    "plain_text_input length": Limit(3_000, f"{_ELEMENTS}/plain-text-input-element"),
    "file_input files": Limit(10, f"{_ELEMENTS}/file-input-element", 1),
    # Composition objects
    "option text": Limit(75, f"{_OBJECTS}/option-object", 1),
    "option value": Limit(150, f"{_OBJECTS}/option-object"),
    "option description": Limit(75, f"{_OBJECTS}/option-object", 1),
    "overflow option url": Limit(3_000, f"{_OBJECTS}/option-object"),
    "option group label": Limit(75, f"{_OBJECTS}/option-group-object", 1),
    "confirm title": Limit(100, f"{_OBJECTS}/confirmation-dialog-object", 1),
    "confirm text": Limit(300, f"{_OBJECTS}/confirmation-dialog-object", 1),
    "confirm button": Limit(30, f"{_OBJECTS}/confirmation-dialog-object", 1),
}
