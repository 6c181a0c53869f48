"""Labels of new accounts, and the tables they are shown in."""

from hypothesis import given
from hypothesis import strategies as st

from hostagent.labels import free_label, label_for_email, label_for_key
from hostagent.tables import display_width, format_table
from hostagent.wire_limits import LABEL


def test_a_label_is_made_of_the_email():
    assert label_for_email("you+codex@mail.example.com") == "acc_you_codex_mail.example.com"


def test_a_taken_label_gets_a_number_also_where_only_the_case_differs():
    assert free_label("acc_a", ["ACC_A"]) == "acc_a_2"
    assert free_label("acc_a", ["acc_a", "acc_a_2"]) == "acc_a_3"


@given(st.text(max_size=400), st.integers(0, 12))
def test_every_email_gives_a_label_that_the_wire_takes(email, collisions):
    taken: list[str] = []
    for _ in range(collisions + 1):
        taken.append(free_label(label_for_email(email), taken))

    assert all(LABEL.fullmatch(label) for label in taken)
    assert len({label.casefold() for label in taken}) == len(taken)


def test_a_label_of_a_key_holds_nothing_of_it():
    assert label_for_key("sk-ant-api03-test") == "claude_9ef01c89"


def test_columns_line_up_under_japanese_text():
    table = format_table(("LABEL", "NOTE", "N"), [("日本語", "ﾒﾓ", "1"), ("a", "個人用", "2")])

    assert table.splitlines() == [
        "LABEL   NOTE    N",
        "日本語  ﾒﾓ      1",
        "a       個人用  2",
    ]
    assert {display_width(line) for line in table.splitlines()} == {17}


def test_what_would_move_the_cursor_is_shown_as_a_question_mark():
    assert "\x1b" not in format_table(("A",), [("\x1b[2Jred",)])


def test_an_empty_cell_is_a_dash():
    assert format_table(("A", "B"), [("", "x")]).splitlines()[1] == "–  x"


def test_a_table_ends_where_the_terminal_ends():
    table = format_table(("LABEL", "NOTE"), [("acc1", "仕事用のアカウント"), ("acc2", "x" * 13)], max_width=19)

    assert table.splitlines() == ["LABEL  NOTE", "acc1   仕事用のア…", "acc2   xxxxxxxxxxx…"]
    assert all(display_width(line) <= 19 for line in table.splitlines())
