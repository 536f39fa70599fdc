from slackbot.monzo import gone
from slackbot.slack_handlers import declare, edit

INCIDENT_REPORT_DIALOG = declare.DIALOG
INCIDENT_EDIT_DIALOG = edit.EDIT

__getattr__ = gone.instead(gone.SETTINGS, module=__name__)
