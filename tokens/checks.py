"""System checks of the tokens app."""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connections

from tokens.audit_proof.notes import public_key
from tokens.mail import is_recipient

_TRIGGERS = {"tokens_audit_no_change", "tokens_audit_no_truncate"}


@register(Tags.database)
def audit_is_append_only(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """Check that the triggers that protect the audit log exist and are always on."""
    if not databases or "default" not in databases:
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT to_regclass('tokens_auditevent') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return []  # not migrated yet
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'tokens_auditevent'::regclass AND tgenabled = 'A'"
        )
        found = {row[0] for row in cursor.fetchall()}
    missing = sorted(_TRIGGERS - found)
    if not missing:
        return []
    return [
        Error(
            "The audit log is not protected: " + ", ".join(missing) + " missing or switched off.",
            hint="Find out who did it. What is only switched off is switched on by the database's owner with "
            "ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER and its name; what is missing is in "
            "tokens/sql/audit_append_only.sql.",
            id="tokens.E001",
        )
    ]


@register()
def mails_have_a_sender(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """Check that the sender of mails is an address: with another one, none could ever be written down."""
    sender = settings.DEFAULT_FROM_EMAIL
    try:
        validate_email(parseaddr(sender)[1])
    except ValidationError:
        hint = "Set it to an address such as PAT Portal <pat-portal@example.com>."
        return [Error(f"DEFAULT_FROM_EMAIL: {sender!r} is no address.", hint=hint, id="tokens.E004")]
    return []


@register()
def checkpoints_can_be_checked(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """Check the keys and the addresses of auditors that the configuration names."""
    found: list[CheckMessage] = []
    for line in settings.AUDIT_PUBLIC_KEYS:
        try:
            public_key(line)
        except ValueError as exc:
            hint = "Take the line that sign_audit --new-key printed."
            found.append(Error(f"AUDIT_PUBLIC_KEYS: {line!r}: {exc}.", hint=hint, id="tokens.E002"))
    outside = [address for address in settings.AUDIT_RECIPIENTS if not is_recipient(address)]
    if outside:
        said = f"AUDIT_RECIPIENTS: no mail may go to {', '.join(outside)}."
        hint = "Correct the addresses, or name their domains in MAIL_DOMAINS."
        found.append(Error(said, hint=hint, id="tokens.E003"))
    return found
