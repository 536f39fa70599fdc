"""The cast: what a person does in Slack, and what they see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from incidents import services
from incidents.models import Incident
from people.models import Person
from slackbot.models import SlackUser
from slackbot.testing.filling import choice, entered, initial_words
from slackbot.testing.workspace import Channel, Message, Place, Workspace


class FormRefused(AssertionError):
    """The dialog stayed open. `errors` are the sentences under its fields, by the field's name."""

    def __init__(self, errors: dict[str, str]) -> None:
        sentences = "; ".join(f"{field}: {sentence}" for field, sentence in errors.items())
        super().__init__(f"The dialog stayed open. {sentences}")
        self.errors = errors


class Actor:
    """Somebody in the workspace. Everything they do has been worked off when the call returns."""

    def __init__(self, workspace: Workspace, user_id: str) -> None:
        self.workspace = workspace
        self.id = user_id

    def __str__(self) -> str:
        return f"<@{self.id}>"

    @property
    def person(self) -> Person:
        return SlackUser.objects.select_related("person").get(user_id=self.id).person

    def does(self, verb: str, **body: Any) -> dict[str, Any]:
        """Do something in the client by its name (sandbox/PROTOCOL.md); fail when the client refuses."""
        answer = self.workspace.sandbox.act(verb, self.id, **body)
        if "errors" in answer:
            raise FormRefused(answer["errors"])
        assert answer["ok"], answer.get("error")
        self.workspace.settle()
        return answer

    # Doing

    def says(self, text: str, *, in_: Place = "#general", thread: Message | None = None) -> Message:
        """Type something and send it. A text that begins with `/` is a slash command."""
        body: dict[str, Any] = {"channel": self._channel(in_).id, "text": text}
        if thread is not None:
            body["thread_ts"] = thread.ts
        answer = self.does("message.send", **body)
        return Message(answer.get("message") or {"ts": "", "text": text})

    def joins(self, place: Place) -> None:
        self.does("channel.join", channel=self._channel(place).id)

    def clicks(self, button: str, *, in_: Place = "#incidents") -> None:
        """Click the newest button with this text, or action id, that they see in the channel."""
        channel = self._channel(in_)
        there: list[str] = []
        for message in reversed(self.sees(in_)):
            for block_id, element in message.elements():
                label = (element.get("text") or {}).get("text", "")
                if button == element["action_id"] or button in label:
                    where = {"channel": channel.id, "ts": message.ts, "block_id": block_id}
                    self.does("block.act", **where, action_id=element["action_id"])
                    return
                there.append(label or element["action_id"])
        raise AssertionError(f"There is no button {button!r} in {channel.name}. {_there_are(there)}")

    def chooses(self, choice: Any, *, from_: str = "", in_: Place = "#incidents") -> None:
        """Choose from the newest menu that they see in the channel, with this placeholder or action id; or from any.

        A choice is what a person sees: an option's label, a person, a channel, a date; a list where several can be
        chosen; None takes the choice back.
        """
        channel = self._channel(in_)
        there: list[str] = []
        for message in reversed(self.sees(in_)):
            for block_id, element in message.elements():
                if element["type"] == "button":
                    continue
                label = (element.get("placeholder") or {}).get("text", "")
                if not from_ or from_ == element["action_id"] or from_ in label:
                    where = {"channel": channel.id, "ts": message.ts, "block_id": block_id}
                    chosen = self._chosen(where, element, choice)
                    self.does("block.act", **where, action_id=element["action_id"], **chosen)
                    return
                there.append(label or element["action_id"])
        raise AssertionError(f"There is no menu {from_!r} in {channel.name}. {_there_are(there)}")

    def submits(self, values: Mapping[str, Any] | None = None) -> None:
        """Fill in the open dialog, by name or label of each field, and send it. Raise `FormRefused` when it stays.

        A field takes what a person would put there: a text, a person, a channel, a date, the label of a choice, what
        they type into a search; a list where several can be chosen; None empties it.
        """
        view = self.dialog
        filled: dict[str, Any] = {}
        for name, value in (values or {}).items():
            block = _field(view, name)
            element = block["element"]
            entered = {"type": element["type"], **self._entered(view, block, value)}
            filled[block["block_id"]] = {element["action_id"]: entered}
        self.does("view.submit", view_id=view["id"], values=filled)

    def types(self, words: str, *, into: str) -> list[str]:
        """Type into a field that is searched; return the labels that are offered."""
        view = self.dialog
        block = _field(view, into)
        where = {"view_id": view["id"], "block_id": block["block_id"]}
        return [option["text"]["text"] for option in self._offered(where, block["element"], words)]

    def closes(self) -> None:
        """Close the dialog in front of them; one below it comes back."""
        self.does("view.close", view_id=self.dialog["id"])

    def pins(self, message: Message, *, in_: Place) -> None:
        self.does("pin.add", channel=self._channel(in_).id, ts=message.ts)

    def unpins(self, message: Message, *, in_: Place) -> None:
        self.does("pin.remove", channel=self._channel(in_).id, ts=message.ts)

    # Seeing

    @property
    def dialog(self) -> dict[str, Any]:
        """The dialog in front of them, as Slack's view."""
        views = self.workspace.sandbox.get("views", user=self.id)["views"]
        assert views, f"No dialog is open in front of {self.person.name}."
        return dict(views[-1])

    @property
    def has_dialog(self) -> bool:
        """Say whether a dialog is open in front of them."""
        return bool(self.workspace.sandbox.get("views", user=self.id)["views"])

    @property
    def dialog_text(self) -> str:
        """The text that the open dialog shows beside its fields."""
        elements = [each for block in self.dialog["blocks"] for each in [block, *block.get("elements", [])]]
        return "\n".join(
            each["text"]["text"] if isinstance(each["text"], dict) else each["text"]
            for each in elements
            if "text" in each
        )

    @property
    def dialog_values(self) -> dict[str, str]:
        """What the open dialog's fields say before anything is typed, by field name."""
        inputs = [block for block in self.dialog["blocks"] if block["type"] == "input"]
        return {block["block_id"]: initial_words(block["element"]) for block in inputs}

    def sees(self, place: Place) -> list[Message]:
        return self._channel(place).messages(user_id=self.id)

    def told(self, *, in_: Place = "#general") -> str:
        """The newest answer that only they see there; "" when there is none."""
        whispers = [message.text for message in self.sees(in_) if message.is_ephemeral]
        return whispers[-1] if whispers else ""

    def direct_messages(self) -> list[str]:
        """What the bot told them directly, oldest first."""
        answer = self.does("channel.open_dm", users=[self.workspace.BOT])
        return [message.text for message in self._channel(answer["channel"]["id"]).messages(user_id=self.id)]

    def _channel(self, place: Place) -> Channel:
        return self.workspace.channel(place)

    def _entered(self, view: Mapping[str, Any], block: Mapping[str, Any], value: Any) -> dict[str, Any]:
        where = {"view_id": view["id"], "block_id": block["block_id"]}
        return self._chosen(where, block["element"], value)

    def _chosen(self, where: Mapping[str, Any], element: Mapping[str, Any], value: Any) -> dict[str, Any]:
        match element["type"]:
            case "external_select":
                chosen = None if value is None else choice(self._offered(where, element, str(value)), str(value))
                return {"selected_option": chosen}
            case "channels_select" | "conversations_select" as kind:
                field = "selected_channel" if kind == "channels_select" else "selected_conversation"
                return {field: None if value is None else self._channel(value).id}
            case _:
                return entered(element, slack_id(value))

    def _offered(self, where: Mapping[str, Any], element: Mapping[str, Any], words: str) -> list[dict[str, Any]]:
        return list(self.does("options.load", **where, action_id=element["action_id"], query=words).get("options", []))


def slack_id(value: Any) -> Any:
    """Return the Slack id where somebody is named, and anything else as it is."""
    match value:
        case Actor():
            return value.id
        case Person():
            return SlackUser.objects.get(person=value).user_id
        case list() | tuple() | set():
            return [slack_id(each) for each in value]
        case _:
            return value


def _field(view: Mapping[str, Any], name: str) -> dict[str, Any]:
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    for block in inputs:
        if name in (block["block_id"], block["label"]["text"]):
            return dict(block)
    known = ", ".join(f"{block['block_id']} (“{block['label']['text']}”)" for block in inputs) or "none"
    raise AssertionError(f"The dialog “{view['title']['text']}” has no field {name!r}. It has: {known}.")


def _there_are(buttons: list[str]) -> str:
    return f"There are, newest first: {', '.join(dict.fromkeys(buttons))}." if buttons else "There is none at all."


def declared_incident(reporter: Actor, title: str = "Checkout returns 500s") -> Incident:
    """Declare an incident with the defaults, and wait for its headline and its channel."""
    found = services.declare_incident(title=title, reporter=reporter.person, at=timezone.now())
    reporter.workspace.settle()
    found.refresh_from_db()
    return found
