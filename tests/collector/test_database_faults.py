"""The scripts in scripts/faults/ that are about the collector's database, with small counts."""

import backup_drill
import held_database
import killed_collector
import lost_answers
import migration_kill
import postgres_restarts
from postgresql import run_postgresql


def test_a_killed_migration_leaves_the_old_tables_or_the_new(tmp_path, postgresql):
    places = migration_kill.places(tmp_path, postgresql, starts=[True])

    verdict = migration_kill.judge(migration_kill.kill_at(place, lambda last: (last // 2, last)) for place in places)

    assert verdict["ok"], verdict
    assert (verdict["old"], verdict["new"]) == (2, 2)


def test_postgresql_restarted_under_load_costs_nothing(tmp_path):
    with run_postgresql() as server:
        verdict = postgres_restarts.restart(tmp_path, server, restarts=2, hosts=3)

    assert verdict["ok"], verdict


def test_a_copy_made_during_writes_is_one_commit_and_can_be_put_in_place(tmp_path):
    counts = backup_drill.drill_sqlite(tmp_path / "drill", (2, 2), lambda last: [last * 2 // 3])

    verdict = backup_drill.judge(counts)
    assert verdict["ok"], verdict


def test_a_postgresql_is_copied_and_put_back_by_its_own_tools(tmp_path, postgresql):
    verdict = backup_drill.judge(backup_drill.drill_postgresql(tmp_path / "drill", postgresql, (2, 1)))

    assert verdict["ok"], verdict


def test_a_collector_killed_under_load_costs_nothing(tmp_path):
    verdict = killed_collector.kill_often(tmp_path / "data", kills=2, hosts=3)

    assert verdict["ok"], verdict


def test_what_was_stored_without_an_answer_is_stored_once(tmp_path):
    verdict = lost_answers.lose_answers(tmp_path, answers=100, hosts=2)

    assert verdict["ok"], verdict


def test_a_held_database_puts_agents_off_and_nobody_else(tmp_path):
    verdict = held_database.hold_often(tmp_path / "data", (1, 3), hosts=3)

    assert verdict["ok"], verdict
