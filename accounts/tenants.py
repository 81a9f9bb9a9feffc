"""Which directories people may come from: the home tenant, and those on the operator's list.

App roles count from the home tenant alone; whoever decides about roles asks `home_tenant_id`.
"""

from uuid import UUID

from django.conf import settings

from accounts.discovery import tenant_in
from accounts.entra import entra_client


def home_tenant_id() -> UUID:
    """Return the tenant of ENTRA_AUTHORITY.

    Raises `AccountsError` where that is a domain and Entra cannot be asked which tenant it stands for.
    """
    return tenant_in(settings.ENTRA_AUTHORITY) or entra_client().discovery().tenant_id


def known_home_tenant_id() -> UUID | None:
    """Return the tenant of ENTRA_AUTHORITY without asking Entra.

    None where that is a domain of which this process has not been told yet which tenant it stands for.
    """
    tenant_id = tenant_in(settings.ENTRA_AUTHORITY)
    if tenant_id is None and (kept := entra_client().kept_discovery):
        return kept.tenant_id
    return tenant_id


def is_admitted(tenant_id: UUID) -> bool:
    """Tell whether people of this tenant may sign in; raises like `home_tenant_id`."""
    return tenant_id in settings.ENTRA_ADDITIONAL_TENANTS or tenant_id == home_tenant_id()


def label_if_other(tenant_id: UUID) -> str:
    """Return the operator's name for an additional tenant, and "" for any other, home above all."""
    if tenant_id not in settings.ENTRA_ADDITIONAL_TENANTS or tenant_id == known_home_tenant_id():
        return ""
    return label_of(tenant_id)


def label_of(tenant_id: UUID) -> str:
    """Return the operator's name for a tenant, or its GUID where the operator gave none."""
    return str(settings.ENTRA_ADDITIONAL_TENANTS.get(tenant_id, tenant_id))
