"""Remove a text for good: a leaked password, personal data.

The text is removed from the entry, from every entry that repeats it, from the incident, pin or action item that has
it, and from every copy that an interface stores: interfaces register a `Purge`, which runs in the same transaction. The
entry stays in its place and says who redacted it, when and why.
"""

from incidents.redaction.purging import Removed as Removed
from incidents.redaction.purging import on_redaction as on_redaction
from incidents.redaction.redacting import Redaction as Redaction
from incidents.redaction.redacting import others_sentence as others_sentence
from incidents.redaction.redacting import redact_action as redact_action
from incidents.redaction.redacting import redact_entry as redact_entry
from incidents.redaction.redacting import redact_pin as redact_pin
from incidents.redaction.redacting import redactable as redactable
from incidents.redaction.rules import REASON_MAX as REASON_MAX
from incidents.redaction.rules import check as check
from incidents.redaction.rules import check_may as check_may
from incidents.redaction.rules import has_words as has_words
from incidents.redaction.rules import may_redact as may_redact
from incidents.redaction.rules import may_redact_action as may_redact_action
from incidents.redaction.words import PROPERTIES as PROPERTIES
