"""Call other systems: the only way to use a URL that a person or another system supplied.

Anyone who can enter a URL could make Response call what only Response can reach: a database, a cloud's metadata
service, an administration page (server-side request forgery). So `call` looks a host's name up itself, refuses internal
addresses, and connects to the address that it checked, at the start and after every redirect. A second look-up, which
could have another result, never happens. An operator can allow networks and hosts in HTTP_ALLOWED_NETWORKS. Proxies
that the environment names are not used, because a proxy would look the name up again.

Never call while a database transaction is open: it would hold its locks as long as the other system takes, and what
was called would stay called after a rollback. `call` refuses to. Plugins set `background=True` on such a handler.

`call` returns an `Answer` or raises a `CallError`. `integrations.http.outcomes` draws the tree of errors.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import stamina
from django.db import connections, transaction

from integrations.http.addresses import Resolver as Resolver
from integrations.http.addresses import is_internal as is_internal
from integrations.http.addresses import system_resolver as system_resolver
from integrations.http.conversation import Conversation
from integrations.http.limits import FIRST_PAUSE, LONGEST_PAUSE
from integrations.http.limits import Limits as Limits
from integrations.http.outcomes import Answer as Answer
from integrations.http.outcomes import BadAnswer as BadAnswer
from integrations.http.outcomes import CalledInTransaction as CalledInTransaction
from integrations.http.outcomes import CallError as CallError
from integrations.http.outcomes import Declined as Declined
from integrations.http.outcomes import NotAnswered as NotAnswered
from integrations.http.outcomes import Refused as Refused
from integrations.http.outcomes import TookTooLong as TookTooLong
from integrations.http.outcomes import Unreachable as Unreachable
from integrations.http.requests import Method as Method
from integrations.http.requests import Request

logger = logging.getLogger(__name__)

IDEMPOTENT: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})  # RFC 9110, section 9.2.2


def call(
    method: Method,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    body: bytes | None = None,
    idempotency_key: str = "",
    internal: bool = False,
    limits: Limits | None = None,
    resolve: Resolver = system_resolver,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Call a URL and return the answer, if its status is below 400. Raise `CallError` otherwise; see this module.

    Send `json` or `body`. With `internal=True` the URL's own host may have an internal address, at the URL's port: only
    for URLs that an operator chose, in a setting. Other hosts and ports to which it redirects are checked as ever.

    GET, HEAD, PUT and DELETE are repeated after temporary failures; POST and PATCH only with an `idempotency_key`, by
    which the other system recognizes the repetition. It is sent as the header Idempotency-Key. A `Retry-After` is
    obeyed if that much time is left. All of it takes `limits.total` seconds at most.

    User and password in the URL are sent as Basic authentication. Whatever could be a credential stays with the
    origin: after a redirect elsewhere only harmless headers are sent. A redirect from https to http is refused.

    Never call inside a transaction: this raises `CalledInTransaction`.
    """
    _refuse_inside_a_transaction()
    request = Request.of(method, url, headers=headers or {}, json=json, body=body, idempotency_key=idempotency_key)
    limits = limits or Limits()
    trusted = frozenset({(request.target.host, request.target.port)} if internal else ())
    conversation = Conversation(limits, trusted, resolve, tls or _trusted_authorities())
    repeatable = method in IDEMPOTENT or bool(idempotency_key)
    for attempt in stamina.retry_context(
        on=conversation.pause_after,
        attempts=limits.attempts if repeatable else 1,
        timeout=limits.total,
        wait_initial=FIRST_PAUSE,
        wait_max=LONGEST_PAUSE,
        wait_jitter=FIRST_PAUSE,
    ):
        with attempt:
            if attempt.num > 1:
                logger.info("%s Trying again.", conversation.failure)
            return conversation.answer_to(request)
    raise AssertionError("The last attempt returns or raises")


def _refuse_inside_a_transaction() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            continue
        try:
            # Django knows the transaction around a test, and accepts only that one around a durable one.
            with transaction.atomic(using=connection.alias, durable=True):
                pass
        except RuntimeError as error:
            raise CalledInTransaction(
                "Other systems can't be called inside a database transaction. Call before it or after it; "
                "in a plugin, set background=True on the handler."
            ) from error


@lru_cache(maxsize=1)
def _trusted_authorities() -> ssl.SSLContext:
    """Return the authorities that the system trusts. OpenSSL reads SSL_CERT_FILE."""
    return ssl.create_default_context()
