#!/usr/bin/env python3
"""What a read of /latest costs: whole, not modified, and what changed; as ratios within one run.

Type: .venv/bin/python scripts/bench/latest_304.py
It needs no server: requests go to the application itself, on a database in a temporary folder. Takes about a minute.
Processor time is measured: others at work on the machine do not count.
"""

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/faults"))

from flask import Flask, Response
from latest_fleet import Answer, Fleet, get
from verdict import finish

from collector.database import run
from collector.routes.heads import Heads

ROUNDS, CALLS = 7, 7


@dataclass(frozen=True)
class Goal:
    of: str
    to: str
    at_most: float | None


GOALS = (
    Goal("whole", "joined", 2.0),
    Goal("not_modified", "whole", 0.25),
    Goal("one_changed", "whole", 0.1),
    Goal("none_changed", "whole", 0.1),
    Goal("without_raw", "whole", None),
    Goal("first", "whole", None),
)


def bare_app() -> Flask:
    """The same stack with our work taken away: the stored bodies, joined."""
    app = Flask("bare")

    @app.get("/latest")
    def join() -> Response:
        rows = run("SELECT raw_json, parsed_json FROM reading").fetchall()
        text = ",".join(f'{{"raw":{raw},"parsed":{parsed}}}' for raw, parsed in rows)
        return Response(f'{{"items":[{text}]}}', content_type="application/json")

    return app


def one_changed(fleet: Fleet) -> Answer:
    before = get(fleet.app, fleet.token).revision
    fleet.push(fleet.hosts[0], ["account-07"], "@host-000.example", used_percent=fleet.seq % 100)
    answer = get(fleet.app, fleet.token, f"/latest?since={before}")
    assert len(json.loads(answer.body)["items"]) == 1
    return answer


def first(fleet: Fleet) -> Answer:
    fleet.app.extensions["heads"] = Heads()
    return get(fleet.app, fleet.token)


def not_modified(fleet: Fleet) -> Answer:
    answer = get(fleet.app, fleet.token, etag=get(fleet.app, fleet.token).etag)
    assert answer.status == 304
    return answer


def none_changed(fleet: Fleet) -> Answer:
    return get(fleet.app, fleet.token, f"/latest?since={get(fleet.app, fleet.token).revision}")


def cases(fleet: Fleet) -> dict[str, Callable[[], Answer]]:
    bare = bare_app()
    return {
        "joined": lambda: get(bare, fleet.token),
        "whole": lambda: get(fleet.app, fleet.token),
        "without_raw": lambda: get(fleet.app, fleet.token, "/latest?raw=0"),
        "first": lambda: first(fleet),
        "not_modified": lambda: not_modified(fleet),
        "none_changed": lambda: none_changed(fleet),
        "one_changed": lambda: one_changed(fleet),
    }


def measure(fleet: Fleet) -> tuple[list[dict[str, float]], dict[str, int]]:
    """Of each round the median seconds of each case, and the bytes of one answer."""
    rounds, sizes = [], {}
    get(fleet.app, fleet.token)
    for _ in range(ROUNDS):
        taken: dict[str, float] = {}
        for name, ask in cases(fleet).items():
            answers = [ask() for _ in range(CALLS)]
            taken[name] = statistics.median(answer.seconds for answer in answers)
            sizes[name] = len(answers[-1].body)
        rounds.append(taken)
    return rounds, sizes


def judge(goal: Goal, rounds: list[dict[str, float]], sizes: dict[str, int]) -> dict[str, Any]:
    ratios = [taken[goal.of] / taken[goal.to] for taken in rounds]
    return {
        "median": round(statistics.median(ratios), 3),
        "lowest": round(min(ratios), 3),
        "highest": round(max(ratios), 3),
        "of_bytes": round(sizes[goal.of] / sizes[goal.to], 4),
        "goal": goal.at_most,
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rounds, sizes = measure(Fleet(Path(folder)))
    found = {f"{goal.of}_to_{goal.to}": judge(goal, rounds, sizes) for goal in GOALS}
    whole_ms = round(1000 * statistics.median(taken["whole"] for taken in rounds), 1)
    is_ok = all(each["goal"] is None or each["median"] <= each["goal"] for each in found.values())
    finish({"bench": "latest_304", "rounds": ROUNDS, "whole_ms": whole_ms, "ratios": found, "ok": is_ok})


if __name__ == "__main__":
    main()
