"""The Slack door.

In: views → bolt → router → slack_handlers → incidents.services. Out: projector → outbox → sender → Slack.
"""
