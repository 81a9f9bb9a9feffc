"""What every page of the Django admin is: something to look at, and nothing to change."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import BadRequest
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin  # generic for type checkers only


class ReadOnlyAdmin(_ModelAdmin):
    """Shows rows to those whose role allows to look; there is nothing to add, change or delete."""

    list_per_page = 50
    # Counting all rows, or those behind each filter, would read whole tables.
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions: Any = None

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        # Postgres has no such text; the search field says so by itself.
        if any("\x00" in value for name, value in request.GET.items() if name != "q"):
            raise BadRequest("NUL in a filter")
        return super().changelist_view(request, extra_context)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False
