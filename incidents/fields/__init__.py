"""Custom fields: what a deployment wants to know of its incidents beyond what everybody does.

A field is declared once, by settings or by a plugin, and needs no migration: values are kept in `Incident.field_values`
by the field's name. A field that is no longer declared keeps what was written in it.

Each kind of field has one form in which its values are stored, which JSON can carry:

    text, paragraph, choice, link    a text (of a choice, the option's value)
    choices                          a list of options' values, in the order of the options
    yes_no                           true or false
    number                           a number
    date, moment                     "2026-11-21", "2026-11-21T03:00:00+00:00" (in UTC)
    person                           the person's primary key

Nothing said is stored as nothing: None, wherever a value is asked for.
"""

from incidents.fields.declaring import Registry as Registry
from incidents.fields.declaring import declared as declared
from incidents.fields.declaring import registry as registry
from incidents.fields.questions import LINE_MAX as LINE_MAX
from incidents.fields.questions import URL_MAX as URL_MAX
from incidents.fields.questions import CustomField as CustomField
from incidents.fields.questions import FieldKind as FieldKind
from incidents.fields.questions import Required as Required
from incidents.fields.questions import Stored as Stored
from incidents.fields.questions import WrongField as WrongField
from incidents.fields.questions import key as key
from incidents.fields.questions import name_of as name_of
from incidents.fields.values import normal as normal
from incidents.fields.values import typed as typed
from incidents.fields.values import words as words
