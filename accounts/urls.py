"""The addresses around signing in. `/getAToken` is registered with Entra."""

from django.urls import path

from accounts.views.help import sign_in_help
from accounts.views.sign_in import entra_callback, sign_in, sign_in_start
from accounts.views.sign_out import sign_out, signed_out

urlpatterns = [
    path("sign-in", sign_in, name="sign_in"),
    path("sign-in/start", sign_in_start, name="sign_in_start"),
    path("getAToken", entra_callback, name="entra_callback"),
    path("sign-out", sign_out, name="sign_out"),
    path("signed-out", signed_out, name="signed_out"),
    path("help/sign-in", sign_in_help, name="sign_in_help"),
]
