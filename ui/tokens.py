"""Keys to the API: made for a person, shown once, known again by a digest, revoked for good."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.db.models import Q, QuerySet

from people.errors import InvalidValue, NotFound
from people.models import Person
from people.texts import can_be_seen, one_line
from ui.models import ApiToken

PREFIX: Final = "response_"
AT_MOST: Final = 100  # of one person
NOTED_EVERY: Final = timedelta(hours=1)


def make_token(person: Person, *, name: str, scope: ApiToken.Scope, at: datetime) -> str:
    """Return the secret, which nobody can read again."""
    name = one_line(name)
    if not can_be_seen(name) or len(name) > 100:
        raise InvalidValue("Describe the token's purpose in 1 to 100 characters.", field="name")
    if not person.can_respond:
        raise InvalidValue(f"{person} can't have a token: the account is a bot or deactivated.", field="person")
    if tokens_of(person).count() >= AT_MOST:
        raise InvalidValue(f"{person} already has {AT_MOST} tokens. Revoke one first.", field="name")
    secret = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(
        person=person, name=name, scope=scope, digest=_digest(secret), beginning=secret[:14], created_at=at
    )
    return secret


def tokens_of(person: Person) -> QuerySet[ApiToken]:
    """Return the valid tokens of `person`, the newest first."""
    return ApiToken.objects.filter(person=person, revoked_at=None)


def token_of(secret: str, *, now: datetime) -> ApiToken | None:
    """Return the valid token with this secret. Note about once an hour when it was used."""
    found = ApiToken.objects.select_related("person").filter(digest=_digest(secret), revoked_at=None).first()
    if found is not None and (found.last_used_at is None or now - found.last_used_at > NOTED_EVERY):
        unnoted = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
        ApiToken.objects.filter(unnoted, pk=found.pk).update(last_used_at=now)
    return found


def revoke_token(person: Person, *, pk: int, at: datetime) -> ApiToken:
    """Raise `NotFound` when `person` has no such token. One that is revoked already stays so."""
    found = ApiToken.objects.filter(person=person, pk=pk).first()
    if found is None:
        raise NotFound("This token doesn't exist, or it belongs to someone else.")
    if found.revoked_at is None:
        found.revoked_at = at
        found.save(update_fields=["revoked_at"])
    return found


def _digest(secret: str) -> str:
    # 256 random bits need no slow hash: nobody guesses them.
    return sha256(secret.encode(errors="replace")).hexdigest()
