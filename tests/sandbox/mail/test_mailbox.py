"""The mails of a sandbox, kept over restarts or forgotten."""

from pathlib import Path

from sandbox.mail import Mailbox

RAW = b"Message-ID: <%d@test>\r\nSubject: Mail\r\n\r\nThe text\r\n"


def fill(mailbox: Mailbox, count: int) -> None:
    for number in range(count):
        mailbox.accept("portal@example.test", ["alice@example.test"], RAW % number)


def test_what_is_kept_in_a_folder_is_there_after_a_restart(tmp_path: Path) -> None:
    fill(Mailbox(tmp_path), 3)
    again = Mailbox(tmp_path)
    assert [mail.number for mail in again.newest_first()] == [3, 2, 1]
    assert again.newest_first()[0].text == "The text\n"
    fill(again, 1)
    assert again.newest_first()[0].number == 4
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_a_file_that_was_not_written_whole_is_left_out(tmp_path: Path) -> None:
    fill(Mailbox(tmp_path), 2)
    (tmp_path / "000002.eml").write_bytes(b'{"received')
    assert [mail.number for mail in Mailbox(tmp_path).newest_first()] == [1]


def test_old_mails_make_room_but_are_counted(tmp_path: Path) -> None:
    mailbox = Mailbox()
    fill(mailbox, 502)
    assert len(mailbox.newest_first()) == 500
    assert len(mailbox.accepted()) == 502


def test_forgetting_leaves_nothing(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    fill(mailbox, 2)
    mailbox.forget()
    assert (mailbox.newest_first(), mailbox.accepted()) == ([], {})
    assert list(tmp_path.iterdir()) == []
