from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value

from incidents import fields
from incidents.drawn import Drawn, DrawnQuerySet, Folded, FoldedFields, Html, HtmlOfFields, columns_of
from incidents.fields import FieldKind
from incidents.texts import severity_emoji


class Person(Drawn):
    """Somebody who takes part, with or without a login. Deactivated people keep their history."""

    name = models.CharField(max_length=200)
    name_folded = Folded(of="name")
    email = models.EmailField(blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    is_bot = models.BooleanField(default=False)
    is_guest = models.BooleanField(
        default=False, db_default=False, help_text="Sees only the incidents they were invited to: see incidents.access"
    )
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When their name was removed for good")
    login = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="person"
    )

    objects = DrawnQuerySet["Person"].as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name

    @property
    def can_respond(self) -> bool:
        """Is a present member of staff, so may lead, own an action, be invited."""
        return self.is_active and not self.is_bot


class Severity(models.Model):
    """How bad it is. Rank 1 is the worst. Companies rename, add and retire them."""

    key = models.SlugField(unique=True, help_text="What people type in a command")
    name = models.CharField(max_length=50)
    rank = models.PositiveSmallIntegerField(unique=True, help_text="1 is the worst")
    emoji = models.CharField(max_length=16, blank=True)
    when_to_choose = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["rank"]
        verbose_name_plural = "severities"

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return f"{self.sign} {self.name}".strip()

    @property
    def sign(self) -> str:
        """Its emoji, or the one that the deployment's texts put in its place."""
        return severity_emoji.get(self.key, self.emoji)


class Role(models.Model):
    """A hat somebody wears during an incident. `lead` is seeded and cannot go."""

    LEAD = "lead"

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=50)
    description = models.CharField(max_length=300, blank=True)
    rank = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["rank", "name"]

    def __str__(self) -> str:
        return self.name


class Status(models.TextChoices):
    INVESTIGATING = "investigating", "Investigating"
    IDENTIFIED = "identified", "Identified"
    MONITORING = "monitoring", "Monitoring"
    RESOLVED = "resolved", "Resolved"
    CANCELED = "canceled", "Canceled"
    MERGED = "merged", "Merged"

    @classmethod
    def working(cls) -> tuple[Status, ...]:
        """The states in which people still work on it."""
        return (cls.INVESTIGATING, cls.IDENTIFIED, cls.MONITORING)

    @classmethod
    def set_aside(cls) -> tuple[Status, ...]:
        """The states of what turned out to be no incident of its own."""
        return (cls.CANCELED, cls.MERGED)


class Kind(models.TextChoices):
    LIVE = "live", "Live incident"
    REPORT = "report", "Report only"
    DRILL = "drill", "Drill"


