"""GET /history/{label}: how a window was used, as a line to draw."""

from datetime import UTC, datetime

import pytest
from databases import on_any_database

START = datetime(2026, 11, 22, 9, 20, 12, tzinfo=UTC)
RESETS_AT = START.timestamp() + 3600


def seconds(moment: datetime) -> int:
    return round(moment.timestamp())


def after(*minutes: float) -> list[int]:
    return [seconds(START) + round(60 * minute) for minute in minutes]


class Chart:
    """An account that is read every five minutes, and the line of it."""

    def __init__(self, agent, reader, clock) -> None:
        self.agent, self.reader, self.clock = agent, reader, clock

    def read(self, *levels: float | None, **members) -> None:
        """One reading for each; None is a failed probe."""
        for used_percent in levels:
            self.agent.send(self.item(used_percent, **members))
            self.clock.advance(minutes=5)

    def item(self, used_percent: float | None, resets_at: float = RESETS_AT) -> dict:
        if used_percent is None:
            return self.agent.failure()
        item = self.agent.reading(used_percent=used_percent)
        item["parsed"]["normalized"]["windows"]["5h"]["resetsAt"] = resets_at
        return item

    def answer(self, query: str = "") -> dict:
        response = self.reader.get(f"/history/acc1?{query}")
        assert response.status_code == 200, response.get_json()
        return response.get_json()

    def line(self, query: str = "") -> list[tuple[float, float | None]]:
        """Minutes since the start, and used %."""
        return [((at - seconds(START)) / 60, used) for at, used in self.answer(query)["points"]]


@pytest.fixture
def chart(agent, reader, clock) -> Chart:
    return Chart(agent, reader, clock)


def test_an_account_never_read_has_no_line(chart):
    assert chart.answer() == {"window": None, "points": [], "resets": [], "failures": []}


def test_readings_that_say_the_same_draw_a_flat_line(chart):
    chart.read(42, 42, 42, 50)

    assert chart.line() == [(0, 42), (10, 42), (15, 50)]


def test_the_line_is_broken_where_the_account_was_not_known_about(chart, clock):
    chart.read(42, 42)
    clock.advance(hours=2)
    chart.read(42)

    assert chart.line() == [(0, 42), (5, 42), (21, None), (130, 42)]


def test_one_failed_probe_does_not_break_the_line(chart):
    chart.read(42, None, 43)

    assert chart.line() == [(0, 42), (10, 43)]


def test_failures_break_the_line_once_the_last_reading_is_old(chart):
    chart.read(42, None, None, None, 43)

    answer = chart.answer()
    assert chart.line() == [(0, 42), (16, None), (20, 43)]
    start, end = after(5, 15)
    assert answer["failures"] == [{"from": start, "to": end, "code": "network", "count": 3}]


def test_a_window_that_is_not_there_for_a_while_breaks_the_line(chart, agent, clock):
    chart.read(42)
    without = agent.reading()
    without["parsed"]["normalized"]["windows"] = {}
    agent.send(without)
    clock.advance(minutes=5)
    chart.read(43)

    assert chart.line("window=5h") == [(0, 42), (5, None), (10, 43)]


def test_a_host_that_reads_on_demand_has_an_unbroken_line(chart, agent, clock):
    agent.register("acc1", agent={"manual_refresh": True})
    chart.read(42)
    clock.advance(days=1)
    chart.read(43)

    assert chart.line() == [(0, 42), (24 * 60 + 5, 43)]


def test_a_line_is_broken_by_the_rhythm_that_its_host_had_at_that_time(chart, agent, clock):
    agent.register("acc1", agent={"poll_interval_sec": 3600})
    for used_percent in (42, 43):
        chart.read(used_percent)
        clock.advance(minutes=55)
    agent.register("acc1", agent={"poll_interval_sec": 300})
    chart.read(44)

    assert chart.line() == [(0, 42), (60, 43), (120, 44)]


def test_a_late_reading_is_drawn_at_its_own_time(chart, agent, clock):
    chart.read(42)
    late = chart.item(99)
    clock.advance(minutes=5)
    chart.read(42)

    agent.send(late)

    assert chart.line() == [(0, 42), (5, 99), (10, 42)]


def test_a_late_reading_within_a_run_does_not_end_it(chart, agent):
    chart.read(42)
    late = chart.item(99)
    chart.read(*[42] * 8)
    chart.read(43)

    agent.send(late)

    assert chart.line() == [(0, 42), (5, 99), (40, 42), (45, 43)]


