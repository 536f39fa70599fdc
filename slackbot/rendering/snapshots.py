"""Collect the facts that the pictures are drawn from."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from threading import Thread
from typing import Any, Final, TypeVar

from django.db import connection
from django.db.models import BigAutoField, QuerySet
from slack_sdk.models.blocks import ButtonElement

from incidents import queries
from incidents.models import Incident
from jobs.compiled_queries import Read, Slot
from people.models import Person
from slackbot.directory.people import slack_ids
from slackbot.kit import switches, words
from slackbot.kit.registry import HeadlineButton, HeadlineLine, Registered, registry
from slackbot.models import CommsChannel, SlackUser
from slackbot.rendering.render import HOME_INCIDENTS, Line, Picture

logger = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE: Final = 1.0  # seconds
_left_out: Final[set[str]] = set()


def _as_it_is() -> QuerySet[Incident]:
    known = queries.incidents(queries.SYSTEM).select_related("comms_channel", "headline", "reporter__slack")
    return known.filter(pk=Slot("pk", BigAutoField()))


_AS_IT_IS: Final = Read(_as_it_is)


def incident_as_it_is(incident_id: int) -> Incident:
    """Read it anew, with all that a picture of it shows."""
    return _AS_IT_IS.get(pk=incident_id)


def picture_of(incident: Incident) -> Picture:
    people = [incident.reporter, *([incident.lead] if incident.lead else [])]
    accounts = {person.pk: SlackUser.of(person) for person in people}
    channel = CommsChannel.of(incident)
    return Picture(
        incident,
        {pk: account.user_id for pk, account in accounts.items() if account},
        channel.channel_id if channel else "",
    )


def open_pictures(viewer: Person) -> list[Picture]:
    """Return what the viewer may see of what is open: the most severe first, and of the same severity theirs."""
    found = list(queries.open_incidents(viewer)[:HOME_INCIDENTS])
    found.sort(key=lambda each: (_rank(each), viewer not in (each.lead, each.reporter)))
    ids = slack_ids(person for each in found for person in (each.reporter, each.lead) if person)
    channels = dict(CommsChannel.objects.filter(incident__in=found).values_list("incident_id", "channel_id"))
    return [Picture(each, ids, channels.get(each.pk, "")) for each in found]


def _rank(incident: Incident) -> float:
    return incident.severity.rank if incident.severity else math.inf


def buttons_for(incident: Incident, *, built_in_only: bool = False) -> list[ButtonElement]:
    """Return the buttons of all handlers. One of a plugin's that fails is left out: the headline matters more."""
    buttons = []
    for each in registry.headline_buttons:
        try:
            button: ButtonElement | None = _ask(each, incident, _checked_button, built_in_only=built_in_only)
        except LeftOut:
            continue
        if button is not None:
            buttons.append(button)
    return buttons


def lines_for(incident: Incident, *, built_in_only: bool = False) -> list[Line]:
    """Return the lines of all handlers. For one of a plugin's that fails, the one it replaced stands, if any."""
    found = sorted(registry.headline_lines.values(), key=lambda line: (line.order, line.id))
    wanted = words.headline_order()
    if wanted is not None:
        found = [registry.headline_lines[name] for name in wanted if name in registry.headline_lines]
    drawn = [(line.style, _text_of(line, incident, built_in_only=built_in_only)) for line in found]
    return [Line(text, style) for style, text in drawn if text]


def _text_of(line: HeadlineLine, incident: Incident, *, built_in_only: bool) -> str | None:
    try:
        return _ask(line, incident, _checked_text, built_in_only=built_in_only)
    except LeftOut:
        return _text_of(line.instead_of, incident, built_in_only=built_in_only) if line.instead_of else None


class LeftOut(Exception):
    """A plugin's part of the headline failed, or is not asked."""


def _ask(
    each: HeadlineButton | HeadlineLine, incident: Incident, checked: Callable[[Any], T], *, built_in_only: bool
) -> T:
    """Ask a handler; a plugin's for a moment only, and one that hangs is not asked again by this process."""
    if each.is_built_in:
        return checked(each.handler(incident))
    if built_in_only or each.id in _left_out or switches.why_held(each):
        raise LeftOut
    try:
        return _in_own_thread(lambda: _in_own_connection(each, incident, checked)).result(PATIENCE)
    except TooLate as error:
        _left_out.add(each.id)
        logger.error("The headline's %s took too long; Response omits it from now on", each.id)
        raise LeftOut from error
    except Exception as error:
        logger.exception("The headline's %s failed; Response omits it", each.id)
        raise LeftOut from error


def _in_own_thread(work: Callable[[], T]) -> Future[T]:
    """Run it where it holds up nobody when it hangs: neither the next one, nor the end of this process."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 — whoever waits for it gets it
            future.set_exception(error)

    Thread(target=run, name="headline", daemon=True).start()
    return future


def _in_own_connection(each: Registered, incident: Incident, checked: Callable[[Any], T]) -> T:
    try:
        return checked(each.handler(incident))
    finally:
        connection.close()  # this thread's own


def _checked_button(button: ButtonElement | None) -> ButtonElement | None:
    """Draw it at once, so that what Slack would refuse (a text that is too long, say) fails here."""
    if button is not None:
        button.to_dict()
    return button


def _checked_text(text: object) -> str | None:
    if text is not None and not isinstance(text, str):
        raise TypeError(f"A headline's line is a text or None, not {type(text).__name__}")
    return text
