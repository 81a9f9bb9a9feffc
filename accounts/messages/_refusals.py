"""What is said where an interactive sign-in ended without a session, by the reason."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from accounts.errors import RefusalReason
from accounts.messages._message import ADMINISTRATORS, OTHER_ACCOUNT, START_AGAIN, message
from patportal.lib.problems import Message

_BY_THE_PORTAL = {
    RefusalReason.FLOW_UNKNOWN: message(
        _("This sign-in is no longer open"),
        _("The page was reloaded, opened twice, or left for more than ten minutes."),
        _("If you are not signed in already, start again."),
        HTTPStatus.BAD_REQUEST,
    ),
    RefusalReason.ID_TOKEN_INVALID: message(
        _("The sign-in could not be trusted"),
        _("What came back did not prove who you are, so the portal did not accept it."),
        _("Start again. If it happens twice, tell the people who run this portal."),
        tone="bad",
    ),
    RefusalReason.NOT_A_PERSON: message(
        _("Only people can sign in here"),
        _(
            "This is the account of an application. Microsoft lets only people create and revoke personal "
            "access tokens; applications get their access to Azure DevOps from Microsoft Entra, without such "
            "a token."
        ),
        _(
            "Sign in with your own account. For an application, ask your administrators to give its identity "
            "access to Azure DevOps."
        ),
        tone="bad",
    ),
    RefusalReason.TENANT_UNKNOWN: message(
        _("Your organization is not set up here"),
        _("You signed in with an organization's account that this portal does not take."),
        _("Choose “Use another account”, or ask the people who run this portal to add your organization."),
    ),
    RefusalReason.PERSON_DISABLED: message(
        _("You cannot use this portal"),
        _("Your access to this portal has been switched off."),
        _("Ask the people who run it."),
        tone="bad",
    ),
    RefusalReason.ROLE_MISSING: message(
        _("You have not been given access"),
        _("You are signed in at Microsoft, but nobody has given you a role in this portal."),
        _("Ask the people who run it to assign you one, then sign in again."),
    ),
    RefusalReason.TOO_MANY: message(
        _("One moment"),
        _(
            "Too many sign-ins are waiting for Microsoft at this moment, so the portal did not begin with "
            "yours."
        ),
        _("Start again in a minute."),
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
}

_BY_THE_WAY_BACK = {
    RefusalReason.CANCELLED: message(
        _("You did not sign in"),
        _("You cancelled on Microsoft's page. Nothing was stored."),
        _("Start again whenever you like."),
    ),
    RefusalReason.PERMISSION_DECLINED: message(
        _("You did not give permission"),
        _("You chose not to let the portal work with Azure DevOps for you. Nothing was stored."),
        _("If you want to use the portal, choose “Give permission” and accept."),
    ),
    RefusalReason.FLOW_EXPIRED: message(
        _("The sign-in took too long"),
        _("Microsoft keeps a sign-in open for a few minutes only."),
        START_AGAIN,
        HTTPStatus.BAD_REQUEST,
    ),
    RefusalReason.FLOW_SPENT: message(
        _("This sign-in was already used"),
        _("Microsoft accepts each sign-in once; the page was probably reloaded or opened twice."),
        START_AGAIN,
        HTTPStatus.BAD_REQUEST,
    ),
    RefusalReason.NO_SESSION: message(
        _("You were not signed in at Microsoft"),
        _(
            "Microsoft could not let you in without a question, because it holds no sign-in of yours in this "
            "browser."
        ),
        _("Start again and sign in on Microsoft's page."),
        HTTPStatus.UNAUTHORIZED,
    ),
}

_BY_ENTRA = {
    RefusalReason.CONSENT_MISSING: message(
        _("Your permission is needed"),
        _(
            "The portal works with Azure DevOps in your name, and Microsoft has not recorded that you allow "
            "it."
        ),
        _("Choose “Give permission” and accept what Microsoft asks."),
    ),
    RefusalReason.ADMIN_APPROVAL: message(
        _("An administrator has to approve the portal"),
        _(
            "Your organization lets only administrators allow applications, and nobody has allowed this one "
            "yet."
        ),
        _("Send your administrators the link for their approval. When they have opened it, sign in again."),
    ),
    RefusalReason.APPROVAL_PENDING: message(
        _("Your request is waiting for an administrator"),
        _("Microsoft has passed your request for approval on to the administrators."),
        _("Wait for the mail with their answer, then sign in again."),
        tone="info",
    ),
    RefusalReason.SECOND_FACTOR: message(
        _("Please confirm who you are"),
        _(
            "Your organization asks for a second proof, such as an app on your phone, and it was missing or "
            "did not work."
        ),
        _("Sign in again and confirm it."),
    ),
    RefusalReason.DEVICE_NEEDED: message(
        _("A device of your organization is needed"),
        _(
            "Your organization lets people in from devices that it knows and finds in order, and this is "
            "none."
        ),
        _("Sign in from a device that your organization manages."),
    ),
    RefusalReason.BLOCKED_BY_POLICY: message(
        _("A rule of your organization blocks this sign-in"),
        _("The rule may look at the place, the network, the device or the risk. Trying again will not help."),
        ADMINISTRATORS,
    ),
    RefusalReason.RISKY: message(
        _("Your sign-in was rated as risky"),
        _("Microsoft saw something unusual about your account or this sign-in."),
        _("Follow Microsoft's steps, or ask your organization's helpdesk, with the reference below."),
    ),
    RefusalReason.NOT_ASSIGNED: message(
        _("You have not been given access to this portal"),
        _("Your organization decides who may use this portal, and you are not on its list."),
        _("Ask the people who run the portal, or your administrators, to add you. Then sign in again."),
    ),
    RefusalReason.ACCOUNT_UNKNOWN: message(
        _("This account is not known in the organization"),
        _("The organization that this portal belongs to does not list your account."),
        _("If you were invited as a guest, accept that first. Otherwise choose “Use another account”."),
    ),
    RefusalReason.FOREIGN_ACCOUNT: message(
        _("You are signed in with an account of another organization"),
        _("The account that Microsoft chose does not belong to the organization of this portal."),
        _(
            "Choose “Use another account” and sign in with your work account. Or ask to be invited as a "
            "guest."
        ),
    ),
    RefusalReason.PERSONAL_ACCOUNT: message(
        _("A personal Microsoft account cannot be used here"),
        _("You chose a private account, and this portal takes work accounts."),
        OTHER_ACCOUNT,
    ),
    RefusalReason.TENANT_RESTRICTED: message(
        _("Your organization does not allow this sign-in"),
        _(
            "Two organizations are involved, and the rules of one of them do not let you sign in to the "
            "other."
        ),
        ADMINISTRATORS,
    ),
    RefusalReason.ACCOUNT_LOCKED: message(
        _("The account is locked for now"),
        _("There were too many attempts to sign in, or they came from an address that Microsoft distrusts."),
        _("Wait a quarter of an hour, or ask your helpdesk."),
    ),
    RefusalReason.ACCOUNT_DISABLED: message(
        _("Your account is disabled"),
        _("An administrator has switched this account off."),
        _("Ask your organization's helpdesk whether that is right."),
        tone="bad",
    ),
    RefusalReason.PASSWORD_EXPIRED: message(
        _("Your password has expired"),
        _("Microsoft wants a new password before it lets you in."),
        _("Change it on Microsoft's page, then come back and sign in."),
    ),
    RefusalReason.CREDENTIALS_WRONG: message(
        _("Wrong name or password"),
        _("Microsoft did not accept the name or the password."),
        _("Try again, or reset your password with Microsoft."),
    ),
    RefusalReason.ENTRA_REFUSED: message(
        _("Microsoft refused the sign-in"),
        _(
            "Your organization's sign-in service did not let you in, for a reason that the portal does not "
            "know."
        ),
        _(
            "Start again. If it does not help: ask your organization's administrators, with the reference "
            "below."
        ),
        tone="bad",
    ),
}

REFUSED: dict[RefusalReason, Message] = _BY_THE_PORTAL | _BY_THE_WAY_BACK | _BY_ENTRA