def test_what_was_read_before_an_agents_state_was_lost_is_drawn_in_its_place(chart, agent, clock):
    chart.read(10)
    late = chart.item(20)
    agent.epoch = "b" * 32
    clock.advance(minutes=5)
    chart.read(30)
    agent.epoch = "a" * 32

    agent.send(late)

    assert chart.line() == [(0, 10), (5, 20), (10, 30)]


def test_a_reset_is_where_the_provider_said_that_it_would_be(chart):
    chart.read(80, resets_at=RESETS_AT - 3600 + 120)
    chart.read(3, resets_at=RESETS_AT + 5 * 3600)

    assert chart.answer()["resets"] == after(2)


def test_a_window_that_was_reset_before_its_time_is_seen_with_the_next_reading(chart):
    chart.read(80)
    chart.read(0, resets_at=RESETS_AT + 300)

    assert chart.answer()["resets"] == after(5)


def test_neither_an_unused_window_nor_a_wobble_is_a_reset(chart, clock):
    for _ in range(3):
        chart.read(0, resets_at=clock().timestamp() + 5 * 3600)
    clock.advance(hours=10)
    chart.read(0, resets_at=clock().timestamp() + 5 * 3600)
    for wobble in (0, 60, -60):
        chart.read(50, resets_at=clock().timestamp() + 3600 + wobble)

    assert chart.answer()["resets"] == []


def test_a_spike_of_one_reading_survives_at_any_zoom(chart, clock, agent):
    for day in range(20):
        agent.send(*(chart.item(level % 40) for level in range(100)))
        clock.advance(hours=1)
        if day == 10:
            chart.read(97)

    for points in (10, 50, 500, 2000):
        line = chart.line(f"points={points}")
        assert len(line) <= points
        assert max(used for _, used in line if used is not None) == 97
        assert [at for at, _ in line] == sorted(at for at, _ in line)


def test_a_run_that_reaches_out_of_the_time_asked_for_is_cut_at_its_edges(chart):
    chart.read(*[42] * 13)

    start, end = after(17, 33)
    assert chart.line(f"from={start}&to={end}") == [(17, 42), (33, 42)]


def test_seven_days_are_drawn_unless_asked_otherwise(chart, clock):
    chart.read(42)
    clock.advance(days=8)
    chart.read(43)

    assert [used for _, used in chart.line()] == [43]
    assert [used for _, used in chart.line("from=2026-11-22T00:00:00Z")] == [42, None, 43]


def test_times_may_be_told_as_the_page_or_as_people_tell_them(chart):
    chart.read(42, 43, 44)

    (at,) = after(5)
    told = datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
    assert chart.line(f"from={at}") == chart.line(f"from={told}") == [(5, 43), (10, 44)]


def test_the_tightest_window_is_drawn_unless_asked_otherwise(chart, agent):
    item = agent.reading(used_percent=42)
    windows = item["parsed"]["normalized"]["windows"]
    windows["weekly"] = {"usedPercent": 70, "leftPercent": 30}
    windows["requests"] = {"usedPercent": 99, "leftPercent": 1, "bucket": "per-minute"}
    agent.send(item)

    assert [chart.answer(query)["window"] for query in ("", "window=5h")] == ["weekly", "5h"]
    assert chart.line("window=requests") == [(0, 99)]
    assert chart.line("window=monthly") == []


def test_the_history_of_an_account_no_longer_registered_can_be_drawn(chart, agent):
    chart.read(42)
    agent.register()

    assert chart.line() == [(0, 42)]


def test_a_label_of_several_hosts_is_ambiguous(agent, make_agent, reader):
    make_agent("other").register("acc1")

    response = reader.get("/history/acc1")

    assert (response.status_code, response.get_json()["code"]) == (409, "ambiguous_label")
    assert reader.get("/history/acc1?host=other").status_code == 200


@on_any_database
@pytest.mark.parametrize(
    "query",
    [
        *("points=9", "points=2001", "points=many", "points="),
        *("from=yesterday", "from=", "from=2026-11-22", "from=nan", "to=9999-12-31T23:59:59-23:59", "to=-99999999999"),
        *("from=20&to=10", "from=10&to=10", "window=", "window=a/b", "window=" + "x" * 65, "from=1&from=2"),
    ],
)
def test_what_cannot_be_drawn_is_refused(agent, reader, query):
    response = reader.get(f"/history/acc1?{query}")

    assert (response.status_code, response.get_json()["code"]) == (422, "invalid_request")


@on_any_database
def test_the_history_of_nobody_is_not_found(agent, reader):
    assert reader.get("/history/nobody").status_code == 404
    assert reader.get("/history/a%20b").status_code == 404
