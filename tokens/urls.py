"""The addresses of the tokens app."""

from django.urls import path

from tokens.views import operation, pat_actions, pat_create, pat_list

urlpatterns = [
    path("", pat_list.pat_list, name="pat_list"),
    path("tokens/new", pat_create.pat_create, name="pat_create"),
    path("tokens/refresh", pat_list.pat_refresh, name="pat_refresh"),
    path("tokens/<uuid:pat_id>/revoke", pat_actions.pat_revoke, name="pat_revoke"),
    path("tokens/<uuid:pat_id>/received", pat_actions.pat_received, name="pat_received"),
    path("tokens/<uuid:pat_id>/keep", pat_actions.pat_keep, name="pat_keep"),
    path("operations/<uuid:operation_id>", operation.operation, name="operation"),
    path("operations/<uuid:operation_id>/dismiss", operation.notice_dismiss, name="notice_dismiss"),
]