class Incident(Drawn):
    TITLE_MAX = 200
    TEXT_MAX = 3000

    number = models.PositiveIntegerField(unique=True, editable=False)
    title = models.CharField(max_length=TITLE_MAX)
    title_folded = Folded(of="title")
    summary = models.TextField(blank=True, help_text="What we know, for everybody. Markdown.")
    summary_html = Html(of="summary")
    summary_folded = Folded(of="summary", markdown=True)
    impact = models.TextField(blank=True, help_text="Who is affected and how. Markdown.")
    impact_html = Html(of="impact")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LIVE)
    severity = models.ForeignKey(Severity, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=15, choices=Status, default=Status.INVESTIGATING)
    private = models.BooleanField(default=False)
    reporter = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reported")

    started_at = models.DateTimeField(help_text="When the trouble began")
    reported_at = models.DateTimeField(help_text="When somebody declared it")
    mitigated_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    set_aside_at = models.DateTimeField(null=True, blank=True, help_text="When it was canceled or merged")
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_here", editable=False
    )

    field_values = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text="What its custom fields say, by name; also of fields that are gone",
    )
    fields_html = HtmlOfFields(of="field_values")
    fields_folded = FoldedFields(of="field_values")

    version = models.PositiveIntegerField(default=0, help_text="seq of the newest timeline entry")
    projected_version = models.PositiveIntegerField(default=0, help_text="seq up to which followers have been told")

    objects = DrawnQuerySet["Incident"].as_manager()

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["status", "-number"], name="incident_status"),
            models.Index(fields=["reported_at"], name="incident_reported"),
            models.Index(
                fields=["id"], condition=Q(version__gt=F("projected_version")), name="incident_with_unread_news"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def reference(self) -> str:
        return f"INC-{self.number}"

    @property
    def is_open(self) -> bool:
        return self.status in Status.working()

    @property
    def is_resolved(self) -> bool:
        return self.status == Status.RESOLVED

    @property
    def ended_at(self) -> datetime | None:
        """When it was resolved, canceled or merged; None while it is open."""
        return self.resolved_at or self.set_aside_at

    @property
    def lead(self) -> Person | None:
        for assignment in self.role_assignments.all():
            if assignment.role.key == Role.LEAD and assignment.ended_at is None:
                return assignment.person
        return None

    @property
    def active_lead(self) -> Person | None:
        """The lead, unless their account is deactivated: then somebody else has to take over."""
        return self.lead if self.lead is not None and self.lead.can_respond else None

    @property
    def fields(self) -> FieldValues:
        """What its custom fields say, typed: `incident.fields["region"]`."""
        return FieldValues(self.field_values)

    def duration(self, now: datetime) -> timedelta:
        """From the start of the trouble to its end, or to `now` while it lasts."""
        return max((self.ended_at or now) - self.started_at, timedelta(0))


class FieldValues(Mapping[str, Any]):
    """An incident's custom fields by name: those that are declared, or None, then what is kept of those that are gone.

    A text, a bool, a number, a date, an aware datetime, a `Person` or a list of texts, as the field's kind is. Only a
    person is looked up in the database.
    """

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self._stored = stored

    def __getitem__(self, name: str) -> Any:
        field = fields.registry.find(name)
        if field is None:
            return self._stored[name]
        value = fields.typed(field, self._stored.get(name))
        if field.kind == FieldKind.PERSON and isinstance(value, int):
            return Person.objects.filter(pk=value).first()
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*(field.name for field in fields.registry.all()), *self._stored]))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class RoleAssignments(models.Manager["RoleAssignment"]):
    """Nobody looks at an assignment without looking at who holds what."""

    def get_queryset(self) -> models.QuerySet[RoleAssignment]:
        return super().get_queryset().select_related("role", "person")


class RoleAssignment(models.Model):
    """Who held a role from when to when."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="role_assignments")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="role_assignments")
    assigned_at = models.DateTimeField()
    assigned_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RoleAssignments()

    class Meta:
        ordering = ["assigned_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "role", "person"], condition=Q(ended_at=None), name="one_present_assignment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} as {self.role}"


class EntryKind(models.TextChoices):
    """What a timeline entry tells. Plugins listen for these names."""

    OPENED = "opened", "Declared"
    TITLE_CHANGED = "title_changed", "Title changed"
    SUMMARY_CHANGED = "summary_changed", "Summary changed"
    IMPACT_CHANGED = "impact_changed", "Impact changed"
    SEVERITY_CHANGED = "severity_changed", "Severity changed"
    KIND_CHANGED = "kind_changed", "Kind changed"
    STARTED_AT_CHANGED = "started_at_changed", "Start time changed"
    FIELD_CHANGED = "field_changed", "Field changed"
    STATUS_CHANGED = "status_changed", "Status changed"
    RESOLVED = "resolved", "Resolved"
    CANCELED = "canceled", "Canceled"
    MERGED = "merged", "Merged"
    MERGED_HERE = "merged_here", "Another merged into it"
    MERGE_UNDONE = "merge_undone", "Merge undone"
    REOPENED = "reopened", "Reopened"
    LEAD_ASSIGNED = "lead_assigned", "Lead assigned"
    LEAD_REMOVED = "lead_removed", "Lead removed"
    ROLE_ASSIGNED = "role_assigned", "Role assigned"
    ROLE_REMOVED = "role_removed", "Role removed"
    MEMBER_INVITED = "member_invited", "Invited"
    MEMBER_REMOVED = "member_removed", "Access ended"
    MADE_PRIVATE = "made_private", "Made private"
    MADE_PUBLIC = "made_public", "Made public"
    UPDATE_POSTED = "update_posted", "Update"
    CHANNEL_REQUESTED = "channel_requested", "Channel requested"
    LINK_ADDED = "link_added", "Link added"
    PARTICIPANT_JOINED = "participant_joined", "Participant joined"
    PIN_ADDED = "pin_added", "Message pinned"
    PIN_CHANGED = "pin_changed", "Pinned message edited"
    PIN_REMOVED = "pin_removed", "Pin removed"
    NOTE_ADDED = "note_added", "Note"
    NOTE_CORRECTED = "note_corrected", "Note corrected"
    NOTE_WITHDRAWN = "note_withdrawn", "Note withdrawn"
    ACTION_ADDED = "action_added", "Action added"
    ACTION_COMPLETED = "action_completed", "Action completed"
    TROUBLE = "trouble", "Something did not work"
    REDACTED = "redacted", "Text redacted"

    @classmethod
    def endings(cls) -> tuple[EntryKind, ...]:
        """What ends an incident."""
        return (cls.RESOLVED, cls.CANCELED, cls.MERGED)

    @classmethod
    def written(cls) -> tuple[EntryKind, ...]:
        """Whose text is what somebody wrote: any Markdown. Elsewhere it is one sentence."""
        return (
            *(cls.SUMMARY_CHANGED, cls.IMPACT_CHANGED, cls.UPDATE_POSTED, cls.NOTE_ADDED, cls.NOTE_CORRECTED),
            *(cls.PIN_ADDED, cls.PIN_CHANGED, cls.ACTION_ADDED, cls.ACTION_COMPLETED),
        )


class TimelineQuerySet(DrawnQuerySet["TimelineEntry"]):
    """History is written once. A correction is a new entry."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("A timeline entry is never changed: record a new one.")

    def delete(self) -> NoReturn:
        raise TypeError("A timeline entry is never deleted: record a correction.")


