"""What a crawl of whole lists did not see, as far as that can be told: by the hub's own counts, and from where it read.

Sentences for the report. They name no account: how many are short is said, not who.
"""

from collections.abc import Iterable, Mapping

from hubscan import render
from hubscan.findings import ScanError


def said_of_vantage(vantage: str | None) -> str:
    """Say from where the hub was read. It is never guessed: what stands in a report must be known."""
    if vantage is None:
        return "From which country the hub was read is not stated; hubs show less in some of them."
    return f"The hub was read from {vantage}, as the operator says; elsewhere it may show more or less."


def shortfall(
    told: Iterable[Mapping[str, int] | ScanError], listed: Mapping[str | None, int], author: str | None
) -> tuple[str, ...]:
    """Compare what the hub counts for its accounts with what its lists showed; empty where it counts nothing."""
    counted: dict[str, int] = {}
    for page in told:
        if isinstance(page, ScanError):
            return (
                *_compared(counted, listed, author),
                f"The hub's own counts were not read to their end: {page.kind}.",
            )
        counted |= page
    return _compared(counted, listed, author)


def _compared(counted: Mapping[str, int], listed: Mapping[str | None, int], author: str | None) -> tuple[str, ...]:
    if not counted:
        return ()
    if author is not None:
        if author not in counted:
            return ("The hub has no count for this account.",)
        shown = f"its lists showed {listed.get(author, 0):,}"
        return (f"The hub counts {render.counted(counted[author], 'repo')} of this account; {shown}.",)
    short = [number - listed.get(name, 0) for name, number in counted.items() if number > listed.get(name, 0)]
    if not short:
        accounts = render.counted(len(counted), "account")
        return (f"The hub's own counts for {accounts} are no higher than what its lists showed.",)
    return (
        f"By the hub's own counts, {len(short):,} of {render.counted(len(counted), 'account')} have more than its "
        f"lists showed: {render.counted(sum(short), 'repo')} that no list showed.",
    )
