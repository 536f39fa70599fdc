"""The incident document: everything its page shows, gathered in a handful of queries."""

from ui.document.gathering import Document as Document
from ui.document.gathering import gather as gather
from ui.document.lists import LISTS as LISTS
from ui.document.lists import page_of as page_of
