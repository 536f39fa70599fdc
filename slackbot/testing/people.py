"""The cast: what a person does in Slack, and what they see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incidents.models import Person
from slackbot.models import SlackUser
from slackbot.testing.workspace import Channel, Message, Place, Workspace


class FormRefused(AssertionError):
    """The dialog stayed open. `errors` are the sentences under its fields, by the field's name."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(str(errors))
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
        for message in reversed(self.sees(in_)):
            for block_id, element in message.elements():
                if button == element["action_id"] or button in (element.get("text") or {}).get("text", ""):
                    self.does(
                        "block.act",
                        channel=channel.id,
                        ts=message.ts,
                        block_id=block_id,
                        action_id=element["action_id"],
                    )
                    return
        raise AssertionError(f"There is no button {button!r} in {channel.name}.")

    def submits(self, values: Mapping[str, Any] | None = None) -> None:
        """Fill in the open dialog, by name or label of each field, and send it. Raise `FormRefused` when it stays."""
        view = self.dialog
        filled: dict[str, Any] = {}
        for name, value in (values or {}).items():
            block = _field(view, name)
            element = block["element"]
            entered = {"type": element["type"], **_entered(element, value)}
            filled[block["block_id"]] = {element["action_id"]: entered}
        self.does("view.submit", view_id=view["id"], values=filled)

    def pins(self, message: Message, *, in_: Place) -> None:
        self.does("pin.add", channel=self._channel(in_).id, ts=message.ts)

    def unpins(self, message: Message, *, in_: Place) -> None:
        self.does("pin.remove", channel=self._channel(in_).id, ts=message.ts)

    # Seeing

    @property
    def dialog(self) -> dict[str, Any]:
        """The dialog in front of them, as Slack's view."""
        views = self.workspace.sandbox.get("views", user=self.id)["views"]
        assert views, "No dialog is open."
        return dict(views[-1])

    @property
    def dialog_values(self) -> dict[str, str]:
        """What the open dialog's fields say before anything is typed, by field name."""
        return {
            block["block_id"]: _initial(block["element"]) for block in self.dialog["blocks"] if block["type"] == "input"
        }

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


def _field(view: Mapping[str, Any], name: str) -> dict[str, Any]:
    for block in view["blocks"]:
        if block["type"] == "input" and name in (block["block_id"], block["label"]["text"]):
            return dict(block)
    known = ", ".join(block["block_id"] for block in view["blocks"] if block["type"] == "input")
    raise AssertionError(f"The dialog has no field {name!r}; it has {known}.")


def _entered(element: Mapping[str, Any], value: Any) -> dict[str, Any]:
    match element["type"]:
        case "users_select":
            return {"selected_user": value.id if isinstance(value, Actor) else value}
        case "static_select" | "radio_buttons":
            for option in element["options"]:
                if value in (option["value"], option["text"]["text"]):
                    return {"selected_option": option}
            raise AssertionError(f"There is no choice {value!r}.")
        case _:
            return {"value": value}


def _initial(element: Mapping[str, Any]) -> str:
    option = element.get("initial_option") or {}
    return str(element.get("initial_value") or element.get("initial_user") or option.get("value") or "")
