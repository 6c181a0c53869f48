"""What people paste: e-mails one a line, /status boxes, notes about ended subscriptions."""

import pytest

from hostagent.memos import Memo, is_email, parse_memos

STATUS_BOX = """
╭──────────────────────────────────────────────────╮
│  >_ OpenAI Codex (v0.169.0)                      │
│  Account:     you@example.com (Plus)             │
│  Session:     0199-aaaa                          │
╰──────────────────────────────────────────────────╯
"""


def test_a_status_box_tells_the_email_and_the_plan():
    assert parse_memos(STATUS_BOX) == ([Memo("you@example.com", "plus")], [])


def test_emails_may_stand_one_a_line():
    memos, _ = parse_memos("a@example.com\n\n  - b+c@mail.example.co.jp\n")

    assert memos == [Memo("a@example.com"), Memo("b+c@mail.example.co.jp")]


def test_a_japanese_memo_is_read_with_its_wide_signs():
    memos, _ = parse_memos("Account：a@example.com（Pro）\nメモ\nAccount: b@example.com")

    assert memos == [Memo("a@example.com", "pro"), Memo("b@example.com")]


def test_a_canceled_line_counts_for_the_next_account_only():
    memos, _ = parse_memos("a@example.com\n「解約済み」\nAccount: b@example.com (Plus)\nc@example.com")

    assert [memo.is_canceled for memo in memos] == [False, True, False]


def test_a_canceled_mark_on_the_line_itself_counts_for_that_line():
    memos, _ = parse_memos("Account: a@example.com (Plus) 解約済み\nb@example.com 解約済み\nc@example.com")

    assert [memo.is_canceled for memo in memos] == [True, True, False]


def test_an_account_that_is_pasted_twice_is_one():
    memos, _ = parse_memos("Account: You@example.com (Plus)\nyou@example.com")

    assert memos == [Memo("You@example.com", "plus")]


def test_a_line_with_an_at_sign_that_is_no_account_is_named_by_its_number():
    _, passed_over = parse_memos("a@example.com\nyou@example\nhello")

    assert passed_over == [2]


@pytest.mark.parametrize(
    "text", ["", "a", "a@b", "a b@example.com", "@example.com", "a@example.", "a@ex\x1bample.com", f"{'a' * 320}@b.c"]
)
def test_what_is_no_email_is_not_taken_for_one(text):
    assert not is_email(text)
