"""What must hold before a notice may be written, and what its sender must be warned of.

A gate raises with the reason and what to do instead. A warning is a sentence: it is returned to the caller and stands
in the draft, because a person decides. DSA Art. 23 lets a hub stop listening to senders of unfounded notices.
"""

from collections.abc import Iterator
from datetime import date

from hubscan import caseflow
from hubscan.casework import CaseState, Decision, Verdict
from hubscan.errors import CaseError, UsageError
from hubscan.findings import Finding, Severity
from hubscan.notices.letter import Anonymous, Mode, NoticeSubject, Notifier, Sender, in_order
from hubscan.notices.templates import Template
from hubscan.policies import Channel, Clause, Law, Visibility

CHILD_SAFETY = "csae"

_WHO = {
    Mode.RESEARCHER: "a researcher or other notifier",
    Mode.PERSON_SHOWN: "the person shown",
    Mode.AGENT: "someone authorised to act for the person shown",
    Mode.PROVIDER: "a provider",
}

_NOT_CONFIRMED = {
    CaseState.OPEN: ("nobody has decided this case", "Decide it first: hubscan cases decide"),
    CaseState.UNSURE: ("the reviewer was unsure, so the case is undecided", "A second look must confirm it first"),
    CaseState.REJECTED: ("the case was rejected", "A rejected case has no notice; reopen it if the decision was wrong"),
    CaseState.APPEALED: ("somebody objects, and nobody has decided on the appeal", "Decide it: hubscan cases decide"),
    CaseState.CLOSED: ("the case is closed", "Reopen it if the upload is back"),
}


def grounds(subject: NoticeSubject) -> tuple[Finding, ...]:
    """Return the findings a notice may rest on, gravest first: on this one item, by stable rules, above info.

    `CaseError` says why there are none: the case is not confirmed, a critical one not by two people, or only draft,
    test, informational or paused rules matched.
    """
    case = subject.case
    where = f"case {case.number}"
    if case.state in _NOT_CONFIRMED:
        what, todo = _NOT_CONFIRMED[case.state]
        raise CaseError(what, where, todo)
    caseflow.require_people(case, subject.findings)
    if any(finding.ref != case.ref for finding in subject.findings):
        raise CaseError("the findings are on more than one item", where, "One notice is about one item")
    stable = [finding for finding in subject.findings if finding.rule.status == "stable"]
    if not stable:
        statuses = ", ".join(sorted({finding.rule.status for finding in subject.findings})) or "no"
        raise CaseError(f"only {statuses} rules match, and a notice rests on stable rules", where, "Wait for the rule")
    grave = [finding for finding in stable if finding.severity > Severity.INFO]
    if not grave:
        raise CaseError("the findings are informational only", where, "They are no ground to ask for a removal")
    sound = [finding for finding in grave if finding.rule.id not in subject.paused]
    if not sound:
        reasons = "; ".join(f"{one.rule.id} is paused: {subject.paused[one.rule.id]}" for one in grave)
        raise CaseError(reasons, where, "See hubscan cases precision, and mend the rule before it is used again")
    return tuple(sorted(sound, key=lambda finding: finding.sort_key))


def reporting_category(subject: NoticeSubject, categories: tuple[str, ...]) -> str:
    """Return what to report the case as: child safety if any rule of any status says so, else the gravest category."""
    child_safety = any(finding.rule.category == CHILD_SAFETY for finding in subject.findings)
    return CHILD_SAFETY if child_safety else categories[0]


def template(chosen: Template, subject: NoticeSubject, categories: tuple[str, ...]) -> None:
    """Refuse a template that is not for this sender, this hub or these categories."""
    front, where = chosen.front, f"template {chosen.name}"
    if subject.mode not in front.modes:
        allowed = " or ".join(f"--mode {mode}" for mode in front.modes)
        raise CaseError(
            f"this is for {' or '.join(map(_WHO.__getitem__, front.modes))}, not for {_WHO[subject.mode]}",
            where,
            f"If that is who you are, say so: {allowed}. Otherwise choose another template",
        )
    if front.hubs and subject.case.ref.hub not in front.hubs:
        raise CaseError(
            f"this is for {', '.join(front.hubs)} only", where, "Choose another template, such as hub-policy"
        )
    if front.categories and not set(categories) & set(front.categories):
        raise CaseError(
            f"this is for {' or '.join(front.categories)}, and the case is marked as {', '.join(categories)}",
            where,
            "Choose another template, such as hub-policy",
        )


