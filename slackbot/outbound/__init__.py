"""What Slack must see: from the timeline to the call."""
