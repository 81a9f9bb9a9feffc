"""The only way from an id in an address to a row: everybody reaches their own rows alone.

Somebody else's row and a row that does not exist are the same: 404.
"""

from uuid import UUID

from django.shortcuts import get_object_or_404

from accounts.models import User
from tokens.models import Operation, Pat


def own_pat(user: User, pat_id: UUID) -> Pat:
    """Return the person's own PAT; raises Http404."""
    return get_object_or_404(Pat.objects.select_related("organization"), pk=pat_id, user=user)


def own_operation(user: User, operation_id: UUID) -> Operation:
    """Return the person's own operation; raises Http404."""
    rows = Operation.objects.select_related("organization", "pat__organization")
    return get_object_or_404(rows, pk=operation_id, user=user)
