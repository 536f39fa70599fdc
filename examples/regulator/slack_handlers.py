"""What the law wants to know: two fields of our own, and a word when it matters."""

from __future__ import annotations

from incidents.models import EntryKind
from slackbot.plugins import IncidentEventContext, incident_event, incident_field

incident_field(
    "affected_region",
    label="Affected region",
    kind="choice",
    options={"eu": "Europe", "us": "United States", "apac": "Asia and Pacific"},
    asked=True,
    headline=True,
)
incident_field(
    "regulator_informed",
    label="Regulator informed?",
    kind="yes_no",
    hint="Within 72 hours when personal data is concerned.",
    headline=True,
)


@incident_event(EntryKind.FIELD_CHANGED)
def remember_the_regulator(ctx: IncidentEventContext) -> None:
    if ctx.entry.data["field"] == "affected_region" and ctx.incident.fields["affected_region"] == "eu":
        ctx.post("🇪🇺 Is personal data concerned? Then the regulator waits: `@incident field regulator_informed yes`")
