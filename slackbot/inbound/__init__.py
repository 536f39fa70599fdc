"""What Slack sends: from the request to the handler."""
