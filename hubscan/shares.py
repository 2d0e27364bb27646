"""How sure a share is: Wilson's score interval (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927), at 95 per cent."""

from dataclasses import dataclass
from math import sqrt

_Z = 1.959963984540054
"""The normal distribution's 97.5 % point."""


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `total`. Without any, nothing is known: the value is None and the interval everything."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        """The share itself, 0 to 1."""
        return self.hits / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float]:
        """The least and the most it may be, 0 to 1."""
        if not self.total:
            return 0.0, 1.0
        share, squared = self.hits / self.total, _Z * _Z / self.total
        middle = share + squared / 2
        reach = _Z * sqrt((share * (1 - share) + squared / 4) / self.total)
        return max((middle - reach) / (1 + squared), 0.0), min((middle + reach) / (1 + squared), 1.0)

    @property
    def words(self) -> str:
        """The same for a person."""
        if self.value is None:
            return "unknown"
        low, high = self.interval
        return f"{self.value:.0%} ({low:.0%} to {high:.0%})"
