"""What a scan reads from and keeps in, whatever that is: the shape that dumps and crawls share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from hubscan.findings import Delta
from hubscan.store import Judged, Run, Store


@dataclass(frozen=True, slots=True)
class Ends:
    """`judged` comes once and is safe where it is to be kept; `finish` closes the scan and raises if it was empty.

    `store` and `run` are None where nothing is kept. `requests` and `unknown` are for the report, after `finish`.
    """

    judged: Iterable[Judged]
    finish: Callable[[], Delta | None]
    store: Store | None
    run: Run | None
    requests: Callable[[], Mapping[str, Mapping[str, int]]]
    unknown: Callable[[], tuple[str, ...]]
