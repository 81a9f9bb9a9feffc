"""Every address of the portal, by app; `/healthz` and `/readyz` are answered by a middleware."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic.base import RedirectView

from accounts.views.sign_in import admin_sign_in
from patportal.errors import nothing_here

handler400 = "patportal.errors.bad_request"
handler403 = "patportal.errors.forbidden"
handler404 = "patportal.errors.not_found"
handler500 = "patportal.errors.failed"

urlpatterns = [
    # The admin has no sign-in of its own.
    path("admin/login/", admin_sign_in),
    path("admin/logout/", RedirectView.as_view(pattern_name="pat_list")),
    # Nobody has a password, so there is none to change.
    path("admin/password_change/", nothing_here),
    path("admin/password_change/done/", nothing_here),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("tokens.urls")),
]

if settings.DEBUG:
    from patportal.gallery import gallery

    urlpatterns.append(path("gallery/", gallery, name="gallery"))
