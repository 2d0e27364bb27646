"""How a run talks to one hub, checked once, and the clock it does so by."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hubscan import __version__
from hubscan.errors import UsageError
from hubscan.http.places import Origin, origin_of, shown

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, handed in so that a test can run five hours of quota in a second.

    Socket deadlines are not in here: they are kept in real seconds, because sockets are.
    """

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The manners of a run. Times are seconds, sizes bytes.

    `endpoint` is the hub's own address and the only place `token` is ever sent to. `contact` (a URL or mail address)
    goes into the User-Agent. `deadline` bounds one request from connect to last byte, `read_timeout` each silence in
    it. `wait_cap` bounds any wait a server may ask for: a little over the five minutes of the longest known window.
    `interval` is the least time between two requests to one host, for hubs that publish no quota.
    """

    endpoint: str
    token: str | None = field(default=None, repr=False)
    contact: str | None = None
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    deadline: float = 120.0
    body_cap: int = 16 * MIB
    tries: int = 5
    quota_tries: int = 6
    wait_cap: float = 330.0
    interval: float = 0.0

    def __post_init__(self) -> None:
        _ = self.home
        for name, value in (("token", self.token), ("contact", self.contact)):
            if value is not None and not _header_safe(value):  # never print it: it may be a secret
                raise UsageError(f"the {name} holds blanks or characters that no header can carry", todo="Set it again")

    @property
    def home(self) -> Origin:
        """The hub's own origin; `UsageError` if the endpoint is no http(s) address."""
        if origin := origin_of(self.endpoint):
            return origin
        raise UsageError("the endpoint is no http or https address", shown(self.endpoint), "Give https://host[:port]")

    @property
    def user_agent(self) -> str:
        """Who is asking: `hubscan/VERSION`, and where to complain."""
        return f"hubscan/{__version__}" + (f" (+{self.contact})" if self.contact else "")


def _header_safe(value: str) -> bool:
    return bool(value) and all("!" <= char <= "~" for char in value)
