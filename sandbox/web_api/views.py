"""views.*: dialogs and Home tabs."""

from sandbox import views
from sandbox.errors import SlackError
from sandbox.web_api.registry import ApiCall, method
from sandbox.workspace import Json
from sandbox.world import Trigger


def _trigger(call: ApiCall) -> Trigger:
    trigger_id = call.text("trigger_id") or call.text("interactivity_pointer")
    if not trigger_id:
        raise SlackError("invalid_arguments", "[ERROR] missing required field: trigger_id")
    return views.use_trigger(call.world, trigger_id)


@method("views.open")
def open_(call: ApiCall) -> Json:
    trigger = _trigger(call)
    view = views.open_modal(call.world, trigger.user, call.args["view"])
    trigger.used = True
    return {"view": views.shape(view)}


@method("views.push")
def push(call: ApiCall) -> Json:
    trigger = _trigger(call)
    view = views.push_modal(call.world, trigger.user, call.args["view"])
    trigger.used = True
    return {"view": views.shape(view)}


@method("views.update")
def update(call: ApiCall) -> Json:
    view = views.find(call.world, call.text("view_id"), call.text("external_id"))
    given_hash = call.text("hash")
    if given_hash and given_hash != view.hash:
        raise SlackError("hash_conflict")
    return {"view": views.shape(views.update_modal(call.world, view, call.args["view"]))}


@method("views.publish")
def publish(call: ApiCall) -> Json:
    if call.text("user_id") not in call.world.workspace.users:
        raise SlackError("user_not_found")
    if not call.world.manifest.home_tab:
        raise SlackError("not_enabled")
    view = views.publish_home(call.world, call.text("user_id"), call.args["view"], call.text("hash"))
    return {"view": views.shape(view)}
