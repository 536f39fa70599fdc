"""Slack's mrkdwn to the domain's Markdown, and back, so that a text reads the same in both.

Slack escapes only & < > and wraps everything special in <…>: https://docs.slack.dev/messaging/formatting-message-text
A mark is a style only where Slack reads it as one. Everything else is words, whatever it would mean in the other
notation: `__init__.py`, `# of errors`, `\\\\server\\*share`.
"""

from slackbot.api.mrkdwn.notation import BACKTICK as BACKTICK
from slackbot.api.mrkdwn.notation import TOKEN as TOKEN
from slackbot.api.mrkdwn.notation import escape as escape
from slackbot.api.mrkdwn.notation import link as link
from slackbot.api.mrkdwn.notation import literal as literal
from slackbot.api.mrkdwn.notation import mentioned as mentioned
from slackbot.api.mrkdwn.notation import mentioned_channels as mentioned_channels
from slackbot.api.mrkdwn.notation import mentioned_groups as mentioned_groups
from slackbot.api.mrkdwn.notation import mentioned_users as mentioned_users
from slackbot.api.mrkdwn.notation import unescape as unescape
from slackbot.api.mrkdwn.reading import MARKDOWN as MARKDOWN
from slackbot.api.mrkdwn.reading import PLAIN as PLAIN
from slackbot.api.mrkdwn.reading import UNKNOWN_CHANNEL as UNKNOWN_CHANNEL
from slackbot.api.mrkdwn.reading import UNKNOWN_GROUP as UNKNOWN_GROUP
from slackbot.api.mrkdwn.reading import UNKNOWN_PERSON as UNKNOWN_PERSON
from slackbot.api.mrkdwn.reading import Notation as Notation
from slackbot.api.mrkdwn.reading import markdown_to_words as markdown_to_words
from slackbot.api.mrkdwn.reading import quoted as quoted
from slackbot.api.mrkdwn.reading import to_markdown as to_markdown
from slackbot.api.mrkdwn.reading import to_plain as to_plain
from slackbot.api.mrkdwn.reading import words_to_markdown as words_to_markdown
from slackbot.api.mrkdwn.writing import from_markdown as from_markdown
