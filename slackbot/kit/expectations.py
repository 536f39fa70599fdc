"""Define what decorators of `slackbot.plugins` expect of their arguments, beyond what `declarations` knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, get_args

from incidents.models import Kind
from slackbot.kit import signatures
from slackbot.kit.declarations import (
    COUNT,
    LENGTH,
    TEXT,
    Expected,
    function,
    functions_by_name,
    instance_of,
    list_of,
    one_of,
    some_of,
)
from slackbot.kit.handler_types import LineStyle
from slackbot.kit.signatures import Signature
from slackbot.kit.working_hours import WorkingHours

USAGE: Final = Expected(
    "a text, or a function that takes no argument and returns one",
    lambda value: TEXT.fits(value) or function(0).fits(value),
)
SIGNATURE: Final = instance_of(Signature, "a Signature(…)")
HEADERS: Final = list_of("names of headers", signatures.HEADER.fits)
BYTES: Final = Expected(
    "a whole number of bytes up to a megabyte", lambda value: COUNT.fits(value) and value <= 1024 * 1024
)
PERIOD: Final = Expected(
    "a timedelta of a minute to ten years",
    lambda value: LENGTH.fits(value) and value >= timedelta(minutes=1),
)
HOURS: Final = instance_of(WorkingHours, "WorkingHours(…)").or_none()
KINDS: Final = some_of(tuple(Kind), "kinds of incidents")
EVENTS: Final = Expected(
    "incident events (at least one)", lambda value: len(value) > 0 and all(isinstance(each, str) for each in value)
)
SEARCHES: Final = functions_by_name().or_none()
STYLE: Final = one_of(get_args(LineStyle))
