#!/usr/bin/env python3
"""Draws what growth.py has measured, as SVG files for deploy/README.md.

Type: .venv/bin/python scripts/bench/growth_charts.py growth.json
Needs matplotlib, which nothing else here does; type before: .venv/bin/python -m pip install matplotlib
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
# The same file for the same figures, and texts that stay texts.
mpl.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 11})

from matplotlib import pyplot  # noqa: E402 - after its settings

FOLDER = Path(__file__).resolve().parents[2] / "deploy"
KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
Line = tuple[str, Sequence[float], Sequence[float]]


def main() -> None:
    found = json.loads(Path(sys.argv[1]).read_text())
    draw("ingest", "durable snapshots a second", "connections", lines(found, "connections", "per_second"), "log")
    draw("latest", "/latest whole, ms", "accounts", lines(found, "accounts", "latest_ms"))
    draw("latest-history", "/latest whole, ms", "rows of history", lines(found, "rows", "latest_ms"))
    history = [*lines(found, "rows", "history_ms", "/history"), *lines(found, "rows", "ingest_ms", "one snapshot")]
    draw("history", "ms", "rows of history", history)
    rounds = found["round"]
    draw("round", "seconds until all are read", "accounts of one host", [("", *columns(rounds, "accounts", "seconds"))])


def lines(found: dict[str, Any], by: str, name: str, what: str = "") -> list[Line]:
    return [(f"{what} {title}".strip(), *columns(found[by][kind], by, name)) for kind, title in KINDS.items()]


def columns(rows: Sequence[dict[str, float]], *names: str) -> list[list[float]]:
    return [[row[name] for row in rows] for name in names]


def draw(name: str, what: str, by: str, drawn: Sequence[Line], scale: str = "linear") -> None:
    """On a linear scale what costs as much again for as many more is a straight line."""
    figure, axes = pyplot.subplots(figsize=(5.4, 3.2), layout="constrained")
    for title, xs, ys in drawn:
        axes.plot(xs, ys, marker="o", label=title or None)
    axes.set(xlabel=by, ylabel=what, xscale=scale, ylim=(0, None))
    xs = drawn[0][1]
    ticks = [x for x in xs if scale == "log" or x >= max(xs) / 10]
    axes.set_xticks(ticks, [f"{x:,.0f}" for x in ticks])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    if len(drawn) > 1:
        axes.legend()
    figure.savefig(FOLDER / f"growth-{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
