"""What people may write. Rules live in the domain: forms only turn what a browser sends into the domain's types."""

from ui.forms.fields import Form as Form
from ui.forms.fields import Moment as Moment
from ui.forms.incident import DeclareForm as DeclareForm
from ui.forms.incident import EditForm as EditForm
from ui.forms.incident import MergeForm as MergeForm
from ui.forms.incident import ResolveForm as ResolveForm
from ui.forms.incident import field_names as field_names
from ui.forms.people import LeadForm as LeadForm
from ui.forms.people import MemberForm as MemberForm
from ui.forms.people import PrivacyForm as PrivacyForm
from ui.forms.searching import SearchForm as SearchForm
from ui.forms.timeline import ActionForm as ActionForm
from ui.forms.timeline import NoteForm as NoteForm
