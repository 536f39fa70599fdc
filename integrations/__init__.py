"""Everything that talks to other systems than Slack, one module or folder for each."""
