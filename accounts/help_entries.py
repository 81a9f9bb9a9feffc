"""What Entra's AADSTS numbers mean for the person in front of the screen, for the public help page.

The most frequent ones; meanings after Microsoft's reference of AADSTS codes, in our own words. Many of these
end on Microsoft's own page, from which nobody is sent back here.
"""

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"(?:AADSTS)?\s*(\d{4,7})", re.IGNORECASE | re.ASCII)
_ADMINISTRATORS = "Ask your organization's administrators, and give them the number and the correlation id."
_OPERATORS = "Tell the people who run this portal, and give them the number."


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """One number with what it means and what to do about it."""

    number: int
    title: str
    meaning: str
    next_step: str


def number_in(text: str) -> int:
    """Return the AADSTS number that somebody typed or followed, or 0 where it is none."""
    match = _NUMBER.fullmatch(text.strip())
    return int(match[1]) if match else 0


def entry_for(number: int) -> HelpEntry | None:
    """Return what is known about `number`."""
    return _BY_NUMBER.get(number)


def code_label(number: int) -> str:
    """Return `AADSTS50105` for a number that the help page explains, otherwise nothing."""
    return f"AADSTS{number}" if number in _BY_NUMBER else ""


def entries() -> list[HelpEntry]:
    """Return all entries, by number."""
    return sorted(_BY_NUMBER.values(), key=lambda entry: str(entry.number))


_ENTRIES = [
    HelpEntry(
        50011,
        "The portal's address is not registered",
        "Your organization's sign-in service does not know the address that it was asked to return to.",
        "Tell the people who run this portal: the redirect address must match exactly.",
    ),
    HelpEntry(
        50020,
        "You are signed in with an account of another organization",
        "The account that Microsoft chose does not belong to the organization of this portal.",
        "Choose your work account of that organization, or ask to be invited as a guest.",
    ),
    HelpEntry(
        50034,
        "The account is not known here",
        "This account does not exist in the organization of this portal.",
        "Check the address that you typed; if you were invited as a guest, accept the invitation first.",
    ),
    HelpEntry(
        50053,
        "The account is locked for now",
        "There were too many attempts, or they came from an address that is not trusted.",
        "Wait a while, or ask your helpdesk.",
    ),
    HelpEntry(
        50055,
        "Your password has expired",
        "Microsoft wants a new password before it lets you in.",
        "Change it on Microsoft's page, then come back.",
    ),
    HelpEntry(
        50057,
        "Your account is disabled",
        "An administrator has disabled this account.",
        "Ask your helpdesk.",
    ),
    HelpEntry(
        50058,
        "You were not signed in at Microsoft",
        "Microsoft could not sign you in without asking.",
        "Start again and sign in on Microsoft's page.",
    ),
    HelpEntry(
        50074,
        "Please confirm your second factor",
        "The confirmation was missing or did not work.",
        "Sign in again and confirm it.",
    ),
    HelpEntry(
        50076,
        "A second factor is needed",
        "Your organization asks for a second factor, because of a new rule or a new place.",
        "Sign in again and confirm it.",
    ),
    HelpEntry(
        50079,
        "A second factor has to be set up",
        "Your organization asks for a second factor, and you have not registered one.",
        "Sign in again and follow Microsoft's steps.",
    ),
    HelpEntry(
        50089,
        "The sign-in took too long",
        "Microsoft keeps a sign-in open for a few minutes only.",
        "Start again.",
    ),
    HelpEntry(
        50097,
        "This device is not registered",
        "Your organization lets people in from registered devices only.",
        "Use a device of your organization, or register this one.",
    ),
    HelpEntry(
        50105,
        "You have not been given access to this portal",
        "Your organization decides who may use this portal, and you are not on the list.",
        "Ask the portal's owner, or your administrators, to assign you.",
    ),
    HelpEntry(
        50126,
        "Wrong name or password",
        "Microsoft did not accept the name or the password.",
        "Try again, or reset your password with Microsoft.",
    ),
    HelpEntry(
        50158,
        "Another check is needed",
        "Your organization asks for one more check that only you can answer.",
        "Sign in again.",
    ),
    HelpEntry(
        50173,
        "Your sign-in was ended",
        "Your password was changed, or an administrator ended your sign-ins.",
        "Sign in again.",
    ),
    HelpEntry(
        50194,
        "The portal is not set up correctly",
        "The portal asked for a sign-in of any organization, which its registration does not allow.",
        _OPERATORS,
    ),
    HelpEntry(
        53000,
        "Your device does not follow your organization's rules",
        "Only devices that your organization manages and finds in order may be used.",
        "Use such a device, or see on this one what your organization's software asks for.",
    ),
    HelpEntry(
        53001,
        "Your device does not belong to your organization",
        "Only devices that are joined to your organization may be used.",
        "Use such a device.",
    ),
    HelpEntry(
        53003,
        "A rule of your organization blocks this sign-in",
        "The rule may look at the place, the network, the device or the risk. Trying again will not help.",
        _ADMINISTRATORS,
    ),
    HelpEntry(
        54005,
        "This sign-in was already used",
        "Each sign-in counts once; the page was probably reloaded.",
        "Start again.",
    ),
    HelpEntry(
        65001,
        "Your permission is missing",
        "The portal needs your permission to work with Azure DevOps for you.",
        "Sign in again and accept, or ask an administrator to accept for everybody.",
    ),
    HelpEntry(
        65004,
        "You did not give permission",
        "Without it the portal cannot work with Azure DevOps for you. Nothing was stored.",
        "Sign in again and accept.",
    ),
    HelpEntry(
        70008,
        "Your sign-in has run out",
        "It was not used for a long time.",
        "Sign in again.",
    ),
    HelpEntry(
        70043,
        "Your organization wants you to sign in again",
        "It asks everybody to do so from time to time.",
        "Sign in again.",
    ),
    HelpEntry(
        90002,
        "The organization was not found",
        "The portal is set up for an organization that Microsoft does not know.",
        _OPERATORS,
    ),
    HelpEntry(
        90094,
        "An administrator has to approve the portal",
        "Your organization lets only administrators give applications permission.",
        "Ask an administrator to approve the portal for everybody.",
    ),
    HelpEntry(
        90095,
        "Your request is waiting for an administrator",
        "Microsoft has passed your request on; you get a message when it is answered.",
        "Wait for the answer, then sign in again.",
    ),
    HelpEntry(
        500011,
        "Azure DevOps is not connected to your organization",
        "Your organization's directory does not know Azure DevOps yet.",
        "Ask an administrator to connect an Azure DevOps organization to the directory.",
    ),
    HelpEntry(
        500121,
        "The confirmation was not answered in time",
        "The second factor was declined, or nobody answered.",
        "Sign in again and confirm it.",
    ),
    HelpEntry(
        700016,
        "The portal is not known in your organization",
        "Its registration is missing in the directory, or the portal is set up for another one.",
        _OPERATORS,
    ),
    HelpEntry(
        700082,
        "Your sign-in has run out",
        "It was not used for ninety days.",
        "Sign in again.",
    ),
    HelpEntry(
        7000215,
        "The portal cannot prove itself to Microsoft",
        "The secret that the portal is set up with is not accepted.",
        _OPERATORS,
    ),
    HelpEntry(
        7000222,
        "The portal's secret has expired",
        "The secret that the portal is set up with has run out.",
        _OPERATORS,
    ),
]
_BY_NUMBER = {entry.number: entry for entry in _ENTRIES}
