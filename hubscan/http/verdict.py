"""What a reply's head says before its body is read: go on, go elsewhere, or a fault in one word.

Error headers are Hugging Face's (`X-Error-Code`, `X-Error-Message`; huggingface_hub `utils/_http.py` reads the same);
other hubs do not send them and are judged by status alone.
"""

from collections.abc import Mapping
from http import HTTPStatus

from hubscan.http.outcomes import Fault, FaultKind
from hubscan.http.places import shown

REDIRECTS = frozenset({301, 302, 303, 307, 308})
RETRIED = frozenset({FaultKind.SERVER, FaultKind.TIMEOUT, FaultKind.UNREACHABLE, FaultKind.CUT})
"""Faults that may be gone in a moment. 429 is apart: it is answered by waiting as told, not by backing off."""

_BY_STATUS = {
    401: FaultKind.UNAUTHORIZED,
    403: FaultKind.FORBIDDEN,
    404: FaultKind.NOT_FOUND,
    408: FaultKind.TIMEOUT,
    410: FaultKind.GONE,
    429: FaultKind.RATE_LIMITED,
    451: FaultKind.BLOCKED,
}
_BY_CODE = {
    "GatedRepo": FaultKind.GATED,
    "RepoNotFound": FaultKind.NOT_FOUND,
    "RevisionNotFound": FaultKind.NOT_FOUND,
    "EntryNotFound": FaultKind.NOT_FOUND,
}
_DISABLED = "access to this resource is disabled"


def fault_of(status: int, headers: Mapping[str, str], url: str) -> Fault | None:
    """Return the fault that `status` and lower-case `headers` state, or None for a 200 or 206."""
    if status in (200, 206):
        return None
    code, said = _clean(headers.get("x-error-code")), _clean(headers.get("x-error-message"))
    message = f"status {status}" + (f" ({code})" if code else "") + (f": {said}" if said else "")
    return Fault(_kind(status, code, said), shown(url), message, status, code, headers)


def _kind(status: int, code: str, said: str) -> FaultKind:
    if 400 <= status < 500 and status != HTTPStatus.TOO_MANY_REQUESTS:
        if _DISABLED in said.lower():
            return FaultKind.DISABLED
        if code in _BY_CODE:
            return _BY_CODE[code]
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return FaultKind.SERVER
    return FaultKind.REJECTED if status >= 400 else FaultKind.BAD_BODY


def _clean(value: str | None) -> str:
    """A server's own words, cut and made printable: they end up in reports and on terminals."""
    return "".join(char for char in (value or "") if " " <= char <= "~")[:200].strip()
