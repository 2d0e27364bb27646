"""What is asked about one repo beyond its list entry: card, reports, headers. It runs on threads and keeps nothing.

Headers come last, and only where the card of that very version is known: whether a `csae` rule flags the repo must be
decided before the first of them is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hubscan import remote_headers
from hubscan.errors import StoppedError
from hubscan.findings import ScanError, SkippedRepo
from hubscan.http import Client
from hubscan.hubs import base
from hubscan.hubs.base import Connector
from hubscan.records import RepoRecord, RepoRef, StoredRecord

CARD, HEADERS = "card", "headers"
"""How far a repo was read before a stop: its card; its card and the first of its headers."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A repo and what is still to be read of it.

    `progress` is how far an earlier run came, `held` the headers of this version that are known already. `flagged` says
    that a finding stands on the repo from before which forbids its headers.
    """

    stored: StoredRecord
    card: bool
    headers: bool
    progress: str | None = None
    held: Mapping[str, Mapping[str, str]] | None = None
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the record with all that was read, and what is said beside it.

    `card` and `headers` say that some of each is new. `stopped` ended the run before all was asked.
    """

    stored: StoredRecord
    card: bool = False
    headers: bool = False
    skips: tuple[SkippedRepo, ...] = ()
    errors: tuple[ScanError, ...] = ()
    stopped: StoppedError | None = None

    @property
    def vanished(self) -> bool:
        """Whether the hub says that there is no such repo any more."""
        return any(skip.reason == "vanished" for skip in self.skips)

    def unread(self, why: base.Unread, ref: RepoRef) -> "Answer":
        """Return this with one more reason why something is missing."""
        if isinstance(why, ScanError):
            return replace(self, errors=(*self.errors, replace(why, ref=ref)))
        return replace(self, skips=(*self.skips, why))


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one hub. `match` is called from every thread; `reports` also asks for what the community reported."""

    hub: Connector
    client: Client
    match: remote_headers.Match
    reports: bool

    def ask(self, wanted: Wanted) -> Answer:
        """Read what is wanted; what ends the run comes back as a value."""
        answer = Answer(wanted.stored)
        ref = ref_of(wanted.stored)
        try:
            if wanted.card:
                answer = self._card(answer, ref)
            known = not wanted.card or answer.card
            if self.reports:
                answer = self._reports(answer, ref)
        except StoppedError as stop:
            return replace(answer, stopped=stop)
        if not wanted.headers or not known:
            return answer
        if wanted.flagged:
            return answer.unread(SkippedRepo(ref, remote_headers.WITHHELD), ref)
        return self._headers(answer, wanted.held)

    def _card(self, answer: Answer, ref: RepoRef) -> Answer:
        read = self.hub.card(self.client, answer.stored)
        return replace(answer, stored=read, card=True) if isinstance(read, StoredRecord) else answer.unread(read, ref)

    def _reports(self, answer: Answer, ref: RepoRef) -> Answer:
        told = self.hub.reports(self.client, answer.stored)
        if isinstance(told, StoredRecord):
            return replace(answer, stored=told)
        return answer if answer.skips or answer.errors else answer.unread(told, ref)

    def _headers(self, answer: Answer, held: Mapping[str, Mapping[str, str]] | None) -> Answer:
        """Add the headers; those of an earlier version go only when there are newer ones."""
        hub, record = base.header_source(self.hub), _parsed(replace(answer.stored, headers=held))
        endpoint = self.client.settings.endpoint
        came = remote_headers.read(
            self.client,
            record,
            self.match,
            lambda file: hub.file_address(endpoint, record.ref, file.name),
            also_hosts=hub.file_hosts,
        )
        answer = replace(answer, errors=(*answer.errors, *came.errors), stopped=came.stopped)
        if came.unread:
            answer = answer.unread(SkippedRepo(record.ref, came.unread), record.ref)
        if not came.values:
            return answer
        return replace(answer, stored=replace(answer.stored, headers={**(held or {}), **came.values}), headers=True)


def ref_of(stored: StoredRecord) -> RepoRef:
    """Return which repo a queued record is of."""
    return _parsed(stored).ref


def _parsed(stored: StoredRecord) -> RepoRecord:
    record = base.parse(stored)
    assert isinstance(record, RepoRecord), "what is queued was read before"  # noqa: S101
    return record
