"""What people type, checked and cleaned. Forms know nothing of Azure DevOps or the database."""

from tokens.forms._bulk import (
    DEFAULT_EXTENSION,
    EverythingForm,
    ExtendManyForm,
    ExtensionForm,
    RotateManyForm,
    SeenEndsField,
)
from tokens.forms._calendar import CalendarForm
from tokens.forms._create import CreatePatForm
from tokens.forms._edit import EditPatForm, changed_columns
from tokens.forms._expiry import CUSTOM, ExpiryForm
from tokens.forms._extend import ExtendPatForm
from tokens.forms._fields import (
    KEY_LENGTH,
    NAME_LENGTH,
    KeyField,
    KeyForm,
    NameField,
    ScopesField,
    SeenField,
    TypedForm,
    new_key,
    refuse_hidden_characters,
    refuse_secret,
)
from tokens.forms._notes import NotesFields, NotesForm, initial_notes, typed_notes
from tokens.forms._prefill import Prefill, link_query, prefill, prefill_from
from tokens.forms._rotate import SAME, RotateForm
from tokens.forms._settings import DisconnectForm, MuteForm, ReminderDaysForm, TimeZoneForm

__all__ = [
    "CUSTOM",
    "DEFAULT_EXTENSION",
    "KEY_LENGTH",
    "NAME_LENGTH",
    "SAME",
    "CalendarForm",
    "CreatePatForm",
    "DisconnectForm",
    "EditPatForm",
    "EverythingForm",
    "ExpiryForm",
    "ExtendManyForm",
    "ExtendPatForm",
    "ExtensionForm",
    "KeyField",
    "KeyForm",
    "MuteForm",
    "NameField",
    "NotesFields",
    "NotesForm",
    "Prefill",
    "ReminderDaysForm",
    "RotateForm",
    "RotateManyForm",
    "ScopesField",
    "SeenEndsField",
    "SeenField",
    "TimeZoneForm",
    "TypedForm",
    "changed_columns",
    "initial_notes",
    "link_query",
    "new_key",
    "prefill",
    "prefill_from",
    "refuse_hidden_characters",
    "refuse_secret",
    "typed_notes",
]
