"""Who and what Slack ids stand for: people, channels, the workspace."""
