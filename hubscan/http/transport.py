"""Sockets: one request out, one response head in, the body unread.

The adapter of `requests` is used, not `Session.send`: the latter reads the whole body of a redirect to look ahead,
even when told not to follow (a 302 with a weight file behind it would be read), and keeps cookies.
"""

import io
import time
from http.client import HTTPResponse
from typing import Any, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager, ProxyManager

from hubscan.errors import UsageError
from hubscan.http.places import origin_of
from hubscan.http.settings import Settings

HTTPResponseClass = type[HTTPResponse]


class Transport:
    """Sends requests by the settings of a run. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session = requests.Session()
        self._session.headers.clear()
        self._session.auth = _OwnToken(settings)
        adapter = _DeadlineAdapter(settings.read_timeout)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def send(self, method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> requests.Response:
        """Return the response, its body unread; close it. Raises `requests.RequestException`; `UsageError` for SOCKS.

        Proxies and the CA bundle come from the environment (`HTTPS_PROXY`, `NO_PROXY`, `REQUESTS_CA_BUNDLE`).
        """
        headers = {"User-Agent": self._settings.user_agent, **headers}
        prepared = self._session.prepare_request(requests.Request(method, url, headers=headers, data=body))
        around: dict[str, Any] = dict(self._session.merge_environment_settings(url, {}, True, None, None))
        timeout: Any = urllib3.Timeout(connect=self._settings.connect_timeout, total=self._settings.deadline)
        return self._session.get_adapter(url).send(prepared, timeout=timeout, **around)

    def close(self) -> None:
        """Close every connection."""
        self._session.close()


class _OwnToken(AuthBase):
    """Adds the token to requests for its own origin, and to no other.

    An auth object, even one that adds nothing, also keeps `requests` from sending what `.netrc` holds for a host: a
    hub must not get a credential that nobody gave this tool. `trust_env` stays on for proxies and CA bundles.
    """

    def __init__(self, settings: Settings) -> None:
        self._token, self._home = settings.token, settings.home

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token and origin_of(request.url or "") == self._home:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _DeadlineSocket(io.RawIOBase):
    """Reads a socket until a fixed moment.

    A socket's own timeout starts anew with every byte, so a server that drips one a second holds a reader for ever, in
    the status line as well as in the body. Here each read gets what is left of the whole request.
    """

    def __init__(self, raw: Any, sock: Any, silence: float, deadline: float) -> None:
        self._raw, self._sock, self._silence, self._deadline = raw, sock, silence, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline of the request has passed")
        self._sock.settimeout(min(left, self._silence))
        return cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineAdapter(HTTPAdapter):
    def __init__(self, silence: float) -> None:
        self._pools = _pools(silence)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._use_pools(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> ProxyManager:
        if str(args[0] if args else kwargs.get("proxy")).startswith("socks"):
            # Its connections are a class of their own: with ours in their place the proxy would be passed by.
            raise UsageError("a SOCKS proxy cannot be used", todo="Set HTTPS_PROXY to an http:// or https:// one")
        manager: ProxyManager = super().proxy_manager_for(*args, **kwargs)
        self._use_pools(manager)
        return manager

    def _use_pools(self, manager: PoolManager) -> None:
        manager.pool_classes_by_scheme = self._pools


def _pools(silence: float) -> dict[str, type[HTTPConnectionPool]]:
    """Build urllib3's pools on connections whose responses keep the deadline."""

    class Response(HTTPResponse):
        def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
            # urllib3 has just set the socket's timeout to what is left of `Timeout(total=...)`.
            deadline = time.monotonic() + (sock.gettimeout() or silence)
            super().__init__(sock, *args, **kwargs)
            raw = self.fp.detach()
            self.fp = io.BufferedReader(_DeadlineSocket(raw, sock, silence, deadline))

    class Plain(HTTPConnection):
        response_class: HTTPResponseClass = Response

    class Tls(HTTPSConnection):
        response_class: HTTPResponseClass = Response

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}
