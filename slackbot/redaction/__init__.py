"""Remove a redacted text from what this interface keeps, and from what it posted.

Rows of the incident lose the text in the redaction's transaction. A message that was posted, or is being posted, is
overwritten in Slack by a row of the outbox, so a failure is retried and shown like any failed delivery. Rows of other
incidents belong to other people: they are neither searched nor changed.
"""

from slackbot.redaction.columns import WORDS as WORDS
from slackbot.redaction.erasing import forget as forget
from slackbot.redaction.notation import reading_mrkdwn as reading_mrkdwn
from slackbot.redaction.purging import purge as purge
