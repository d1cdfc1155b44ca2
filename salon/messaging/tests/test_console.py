"""The wire that leads to the log."""

from __future__ import annotations

import logging
import threading

from salon.messaging.base import Receipt, WireError
from salon.messaging.console import KEPT, ConsoleSmsClient, ConsoleWhatsAppClient, read_inbox

LAMA = "+966551234567"


def test_one_line_a_message_even_when_the_text_has_several(caplog):
    with caplog.at_level(logging.INFO, logger="salon.messaging.console"):
        assert ConsoleSmsClient().send(LAMA, "رمز التحقق 123456\n\n@salon.sa #123456") == Receipt()
    assert [record.getMessage() for record in caplog.records] == [
        "SMS to +966551234567 : رمز التحقق 123456 @salon.sa #123456"
    ]


def test_whatsapp_shows_what_fills_the_template(caplog, tmp_path):
    client = ConsoleWhatsAppClient(tmp_path / "inbox.jsonl")
    with caplog.at_level(logging.INFO, logger="salon.messaging.console"):
        client.send_template(LAMA, template="login", language="ar", parameters=["رمز التحقق 123456", "@salon.sa"])
        client.send_template(LAMA, template="login", language="ar", parameters=[], button="123456")
    assert [record.getMessage() for record in caplog.records] == [
        "WhatsApp to +966551234567 : رمز التحقق 123456 @salon.sa",
        "WhatsApp to +966551234567 : 123456",
    ]
    assert [letter.text for letter in read_inbox(client.inbox)] == ["123456", "رمز التحقق 123456\n@salon.sa"]


def test_the_inbox_is_newest_first_and_keeps_the_text_whole(tmp_path):
    client = ConsoleSmsClient(tmp_path / "var" / "inbox.jsonl")
    client.send(LAMA, "one\ntwo")
    client.send(LAMA, "three")
    letters = read_inbox(client.inbox)
    assert [letter.text for letter in letters] == ["three", "one\ntwo"]
    assert letters[0].at >= letters[1].at
    assert letters[0].at.utcoffset() is not None


def test_no_inbox_is_an_empty_one(tmp_path):
    assert read_inbox(tmp_path / "inbox.jsonl") == []


def test_lines_that_were_cut_are_passed_over(tmp_path):
    client = ConsoleSmsClient(tmp_path / "inbox.jsonl")
    client.send(LAMA, "one")
    with client.inbox.open("a") as file:
        file.write('{"at": "2026\n[]\n\n')
    client.send(LAMA, "two")
    assert [letter.text for letter in read_inbox(client.inbox)] == ["two", "one"]


def test_the_file_does_not_grow_for_ever(tmp_path):
    client = ConsoleSmsClient(tmp_path / "inbox.jsonl")
    for number in range(400):
        client.send(LAMA, f"{number} " + "x" * 900)
    assert client.inbox.stat().st_size < 256 * 1024
    letters = read_inbox(client.inbox)
    assert len(letters) == KEPT
    assert letters[0].text.startswith("399 ")


def test_writers_do_not_mix_their_lines(tmp_path):
    client = ConsoleSmsClient(tmp_path / "inbox.jsonl")
    threads = [threading.Thread(target=lambda: [client.send(LAMA, "ن" * 60) for _ in range(10)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_inbox(client.inbox, limit=1000)) == 80


def test_an_error_says_whether_to_try_again():
    error = WireError(permanent=True, code="21211", vendor_message="not a number")
    assert (error.permanent, str(error)) == (True, "21211: not a number")
