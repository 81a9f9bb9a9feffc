"""What is said where an interactive sign-in ended without a session, by the reason."""

from http import HTTPStatus

from accounts.errors import RefusalReason
from accounts.messages._message import ADMINISTRATORS, OTHER_ACCOUNT, START_AGAIN, message
from patportal.lib.problems import Message

_BY_THE_PORTAL = {
    RefusalReason.FLOW_UNKNOWN: message(
        "This sign-in is no longer open",
        "The page was reloaded, opened twice, or left for more than ten minutes.",
        "If you are not signed in already, start again.",
        HTTPStatus.BAD_REQUEST,
    ),
    RefusalReason.ID_TOKEN_INVALID: message(
        "The sign-in could not be trusted",
        "What came back did not prove who you are, so the portal did not accept it.",
        "Start again. If it happens twice, tell the people who run this portal.",
        tone="bad",
    ),
    RefusalReason.NOT_A_PERSON: message(
        "Only people can sign in here",
        "This is the account of an application. Microsoft lets only people create and revoke personal access "
        "tokens; applications get their access to Azure DevOps from Microsoft Entra, without such a token.",
        "Sign in with your own account. For an application, ask your administrators to give its identity "
        "access to Azure DevOps.",
        tone="bad",
    ),
    RefusalReason.TENANT_UNKNOWN: message(
        "Your organization is not set up here",
        "You signed in with an organization's account that this portal does not take.",
        "Choose “Use another account”, or ask the people who run this portal to add your organization.",
    ),
    RefusalReason.PERSON_DISABLED: message(
        "You cannot use this portal",
        "Your access to this portal has been switched off.",
        "Ask the people who run it.",
        tone="bad",
    ),
    RefusalReason.ROLE_MISSING: message(
        "You have not been given access",
        "You are signed in at Microsoft, but nobody has given you a role in this portal.",
        "Ask the people who run it to assign you one, then sign in again.",
    ),
    RefusalReason.TOO_MANY: message(
        "One moment",
        "Too many sign-ins are waiting for Microsoft at this moment, so the portal did not begin with yours.",
        "Start again in a minute.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
}

_BY_THE_WAY_BACK = {
    RefusalReason.CANCELLED: message(
        "You did not sign in",
        "You cancelled on Microsoft's page. Nothing was stored.",
        "Start again whenever you like.",
    ),
    RefusalReason.PERMISSION_DECLINED: message(
        "You did not give permission",
        "You chose not to let the portal work with Azure DevOps for you. Nothing was stored.",
        "If you want to use the portal, choose “Give permission” and accept.",
    ),
    RefusalReason.FLOW_EXPIRED: message(
        "The sign-in took too long",
        "Microsoft keeps a sign-in open for a few minutes only.",
        START_AGAIN,
        HTTPStatus.BAD_REQUEST,
    ),
    RefusalReason.FLOW_SPENT: message(
        "This sign-in was already used",
        "Microsoft accepts each sign-in once; the page was probably reloaded or opened twice.",
        START_AGAIN,
        HTTPStatus.BAD_REQUEST,
    ),
    RefusalReason.NO_SESSION: message(
        "You were not signed in at Microsoft",
        "Microsoft could not let you in without a question, because it holds no sign-in of yours in this "
        "browser.",
        "Start again and sign in on Microsoft's page.",
        HTTPStatus.UNAUTHORIZED,
    ),
}

_BY_ENTRA = {
    RefusalReason.CONSENT_MISSING: message(
        "Your permission is needed",
        "The portal works with Azure DevOps in your name, and Microsoft has not recorded that you allow it.",
        "Choose “Give permission” and accept what Microsoft asks.",
    ),
    RefusalReason.ADMIN_APPROVAL: message(
        "An administrator has to approve the portal",
        "Your organization lets only administrators allow applications, and nobody has allowed this one yet.",
        "Send your administrators the link for their approval. When they have opened it, sign in again.",
    ),
    RefusalReason.APPROVAL_PENDING: message(
        "Your request is waiting for an administrator",
        "Microsoft has passed your request for approval on to the administrators.",
        "Wait for the mail with their answer, then sign in again.",
        tone="info",
    ),
    RefusalReason.SECOND_FACTOR: message(
        "Please confirm who you are",
        "Your organization asks for a second proof, such as an app on your phone, and it was missing or did "
        "not work.",
        "Sign in again and confirm it.",
    ),
    RefusalReason.DEVICE_NEEDED: message(
        "A device of your organization is needed",
        "Your organization lets people in from devices that it knows and finds in order, and this is none.",
        "Sign in from a device that your organization manages.",
    ),
    RefusalReason.BLOCKED_BY_POLICY: message(
        "A rule of your organization blocks this sign-in",
        "The rule may look at the place, the network, the device or the risk. Trying again will not help.",
        ADMINISTRATORS,
    ),
    RefusalReason.RISKY: message(
        "Your sign-in was rated as risky",
        "Microsoft saw something unusual about your account or this sign-in.",
        "Follow Microsoft's steps, or ask your organization's helpdesk, with the reference below.",
    ),
    RefusalReason.NOT_ASSIGNED: message(
        "You have not been given access to this portal",
        "Your organization decides who may use this portal, and you are not on its list.",
        "Ask the people who run the portal, or your administrators, to add you. Then sign in again.",
    ),
    RefusalReason.ACCOUNT_UNKNOWN: message(
        "This account is not known in the organization",
        "The organization that this portal belongs to does not list your account.",
        "If you were invited as a guest, accept that first. Otherwise choose “Use another account”.",
    ),
    RefusalReason.FOREIGN_ACCOUNT: message(
        "You are signed in with an account of another organization",
        "The account that Microsoft chose does not belong to the organization of this portal.",
        f"{OTHER_ACCOUNT} Or ask to be invited as a guest.",
    ),
    RefusalReason.PERSONAL_ACCOUNT: message(
        "A personal Microsoft account cannot be used here",
        "You chose a private account, and this portal takes work accounts.",
        OTHER_ACCOUNT,
    ),
    RefusalReason.TENANT_RESTRICTED: message(
        "Your organization does not allow this sign-in",
        "Two organizations are involved, and the rules of one of them do not let you sign in to the other.",
        ADMINISTRATORS,
    ),
    RefusalReason.ACCOUNT_LOCKED: message(
        "The account is locked for now",
        "There were too many attempts to sign in, or they came from an address that Microsoft distrusts.",
        "Wait a quarter of an hour, or ask your helpdesk.",
    ),
    RefusalReason.ACCOUNT_DISABLED: message(
        "Your account is disabled",
        "An administrator has switched this account off.",
        "Ask your organization's helpdesk whether that is right.",
        tone="bad",
    ),
    RefusalReason.PASSWORD_EXPIRED: message(
        "Your password has expired",
        "Microsoft wants a new password before it lets you in.",
        "Change it on Microsoft's page, then come back and sign in.",
    ),
    RefusalReason.CREDENTIALS_WRONG: message(
        "Wrong name or password",
        "Microsoft did not accept the name or the password.",
        "Try again, or reset your password with Microsoft.",
    ),
    RefusalReason.ENTRA_REFUSED: message(
        "Microsoft refused the sign-in",
        "Your organization's sign-in service did not let you in, for a reason that the portal does not know.",
        f"Start again. If it does not help: {ADMINISTRATORS[0].lower()}{ADMINISTRATORS[1:]}",
        tone="bad",
    ),
}

REFUSED: dict[RefusalReason, Message] = _BY_THE_PORTAL | _BY_THE_WAY_BACK | _BY_ENTRA
