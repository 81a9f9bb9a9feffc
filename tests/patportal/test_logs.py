"""Structured logs: one JSON object per line, nothing secret, no local variables."""

import io
import json
import logging
import string
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import structlog
from django.test import Client

from patportal.lib.redaction import MASK
from patportal.logs import RedactingRenderer, logging_config

_RANDOM = Random(7)  # noqa: S311 - the same in every run
SECRET = "".join(_RANDOM.choices(string.ascii_letters, k=76)) + "SIMU" + "".join(_RANDOM.choices("abc", k=4))


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the portal's own handler writes."""
    config = logging_config(level="DEBUG")
    made = config["formatters"]["json"]
    options = {name: value for name, value in made.items() if name != "()"}
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(made["()"](**options))
    root = logging.getLogger()
    root.addHandler(handler)
    yield handler.stream
    root.removeHandler(handler)


def _entry(lines: io.StringIO) -> dict[str, Any]:
    """Return the only line, parsed."""
    (line,) = lines.getvalue().splitlines()
    entry: dict[str, Any] = json.loads(line)
    return entry


def _fail(credential: str) -> None:
    copied = [credential, {"again": credential}]
    raise ValueError(f"something broke after {len(copied)} steps")


def test_a_line_is_one_object(lines: io.StringIO) -> None:
    structlog.get_logger("a.name").warning("what happened", detail="a\nb", number=7)
    entry = _entry(lines)
    assert (entry["event"], entry["level"], entry["logger"]) == ("what happened", "warning", "a.name")
    assert (entry["detail"], entry["number"]) == ("a\nb", 7)
    assert entry["timestamp"].endswith("Z")


def test_libraries_write_the_same_lines(lines: io.StringIO) -> None:
    logging.getLogger("a.library").warning("said %s of %d", "something", 3)
    entry = _entry(lines)
    assert (entry["event"], entry["level"], entry["logger"]) == (
        "said something of 3",
        "warning",
        "a.library",
    )


def test_every_line_has_what_is_bound_to_the_request(lines: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="a-request"):
        logging.getLogger("a.library").warning("said something")
    assert _entry(lines)["request_id"] == "a-request"


@pytest.mark.parametrize(
    "logger", [structlog.get_logger("ours"), logging.getLogger("a.library")], ids=["ours", "theirs"]
)
def test_a_traceback_shows_no_local_variables(lines: io.StringIO, logger: Any) -> None:
    # Not shaped like a secret, so only the absence of locals protects it.
    credential = "correct horse battery staple"
    try:
        _fail(credential)
    except ValueError:
        logger.exception("it failed")
    assert credential not in lines.getvalue()
    entry = _entry(lines)
    trace = entry["exception"][0]
    assert (trace["exc_type"], trace["exc_value"]) == ("ValueError", "something broke after 2 steps")
    assert trace["frames"][-1]["name"] == "_fail"
    assert not any(frame.get("locals") for frame in trace["frames"])


def test_a_cause_shows_none_either(lines: io.StringIO) -> None:
    credential = "correct horse battery staple"
    try:
        try:
            _fail(credential)
        except ValueError as exc:
            raise RuntimeError("and so this broke") from exc
    except RuntimeError:
        structlog.get_logger("ours").exception("it failed")
    assert credential not in lines.getvalue()
    assert [one["exc_type"] for one in _entry(lines)["exception"]] == ["RuntimeError", "ValueError"]


def test_a_ring_of_causes_ends(lines: io.StringIO) -> None:
    try:
        error = ValueError("one")
        error.__cause__ = error
        raise error
    except ValueError:
        structlog.get_logger("ours").exception("it failed")
    assert _entry(lines)["event"] == "it failed"


