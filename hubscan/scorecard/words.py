"""How values and ids read to people."""

import tomllib
from functools import cache

from hubscan.resources import folder
from hubscan.scorecard.sheet import Standing, Unit, Value

STANDINGS = {
    Standing.DOCUMENTED: "documented",
    Standing.NONE: "none",
    Standing.UNKNOWN: "unknown",
    Standing.NOT_ASKED: "not a hub's to answer",
}


@cache
def _categories() -> dict[str, str]:
    told = tomllib.loads((folder("reports") / "notices" / "words.en.toml").read_text(encoding="utf-8"))
    return dict(told["categories"])


def category(name: str) -> str:
    """Return what people call a category of harm: the words that notices use."""
    return _categories()[name]


def value(one: Value, unit: Unit) -> str:
    """Return a value in a few words: `12`, `67 % (35 % to 88 %)`, `2.0 days (1.0 to 7.0)`, `unknown`."""
    if one.value is None:
        return "unknown"
    said = _number(one.value, unit)
    if unit is Unit.DAYS:
        said = f"{said} {'day' if one.value == 1 else 'days'}"
    if one.low is None and one.high is None:
        return said
    low = _number(one.low, unit) if one.low is not None else "unknown"
    high = _number(one.high, unit) if one.high is not None else "unknown"
    return f"{said} ({low} to {high})"


def beside(one: Value, unit: Unit) -> str:
    """Return what a reader must know beside the value: why it is unknown, or among how many it was counted."""
    if one.value is None:
        open_low = f"; more than {_number(one.low, unit)} days" if one.low and unit is Unit.DAYS else ""
        return one.note + open_low
    return f"of {one.of:,}" if one.of is not None else ""


def whole(one: Value, unit: Unit) -> str:
    """Return the value with what a reader must know beside it, on one line."""
    said, more = value(one, unit), beside(one, unit)
    return f"{said} ({more})" if more else said


def _number(number: float, unit: Unit) -> str:
    if unit is Unit.SHARE:
        return _percent(number)
    return f"{number:.1f}" if unit is Unit.DAYS else f"{int(number):,}"


def _percent(share: float) -> str:
    """A share that is not none never reads as 0 %, nor one that is not all as 100 %."""
    if 0 < share < 0.005:
        return "under 0.5 %"
    return "over 99.5 %" if 0.995 < share < 1 else f"{share * 100:.0f} %"
