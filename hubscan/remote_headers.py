"""Headers of files on a hub: which are worth asking for, and reading them by ranges through the polite client.

Opt-in, and never for what a `csae` rule has flagged: `read` asks the matcher itself, before the first byte and again
after every header, so no caller can forget to. Nothing of a tensor is asked for, and a server that ignores the range
is left unread (`Client.get_range`).
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hubscan import headers
from hubscan.errors import StoppedError
from hubscan.findings import Finding, ScanError
from hubscan.headers import Header
from hubscan.http import Client, Fault, FaultKind, Reply, UrlClass
from hubscan.records import FileEntry, FileHeader, RepoRecord

NEVER_FOR = "csae"
"""The category whose findings end all reading of a repo's files."""
WITHHELD = "headers_withheld"
"""The reason in the report for that."""

Match = Callable[[RepoRecord], Iterable[Finding]]
"""What says whether a record is flagged: `engine.match.Matcher.match`, and what is known of the repo from before."""

_ADAPTER = re.compile(r"lora|locon|loha|lokr|lycoris|adapter|embedding|textual.?inversion|hypernet", re.IGNORECASE)
_LATER_PART = re.compile(r"-(?!0*1-of-)\d{2,6}-of-\d{2,6}\.[a-z]+$", re.IGNORECASE)
_QUANTISED = re.compile(
    r"[-._](?:UD[-_])?(?:I?Q\d\w{0,8}|TQ\d\w{0,4}|MXFP4\w{0,8}|B?F(?:16|32)|FP(?:8|16|32))(?=\.gguf$|-\d+-of-\d+\.gguf$)",
    re.IGNORECASE,
)
_PAST_THE_END = 416
_REFUSALS = frozenset(
    {FaultKind.GATED, FaultKind.DISABLED, FaultKind.UNAUTHORIZED, FaultKind.FORBIDDEN, FaultKind.BLOCKED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much of a repo is read: `files` at most, and of each no more than its first `size` bytes."""

    files: int = 4
    size: int = headers.CAP


@dataclass(frozen=True, slots=True)
class RemoteHeaders:
    """What came of a repo's files: texts by file name, fit for `StoredRecord.headers`, and what could not be read.

    `unread` says in one word why the rest was not asked for: `WITHHELD`, from the start or from some file on, or
    `headers_gated` and the like where the hub says no. `stopped` is what ended the run before the rest.
    """

    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    errors: tuple[ScanError, ...] = ()
    unread: str | None = None
    stopped: StoppedError | None = None


class _FaultError(Exception):
    """Carries a fault of the client out of a reader."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.kind)


def candidates(record: RepoRecord, caps: Caps = Caps()) -> Sequence[FileEntry]:
    """Return the files whose header is worth asking for: adapters first, then small files, then by name.

    Of a model in parts only the first counts; of the same file under several names, and of the quantisations of one
    model, whose texts are the same, one.
    """
    readable = [
        file
        for file in record.files or ()
        if file.name.lower().endswith(headers.suffixes()) and not _LATER_PART.search(file.name)
    ]
    ordered = sorted(readable, key=_rank)
    by_content = {file.sha256 or file.name: file for file in reversed(ordered)}
    by_model = {_model(file): file for file in reversed(ordered) if by_content[file.sha256 or file.name] is file}
    return [file for file in ordered if by_model.get(_model(file)) is file][: caps.files]


def is_adapter(file: FileEntry) -> bool:
    """Return whether a file can be read and is an adapter by its name."""
    return file.name.lower().endswith(headers.suffixes()) and _ADAPTER.search(file.name) is not None


def waiting(record: RepoRecord, caps: Caps = Caps()) -> Sequence[FileEntry]:
    """Return the candidate files whose header the record does not hold yet."""
    held = {header.file for header in record.headers}
    return [file for file in candidates(record, caps) if file.name not in held]


def read(
    client: Client,
    record: RepoRecord,
    match: Match,
    address: Callable[[FileEntry], str | None],
    *,
    caps: Caps = Caps(),
    also_hosts: Collection[str] = (),
) -> RemoteHeaders:
    """Read the headers of a repo's `waiting` files; `address` gives the URL of one, at a fixed revision, None for none.

    Every request is of class `header` in the ledger. Never raises.
    """
    values: dict[str, Mapping[str, str]] = {}
    errors: list[ScanError] = []
    for file in waiting(record, caps):
        if _is_flagged(match(_with(record, values))):
            return RemoteHeaders(values, tuple(errors), WITHHELD)
        url = address(file)
        if url is None:
            errors.append(ScanError(str(record.ref), "odd-name", "a file whose name fits no address", record.ref))
            continue
        try:
            header, error = _read_file(client, file, url, caps.size, also_hosts)
        except _FaultError as refusal:
            return RemoteHeaders(values, tuple(errors), f"headers_{refusal.fault.kind}")
        except StoppedError as stop:
            return RemoteHeaders(values, tuple(errors), stopped=stop)
        if error:
            errors.append(replace(error, ref=record.ref))
        if header and (header.values or not header.error):
            values[file.name] = header.values
    return RemoteHeaders(values, tuple(errors))


def _read_file(
    client: Client, file: FileEntry, url: str, cap: int, also_hosts: Collection[str]
) -> tuple[Header | None, ScanError | None]:
    """Return the header, None where the hub gave none at all, and what went wrong. `_FaultError` for a refusal."""
    where = url.partition("?")[0]
    try:
        header = headers.read(file.name, _parts(client, url, also_hosts), min(cap, client.settings.body_cap))
    except _FaultError as error:
        if error.fault.kind in _REFUSALS:
            raise
        return None, ScanError(where, error.fault.kind.value, error.fault.message)
    fault = header.error
    return header, ScanError(where, fault.kind.value, fault.message) if fault else None


def _parts(client: Client, url: str, also_hosts: Collection[str]) -> headers.Read:
    """Return what asks for parts of one file. Where the first was redirected, the others are asked for there.

    Half the requests, and the hub counts one visit to the file and not one for each part.
    """
    place = url

    def ask(there: str, offset: int, size: int) -> Reply[bytes] | Fault:
        return client.get_range(there, offset, size, UrlClass.HEADER, also_hosts=also_hosts)

    def part(offset: int, size: int) -> bytes:
        nonlocal place
        reply = ask(place, offset, size)
        if isinstance(reply, Fault) and place != url:  # a signature may be for one part, or have run out
            reply = ask(url, offset, size)
        if not isinstance(reply, Fault):
            place = reply.url
            return reply.value
        if reply.status == _PAST_THE_END:
            return b""
        raise _FaultError(reply)

    return part


def _model(file: FileEntry) -> str:
    """Return what a file is called without its quantisation, as llama.cpp names them."""
    return _QUANTISED.sub("", file.name)


def _is_flagged(findings: Iterable[Finding]) -> bool:
    return any(finding.rule.category == NEVER_FOR for finding in findings)


def _with(record: RepoRecord, values: Mapping[str, Mapping[str, str]]) -> RepoRecord:
    return replace(record, headers=(*record.headers, *(FileHeader(name, found) for name, found in values.items())))


def _rank(file: FileEntry) -> tuple[bool, bool, int, str]:
    return (_ADAPTER.search(file.name) is None, file.size is None, file.size or 0, file.name)
