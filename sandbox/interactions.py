"""What people do that the app must answer at once: commands, clicks, submissions, shortcuts, searches in menus."""

import json
from dataclasses import dataclass
from typing import Any

from sandbox import blocks as block_kit
from sandbox import form_values, response_urls, shapes, views
from sandbox.config import VERIFICATION_TOKEN
from sandbox.deliveries import Delivery
from sandbox.errors import ClientError, SlackError
from sandbox.limits import LIMITS
from sandbox.manifest import Command, Shortcut
from sandbox.reply import Reply
from sandbox.typed_text import to_tokens
from sandbox.workspace import APP_ID, BOT_ID, TEAM_DOMAIN, TEAM_ID, Channel, Json, Message, User, View
from sandbox.world import ResponseUrl, World

TIMED_OUT = "Operation timed out. Apps need to respond within 3 seconds."
NO_CONNECTION = "We had some trouble connecting. Try again?"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands: in a message of a channel, or in a view."""

    blocks: list[Json]
    channel: Channel | None = None
    message: Message | None = None
    view: View | None = None


def message_place(channel: Channel, message: Message) -> Place:
    nested = [block for attachment in message.attachments for block in attachment.get("blocks", [])]
    return Place(block_kit.flattened([*message.blocks, *nested]), channel, message)


def view_place(view: View) -> Place:
    return Place(block_kit.flattened(view.content["blocks"]), view=view)


def find_element(place: Place, block_id: str, action_id: str) -> tuple[Json, Json]:
    """Return the block and its element. Raises `ClientError` when it is not there (any more)."""
    for block in place.blocks:
        if block["block_id"] == block_id:
            for element in block_kit.elements(block):
                if element.get("action_id") == action_id:
                    return block, element
    raise ClientError("This button or menu is not there any more.")


# Their `team` is the workspace of the person, not the one with the app, which `view.app_installed_team_id` names.
# Source: https://github.com/slackapi/bolt-js/issues/1614.
OF_THE_PERSON = ("view_submission", "view_closed")


def _basics(world: World, user: User, kind: str) -> Json:
    team = {"id": TEAM_ID, "domain": TEAM_DOMAIN}
    if kind in OF_THE_PERSON and user.team_id:
        team = {"id": user.team_id, "domain": user.team_id.lower()}
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id or TEAM_ID},
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "team": team,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _place_fields(world: World, place: Place, user: User) -> Json:
    if place.view is not None:
        return {
            "container": {"type": "view", "view_id": place.view.id},
            "view": views.shape(place.view),
        }
    message, channel = place.message, place.channel
    assert message is not None and channel is not None  # noqa: S101, PT018
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.ephemeral_to),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    fields: Json = {"container": container, "channel": {"id": channel.id, "name": channel_name(channel)}}
    if not message.ephemeral_to:
        fields["message"] = shapes.message(message, channel, world.workspace, world.base_url, metadata=True)
    return fields


def channel_name(channel: Channel) -> str:
    """Return the name as commands and interactions give it to apps."""
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)


# Commands


async def run_command(world: World, user: User, channel: Channel, command: Command, text: str) -> None:
    """Send a slash command and show the app's answer. Raises `ClientError` with Slack's own words."""
    if command.should_escape:
        text = to_tokens(world.workspace, text, with_names=True)
    url = response_urls.new_response_url(world, user.id, channel.id)
    form = {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command.command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": url,
        "trigger_id": views.new_trigger(world, user.id),
    }
    delivery, reply = await world.deliveries.ask(
        "slash_command",
        command.command,
        form,
        channel=channel.id,
        url=world.app_url or command.url,
        form=form,
    )
    if reply.reason:
        code = "operation_timeout" if reply.reason == "http_timeout" else "dispatch_failed"
        raise ClientError(f'{command.command} failed with the error "{code}"')
    if reply.body.strip():
        _show_command_answer(world, user, channel, delivery, reply)


def _show_command_answer(world: World, user: User, channel: Channel, delivery: Delivery, reply: Reply) -> None:
    try:
        body = json.loads(reply.body) if reply.content_type == "application/json" else reply.body
        answer = body if isinstance(body, dict) else {"text": str(body)}
        if answer:
            url = ResponseUrl("", user.id, channel.id, world.clock.now())
            response_urls.answer(world, url, answer)
    except (ValueError, SlackError) as wrong:
        world.deliveries.complain(delivery, f"The answer to the command cannot be shown: {wrong}")
        raise ClientError(f'{delivery.type} failed with the error "invalid_command_response"') from wrong


# Clicks


async def act(world: World, user: User, place: Place, what: Json, values: Json) -> None:
    """Tell the app that somebody used a button, a menu or another element."""
    block, element = find_element(place, str(what.get("block_id")), str(what.get("action_id")))
    if block["type"] == "input" and not block.get("dispatch_action"):
        raise ClientError("This input is sent with the form, not on its own.")
    action = _action(world, block, element, what)
    state = {"values": _remembered_values(place, element, action, values)}
    if place.view is not None and place.view.kind == "modal":
        world.changes.note("view", place.view.id)
    payload = _basics(world, user, "block_actions")
    payload |= {
        "trigger_id": views.new_trigger(world, user.id, view=place.view.id if place.view else None),
        **_place_fields(world, place, user),
        "actions": [action],
    }
    channel_id = place.channel.id if place.channel else None
    if place.message is not None and place.channel is not None:
        payload["state"] = state
        payload["response_url"] = response_urls.new_response_url(
            world,
            user.id,
            place.channel.id,
            message_ts=place.message.ts,
            thread_ts=place.message.thread_ts,
        )
    await _ask(world, "block_actions", element["action_id"], payload, channel_id)


def _action(world: World, block: Json, element: Json, what: Json) -> Json:
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": world.clock.next_ts(),
    }
    for name in ("text", "value", "style", "url", "placeholder", "confirm"):
        if name in element and (element["type"] in ("button", "workflow_button") or name == "placeholder"):
            action[name] = element[name]
    if element["type"] in ("feedback_buttons", "icon_button"):
        action |= {name: element[name] for name in ("icon", "text", "value") if name in element}
        action |= {"value": what["value"]} if element["type"] == "feedback_buttons" and "value" in what else {}
    elif element["type"] == "overflow":
        action["selected_option"] = form_values.offered_option(element, what.get("selected_option") or {})
    elif (kind := form_values.INPUT_TYPES.get(element["type"])) is not None:
        given = {block["block_id"]: {element["action_id"]: {kind.field: what.get(kind.field)}}}
        action[kind.field] = form_values.values_of([block], {}, given)[block["block_id"]][element["action_id"]][
            kind.field
        ]
    return action


def _remembered_values(place: Place, element: Json, action: Json, values: Json) -> Json:
    """Return the state of all inputs with this action's new value in it, and keep it with the view."""
    if (kind := form_values.INPUT_TYPES.get(element["type"])) is not None:
        own = {"type": element["type"], kind.field: action[kind.field]}
        given = values.get(action["block_id"], {})
        values = values | {action["block_id"]: given | {action["action_id"]: own}}
    kept = place.view.values if place.view else {}
    state = form_values.values_of(place.blocks, kept, values)
    if place.view is not None:
        place.view.values = state
    return state


