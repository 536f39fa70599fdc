"""Slack's Web API: the client, its limits, and its markup."""
