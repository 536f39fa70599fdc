"""Store people, with or without a login."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import models

from people.derived import Derived, DerivedQuerySet, Folded


class Person(Derived):
    """Somebody who takes part, with or without a login. Deactivated people keep their history."""

    name = models.CharField(max_length=200)
    name_folded = Folded(of="name")
    email = models.EmailField(blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    is_bot = models.BooleanField(default=False)
    is_guest = models.BooleanField(default=False, db_default=False, help_text="Sees only what they were invited to")
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When their name was removed for good")
    login = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="person"
    )

    objects = DerivedQuerySet["Person"].as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name

    @property
    def can_respond(self) -> bool:
        """Is a present member of staff, so may lead, own an action, be invited."""
        return self.is_active and not self.is_bot

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which they read clocks: UTC if this computer doesn't know theirs."""
        try:
            return ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo("UTC")