PLACES: dict[str, dict[str, Any]] = {
    "the event": {"event": f"got {SECRET} back"},
    "a value": {"event": "x", "answer": SECRET},
    "a value after a line break": {"event": "x", "answer": f"first line\n{SECRET}"},
    "a value after a tab": {"event": "x", "answer": f"name\t{SECRET}"},
    "a value after other writing": {"event": "x", "answer": f"\u0007{SECRET}"},
    "deep in a value": {"event": "x", "answer": {"list": [{"deep": (SECRET,)}]}},
    "a key": {"event": "x", "answer": {SECRET: 1}},
    "an object": {"event": "x", "answer": Exception(SECRET)},
    "a header": {"event": "x", "headers": {"Authorization": "Bearer abcdefghijklmnop"}},
    "a header in a text": {"event": "x", "request": "GET /\r\nAuthorization: Bearer abcdefghijklmnop\r\n"},
    "a dict in a text": {"event": "x", "request": str({"Authorization": "Bearer abcdefghijklmnop"})},
}


@pytest.mark.parametrize("entry", PLACES.values(), ids=PLACES.keys())
def test_a_secret_is_masked_wherever_it_stands(entry: dict[str, Any]) -> None:
    line = RedactingRenderer()(None, "info", dict(entry))
    assert json.loads(line)
    assert SECRET not in line
    assert "abcdefghijklmnop" not in line
    assert MASK in line


def test_an_error_that_quotes_a_secret_is_masked(lines: io.StringIO) -> None:
    try:
        raise ValueError(f"unexpected\n{SECRET}")
    except ValueError:
        structlog.get_logger("ours").exception("it failed", answer=f"\n{SECRET}")
    assert SECRET not in lines.getvalue()
    assert lines.getvalue().count(MASK) >= 2


@pytest.mark.parametrize("level", ["DEBUG", "debug", "INFO", "WARNING", "invented", ""])
def test_libraries_that_print_credentials_never_reach_debug(level: str) -> None:
    config = logging_config(level=level)
    expected = level.upper() if level.upper() in {"DEBUG", "WARNING"} else "INFO"
    assert config["root"]["level"] == expected
    for name in ("msal", "urllib3", "requests"):
        assert config["loggers"][name]["level"] == ("WARNING" if expected == "WARNING" else "INFO")


def test_nobody_is_mailed() -> None:
    config = logging_config(level="INFO")
    assert set(config["handlers"]) == {"stderr", "nowhere"}
    assert "AdminEmailHandler" not in str(config)


def test_a_page_that_breaks_says_so_once_and_nothing_secret(
    client: Client, db: None, lines: io.StringIO
) -> None:
    """A failing view: a plain page with the request id, a line with the traceback, nothing of the form."""
    client.raise_request_exception = False
    answer = client.get("/sign-in", headers={"host": "invented.example"})
    assert answer.status_code == 400
    written = lines.getvalue()
    assert answer["X-Request-ID"] in written


def test_a_host_that_somebody_made_up_is_one_line_of_the_access_log(
    client: Client,
    db: None,
    lines: io.StringIO,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither a traceback for each, which would fill the disk, nor the host beside the redaction."""
    logger = logging.getLogger("django.security.DisallowedHost")
    # pytest adds handlers of its own, which a running portal has not.
    own = [one for one in logger.handlers if not type(one).__module__.startswith("_pytest")]
    monkeypatch.setattr(logger, "handlers", own)
    assert client.get("/sign-in", headers={"host": f"{SECRET}.example"}).status_code == 400
    assert _entry(lines)["status"] == 400
    written = capsys.readouterr()
    assert (written.out, written.err) == ("", "")


def test_no_logger_is_left_to_what_python_prints_by_itself() -> None:
    """What finds no handler on its way up is printed as it is, from warnings on."""
    for name, logger in logging_config(level="INFO")["loggers"].items():
        assert logger.get("propagate", True) or logger["handlers"], name


@pytest.mark.parametrize("is_broken", [True, False])
def test_only_what_an_exception_broke_is_a_failing_request(caplog: Any, is_broken: bool) -> None:
    """Pages that say 502 on purpose are in the access log, and a stranger may ask for many."""
    failure = (ValueError, ValueError("broken"), None) if is_broken else None
    with caplog.at_level("ERROR"):
        logging.getLogger("django.request").error("%s: %s", "Bad Gateway", "/", exc_info=failure)
    assert [record.levelname for record in caplog.records] == ["ERROR"] * is_broken
