"""Plugins of monzo/response, as they are: change `response.` to `slackbot.monzo.` in their imports, and nothing else.

The modules below have the ancestor's names and places. What a plugin changes goes through the services of this
program, and what it says through its outbox: it is said once, after the handler has ended. docs/from-monzo-response.md
has the list of what is covered, and of what is different.
"""

from slackbot.monzo import gone

gone.stand_in()  # before the first import of a module that does not exist here

from slackbot.monzo.configuration import settings  # noqa: E402

__all__ = ["settings"]
