"""Store an incident's present state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Value

from incidents import fields
from incidents.drawn import Drawn, FoldedFields, FoldedMarkdown, Html, HtmlOfFields
from incidents.fields import FieldKind
from incidents.models.vocabulary import Kind, Role, Severity, Status
from people.derived import DerivedQuerySet, Folded
from people.models import Person


class Incident(Drawn):
    TITLE_MAX = 200
    TEXT_MAX = 3000

    number = models.PositiveIntegerField(unique=True, editable=False)
    title = models.CharField(max_length=TITLE_MAX)
    title_folded = Folded(of="title")
    summary = models.TextField(blank=True, help_text="What we know, for everybody. Markdown.")
    summary_html = Html(of="summary")
    summary_folded = FoldedMarkdown(of="summary")
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

    objects = DerivedQuerySet["Incident"].as_manager()

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["status", "-number"], name="incident_status"),
            models.Index(fields=["reported_at"], name="incident_reported"),
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


class Counter(models.Model):
    """Hands out incident numbers without gaps: the row is locked until the declaring transaction ends."""

    name = models.SlugField(primary_key=True)
    value = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
