"""The audit log in the admin: a sentence for each event, filters, a search, and a page for each."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.read_only_admin import ReadOnlyAdmin
from tokens.admin._event_list import EventList
from tokens.admin._export import JSON_LINES, TABLE, chain_export, table_export
from tokens.admin._filters import FILTER_NAMES, FILTERS
from tokens.admin._proof import proof
from tokens.admin._search import search, words_of
from tokens.audit_proof.chain import findings_at
from tokens.models import AuditEvent, AuditLink
from tokens.presenters import (
    AuditDetail,
    audit_detail,
    event_icon,
    outcome_badge,
    pat_name_of,
    sentence,
    who_acted,
    who_is_concerned,
)

RELATIVES_SHOWN = 100


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """The audit log, newest first."""

    list_display = ["moment", "told", "ended", "who", "pat", "organization"]
    list_display_links = ["moment"]
    list_filter = list(FILTERS)
    sortable_by = ()
    # Which columns are searched is decided in `search`; without a name here there would be no field.
    search_fields = ["actor_label"]
    search_hint = _(
        "Finds people and PATs by parts of their names, and events by an authorization id, operation id, "
        "request id or Microsoft's activity id."
    )
    fields = ["moment"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[EventList]:  # noqa: ARG002
        return EventList

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:  # noqa: ARG002
        """Refuse every other condition that an address could name: it would read the whole log."""
        return lookup in FILTER_NAMES

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[AuditEvent],
        search_term: str,
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Return the events to which every word belongs; none twice."""
        return search(queryset, words_of(search_term)), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {
            "title": gettext("Audit log"),
            "proof_lines": proof(now=timezone.now()),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        event = self.get_object(request, unquote(object_id))
        detail = _detail(event) if event and self.has_view_permission(request, event) else None
        return super().change_view(request, object_id, form_url, {"detail": detail, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        export = require_POST(self.admin_site.admin_view(self.export_view))
        return [path("export/", export, name="tokens_auditevent_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send the chain of the chosen days, or a table of what the list shows under its filters."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        kind = request.POST.get("format")
        if kind not in {JSON_LINES, TABLE} or any("\x00" in value for value in request.GET.values()):
            raise BadRequest("no such export")
        try:
            listed = cast("EventList", self.get_changelist_instance(request))
        except IncorrectLookupParameters as exc:
            raise BadRequest("no such filter") from exc
        if kind == TABLE:
            return table_export(request, listed.queryset, listed.chosen)
        answer = chain_export(request, listed.nearby if listed.has_days else None)
        if answer is None:
            messages.info(request, gettext("There is nothing to export on these days."))
            return redirect(f"{reverse('admin:tokens_auditevent_changelist')}{listed.get_query_string()}")
        return answer

    @admin.display(description=_("time"))
    def moment(self, event: AuditEvent) -> str:
        return timezone.localtime(event.at).strftime("%Y-%m-%d %H:%M:%S %Z")

    @admin.display(description=_("what happened"))
    def told(self, event: AuditEvent) -> SafeString:
        context = {"icon": event_icon(event), "sentence": sentence(event)}
        return render_to_string("admin/tokens/auditevent/_sentence.html", context)

    @admin.display(description=_("outcome"))
    def ended(self, event: AuditEvent) -> SafeString:
        badge = render_to_string("_components/badge.html", {"badge": outcome_badge(event)})
        if not event.error_code:
            return badge
        return format_html('{} <code class="error-code">{}</code>', badge, event.error_code)

    @admin.display(description=_("who"))
    def who(self, event: AuditEvent) -> SafeString:
        acted = format_html("<bdi>{}</bdi>", who_acted(event))
        concerned = who_is_concerned(event)
        if not concerned:
            return acted
        concerned = format_html("<bdi>{}</bdi>", concerned)
        return format_html(gettext("{who}, for {owner}"), who=acted, owner=concerned)

    @admin.display(description=_("PAT"))
    def pat(self, event: AuditEvent) -> SafeString:
        return format_html("<bdi>{}</bdi>", pat_name_of(event) or "-")


def _detail(event: AuditEvent) -> AuditDetail:
    others = AuditEvent.objects.exclude(pk=event.pk).order_by("-at", "-id")
    by_operation = others.filter(operation_id=event.operation_id) if event.operation_id else others.none()
    by_request = others.filter(request_id=event.request_id) if event.request_id else others.none()
    link = AuditLink.objects.filter(event_id=event.pk).first()
    return audit_detail(
        event,
        link=link,
        faults=[one.sentence for one in findings_at(link.position)] if link else [],
        same_operation=list(by_operation[:RELATIVES_SHOWN]),
        same_request=list(by_request[:RELATIVES_SHOWN]),
    )
