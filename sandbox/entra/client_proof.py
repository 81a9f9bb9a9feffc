"""Who an application is: its id, and a secret or a signed assertion that proves it."""

from __future__ import annotations

import hmac
import time

from sandbox.calls import Call
from sandbox.entra import assertions
from sandbox.entra.errors import AadstsError, unknown_client
from sandbox.state import Tenant

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def check(call: Call) -> None:
    """Check that a request comes from the tenant's application. Raises AadstsError."""
    form, tenant = call.request.form, call.tenant
    client_id = form.get("client_id", "")
    if not client_id:
        detail = "The request body must contain the following parameter: 'client_id'."
        raise AadstsError.of(900144, detail=detail)
    if client_id.lower() != tenant.client_id:
        raise unknown_client(client_id, tenant)
    if form.get("client_assertion"):
        if form.get("client_assertion_type") != _ASSERTION_TYPE:
            raise AadstsError.of(50012, detail="The client_assertion_type is not supported.")
        assertions.check(call, form["client_assertion"])
    elif form.get("client_secret"):
        _check_secret(tenant, form["client_secret"])
    else:
        raise AadstsError.of(7000218)


def _check_secret(tenant: Tenant, given: str) -> None:
    known = [(tenant.client_secret, tenant.settings.client_secret_expired)]
    known += [
        (one.value, one.expires_at is not None and one.expires_at <= time.time())
        for one in tenant.credentials.values()
        if one.kind == "secret"
    ]
    # Every one is compared, so that the time taken tells nothing.
    found = [over for value, over in known if hmac.compare_digest(given.encode(), value.encode())]
    if not found:
        raise AadstsError.of(7000215)
    if all(found):
        raise AadstsError.of(7000222)
