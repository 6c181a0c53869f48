"""When two readings say the same."""

from datetime import timedelta

import pytest

from collector.runs import gist_of_failure, gist_of_reading, is_same

RESETS_AT = 1_795_342_809


def window(used=42, resets_at=RESETS_AT, **members):
    return {"source": "primary", "usedPercent": used, "leftPercent": 100 - used, "resetsAt": resets_at, **members}


def bucket(left=98.0, resets_at=RESETS_AT, **members):
    numbers = {"limit": 50, "remaining": round(left / 2), "usedPercent": 100 - left, "leftPercent": left}
    return {**numbers, "resetsAt": resets_at, "bucket": "per-minute", **members}


def reading(windows=None, **members):
    windows = {"5h": window()} if windows is None else windows
    return {"provider": "codex", "account_email": "you@example.com", "windows": windows, **members}


def spark(windows, limit_id="codex_bengalfox"):
    return {"limitId": limit_id, "limitName": "Spark", "windows": windows}


def is_one_run(first, later, seconds=300):
    return is_same(gist_of_reading(first), gist_of_reading(later), timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("first", "later"),
    [
        pytest.param(reading(), dict(reversed(reading().items())), id="the order of the keys"),
        pytest.param(reading(), reading({"5h": window(resets_at=RESETS_AT + 119)}), id="a reset that wobbles"),
        pytest.param(reading(), reading({"5h": window(resets_at=RESETS_AT - 119)}), id="and back"),
        pytest.param(
            reading({"5h": window(resetsAtIsoUtc="2026-11-22T10:20:09Z")}),
            reading({"5h": window(resetsAtIsoUtc="2026-11-22T10:20:10Z")}),
            id="the same reset, written out",
        ),
        pytest.param(
            reading({"5h": window(0)}), reading({"5h": window(0, RESETS_AT + 300)}), id="a window nobody has used"
        ),
        pytest.param(reading({"5h": window(0)}), reading({"5h": window(0)}), id="begun, and nothing used yet"),
        pytest.param(reading({}), reading({}), id="no windows"),
        pytest.param(
            reading(limits=[spark({"5h": window()})]),
            reading(limits=[spark({"5h": window(resets_at=RESETS_AT + 60)})]),
            id="the reset of another limit",
        ),
        pytest.param(
            reading(blocked={"reason": "rate_limit_reached", "until": RESETS_AT}),
            reading(blocked={"reason": "rate_limit_reached", "until": RESETS_AT + 60}),
            id="the end of a block",
        ),
        pytest.param(
            reading({"requests": bucket(98)}),
            reading({"requests": bucket(88.1, RESETS_AT + 7000)}),
            id="the level of a bucket, within ten points",
        ),
        pytest.param(
            reading({"tokens": bucket(0)}, blocked={"reason": "rate_limit_reached", "until": RESETS_AT}),
            reading({"tokens": bucket(0)}, blocked={"reason": "rate_limit_reached", "until": RESETS_AT + 300}),
            id="blocked by a bucket",
        ),
    ],
)
def test_what_says_nothing_makes_no_event(first, later):
    assert is_one_run(first, later)


@pytest.mark.parametrize(
    ("first", "later"),
    [
        pytest.param(reading(), reading({"5h": window(43)}), id="used %"),
        pytest.param(reading(), reading({"5h": window(resets_at=RESETS_AT + 120)}), id="a reset two minutes later"),
        pytest.param(reading(), reading({"5h": window(resets_at=RESETS_AT - 120)}), id="two minutes earlier"),
        pytest.param(reading(), reading({"5h": window(resets_at=None)}), id="no reset any more"),
        pytest.param(
            reading(), reading({"5h": window(resets_at=RESETS_AT + 300)}), id="a used window whose reset moves along"
        ),
        pytest.param(
            reading({"5h": window(0)}),
            reading({"5h": window(0, RESETS_AT + 150)}),
            id="an unused window that began between the readings",
        ),
        pytest.param(reading(), reading({"5h": window(), "weekly": window()}), id="one more window"),
        pytest.param(reading({}), reading() | {"windows": None}, id="unreadable is not none"),
        pytest.param(reading(rate_planType="plus"), reading(rate_planType="pro"), id="the plan"),
        pytest.param(reading(), reading(account_email="other@example.com"), id="whose login it is"),
        pytest.param(reading(credits={"balance": "5.39"}), reading(credits={"balance": "5.38"}), id="the credits"),
        pytest.param(reading(), reading(blocked={"reason": "x", "until": None}), id="blocked"),
        pytest.param(
            reading(blocked={"reason": "x", "until": RESETS_AT}),
            reading(blocked={"reason": "x", "until": RESETS_AT + 86_400}),
            id="blocked for longer",
        ),
        pytest.param(
            reading(limits=[spark({"5h": window()})]),
            reading(limits=[spark({"5h": window(43)})]),
            id="used % of another limit",
        ),
        pytest.param(
            reading(limits=[spark({"5h": window()})]),
            reading(limits=[spark({"5h": window(resets_at=RESETS_AT + 150)})]),
            id="the reset of another limit",
        ),
        pytest.param(reading({"requests": bucket(98)}), reading({"requests": bucket(88)}), id="ten points of a bucket"),
        pytest.param(reading({"requests": bucket(0.1)}), reading({"requests": bucket(0)}), id="a bucket used up"),
        pytest.param(reading({"requests": bucket()}), reading({"requests": bucket(limit=100)}), id="a larger bucket"),
        pytest.param(reading({"a": bucket()}), reading({"a": window(2)}), id="a bucket that is a window now"),
    ],
)
def test_what_says_something_else_is_another_event(first, later):
    assert not is_one_run(first, later)
    assert is_one_run(first, first)
    assert is_one_run(later, later)


def test_an_unused_window_may_move_along_for_days():
    first, later = reading({"5h": window(0)}), reading({"5h": window(0, RESETS_AT + 3 * 86_400 + 100)})

    assert is_one_run(first, later, seconds=3 * 86_400)


def test_failures_of_one_kind_say_the_same():
    assert gist_of_failure("network") == gist_of_failure("network") != gist_of_failure("timeout")
    assert gist_of_failure("network") != gist_of_reading(reading())
