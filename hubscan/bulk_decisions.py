"""One decision on many cases: counted before it is made, and made whole or not at all."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from hubscan import cases
from hubscan.casework import Case, CaseFilter, CaseState, Decision, Verdict
from hubscan.findings import Severity
from hubscan.store import Store

_ONE_BY_ONE = "critical: confirmed one by one only"


@dataclass(frozen=True, slots=True)
class Bulk:
    """How many cases a decision is for, by the state they were in, and how many are left out, by the reason."""

    states: Mapping[str, int]
    left_out: Mapping[str, int]

    @property
    def words(self) -> str:
        """The same as a sentence."""
        total, states = sum(self.states.values()), _listed(self.states)
        left_out = f" Left out: {_listed(self.left_out)}." if self.left_out else ""
        return f"{total:,} case{'s' * (total != 1)}{f' ({states})' if states else ''}.{left_out}"


def preview(store: Store, wanted: CaseFilter, verdict: Verdict) -> Bulk:
    """Return what `decide_all` would do now, and change nothing."""
    return _sorted(list(cases.list_cases(store, wanted)), verdict)[1]


def decide_all(
    store: Store,
    wanted: CaseFilter,
    verdict: Verdict,
    *,
    reviewer: str,
    reason: str,
    now: str,
    policy: str | None = None,
) -> Bulk:
    """Append the same decision to every case that is meant, in one transaction. Errors are those of `cases.decide`.

    Closed cases and open appeals are left out, and critical cases are not confirmed in bulk: two people must look.
    """
    decision = Decision(0, verdict, cases.pseudonym(reviewer), cases.said(reason), now, policy)
    with store.writing() as connection:
        meant, bulk = _sorted(cases.locked_cases(connection, wanted), verdict)
        cases.decide_alike(connection, meant, decision)
        return bulk


def _sorted(found: list[Case], verdict: Verdict) -> tuple[list[Case], Bulk]:
    reasons = {case.number: _left_out(case, verdict) for case in found}
    meant = [case for case in found if not reasons[case.number]]
    left_out = Counter(reason for reason in reasons.values() if reason)
    return meant, Bulk(Counter(case.state.value for case in meant), left_out)


def _left_out(case: Case, verdict: Verdict) -> str | None:
    if case.state in (CaseState.CLOSED, CaseState.APPEALED):
        return case.state.value
    if verdict is Verdict.CONFIRMED and case.severity is Severity.CRITICAL:
        return _ONE_BY_ONE
    return None


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[word]:,} {word}" for word in sorted(counts))
