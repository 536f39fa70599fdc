"""The ancestor's dialogs. Slack has replaced them by modals: that is what opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slackbot.kit import dialogs
from slackbot.kit.contexts import ActionContext, CommandContext
from slackbot.kit.dialogs import ChannelChoice, Choice, Field, OptionLike, Paragraph, PersonChoice
from slackbot.kit.registry import registry
from slackbot.monzo import forms, running

STATE = "state"
LINE = 200  # characters; Slack's old dialogs took 150


class Element:
    type = ""

    def __init__(
        self,
        label: str | None = None,
        name: str | None = None,
        optional: bool = False,  # noqa: FBT001, FBT002 — the ancestor's form
        hint: str | None = None,
        subtype: str | None = None,
        value: Any = None,
        placeholder: str | None = None,
    ) -> None:
        self.label = label
        self.name = name
        self.optional = optional
        self.hint = hint
        self.subtype = subtype
        self.value = value
        self.placeholder = placeholder

    def serialize(self) -> dict[str, Any]:
        return {name: value for name, value in {**vars(self), "type": self.type}.items() if value}


class Text(Element):
    type = "text"


class TextArea(Element):
    type = "textarea"


class SelectWithOptions(Element):
    """One of a few. `options` are (label, value)."""

    type = "select"

    def __init__(self, options: Sequence[tuple[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options = [{"label": label, "value": value} for label, value in options]


class SelectFromUsers(Element):
    type = "select"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.data_source = "users"


class Dialog:
    def __init__(
        self, title: str, submit_label: str, elements: Sequence[Element] | None = None, state: Any = None
    ) -> None:
        self.title = title
        self.submit_label = submit_label
        self.state = state
        self.elements = list(elements or ())

    def add_element(self, element: Element) -> None:
        self.elements.append(element)

    def set_state(self, state: Any) -> None:
        self.state = state

    def build_dialog(self, callback_id: str) -> dict[str, Any]:
        return {
            "title": self.title,
            "submit_label": self.submit_label,
            "callback_id": callback_id,
            "state": self.state,
            "elements": [element.serialize() for element in self.elements],
        }

    def send_open_dialog(self, callback_id: str, trigger_id: str) -> None:
        """Open it, for whoever clicked; `trigger_id` is the ActionContext's."""
        open_legacy(self.build_dialog(callback_id))


def open_legacy(dialog: Mapping[str, Any]) -> None:
    """Open one of Slack's old dialogs, as `dialog.open` took them, as a modal."""
    here = running.present()
    if not isinstance(here.context, ActionContext | CommandContext):
        raise running.NothingRuns("A dialog opens for somebody who clicked a button: open it in an @action_handler.")
    state = "" if dialog.get("state") is None else str(dialog.get("state"))
    opened = dialogs.Dialog(
        id=str(dialog["callback_id"]),
        title=str(dialog["title"]),
        submit=str(dialog.get("submit_label") or "Submit"),
        fields=[_field(element) for element in dialog["elements"]],
        incident_number=here.incident.number if here.incident else None,
        state={STATE: state},
    )
    form = registry.dialogs.get(opened.id)
    if form is not None and form.is_built_in:
        opened = forms.for_built_in(opened, state=state)
    here.context.open_dialog(opened)


def _field(element: Mapping[str, Any]) -> Field:
    name, value = str(element["name"]), "" if element.get("value") is None else str(element["value"])
    shared: dict[str, Any] = {
        "name": name,
        "label": str(element.get("label") or name),
        "hint": str(element.get("hint") or ""),
        "placeholder": str(element.get("placeholder") or ""),
        "optional": bool(element.get("optional")),
        "value": value,
    }
    match element.get("type"), element.get("data_source", "static"):
        case "text", _:
            return dialogs.Text(**shared, max_length=int(element.get("max_length") or max(LINE, len(value))))
        case "textarea", _:
            return Paragraph(**shared)
        case "select", "users":
            return PersonChoice(**shared)
        case "select", "channels":
            return ChannelChoice(**shared)
        case "select", "static":
            return Choice(**shared, options=_options(element))
        case kind, source:
            raise TypeError(f"The field {name!r} of a dialog is a {kind} from {source}, which no modal has.")


def _options(element: Mapping[str, Any]) -> list[OptionLike]:
    groups = element.get("option_groups") or [element]
    return [(str(option["value"]), str(option["label"])) for group in groups for option in group["options"]]
