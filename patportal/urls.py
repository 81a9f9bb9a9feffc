"""Every address of the portal, by app."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic.base import RedirectView

from patportal import health
from patportal.gallery import gallery

handler400 = "patportal.errors.bad_request"
handler403 = "patportal.errors.forbidden"
handler404 = "patportal.errors.not_found"
handler500 = "patportal.errors.failed"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # The admin has no sign-in of its own; the query keeps Django's `next`.
    path("admin/login/", RedirectView.as_view(pattern_name="sign_in", query_string=True)),
    path("admin/logout/", RedirectView.as_view(pattern_name="pat_list")),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("tokens.urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("gallery/", gallery, name="gallery"))