async def load_options(world: World, user: User, place: Place, block_id: str, action_id: str, query: str) -> Json:
    """Return what the app offers for a menu that asks it."""
    _, element = find_element(place, block_id, action_id)
    payload = _basics(world, user, "block_suggestion")
    payload |= {"action_id": action_id, "block_id": element.get("block_id", block_id), "value": query}
    payload |= _place_fields(world, place, user)
    reply = await _ask(world, "block_suggestion", action_id, payload, None, purpose="options")
    try:
        found = json.loads(reply.body)
        offered = {name: found[name] for name in ("options", "option_groups") if found.get(name) is not None}
    except (ValueError, TypeError, KeyError):
        raise ClientError("The app did not answer with options.") from None
    most = LIMITS["options"].most
    return {name: options[:most] for name, options in offered.items()} or {"options": []}


# Dialogs


async def submit(world: World, user: User, view: View, given: Json) -> None:
    """Submit a dialog and do what the app answers. Raises `ClientError`, with `errors` when fields were refused."""
    place = view_place(view)
    view.values = form_values.values_of(place.blocks, view.values, given)
    if refused := form_values.refusals(place.blocks, view.values):
        raise ClientError("Some fields need another look.", errors=refused)
    payload = _basics(world, user, "view_submission")
    payload |= {
        "trigger_id": views.new_trigger(world, user.id, view=view.id),
        "view": views.shape(view),
        "response_urls": _form_response_urls(world, user, view),
    }
    delivery = await _ask_for_delivery(world, "view_submission", view.content.get("callback_id", ""), payload)
    try:
        _follow(world, user, view, delivery)
    except (ValueError, SlackError) as wrong:
        messages = "; ".join(wrong.messages) if isinstance(wrong, SlackError) else ""
        world.deliveries.complain(delivery, f"The answer to the submission is not valid: {wrong} {messages}".strip())
        raise ClientError(NO_CONNECTION) from wrong


