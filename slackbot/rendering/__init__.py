"""What people see in Slack, as pure functions of an incident."""
