"""Headers of files on a hub: which are worth asking for, and reading them by ranges through the polite client.

Opt-in, and never for what a `csae` rule has flagged: `read` asks the matcher itself, before the first byte and again
after every header, so no caller can forget to. Nothing of a tensor is asked for, and a server that ignores the range
is left unread (`Client.get_range`).
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hubscan import headers
from hubscan.findings import Finding, ScanError
from hubscan.headers import Header
from hubscan.http import Client, Fault, UrlClass
from hubscan.records import FileEntry, FileHeader, RepoRecord

NEVER_FOR = "csae"
"""The category whose findings end all reading of a repo's files."""

Match = Callable[[RepoRecord], Iterable[Finding]]
"""What says whether a record is flagged: `engine.match.Matcher.match`, and what is known of the repo from before."""

_ADAPTER = re.compile(r"lora|locon|loha|lokr|lycoris|adapter|embedding|textual.?inversion|hypernet", re.IGNORECASE)
_LATER_PART = re.compile(r"-(?!0*1-of-)\d{2,6}-of-\d{2,6}\.[a-z]+$", re.IGNORECASE)
_PAST_THE_END = 416


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much of a repo is read: `files` at most, and of each no more than its first `size` bytes."""

    files: int = 4
    size: int = headers.CAP


@dataclass(frozen=True, slots=True)
class RemoteHeaders:
    """What came of a repo's files: texts by file name, fit for `StoredRecord.headers`, and what could not be read.

    `withheld` says that a `csae` finding forbade reading, from the start or from some file on.
    """

    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    errors: tuple[ScanError, ...] = ()
    withheld: bool = False


class _FaultError(Exception):
    """Carries a fault of the client out of a reader."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.kind)


def candidates(record: RepoRecord, caps: Caps = Caps()) -> Sequence[FileEntry]:
    """Return the files whose header is worth asking for: adapters first, then small files, then by name.

    Of a model in parts only the first counts, and of the same file under several names one.
    """
    readable = [
        file
        for file in record.files or ()
        if file.name.lower().endswith(headers.suffixes()) and not _LATER_PART.search(file.name)
    ]
    ordered = sorted(readable, key=_rank)
    distinct = {file.sha256 or file.name: file for file in reversed(ordered)}
    return [file for file in ordered if distinct[file.sha256 or file.name] is file][: caps.files]


def read(
    client: Client,
    record: RepoRecord,
    match: Match,
    address: Callable[[FileEntry], str],
    *,
    caps: Caps = Caps(),
    also_hosts: Collection[str] = (),
) -> RemoteHeaders:
    """Read the headers of a repo's candidate files; `address` gives the URL of one, at a fixed revision.

    Every request is of class `header` in the ledger. Raises nothing but `errors.StoppedError`, which ends a run.
    """
    values: dict[str, Mapping[str, str]] = {}
    errors: list[ScanError] = []
    for file in candidates(record, caps):
        if _is_flagged(match(_with(record, values))):
            return RemoteHeaders(values, tuple(errors), withheld=True)
        header, error = _read_file(client, file, address(file), caps.size, also_hosts)
        if error:
            errors.append(replace(error, ref=record.ref))
        if header and (header.values or not header.error):
            values[file.name] = header.values
    return RemoteHeaders(values, tuple(errors))


def _read_file(
    client: Client, file: FileEntry, url: str, cap: int, also_hosts: Collection[str]
) -> tuple[Header | None, ScanError | None]:
    """Return the header, None where the hub gave none at all, and what went wrong."""

    def part(offset: int, size: int) -> bytes:
        reply = client.get_range(url, offset, size, UrlClass.HEADER, also_hosts=also_hosts)
        if not isinstance(reply, Fault):
            return reply.value
        if reply.status == _PAST_THE_END:
            return b""
        raise _FaultError(reply)

    where = url.partition("?")[0]
    try:
        header = headers.read(file.name, part, min(cap, client.settings.body_cap))
    except _FaultError as error:
        return None, ScanError(where, error.fault.kind.value, error.fault.message)
    fault = header.error
    return header, ScanError(where, fault.kind.value, fault.message) if fault else None


def _is_flagged(findings: Iterable[Finding]) -> bool:
    return any(finding.rule.category == NEVER_FOR for finding in findings)


def _with(record: RepoRecord, values: Mapping[str, Mapping[str, str]]) -> RepoRecord:
    return replace(record, headers=(*record.headers, *(FileHeader(name, found) for name, found in values.items())))


def _rank(file: FileEntry) -> tuple[bool, bool, int, str]:
    return (_ADAPTER.search(file.name) is None, file.size is None, file.size or 0, file.name)
