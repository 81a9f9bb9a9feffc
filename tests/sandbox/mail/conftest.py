"""The mail server of the sandbox that these tests have of their own."""

from collections.abc import Iterator

import pytest

from sandbox.server import SandboxServer
from tests.sandbox_control import SandboxControl
from tests.sandbox_mail import SandboxMail


@pytest.fixture
def mail_server(own_sandbox: SandboxServer, control: SandboxControl) -> Iterator[SandboxMail]:
    hand = SandboxMail(control, own_sandbox.environment()["SANDBOX_SMTP_URL"])
    hand.forget()
    yield hand
    hand.forget()
