"""Store what is kept with an incident: links, pinned messages and action items."""

from __future__ import annotations

from django.db import models

from incidents.drawn import Drawn, Html
from incidents.models.incident import Incident
from people.derived import DerivedQuerySet
from people.models import Person


class Link(models.Model):
    """Something about the incident that lives elsewhere: its channel, its headline, a ticket, a call."""

    CHANNEL = "channel"
    HEADLINE = "headline"
    LABEL_MAX = 200
    URL_MAX = 1000

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="links")
    kind = models.SlugField()
    label = models.CharField(max_length=LABEL_MAX)
    url = models.URLField(max_length=URL_MAX)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["incident", "kind", "url"], name="a_link_is_added_once")]

    def __str__(self) -> str:
        return self.label


class Pin(Drawn):
    """A message kept for the timeline. `source` names it where it was said (opaque to the domain)."""

    # How it was added to the timeline, as in the data of its entry.
    PINNED = "pinned"
    REACTION = "reaction"
    MENU = "menu"

    AUTHOR_NAME_MAX = 200

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="pins")
    source = models.CharField(max_length=100)
    text = models.TextField(help_text="Markdown")
    html = Html(of="text")
    author_name = models.CharField(
        max_length=AUTHOR_NAME_MAX, blank=True, default="", db_default="", help_text="The program that said it"
    )
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()
    permalink = models.URLField(max_length=1000, blank=True)
    files = models.JSONField(default=list, help_text='[{"name": …, "url": …}]')
    pinned_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    pinned_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    redacted_at = models.DateTimeField(null=True, blank=True, help_text="Later edits of the message are not followed")

    objects = DerivedQuerySet["Pin"].as_manager()

    class Meta:
        ordering = ["said_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["incident", "source"], name="a_message_is_pinned_once")]

    def __str__(self) -> str:
        return self.text[:80]


class Action(Drawn):
    """A follow-up that somebody owns."""

    class Priority(models.TextChoices):
        HIGH = "high", "High"
        NORMAL = "normal", "Normal"
        LOW = "low", "Low"

    class Type(models.TextChoices):
        FIX = "fix", "Fix now"
        FOLLOW_UP = "follow_up", "Follow-up"
        INVESTIGATE = "investigate", "Investigate"

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="actions")
    text = models.TextField()
    html = Html(of="text", block=False)
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="actions")
    priority = models.CharField(max_length=10, choices=Priority, default=Priority.NORMAL)
    type = models.CharField(max_length=15, choices=Type, default=Type.FOLLOW_UP)
    due_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    redacted_at = models.DateTimeField(null=True, blank=True)

    objects = DerivedQuerySet["Action"].as_manager()

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.text
