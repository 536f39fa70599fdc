"""The deployment system says what it deployed. Open incidents are told, and their headlines show the latest deploy.

It sends `{"service": "payments", "version": "1.2.3"}` to `/inbound/deploys`, with the time in `X-Deploy-Time` and
`v1=` and an HMAC of both in `X-Deploy-Signature`.
"""

from __future__ import annotations

from examples.deploys.models import Deploy
from incidents import queries
from incidents.models import Incident
from slackbot.plugins import RequestContext, Signature, escape, headline_line, inbound_request, secret

DEPLOY_SECRET = secret("DEPLOY_SECRET", help="The secret with which your deployment system signs its requests.")


@inbound_request(
    "deploys",
    signature=Signature(
        secrets=[DEPLOY_SECRET],
        header="X-Deploy-Signature",
        prefix="v1=",
        signs="{timestamp}.{body}",
        timestamp="X-Deploy-Time",
    ),
)
def deployed(ctx: RequestContext) -> None:
    if not isinstance(ctx.json, dict):
        return
    service, version = str(ctx.json.get("service"))[:100], str(ctx.json.get("version"))[:100]
    Deploy.objects.create(service=service, version=version, at=ctx.now)
    for incident in queries.open_incidents(queries.SYSTEM):
        ctx.post(f"🚀 Deployed: {escape(service)} {escape(version)}", incident=incident)
        ctx.redraw_headline(incident)


@headline_line("deploy", order=60, style="short")
def latest_deploy(incident: Incident) -> str | None:
    latest = Deploy.objects.order_by("-at").first()
    return f"*Latest deploy*\n{escape(str(latest))}" if latest and incident.is_open else None
