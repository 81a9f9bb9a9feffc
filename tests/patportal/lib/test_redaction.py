"""Recognising what is shaped like a secret. Everything that looks like one is made here, at run time."""

import json
import random
import string
import time
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patportal.lib.redaction import MASK, looks_like_secret, redact

_RANDOM = random.Random(20_261_123)  # noqa: S311 - the same shapes in every run
_ALPHABET = string.ascii_letters + string.digits
_PROVIDER = "AZ" + "DO"


def _characters(count: int, alphabet: str = _ALPHABET) -> str:
    return "".join(_RANDOM.choices(alphabet, k=count))


def _basic(secret: str) -> str:
    return b64encode(f":{secret}".encode()).decode()


NEW = _characters(76) + _PROVIDER + _characters(4)
SANDBOX = _characters(76) + "SIMU" + _characters(4)
OLD = _characters(52, string.ascii_lowercase + "234567")
JWT = ".".join(
    b64encode(part).decode().rstrip("=") for part in (b'{"alg":"RS256"}', b'{"oid":"somebody"}', b"signature")
)
SECRETS = {
    "a PAT": NEW,
    "a PAT of the sandbox": SANDBOX,
    "an old PAT": OLD,
    "a JWT": JWT,
    "a calendar's address": f"ppcal_{_characters(43)}",
    "Basic with a PAT": _basic(NEW),
    "Basic with an old PAT": _basic(OLD),
    "a header": f"Authorization: Bearer {_characters(30)}",
    "a header in small letters": f"authorization: basic {_basic(OLD)}",
    "a header as an assignment": f"AUTHORIZATION=Bearer {_characters(30)}",
    "a header in a dict": str({"Authorization": f"Bearer {_characters(30)}"}),
    "a header in JSON": json.dumps({"authorization": f"Bearer {_characters(30)}"}),
    "a header in JSON in JSON": json.dumps(json.dumps({"authorization": f"Bearer {_characters(30)}"})),
}
AROUND = [
    "{}",
    "before {} after",
    "'{}'",
    "secret={}&x=1",
    "https://u:{}@dev.azure.com/x",
    "({})",
    "{},",
    "\n{}\n",
]


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize("around", AROUND)
def test_it_is_found_and_masked_wherever_it_stands(secret: str, around: str) -> None:
    text = around.replace("{}", secret)
    assert looks_like_secret(text)
    redacted = redact(text)
    assert MASK in redacted
    assert not looks_like_secret(redacted)
    credential = secret.replace("\\", "").replace('"', "").rstrip("'} ").rpartition(" ")[2].rstrip("'")
    assert credential not in redacted


def test_every_one_of_several_goes() -> None:
    redacted = redact(f"{NEW} {OLD} {JWT}")
    assert redacted == f"{MASK} {MASK} {MASK}"


ORDINARY = {
    "a sentence": "Deploys the shop every night; ask the team before you revoke it.",
    "a GUID": "0e7c2c0e-7a0c-4c0e-8d5c-1f6f0f0b5a11",
    "a digest": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "a commit": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "an address": "https://dev.azure.com/example/_usersSettings/tokens?orderBy=name",
    "a header's name": "Authorization",
    "a word about headers": "authorization: none needed",
    "a longer run of letters": _characters(200, string.ascii_lowercase),
    "51 letters": _characters(51, string.ascii_lowercase),
    "53 letters": _characters(53, string.ascii_lowercase),
    "capital letters": _characters(52, string.ascii_uppercase),
    "83 characters": _characters(75) + "SIMU" + _characters(4),
    "no provider's mark": _characters(84, string.digits),
    "nothing": "",
    "other writing": "Привет 你好 مرحبا 😀",
}


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY.keys())
def test_what_people_write_is_left_alone(text: str) -> None:
    assert not looks_like_secret(text)
    assert redact(text) == text


@given(before=st.text(max_size=30), after=st.text(max_size=30))
def test_no_surroundings_hide_a_jwt(before: str, after: str) -> None:
    assert JWT not in redact(before + JWT + after)


@given(text=st.text(max_size=300))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "eyJ",
        "eyJaaaaaa.",
        "eyJaaaaaa.eyJ",
        "-a",
        "O",
        "/+",
        "authorization ",
        "Authorization: ",
        " ",
        "\\",
    ],
)
def test_a_megabyte_of_anything_takes_a_moment(piece: str) -> None:
    """Whoever fills in a form decides what is searched."""
    text = piece * (1_000_000 // len(piece))
    started = time.process_time()
    for end in ("", "x", ".eyJaaaaaa"):
        redact(text + end)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://u:open-sesame@x.example/a", f"https://u:{MASK}@x.example/a"),
        ("git clone https://:open-sesame@x.example", f"git clone https://:{MASK}@x.example"),
        ("postgres://u:open@sesame@x.example/a", f"postgres://u:{MASK}@x.example/a"),
    ],
)
def test_the_password_of_an_address_is_found_and_masked(text: str, masked: str) -> None:
    assert looks_like_secret(text)
    assert redact(text) == masked
    assert not looks_like_secret(masked)


@pytest.mark.parametrize(
    "text", ["https://contoso@dev.azure.com/x", "http://x.example:80/a@b", "at 10:30 a@b", "https://x/?a:b@c"]
)
def test_an_address_without_a_password_stays_as_it_is(text: str) -> None:
    assert not looks_like_secret(text)
    assert redact(text) == text


def test_addresses_without_end_take_no_more_than_a_moment() -> None:
    for text in ("://a:" * 50_000, "://" + "a" * 250_000, "://a:" + "b" * 250_000, "://:@" * 50_000):
        started = time.perf_counter()
        looks_like_secret(text)
        redact(text)
        assert time.perf_counter() - started < 2
