"""One intended request, and what follows from its method alone; and the requests that the API knows."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from . import _decode
from ._address import base_url, organization_url
from .types import PatFilter

Method = Literal["GET", "POST", "PUT", "DELETE"]

PAGE_SIZE = 100
CONNECTION_DATA_VERSION = "7.1-preview.1"  # this route exists in preview versions only


@dataclass(frozen=True, slots=True)
class Call:
    """A request before it has an access token; `body` is JSON, `names_pat` that it is about one PAT."""

    method: Method
    url: str
    organization: str
    params: Mapping[str, str]
    body: bytes | None = field(default=None, repr=False)
    names_pat: bool = False

    @property
    def is_write(self) -> bool:
        """Tell whether the request is meant to change something."""
        return self.method != "GET"

    @property
    def is_repeatable(self) -> bool:
        """Tell whether it may be sent again although the first may have taken effect.

        Not an update: the second would undo what somebody else changed between the two.
        """
        return self.method in {"GET", "DELETE"}

    def headers(self, version: str) -> dict[str, str]:
        """Return its headers, in which the portal names itself with its version."""
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": f"pat-portal/{version}",
            "X-TFS-FedAuthRedirect": "Suppress",
        }
        return headers if self.body is None else headers | {"Content-Type": "application/json"}


class Calls:
    """Makes the requests of the API. Their methods raise ValueError for what cannot be asked."""

    def __init__(self, *, vssps_url: str, devops_url: str, api_version: str) -> None:
        """Remember where they go. Raises ValueError for an address that is not plain https."""
        self._vssps_url = base_url(vssps_url)
        self._devops_url = base_url(devops_url)
        self._api_version = api_version

    def list_pats(self, organization: str, pat_filter: PatFilter) -> Call:
        params = {
            "displayFilterOption": pat_filter.value,
            "sortByOption": "displayDate",
            "isSortAscending": "true",
            "$top": str(PAGE_SIZE),
        }
        return self._pats("GET", organization, params)

    def get_pat(self, organization: str, authorization_id: UUID) -> Call:
        return self._pats("GET", organization, {"authorizationId": str(authorization_id)})

    def create_pat(
        self, organization: str, *, display_name: str, scopes: Iterable[str], valid_to: datetime
    ) -> Call:
        wish = {
            "displayName": display_name,
            "scope": _decode.scope_text(scopes),
            "validTo": _decode.moment_text(valid_to),
            "allOrgs": False,
        }
        return self._pats("POST", organization, {}, wish)

    def update_pat(
        self,
        organization: str,
        authorization_id: UUID,
        *,
        display_name: str | None,
        scopes: Iterable[str] | None,
        valid_to: datetime | None,
    ) -> Call:
        """What is None is not sent, and stays as it is."""
        wish: dict[str, object] = {"authorizationId": str(authorization_id)}
        if display_name is not None:
            wish["displayName"] = display_name
        if scopes is not None:
            wish["scope"] = _decode.scope_text(scopes)
        if valid_to is not None:
            wish["validTo"] = _decode.moment_text(valid_to)
        if len(wish) == 1:
            raise ValueError("An update changes something.")
        return self._pats("PUT", organization, {}, wish)

    def revoke_pat(self, organization: str, authorization_id: UUID) -> Call:
        return self._pats("DELETE", organization, {"authorizationId": str(authorization_id)})

    def connection(self, organization: str) -> Call:
        return connection_call(self._devops_url, organization)

    def _pats(
        self,
        method: Method,
        organization: str,
        params: dict[str, str],
        wish: Mapping[str, object] | None = None,
    ) -> Call:
        return Call(
            method,
            organization_url(self._vssps_url, organization, "_apis/tokens/pats"),
            organization,
            {**params, "api-version": self._api_version},
            body=None if wish is None else json.dumps(wish).encode(),
            names_pat="authorizationId" in (params if wish is None else wish),
        )


def connection_call(devops_url: str, organization: str) -> Call:
    """Return the question which organization stands behind a name. Raises ValueError for what is none."""
    url = organization_url(base_url(devops_url), organization, "_apis/connectionData")
    return Call("GET", url, organization, {"api-version": CONNECTION_DATA_VERSION})