def channel(chosen: Template, subject: NoticeSubject, category: str) -> Channel:
    """Return the channel to use; `CaseError` where none is on file, or it takes other reports or is not private enough.

    A child-safety case goes nowhere that is public or might be: it would warn the uploader and point others there.
    Neither does what a person shown demands: it would show them to everyone.
    """
    hub, where = subject.policies.hub(subject.case.ref.hub), f"case {subject.case.number}"
    found = subject.channel or hub.channel_for(category)
    if found is None:
        raise CaseError(
            f"no reporting channel of {hub.title} is on file", where, f"Add it to reports/hubs/{hub.name}.toml"
        )
    if not found.accepts(category):
        raise CaseError(f"the channel {found.id} does not take {category} reports", where, "Choose another channel")
    if category == CHILD_SAFETY and found.visibility is not Visibility.PRIVATE:
        seen = "is public" if found.visibility is Visibility.PUBLIC else "is not known to be private"
        raise CaseError(
            f"this is a child-safety case, and {found.title!r} at {hub.title} {seen}: "
            "it would warn the uploader and lead others to the upload",
            where,
            "Use a private address the hub has given you, or report to your national hotline (inhope.org) "
            "or, in the US, the public CyberTipline form; the template hotline-referral helps with that",
        )
    if subject.mode in (Mode.PERSON_SHOWN, Mode.AGENT) and found.visibility is not Visibility.PRIVATE:
        raise CaseError(
            f"{found.title!r} at {hub.title} is not known to be private, and this letter is about a person shown",
            where,
            "Use a private address the hub has given you: --address",
        )
    if found.kind not in chosen.front.channels:
        raise CaseError(f"the template {chosen.name} is not made for a {found.kind} channel", found.title)
    return found


def sender(chosen: Template, law: Law | None, given: Sender | None, categories: tuple[str, ...]) -> None:
    """Refuse a notice without a sender, an unnamed one where the law's exception cannot reach, a false status."""
    if "sender.trusted_flagger" in chosen.front.requires and not (
        isinstance(given, Notifier) and given.trusted_flagger
    ):
        raise UsageError(
            "only a certified trusted flagger sends this, and no certification is given",
            f"template {chosen.name}",
            "Give --coordinator and --flagger-number, or choose dsa-art16",
        )
    if chosen.front.unnamed:
        return
    if given is None:
        raise UsageError(
            "the notice needs the notifier's name and email",
            f"template {chosen.name}",
            "Give --name and --email, or choose --anonymous where the law allows it",
        )
    allowed = set(law.anonymous_categories if law else ())
    if isinstance(given, Anonymous) and not set(categories) <= allowed:
        raise UsageError(
            f"an anonymous notice is not possible for {', '.join(c for c in categories if c not in allowed)}",
            f"template {chosen.name}",
            "Name the notifier; "
            + (
                f"{law.title} lets only {', '.join(sorted(allowed))} go unnamed"
                if law and allowed
                else "this template has no such exception"
            ),
        )


def case_warnings(subject: NoticeSubject, used: tuple[Finding, ...]) -> Iterator[str]:
    """Say what is weak about the case: findings left out, content changed since the decision, facts missing."""
    left_out = [finding for finding in subject.findings if finding not in used]
    if left_out:
        why = ", ".join(in_order(_why_left_out(finding, subject) for finding in left_out))
        yield f"{len(left_out)} of {len(subject.findings)} findings are left out ({why})."
    record, decided = subject.record, confirmed(subject)
    if record is None:
        yield "The stored record is not at hand: revision, files and digests may be missing."
    elif decided and decided.record_digest and decided.record_digest != (subject.case.record_digest or record.digest):
        yield "The record has changed since the decision: look again before sending."
    if not (record and record.ref.revision) and not subject.case.ref.revision:
        yield "The exact revision is not known."
    if decided and decided.policy and not chosen_clause(subject):
        yield f"The decision cites {decided.policy}, which is not on file for this hub: it is not in the letter."


def paused_warnings(subject: NoticeSubject, used: tuple[Finding, ...]) -> Iterator[str]:
    """Say how many rules behind `used` are paused for notices, and name none: the uploader may come to see it."""
    rules = {finding.rule.id for finding in used}
    if paused := rules & subject.paused.keys():
        yield (
            f"{len(paused)} of the {len(rules)} rules behind this are paused for notices, as hubs rejected too many: "
            "look again whether the restriction stands (hubscan cases precision)."
        )


def no_law_warning(category: str, on: date) -> str:
    """Say that a legal notice rests on the hub's terms alone."""
    return (
        f"No law on file makes {category} illegal on {on.isoformat()}: the letter rests on the hub's own terms. "
        "Use the template hub-policy, or have counsel name the law."
    )


ANONYMOUS_WARNING = (
    "The notifier is left out by choice. The exception covers offences under Articles 3 to 7 of Directive 2011/93/EU; "
    "whether it reaches a model repository is open, and the hub cannot ask back or tell you its decision."
)


def confirmed(subject: NoticeSubject) -> Decision | None:
    """Return the last decision that confirmed the case."""
    decisions = reversed(subject.case.decisions)
    return next((decision for decision in decisions if decision.verdict is Verdict.CONFIRMED), None)


def chosen_clause(subject: NoticeSubject) -> Clause | None:
    """Return the clause of this hub that the decision cites, or None."""
    decided, hub = confirmed(subject), subject.policies.hub(subject.case.ref.hub)
    return next((clause for clause in hub.clauses if decided and clause.id == decided.policy), None)


def reviewers(subject: NoticeSubject) -> int:
    """Return how many different people confirmed the content the case was last decided on."""
    return len(subject.case.confirmed_by)


def _why_left_out(finding: Finding, subject: NoticeSubject) -> str:
    if finding.rule.id in subject.paused:
        return "paused rule"
    return "informational" if finding.rule.status == "stable" else f"{finding.rule.status} rule"
