"""The Slack interface.

In: inbound.views → bolt → dispatcher → slack_handlers → incidents.services.
Out: outbound.projector → outbox → sender → Slack.
"""