class TimelineEntry(Drawn):
    """One thing that happened. Numbered 1, 2, 3 … without gaps within its incident.

    `data["redacted"]`, where there is one, says who redacted it, when and why.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=30, choices=EntryKind)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(help_text="A sentence about it, Markdown")
    html = Html(of="text", block="is_written")
    data = models.JSONField(default=dict, help_text="The new values, so that replaying gives the present state")

    objects = TimelineQuerySet.as_manager()

    class Meta:
        ordering = ["incident", "seq"]
        verbose_name_plural = "timeline entries"
        constraints = [models.UniqueConstraint(fields=["incident", "seq"], name="entries_are_numbered")]
        indexes = [
            models.Index(fields=["incident", "happened_at", "seq"], name="entries_as_they_happened"),
            models.Index(fields=["incident", "kind", "seq"], name="entries_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.text}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("A timeline entry is never changed: record a new one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("A timeline entry is never deleted: record a correction.")

    def overwrite(self, *, text: str, data: dict[str, Any]) -> None:
        """Put other words in the place of these, in every column that holds words. For redaction and erasure alone."""
        self.text, self.data = text, data
        values: dict[str, Any] = {"text": text, "data": data}
        values |= {column.attname: column.pre_save(self, add=False) for column in columns_of(TimelineEntry)}
        for field in self._meta.concrete_fields:
            # What is derived from the text would repeat it.
            if isinstance(field, models.TextField) and field.attname not in values:
                values[field.attname] = None if field.null else ""
        models.QuerySet(TimelineEntry).filter(pk=self.pk).update(**values)

    @property
    def is_redacted(self) -> bool:
        return "redacted" in self.data

    @property
    def label(self) -> str:
        """What happened, in a few words. A message that a reaction or a menu added was not pinned."""
        is_added = self.kind == EntryKind.PIN_ADDED and self.data.get("how") not in (None, Pin.PINNED)
        return "Message added" if is_added else str(self.get_kind_display())

    @property
    def is_written(self) -> bool:
        """Say whether the text is what somebody wrote, and not one sentence."""
        if self.is_redacted:
            return False
        return self.kind in EntryKind.written() or self.data.get("field_kind") == FieldKind.PARAGRAPH


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


class Participant(models.Model):
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="participants")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="participations")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    message_count = models.PositiveIntegerField(default=0)
    left_at = models.DateTimeField(
        null=True, help_text="When they left the channel, or were left out, and have not come back since"
    )

    class Meta:
        ordering = ["first_seen_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["incident", "person"], name="a_participant_is_listed_once")]

    def __str__(self) -> str:
        return str(self.person)


class Member(models.Model):
    """Somebody for whom a private incident exists, or, if they are a guest, any incident: see `incidents.access`.

    They were invited by a member, or are in the incident's private channel, or both. The row goes when they leave it.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    invited_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    is_in_channel = models.BooleanField(default=False)
    since = models.DateTimeField()

    class Meta:
        ordering = ["since", "pk"]
        constraints = [models.UniqueConstraint(fields=["incident", "person"], name="a_member_is_listed_once")]

    def __str__(self) -> str:
        return str(self.person)


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

    objects = DrawnQuerySet["Pin"].as_manager()

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

    objects = DrawnQuerySet["Action"].as_manager()

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.text


class Counter(models.Model):
    """Hands out incident numbers without gaps: the row is locked until the declaring transaction ends."""

    name = models.SlugField(primary_key=True)
    value = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
