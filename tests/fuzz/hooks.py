"""What schemathesis cannot know of Response. It is loaded into schemathesis, by `tests.fuzz.__main__`."""

from __future__ import annotations

import atexit
import itertools
import os
import sys
from collections import Counter
from typing import Any, Final

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

TOKEN: Final = f"Bearer {os.environ['FUZZ_TOKEN']}"
# What is said of the shape. `openapi.json` publishes it, so data that have it must not be refused with these words.
ABOUT_THE_SHAPE: Final = (
    "This must",
    "This takes",
    "This is required",
    "This name is unknown",
    "Unknown parameter",
    "Send this parameter only once",
    "The body isn't valid JSON",
    "Idempotency-Key takes",
)
numbers = itertools.count(1)
answers: Counter[int] = Counter()


def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Get behind the two refusals that most calls would end at.

    Each wrong token comes from an address of its own: after 30 in a minute, one address only gets 429. Nearly all keys
    are made new: short ones come again and again with other calls, and only get 422.
    """
    number, key = next(numbers), str(case.headers.get("Idempotency-Key", ""))
    if 0 < len(key) < 240 and number % 20:
        case.headers["Idempotency-Key"] = f"{key}{number}"
    if case.headers.get("Authorization") != TOKEN:
        case.headers["X-Forwarded-For"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def after_call(context: HookContext, case: Case, response: Response) -> None:
    answers[response.status_code] += 1


@atexit.register
def sum_up() -> None:
    """Print the figures of the run."""
    counted = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()))
    sys.stdout.write(f"Answers: {answers.total()}: {counted}\n")


def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Keep all failures but one kind: data of the right shape that the state of things refuses.

    A schema cannot say which people, severities and fields there are, that an incident does not begin in the future,
    that a title must have something to see, or that a key came with another call. Such a refusal is a 400 or 422 with
    a sentence about the thing; one about the shape stays a failure, as then shape and schema differ.
    """
    if not isinstance(failure, RejectedPositiveData) or response.status_code not in (400, 422):
        return True
    said = response.json()
    sentences = [said["error"], *said.get("fields", {}).values()]
    return any(sentence.startswith(ABOUT_THE_SHAPE) for sentence in sentences)


for each in (before_call, after_call, filter_failure):
    schemathesis.hook(each)
