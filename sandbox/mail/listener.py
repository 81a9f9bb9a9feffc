"""SMTP on loopback, by aiosmtpd: one event loop in a thread of its own, struck by faults at every stage."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from weakref import WeakSet

from aiosmtpd.smtp import SMTP

from sandbox.mail.faults import MailFault, MailFaults
from sandbox.mail.mailbox import Mailbox
from sandbox.wire import LOOPBACK

_START_SECONDS = 10
_LARGEST_MAIL = 10_000_000
# Whoever waits for an answer that never comes has gone long before.
_FOR_EVER_SECONDS = 3600


class MailListener:
    """A mail server on one port; `hold` blocks its thread until answers of a name are let go."""

    def __init__(self, port: int, mailbox: Mailbox, faults: MailFaults, hold: Callable[[str], None]) -> None:
        self._mailbox = mailbox
        self._faults = faults
        self._hold = hold
        self._loop = asyncio.new_event_loop()
        self._socket: socket.socket | None = socket.create_server((LOOPBACK, port))
        self.port: int = self._socket.getsockname()[1]
        self._server: asyncio.Server | None = None
        self._sessions: WeakSet[_Session] = WeakSet()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)

    @property
    def url(self) -> str:
        """Return the address as Django's EMAIL_URL names it."""
        return f"smtp://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()
        self._run(self._listen())

    def adjust(self) -> None:
        """Close or open the port, as the faults want it."""
        if self._faults.is_refusing:
            self._run(self._close())
        else:
            self._run(self._listen())

    def cut(self) -> None:
        """Reset every connection that is open."""
        self._run(self._cut())

    def stop(self) -> None:
        """Cut every connection and close."""
        if not self._thread.is_alive():
            if self._socket is not None:
                self._socket.close()
            return
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_SECONDS)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_START_SECONDS)

    async def _listen(self) -> None:
        if self._server is not None:
            return
        bound, self._socket = self._socket, None
        if bound is None:
            bound = socket.create_server((LOOPBACK, self.port))
        self._server = await self._loop.create_server(self._session, sock=bound)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _cut(self) -> None:
        for session in list(self._sessions):
            session.cut()

    async def _end(self) -> None:
        await self._close()
        await self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for one in others:
            one.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._loop.shutdown_default_executor()
        # What was cut is closed a turn of the loop later.
        await asyncio.sleep(0)

    def _session(self) -> SMTP:
        session = _Session(
            _Handler(self._mailbox, self._faults, self._hold),
            data_size_limit=_LARGEST_MAIL,
            hostname="sandbox",
            ident="PAT Portal sandbox",
            loop=self._loop,
        )
        self._sessions.add(session)
        return session


class _Session(SMTP):
    """One connection; the two stages that aiosmtpd has no hook for are struck here."""

    event_handler: _Handler

    def cut(self) -> None:
        """Reset the connection."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def _handle_client(self) -> None:
        answer = await self.event_handler.struck(self, "connect")
        if answer is None:
            await super()._handle_client()
        else:
            await self.push(answer)
            if self.transport is not None:
                self.transport.close()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd calls it by this name
        recipients = self.envelope.rcpt_tos if self.envelope is not None else []
        answer = await self.event_handler.struck(self, "data", recipients)
        if answer is None:
            await super().smtp_DATA(arg)
        else:
            await self.push(answer)


class _Handler:
    """What aiosmtpd asks at each stage of one connection; the names are its own."""

    def __init__(self, mailbox: Mailbox, faults: MailFaults, hold: Callable[[str], None]) -> None:
        self._mailbox = mailbox
        self._faults = faults
        self._hold = hold

    async def handle_MAIL(  # noqa: N802
        self,
        server: _Session,
        session: Any,  # noqa: ARG002
        envelope: Any,
        address: str,
        options: list[str],
    ) -> str:
        answer = await self.struck(server, "mail")
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        server: _Session,
        session: Any,  # noqa: ARG002
        envelope: Any,
        address: str,
        options: list[str],
    ) -> str:
        answer = await self.struck(server, "rcpt", [address])
        if answer is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer or "250 OK"

    async def handle_DATA(self, server: _Session, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002
        fault = self._faults.take("end", envelope.rcpt_tos)
        is_taken = fault is None or (fault.status is None and fault.drop != "before")
        # Whoever gives up while they wait for the answer has handed it over all the same.
        if is_taken:
            self._mailbox.accept(envelope.mail_from, envelope.rcpt_tos, envelope.content)
        answer = await self._answer(server, fault) if fault is not None else None
        return answer or "250 OK"

    async def struck(self, server: _Session, stage: str, recipients: Sequence[str] = ()) -> str | None:
        """Let a fault of the stage strike; return what is answered instead, None for the true answer."""
        fault = self._faults.take(stage, recipients)
        return await self._answer(server, fault) if fault is not None else None

    async def _answer(self, server: _Session, fault: MailFault) -> str | None:
        await asyncio.sleep(fault.latency_seconds)
        if fault.hold is not None:
            await asyncio.to_thread(self._hold, fault.hold)
        if fault.drop is not None:
            server.cut()
            # The lost connection cancels this.
            await asyncio.sleep(_FOR_EVER_SECONDS)
        return f"{fault.status} {fault.text}" if fault.status is not None else None