def _form_response_urls(world: World, user: User, view: View) -> list[Json]:
    """Return response_urls for the menus of the dialog that ask for one."""
    urls: list[Json] = []
    for block in view.content["blocks"]:
        for element in block_kit.elements(block):
            if element.get("response_url_enabled"):
                kind = form_values.INPUT_TYPES[element["type"]]
                channel = view.values[block["block_id"]][element["action_id"]][kind.field]
                url = response_urls.new_response_url(world, user.id, channel) if channel else None
                where = {"block_id": block["block_id"], "action_id": element["action_id"], "channel_id": channel}
                if url:
                    urls.append({**where, "response_url": url})
    return urls


def _follow(world: World, user: User, view: View, delivery: Delivery) -> None:
    body = delivery.attempts[-1].body.strip()
    answer: Any = json.loads(body) if body else {}
    if not isinstance(answer, dict):
        raise ValueError("not an object")
    match answer.get("response_action"):
        case None:
            if view.id in world.views:
                views.close(world, view)
        case "clear":
            views.close_all(world, user.id)
        case "errors":
            raise ClientError("Some fields need another look.", errors=_field_errors(view, answer.get("errors")))
        case "update":
            views.update_modal(world, view, answer.get("view") or {})
        case "push":
            views.push_modal(world, user.id, answer.get("view") or {})
        case unknown:
            raise ValueError(f"unknown response_action {unknown!r}")


def _field_errors(view: View, errors: Any) -> dict[str, str]:
    if not isinstance(errors, dict) or not errors:
        raise ValueError("errors must be an object: block id → text")
    inputs = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
    if unknown := set(errors) - inputs:
        raise ValueError(f"errors for blocks that are no inputs of this view: {', '.join(sorted(unknown))}")
    return {str(block_id): str(text) for block_id, text in errors.items()}


async def close(world: World, user: User, view: View, *, everything: bool) -> None:
    """Close a dialog (or all of them), and tell the app if it asked to be told."""
    everything = everything or bool(view.content.get("clear_on_close"))
    stack = world.stacks.get(user.id, [])
    closing = [world.views[view_id] for view_id in reversed(stack)] if everything else [view]
    for one in closing:
        shape = views.shape(one)
        views.close(world, one)
        if one.content.get("notify_on_close"):
            payload = _basics(world, user, "view_closed") | {"view": shape, "is_cleared": everything}
            await world.deliveries.ask(
                "view_closed",
                one.content.get("callback_id", ""),
                payload,
                channel=None,
                url=world.url_for("interactivity"),
            )


# Shortcuts


async def run_shortcut(
    world: World, user: User, shortcut: Shortcut, channel: Channel | None, message: Message | None
) -> None:
    payload = _basics(world, user, "shortcut")
    payload |= {
        "callback_id": shortcut.callback_id,
        "trigger_id": views.new_trigger(world, user.id),
        "action_ts": world.clock.next_ts(),
    }
    kind = "shortcut"
    if shortcut.type == "message":
        if message is None or channel is None:
            raise ClientError("Choose a message first.")
        kind = "message_action"
        payload |= {
            "type": kind,
            "message_ts": message.ts,
            "channel": {"id": channel.id, "name": channel_name(channel)},
            "message": shapes.message(message, channel, world.workspace, world.base_url, metadata=True),
            "response_url": response_urls.new_response_url(world, user.id, channel.id),
        }
    await _ask(world, kind, shortcut.callback_id, payload, channel.id if channel else None)


async def _ask(
    world: World, kind: str, type_: str, payload: Json, channel_id: str | None, *, purpose: str = "interactivity"
) -> Reply:
    _, reply = await world.deliveries.ask(
        kind, type_, payload, channel=channel_id, url=world.url_for(purpose) or world.url_for("interactivity")
    )
    _raise_for(reply)
    return reply


async def _ask_for_delivery(world: World, kind: str, type_: str, payload: Json) -> Delivery:
    url = world.url_for("interactivity")
    delivery, reply = await world.deliveries.ask(kind, type_, payload, channel=None, url=url)
    if reply.reason:
        raise ClientError(NO_CONNECTION)
    return delivery


def _raise_for(reply: Reply) -> None:
    if reply.reason == "http_timeout":
        raise ClientError(TIMED_OUT)
    if reply.reason == "http_error":
        raise ClientError(f"This app responded with Status Code {reply.status}.")
    if reply.reason:
        raise ClientError("The app could not be reached.")


def may_be_used(message: Message) -> bool:
    """Say whether the app hears of clicks in this message."""
    return message.bot_id == BOT_ID
