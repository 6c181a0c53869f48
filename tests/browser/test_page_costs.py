"""What the page costs: scripts/bench/page.py with small counts."""

from page import MOST_COLD_BYTES, cold_load, heap_after, open_page

# A leak of twenty rows an update would be twice that.
MOST_GROWTH_BYTES = 500_000


def test_a_cold_load_of_the_list_is_small(browser, large_fleet):
    sizes = cold_load(browser, large_fleet)

    assert {"/", "/static/js/main.js", "/static/css/base.css", "/static/i18n/en.json"} <= set(sizes)
    assert sum(sizes.values()) <= MOST_COLD_BYTES


def test_live_updates_leave_nothing_behind(browser, large_fleet):
    few, many = heap_after(open_page(browser, large_fleet), large_fleet, (5, 25))

    assert many - few < MOST_GROWTH_BYTES
