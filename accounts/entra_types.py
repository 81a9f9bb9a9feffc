"""What goes into and comes out of the conversation with Entra."""

from dataclasses import dataclass, field
from typing import Any

from accounts.credentials import CredentialSource
from accounts.errors import AccountsError


@dataclass(frozen=True, slots=True)
class EntraConfig:
    """Everything that a client depends on; other settings mean another client.

    `credentials` are one or two, in the order of use; `redirect_uri` is where Entra sends people back to;
    `is_offline_wanted` asks for a refresh token beside the access token.
    """

    authority: str
    client_id: str
    credentials: tuple[CredentialSource, ...]
    scopes: tuple[str, ...]
    redirect_uri: str
    ca_bundle: str | None
    proxy: str | None = field(repr=False)  # may hold a password
    is_loopback_page_allowed: bool
    is_offline_wanted: bool = True


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A redeemed and validated sign-in: claims of the ID token, the MSAL cache, the scopes that came back."""

    claims: dict[str, Any]
    cache_text: str = field(repr=False)
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh came to. `cache_text` is None where nothing changed; it may change with an error.

    Nobody has validated `id_token` yet.
    """

    cache_text: str | None = field(repr=False)
    error: AccountsError | None
    access_token: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()
    id_token: str = field(default="", repr=False)
