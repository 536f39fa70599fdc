from slackbot.slack_handlers import edit

INCIDENT_EDIT_DIALOG = edit.EDIT
