"""The scripts in scripts/faults/ that are about the collector's database, with small counts."""

import migration_kill


def test_a_killed_migration_leaves_the_old_tables_or_the_new(tmp_path, postgresql):
    places = migration_kill.places(tmp_path, postgresql, starts=[True])

    verdict = migration_kill.judge(migration_kill.kill_at(place, lambda last: (last // 2, last)) for place in places)

    assert verdict["ok"], verdict
    assert (verdict["old"], verdict["new"]) == (2, 2)
