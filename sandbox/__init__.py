"""A pretend Slack workspace: Slack's public protocol on one side, people in a browser on the other. It is not Slack."""
