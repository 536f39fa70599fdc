"""What operators use: the doctor, the auditor, metrics, and what Slack adds to the operators' page."""
