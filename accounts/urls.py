"""The addresses around signing in and out. Entra has `/getAToken` and the front-channel one registered."""

from django.urls import path

from accounts.views.callback import entra_callback
from accounts.views.front_channel import front_channel_sign_out
from accounts.views.help import sign_in_help
from accounts.views.sessions import session_end, sessions, sessions_end_all
from accounts.views.sign_in import sign_in, sign_in_start
from accounts.views.sign_out import sign_out, signed_out

urlpatterns = [
    path("sign-in", sign_in, name="sign_in"),
    path("sign-in/start", sign_in_start, name="sign_in_start"),
    path("getAToken", entra_callback, name="entra_callback"),
    path("sign-out", sign_out, name="sign_out"),
    path("sign-out/front-channel", front_channel_sign_out, name="front_channel_sign_out"),
    path("signed-out", signed_out, name="signed_out"),
    path("sessions", sessions, name="sessions"),
    path("sessions/<int:sign_in_id>/end", session_end, name="session_end"),
    path("sessions/end-all", sessions_end_all, name="sessions_end_all"),
    path("help/sign-in", sign_in_help, name="sign_in_help"),
]
