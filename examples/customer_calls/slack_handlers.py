"""`@incident customer Initech: they can't pay` puts a customer's call on the timeline."""

from __future__ import annotations

from incidents import queries, services
from incidents.entries import Entry, stored
from incidents.texts import in_markdown
from slackbot.plugins import CommandContext, IncidentError, IncidentEventContext, incident_command, incident_event


class CustomerCalled(Entry):
    """A customer called about the incident."""

    kind = "customer_calls.called"
    label = "Customer call"
    icon = "person"
    emoji = "📞"

    customer: str = stored("The customer's name")
    wish: str = stored("What they said, in plain text", default="")

    def text(self) -> str:
        said = f": {in_markdown(self.wish)}" if self.wish else ""
        return f"{in_markdown(self.customer)} called{said}"


@incident_command("customer", usage="name: what they said", help="put a customer's call on the timeline")
def note_call(ctx: CommandContext) -> None:
    customer, _, wish = (part.strip() for part in ctx.plain.partition(":"))
    if not customer:
        raise IncidentError("Name the customer, as in `@incident customer Initech: they can't pay`.")
    services.record_entry(ctx.incident, CustomerCalled(customer=customer, wish=wish), by=ctx.actor, at=ctx.now)


@incident_event(CustomerCalled.kind)
def ask_for_an_update(ctx: IncidentEventContext) -> None:
    """Ask for a status update when the third customer calls."""
    calls = queries.history(ctx.incident).filter(kind=CustomerCalled.kind, seq__lte=ctx.entry.seq)
    if calls.count() == 3:
        ctx.post("Three customers called. Post an update: `@incident update …`")
