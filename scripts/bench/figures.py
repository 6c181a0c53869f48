"""Several measurements of one thing, in short."""

import statistics
from collections.abc import Iterable


def spread(values: Iterable[float], digits: int = 3) -> dict[str, float]:
    found = sorted(values)
    return {
        "median": round(statistics.median(found), digits),
        "lowest": round(found[0], digits),
        "highest": round(found[-1], digits),
    }


def ratios(ours: Iterable[float], others: Iterable[float]) -> list[float]:
    """Round by round."""
    return [one / other for one, other in zip(ours, others, strict=True)]
