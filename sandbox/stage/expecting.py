"""Look whether what a script expects is seen."""

from sandbox.blocks import elements
from sandbox.interactions import message_place, view_place
from sandbox.stage import finding
from sandbox.stage.finding import FORM, HOME, NotThere, Occasion
from sandbox.stage.reading import Step
from sandbox.typed_text import to_typed
from sandbox.workspace import Channel, Json, Message, User
from sandbox.world import World

CUT = 300


def check(world: World, step: Step, *, viewer: User | None, it: Occasion) -> None:
    """Raise `NotThere` with a sentence about the first thing that is not as expected."""
    if step.what in (FORM, HOME):
        _check_view(world, step, viewer)
        return
    where = finding.channel(world, str(step.what), viewer=viewer, it=it)
    name = finding.shown(world, where, viewer)
    _check_channel(world, where, name, step)
    if "on" in step.more:
        which = int(step.more.get("which", 1))
        one = finding.message(world, where, step.more["on"], viewer=viewer, it=it, which=which)
        _check_message(world, where, one, step)
        return
    said = [finding.text_of(world.workspace, one) for one in finding.messages(world, where, "*", viewer=viewer, it=it)]
    for words in step.more.get("shows", ()):
        if not any(finding.contains(text, words) for text in said):
            raise NotThere(
                f"{name} does not show {words!r}. Its newest message is {_cut(said[0]) if said else 'none'}."
            )
    for words in step.more.get("hides", ()):
        if any(finding.contains(text, words) for text in said):
            raise NotThere(f"{name} shows {words!r}, which it should not.")
    if wanted := step.more.get("buttons"):
        seen = [one for one in where.messages.values() if not one.ephemeral_to]
        _check_buttons(name, [block for one in seen for block in message_place(where, one).blocks], wanted)


def _check_channel(world: World, where: Channel, name: str, step: Step) -> None:
    topic = to_typed(world.workspace, where.topic.value)
    for words in step.more.get("topic", ()):
        if not finding.contains(topic, words):
            raise NotThere(f"The topic of {name} is {_cut(topic)}, without {words!r}.")
    for one in step.more.get("members", ()):
        if not where.has(finding.person(world, one).id):
            raise NotThere(f"{one} is not in {name}.")
    pinned = [finding.text_of(world.workspace, where.messages[ts]) for ts in where.pins if ts in where.messages]
    for words in step.more.get("pinned", ()):
        if not any(finding.contains(text, words) for text in pinned):
            raise NotThere(f"No message with {words!r} is pinned in {name}.")


def _check_message(world: World, where: Channel, one: Message, step: Step) -> None:
    text = finding.text_of(world.workspace, one)
    for words in step.more.get("shows", ()):
        if not finding.contains(text, words):
            raise NotThere(f"The message with {step.more['on']!r} does not show {words!r}. It is {_cut(text)}.")
    for words in step.more.get("hides", ()):
        if finding.contains(text, words):
            raise NotThere(f"The message with {step.more['on']!r} shows {words!r}, which it should not.")
    wanted = str(step.more.get("reaction", "")).strip(":")
    if wanted and wanted not in one.reactions:
        there = ", ".join(f":{name}:" for name in one.reactions) or "none"
        raise NotThere(f"The message with {step.more['on']!r} has no reaction :{wanted}:. Its reactions: {there}.")
    if buttons := step.more.get("buttons"):
        _check_buttons(f"The message with {step.more['on']!r}", message_place(where, one).blocks, buttons)


def _check_view(world: World, step: Step, viewer: User | None) -> None:
    if viewer is None:
        raise NotThere(f'Whose {step.what} is it? Say "who".')
    view = finding.form(world, viewer, "*") if step.what == FORM else world.workspace.homes.get(viewer.id)
    if view is None:
        raise NotThere(f"{viewer.display_name or viewer.name} has no Home tab yet.")
    place = view_place(view)
    text = to_typed(world.workspace, finding.words([view.content.get("title"), *place.blocks]))
    name = f"The {step.what} of {viewer.display_name or viewer.name}"
    for words in step.more.get("shows", ()):
        if not finding.contains(text, words):
            raise NotThere(f"{name} does not show {words!r}. It is {_cut(text)}.")
    for words in step.more.get("hides", ()):
        if finding.contains(text, words):
            raise NotThere(f"{name} shows {words!r}, which it should not.")
    if buttons := step.more.get("buttons"):
        _check_buttons(name, place.blocks, buttons)


def _check_buttons(name: str, blocks: list[Json], wanted: list[str]) -> None:
    there = [element["text"]["text"] for block in blocks for element in elements(block) if element["type"] == "button"]
    for words in wanted:
        if not any(finding.contains(text, words) for text in there):
            raise NotThere(f"{name} has no button {words!r}. Its buttons: {', '.join(there) or 'none'}.")


def _cut(text: str) -> str:
    return repr(text if len(text) <= CUT else f"{text[:CUT]}…")
