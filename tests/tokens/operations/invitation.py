"""Links of mails as they were made some time ago."""

from datetime import timedelta

from django.core import signing
from django.utils import timezone

from tokens.mail import PROOF_SALT
from tokens.models import BackupContact


def earlier_proof(contact: BackupContact, *, age: timedelta) -> str:
    """Return what the link of an invitation proves that was made `age` ago."""
    return earlier_signed(contact.pk, salt=PROOF_SALT, age=age)


def earlier_signed(value: int, *, salt: str, age: timedelta) -> str:
    """Return what a link proves that was signed `age` ago."""
    signed_at = timezone.now() - age

    class Earlier(signing.TimestampSigner):
        def timestamp(self) -> str:
            return signing.b62_encode(int(signed_at.timestamp()))

    return Earlier(salt=salt).sign_object(value)
