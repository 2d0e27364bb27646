# ruff: noqa: ARG002 - answers that are the same whatever is asked
"""What most connectors answer alike, and how a fault of the network reads in a report. Not a hub itself."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from hubscan.findings import ScanError, SkippedRepo
from hubscan.http import Client, Fault, FaultKind
from hubscan.hubs.base import Account, Holder, Unread
from hubscan.records import RepoRecord, RepoRef, StoredRecord

TOKEN_VARIABLE = "HUBSCAN_TOKEN"  # noqa: S105 - a name, no secret
"""The environment variable with the token for an endpoint that is none of a hub's own."""

_SKIPS = {
    FaultKind.GATED: "gated",
    FaultKind.DISABLED: "disabled",
    FaultKind.UNAUTHORIZED: "unauthorized",
    FaultKind.FORBIDDEN: "forbidden",
    FaultKind.BLOCKED: "blocked",
    FaultKind.NOT_FOUND: "vanished",
    FaultKind.GONE: "vanished",
}


class Usual(ABC):
    """One list with all in it, no quota, no look-up by hash, no counts, no reports, and no older revisions."""

    kinds: tuple[str, ...] = ("model",)
    views: tuple[str, ...] = ("",)
    refused: Mapping[str, str] = MappingProxyType({})
    with_card: tuple[str, ...] = ()
    interval = 1.0

    @abstractmethod
    def fetch(self, client: Client, ref: RepoRef) -> StoredRecord | Unread:
        """Read one repo by its name; see `Connector.fetch`."""

    def entry(self, client: Client, ref: RepoRef) -> StoredRecord | Unread:
        """Read the repo as a list would show it, which is one request; see `Connector.entry`."""
        return self.fetch(client, ref)

    def hidden(self, client: Client, record: RepoRecord, vantage: str | None) -> str:
        """Take the hub at its word; see `Connector.hidden`."""
        return ""

    def kept(self, client: Client, ref: RepoRef) -> bool | None:
        """Know of no older revisions; see `Connector.kept`."""
        return None

    def holders(self, client: Client, hashes: Sequence[str]) -> Iterator[Holder | ScanError]:
        """Know of no file; see `Connector.holders`."""
        return iter(())

    def counts(self, client: Client, author: str | None) -> Iterator[Mapping[str, int] | ScanError]:
        """Count nothing; see `Connector.counts`."""
        return iter(())

    def has_card(self, stored: StoredRecord) -> bool | None:
        """Say that a list shows all there is; see `Connector.has_card`."""
        return False

    def card(self, client: Client, stored: StoredRecord) -> StoredRecord | Unread:
        """Return the record as it is; see `Connector.card`."""
        return stored

    def gaps(self, stored: StoredRecord) -> tuple[ScanError, ...]:
        """Name nothing: a record is read whole or not at all; see `Connector.gaps`."""
        return ()

    def reports(self, client: Client, stored: StoredRecord) -> StoredRecord | Unread:
        """Return the record as it is; see `Connector.reports`."""
        return stored


def account(hub: str, sites: Sequence[str], endpoint: str | None) -> Account:
    """Return where to ask and the token for it: `HUBSCAN_<HUB>_TOKEN` for the hub's own `sites`, else `HUBSCAN_TOKEN`.

    The first of `sites` is asked where no other endpoint is given. A token never goes to a place it was not given for.
    """
    place = (endpoint or sites[0]).rstrip("/")
    variable = f"HUBSCAN_{hub.upper()}_TOKEN" if place in sites else TOKEN_VARIABLE
    return Account(place, os.environ.get(variable) or None)


def unread(fault: Fault, ref: RepoRef) -> Unread:
    """Return what a fault says of one repo: that it is not to be read, or that reading it failed."""
    if reason := _SKIPS.get(fault.kind):
        return SkippedRepo(ref, reason)
    return replace(error(fault), ref=ref)


def error(fault: Fault) -> ScanError:
    """Return a fault as the report has it."""
    return ScanError(fault.where, fault.kind.value, fault.message)


def odd(ref: RepoRef) -> ScanError:
    """Say that a name is none the hub gives, so that it is not put in an address."""
    return ScanError(ref.kind, "odd-name", "the hub gives no such names: nothing is asked about it", ref)
