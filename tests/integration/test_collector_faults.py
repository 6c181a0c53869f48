"""The scripts in scripts/faults/ that are about the collector, with small counts."""

import access_matrix
import full_collector
import power_cut
import sigterm_parked
from conftest import real_part_is_missing
from disks import can_make_disks, can_mount_images, small_disk


def test_a_collector_that_is_told_to_stop_leaves_nobody_without_an_answer(tmp_path):
    crowd = sigterm_parked.Crowd(agents=30, pages=10, uploads=5, pushers=2)

    verdict = sigterm_parked.stop_often(tmp_path, crowd, rounds=1)

    assert verdict["ok"], verdict


def test_over_http_everybody_gets_what_is_promised_and_no_more(tmp_path):
    verdict = access_matrix.call_all(tmp_path, ("POST /registry", "DELETE /session", "POST /tokens", "GET /latest"))

    assert verdict["ok"], verdict


def test_a_collector_on_a_full_disk_puts_agents_off_and_heals(tmp_path):
    if not can_make_disks():
        real_part_is_missing("root, who can mount a small disk,")
    with small_disk(tmp_path / "disk", "64m") as disk:
        verdict = full_collector.fill_often(disk, (1, 4), hosts=3)

    assert verdict["ok"], verdict


def test_a_power_cut_leaves_everything_that_was_acknowledged(tmp_path):
    if not can_mount_images():
        real_part_is_missing("root, who can mount a disk in a file,")

    verdict = power_cut.compare(tmp_path, cuts=2, hosts=2)

    assert verdict["ok"], verdict
