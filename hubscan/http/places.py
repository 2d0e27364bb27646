"""Which addresses may be asked. A hub's replies name addresses; none of them is trusted.

Sources: RFC 6454 (origin), RFC 9110 15.4 (redirects).
"""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: the unit of trust. `str()` gives `host:port`."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def origin_of(url: str) -> Origin | None:
    """Return the origin of `url`, or None where it is no plain http(s) address (credentials in it, bad port, ...)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc or _odd(url):
        return None
    return Origin(parts.scheme, parts.hostname, DEFAULT_PORTS[parts.scheme] if port is None else port)


def objection(url: str, home: Origin, also_hosts: Collection[str] = ()) -> str | None:
    """Return why `url` must not be asked in the name of the hub at `home`, or None where it may be.

    Allowed are the hub's own origin, its https twin on the default ports, and `also_hosts` by their exact name or,
    written with a leading dot, any name under them; those never on a private address unless the hub itself is on one.
    """
    there = origin_of(url)
    if there is None:
        return "the address is not a plain http or https one"
    if there == home or _https_twin(there, home):
        return None
    if home.scheme == "https" and there.scheme == "http":
        return "the address leaves https"
    if not any(there.host == host or (host.startswith(".") and there.host.endswith(host)) for host in also_hosts):
        return f"the address is on another host ({there})"
    if is_private(there.host) and not is_private(home.host):
        return "the address is inside a private network"
    return None


def is_private(host: str) -> bool:
    """Return True for an address or name that does not belong to the public internet."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def canonical(url: str) -> str:
    """Return `url` with its query in one order and no fragment: two addresses that ask the same compare equal."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return parts._replace(query=query, fragment="").geturl()


def join(base: str, target: str) -> str:
    """Return `target` as seen from `base`; a target that cannot be read comes back as it is, to be refused."""
    try:
        return urljoin(base, target)
    except ValueError:
        return target


def shown(url: str) -> str:
    """Return `url` as it may be printed: no query (signatures, cursors), no credentials, no endless length."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an unreadable address"
    host = parts.netloc.rpartition("@")[2]
    return "".join(c for c in f"{parts.scheme}://{host}{parts.path}" if c.isprintable())[:300]


def _https_twin(there: Origin, home: Origin) -> bool:
    return there == Origin("https", home.host, 443) and home == Origin("http", home.host, 80)


def _odd(url: str) -> bool:
    # Backslashes and blanks are read differently by different URL parsers: that is how checks are walked round.
    return "\\" in url or any(char <= " " or char == "\x7f" for char in url)
