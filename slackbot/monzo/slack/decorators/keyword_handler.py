from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, TypeAlias, TypeVar

import regex

from slackbot.kit.contexts import KeywordContext
from slackbot.kit.registry import Keyword, RegistrationError, registry
from slackbot.monzo import gone, running
from slackbot.monzo.models import CommsChannel

Handler: TypeAlias = Callable[[CommsChannel, str, str, str, str], Any] | Callable[[CommsChannel, str, str, str], Any]
H = TypeVar("H", bound=Handler)

FORMS: Final = ("comms_channel, user, keyword, text, ts", "comms_channel, user, text, ts")


def keyword_handler(keywords: Sequence[str], func: Handler | None = None) -> Callable[[H], H]:
    """Hear people say one of these, anywhere in a word, as `handler(comms_channel, user, keyword, text, ts)`.

    Older plugins have no `keyword`. Having spoken, it is silent in that incident for half an hour.
    """

    def register(handler: H) -> H:
        with_keyword = running.check_form(handler, *FORMS) == 0
        if isinstance(keywords, str) or not keywords:
            raise RegistrationError(f"Keywords are a list of words, not {keywords!r}: {running.place(handler)}")

        def serve(context: KeywordContext) -> None:
            channel = CommsChannel.objects.get(incident=context.incident)
            said = (context.keyword.lower(), context.message) if with_keyword else (context.message,)
            call: Callable[..., Any] = handler
            call(channel, context.origin.user_id, *said, context.ts)

        pattern = regex.compile("|".join(map(regex.escape, keywords)), regex.IGNORECASE)
        served = running.serving(handler, serve)
        registry.add(Keyword("/".join(keywords), served, pattern, timedelta(minutes=30)))
        return handler

    if func is not None:
        register(func)
    return register


__getattr__ = gone.instead(gone.DECORATORS, module=__name__)
