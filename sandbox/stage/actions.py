"""Everything a step can say: the words of the format, and what belongs to each."""

from dataclasses import dataclass, field
from typing import Literal

# What a value is. `texts` and `people` also take a single one; `message` is words that the message contains.
Kind = Literal["text", "texts", "number", "flag", "place", "person", "people", "message", "fields"]


@dataclass(frozen=True, slots=True)
class Action:
    """A word of the format. `needs` and `may` are the other words of such a step."""

    takes: Kind
    help: str
    needs: dict[str, Kind] = field(default_factory=dict)
    may: dict[str, Kind] = field(default_factory=dict)
    by_somebody: bool = True


_IN: dict[str, Kind] = {"in": "place"}
_WHICH: dict[str, Kind] = {"which": "number"}
_ELEMENT: dict[str, Kind] = {"on": "message", "with": "fields", **_WHICH}

ACTIONS: dict[str, Action] = {
    "says": Action(
        "text",
        "types it and sends it; a text that begins with / is a slash command",
        _IN,
        {"thread": "message", "broadcast": "flag", **_WHICH},
    ),
    "clicks": Action("text", "clicks a button, by its text or action id", _IN, _ELEMENT),
    "chooses": Action(
        "texts", "chooses in a menu, or fills a field that acts at once", {**_IN, "of": "text"}, _ELEMENT
    ),
    "submits": Action("text", "fills in the open form of this title, and sends it", {}, {"with": "fields"}),
    "closes": Action("text", "closes the open form of this title"),
    "starts": Action("text", "starts a shortcut, by its name or callback id", {}, {**_IN, "on": "message", **_WHICH}),
    "opens": Action("text", "opens the app's `home`"),
    "reacts": Action("text", "reacts with an emoji", {**_IN, "on": "message"}, _WHICH),
    "unreacts": Action("text", "takes a reaction back", {**_IN, "on": "message"}, _WHICH),
    "pins": Action("message", "pins a message", _IN, _WHICH),
    "unpins": Action("message", "takes a pin away", _IN, _WHICH),
    "edits": Action("message", "writes a message of their own anew", {**_IN, "to": "text"}, _WHICH),
    "deletes": Action("message", "deletes a message of their own", _IN, _WHICH),
    "joins": Action("place", "joins a channel"),
    "leaves": Action("place", "leaves a channel"),
    "invites": Action("people", "invites people to a channel", {"to": "place"}),
    "removes": Action("people", "removes people from a channel", {"from": "place"}),
    "creates": Action("text", "creates a channel of this name", {}, {"private": "flag"}),
    "renames": Action("place", "renames a channel", {"to": "text"}),
    "archives": Action("place", "archives a channel"),
    "unarchives": Action("place", "brings an archived channel back"),
    "sets topic": Action("text", "sets a channel's topic", _IN),
    "sets purpose": Action("text", "sets a channel's description", _IN),
    "sets profile": Action("fields", "changes status_text, status_emoji, display_name, real_name, title or tz"),
    "bookmarks": Action("text", "puts a link on the bookmarks bar", {**_IN, "title": "text"}, {"emoji": "text"}),
    "unbookmarks": Action("text", "takes a bookmark away, by its title", _IN),
    "uploads": Action(
        "text", "uploads a file of this name", {**_IN, "base64": "text"}, {"type": "text", "says": "text"}
    ),
    "caption": Action(
        "text",
        "tells whoever watches what they see",
        {},
        {"look": "place", "on": "message", "link": "text", **_IN},
        by_somebody=False,
    ),
    "look": Action("place", "moves the windows that follow to a place", {}, {"on": "message"}, by_somebody=False),
    "expect": Action(
        "place",
        "fails unless all of this is seen there",
        {},
        {
            "who": "person",
            "on": "message",
            "shows": "texts",
            "hides": "texts",
            "topic": "texts",
            "buttons": "texts",
            "pinned": "texts",
            "members": "people",
            "reaction": "text",
            "within": "number",
            **_WHICH,
        },
        by_somebody=False,
    ),
}

# What each step may say besides, and what a rule waits for.
TIMES: dict[str, Kind] = {"after": "number", "at": "number"}
RULES: dict[str, dict[str, Kind]] = {
    "channel": {"already": "flag", "until topic": "texts"},
    "message": {"in": "place", "from": "person", "thread": "flag", "until topic": "texts"},
    "form": {"for": "person"},
}
RULE_BOUNDS: dict[str, Kind] = {"times": "number", "each": "number"}
