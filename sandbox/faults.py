"""Faults on demand: which calls they strike, how often, and what they do around the true answer.

It knows the order of things only; how a refusal looks is the business of the surface that is struck.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sandbox.calls import Call
from sandbox.wire import Response

SURFACES = (
    "token_endpoint",
    "keys",
    "discovery",
    "authorize",
    "admin_consent",
    "managed_identity",
    "sign_out",
    "pats",
    "connection_data",
)
_AZURE_DEVOPS = ("pats", "connection_data")
_DROPS = (None, "before", "after")


class UnknownFaultError(ValueError):
    """The control interface was asked for a fault that does not exist."""


@dataclass(frozen=True)
class Match:
    """Which calls a fault strikes; None is every one. `person` is an object id or a user name."""

    surface: str
    verb: str | None = None
    organization: str | None = None
    person: str | None = None

    def strikes(self, call: Call) -> bool:
        """Tell whether a call is meant."""
        return (
            call.surface == self.surface
            and self.verb in {None, call.verb}
            and _is_named(self.organization, call.organization.name if call.organization else None)
            and _is_named(self.person, *_names(call))
        )


def _names(call: Call) -> tuple[str, ...]:
    return (call.person.object_id, call.person.user_name) if call.person else ()


def _is_named(wanted: str | None, *names: str | None) -> bool:
    return wanted is None or wanted.lower() in {name.lower() for name in names if name}


@dataclass(frozen=True)
class Deed:
    """What a fault does.

    `status`, `body`, `html`, `pat_error`, `exception` (`type_key` and `message` of Azure DevOps) and `aadsts`
    replace the answer, and then nothing happens behind it unless `effect`, `hold` or a drop "after" says so.
    `latency_seconds` comes first, `hold` last; `headers` are added to whichever answer there is.
    """

    latency_seconds: float = 0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str | None = None
    drop: str | None = None
    html: bool = False
    pat_error: str | None = None
    exception: dict[str, str] | None = None
    aadsts: dict[str, Any] | None = None
    hold: str | None = None
    forge: dict[str, Any] = field(default_factory=dict)
    effect: bool = False

    @property
    def is_replacing(self) -> bool:
        """Tell whether the true answer is not the one that is sent."""
        return self.html or any(
            value is not None
            for value in (self.status, self.body, self.pat_error, self.exception, self.aadsts)
        )

    @property
    def takes_effect(self) -> bool:
        """Tell whether the call does what it was asked for."""
        return self.effect or self.hold is not None or self.drop == "after" or not self.is_replacing


@dataclass
class Fault:
    """A fault that waits for calls; `times` None strikes until it is removed."""

    fault_id: str
    match: Match
    times: int | None
    deed: Deed
    used: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return what the control interface shows."""
        return {
            "fault_id": self.fault_id,
            "match": asdict(self.match),
            "times": self.times,
            "used": self.used,
        }


class FaultBook:
    """The faults of all tenants and the answers that are being held."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._faults: dict[str, list[Fault]] = {}
        self._waiting: dict[str, int] = {}
        self._released: set[str] = set()
        self._stopping = threading.Event()

    def add(self, tenant_id: str, order: dict[str, Any]) -> Fault:
        """Add a fault as the control interface describes it. Raises UnknownFaultError."""
        match = _built(Match, order.get("match", {}))
        deed = _built(Deed, order.get("do", {}))
        times = order.get("times")
        if match.surface not in SURFACES or deed.drop not in _DROPS:
            raise UnknownFaultError(f"surface is one of {SURFACES}, drop one of {_DROPS}")
        if (deed.pat_error and match.surface != "pats") or (deed.aadsts and match.surface in _AZURE_DEVOPS):
            raise UnknownFaultError("pat_error is for pats, aadsts for the surfaces of Entra")
        if deed.exception and set(deed.exception) != {"type_key", "message"}:
            raise UnknownFaultError("an exception has a type_key and a message")
        if not (times is None or (isinstance(times, int) and times > 0)):
            raise UnknownFaultError("times is a positive number or null")
        if deed.latency_seconds < 0 or deed.status not in {None, *range(200, 600)}:
            raise UnknownFaultError("latency_seconds is not negative, status between 200 and 599")
        if any(mark in f"{name}{value}" for name, value in deed.headers.items() for mark in "\r\n"):
            raise UnknownFaultError("a header has one line")
        fault = Fault(str(uuid.uuid4()), match, times, deed)
        with self._lock:
            if deed.hold is not None:
                self._released.discard(deed.hold)
            self._faults.setdefault(tenant_id, []).append(fault)
        return fault

    def list(self, tenant_id: str) -> list[Fault]:
        """Return a tenant's faults, oldest first, those that have struck often enough left out."""
        with self._lock:
            return list(self._faults.get(tenant_id, ()))

    def remove(self, tenant_id: str, fault_id: str | None = None) -> None:
        """Remove one fault of a tenant, or all of them."""
        with self._lock:
            kept = [one for one in self._faults.get(tenant_id, ()) if fault_id not in {None, one.fault_id}]
            self._faults[tenant_id] = kept

    def waiting(self, name: str) -> int:
        """Return how many answers are being held under a name."""
        with self._lock:
            return self._waiting.get(name, 0)

    def release(self, name: str) -> None:
        """Let the answers held under a name go, and every later one."""
        with self._lock:
            self._released.add(name)
            self._lock.notify_all()

    def stop(self) -> None:
        """Let everything go that waits."""
        self._stopping.set()
        with self._lock:
            self._lock.notify_all()

    def answer(self, call: Call) -> Response:
        """Answer a call, struck by the first fault that means it."""
        fault = self._take(call)
        if fault is None:
            return call.act(call)
        deed = fault.deed
        call.forge = deed.forge
        self._stopping.wait(deed.latency_seconds)
        if deed.drop == "before":
            return Response(is_cut=True)
        response = self._answered(call, deed)
        if deed.hold is not None:
            self.hold(deed.hold)
        if deed.drop == "after":
            return Response(is_cut=True)
        for name, value in deed.headers.items():
            response.replace_header(name, value)
        return response

    def _answered(self, call: Call, deed: Deed) -> Response:
        true_answer = call.act(call) if deed.takes_effect else None
        if true_answer is not None and not deed.is_replacing:
            return true_answer
        return call.refuse(call, asdict(deed))

    def _take(self, call: Call) -> Fault | None:
        with self._lock:
            faults = self._faults.get(call.tenant.tenant_id, [])
            fault = next((one for one in faults if one.match.strikes(call)), None)
            if fault is not None:
                fault.used += 1
                if fault.used == fault.times:
                    faults.remove(fault)
            return fault

    def hold(self, name: str) -> None:
        """Block until answers held under a name are let go."""
        with self._lock:
            self._waiting[name] = self._waiting.get(name, 0) + 1
            self._lock.notify_all()
            self._lock.wait_for(lambda: name in self._released or self._stopping.is_set())
            self._waiting[name] -= 1


def _built(kind: type[Any], values: Any) -> Any:
    known = {one.name for one in fields(kind)}
    if not isinstance(values, dict) or not set(values) <= known:
        raise UnknownFaultError(f"{kind.__name__} knows {sorted(known)}")
    try:
        return kind(**values)
    except TypeError as exc:
        raise UnknownFaultError(str(exc)) from exc
