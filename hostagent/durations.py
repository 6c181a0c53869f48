"""How long something took, takes or is ago, in words."""


def describe_age(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else describe_minutes(round(seconds / 60))


def describe_minutes(minutes: int) -> str:
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
