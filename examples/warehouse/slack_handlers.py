"""Send everything that happens to public incidents to a data warehouse. Nobody waits while the warehouse is down."""

from __future__ import annotations

from slackbot.plugins import IncidentEventContext, http, setting, timeline_follower

WAREHOUSE_URL = setting("WAREHOUSE_URL", help="The address to which your data warehouse takes JSON.")


@timeline_follower("warehouse", background=True)
def send(ctx: IncidentEventContext) -> None:
    incident, entry = ctx.incident, ctx.entry
    if incident.private:
        return
    row = {"incident": incident.reference, "seq": entry.seq, "kind": entry.kind, "at": entry.happened_at.isoformat()}
    http.call("POST", WAREHOUSE_URL.value, json=row, idempotency_key=ctx.idempotency_key, internal=True)
