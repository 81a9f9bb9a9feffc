"""What people are told to tell the organizations apart from which they may sign in.

Never a bare GUID, which nobody knows their organization by. Asks Entra nothing.
"""

from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.discovery import tenant_in
from accounts.tenants import known_home_tenant_id


def home_name() -> str:
    """Return the operator's name for the home tenant, else the domain of ENTRA_AUTHORITY, else ""."""
    home_id = known_home_tenant_id()
    if home_id is not None and (label := _label_of(home_id)):
        return label
    authority = settings.ENTRA_AUTHORITY
    return "" if tenant_in(authority) else urlsplit(authority).path.strip("/")


def name_of_additional(tenant_id: UUID) -> str:
    """Return the operator's name for one of ENTRA_ADDITIONAL_TENANTS, else the beginning of its GUID."""
    return _label_of(tenant_id) or _("Organization %(id)s…") % {"id": str(tenant_id)[:8]}


def _label_of(tenant_id: UUID) -> str:
    """Return the label, or "" where the operator gave none: then the settings hold the GUID in its place."""
    label = str(settings.ENTRA_ADDITIONAL_TENANTS.get(tenant_id, ""))
    return "" if label == str(tenant_id) else label
