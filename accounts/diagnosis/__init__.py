"""What the doctor looks at around sign-in, database and mail, and the daily watch over credentials.

Knows nothing of PATs. Looks over the network leave the database alone.
"""

from accounts.diagnosis._alarms import alarms, step_against
from accounts.diagnosis._credentials import days_finding, watch_credentials
from accounts.diagnosis._database import database, database_clock, is_reachable, migrations, unreadable
from accounts.diagnosis._entra import looks_at_entra
from accounts.diagnosis._mail import mail_server
from accounts.diagnosis._masking import without_secrets
from accounts.diagnosis._portal import address, addresses_to_register, background_access, trusted_hosts
from patportal.lib.findings import Look

__all__ = [
    "alarms",
    "database",
    "database_clock",
    "days_finding",
    "is_reachable",
    "looks_at_entra",
    "looks_at_mail",
    "looks_at_the_portal",
    "migrations",
    "step_against",
    "unreadable",
    "watch_credentials",
    "without_secrets",
]


def looks_at_the_portal() -> list[Look]:
    """Return the looks at what the portal says of itself."""
    area = "Portal"
    return [
        Look(area, "Address", address),
        Look(area, "Hosts", trusted_hosts),
        Look(area, "Access in the background", background_access),
        Look(area, "Addresses to register", addresses_to_register),
    ]


def looks_at_mail() -> list[Look]:
    """Return the look at the mail server."""
    return [Look("Mail", "Mail server", mail_server)]
