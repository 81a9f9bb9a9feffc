"""What the admin's first page tells administrators about the installation: alarms, and credentials' ends."""

from typing import Any

from django import template
from django.utils import timezone

from accounts.credentials import configured_credentials
from accounts.diagnosis import alarms, days_finding

register = template.Library()


@register.inclusion_tag("admin/_operating.html", takes_context=True)
def operating(context: dict[str, Any]) -> dict[str, Any]:
    """Show open alarms and the portal's credentials to those who may see alarms; nothing to others."""
    if not context["request"].user.has_perm("accounts.view_alarm"):
        return {"findings": []}
    now = timezone.now()
    return {"findings": [*alarms(), *(days_finding(one, now=now) for one in configured_credentials())]}
