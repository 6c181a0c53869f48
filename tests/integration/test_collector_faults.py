"""The scripts in scripts/faults/ that are about the collector, with small counts."""

import os
import re
import subprocess

import access_matrix
import full_collector
import power_cut
import pytest
import sigterm_parked
from access import EXPECTED
from conftest import real_part_is_missing
from disks import can_make_disks, can_mount_images, filled, small_disk
from programs import PROGRAMS


def test_a_collector_that_is_told_to_stop_leaves_nobody_without_an_answer(tmp_path):
    crowd = sigterm_parked.Crowd(agents=30, pages=10, uploads=5, pushers=2)

    verdict = sigterm_parked.stop_often(tmp_path, crowd, rounds=1)

    assert verdict["ok"], verdict


def test_over_http_everybody_gets_what_is_promised_and_no_more(tmp_path):
    verdict = access_matrix.call_all(tmp_path, ("POST /registry", "DELETE /session", "POST /tokens", "GET /latest"))

    assert verdict["ok"], verdict


def test_every_route_can_be_called_over_http():
    variables = {variable for route in EXPECTED for variable in re.findall("<(.*?)>", route)}

    assert variables == access_matrix.VALUES.keys()


@pytest.fixture
def disk(tmp_path):
    if not can_make_disks():
        real_part_is_missing("root, who can mount a small disk,")
    with small_disk(tmp_path / "disk", "64m") as folder:
        yield folder


def test_a_collector_on_a_full_disk_puts_agents_off_and_heals(disk):
    verdict = full_collector.fill_often(disk, (1, 4), hosts=3)

    assert verdict["ok"], verdict


def run_collector(data_dir, *arguments):
    environment = {"COLLECTOR_DATA_DIR": str(data_dir)}
    command = [PROGRAMS / "collector", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_collector_that_is_started_on_a_full_disk_says_what_to_do(disk):
    run_collector(disk, "migrate")

    with filled(disk):
        done = run_collector(disk, "serve", "--bind", "127.0.0.1:0")

    assert done.returncode == os.EX_TEMPFAIL
    assert "is its disk full? (see: df -h) make room there, and type the same again" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_power_cut_leaves_everything_that_was_acknowledged(tmp_path):
    if not can_mount_images():
        real_part_is_missing("root, who can mount a disk in a file,")

    verdict = power_cut.compare(tmp_path, cuts=2, hosts=2)

    assert verdict["ok"], verdict
