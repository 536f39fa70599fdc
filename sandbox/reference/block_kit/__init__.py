"""Making the JSON Schema of Block Kit from Slack's npm packages."""
