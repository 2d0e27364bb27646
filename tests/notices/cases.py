"""A confirmed case to draft notices for; every text in it is made up."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

from hubscan import policies
from hubscan.casework import Case, CaseState, Decision, Verdict
from hubscan.findings import Confidence, Evidence, Finding, RuleRef, Severity, Span
from hubscan.notices import Draft, Mode, NoticeSubject, Notifier, Sender, TrustedFlagger, draft, load
from hubscan.records import FileEntry, RepoRecord, RepoRef, TextField

POLICIES = policies.load()
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
NOTIFIER = Notifier("Kim Example", "kim@desk.example", "Example Hotline")
FLAGGER = Notifier("Kim Example", "kim@desk.example", "Example Hotline", TrustedFlagger("Example Coordinator", "TF-17"))
REVISION = "0123456789abcdef0123456789abcdef01234567"


def finding(ref: RepoRef, category: str = "ncii", status: str = "stable", **changes: Any) -> Finding:
    rule = RuleRef(f"{category}/marked", "5" * 64, status, category, f"Marked as {category}")
    made = Finding(
        fingerprint="f" * 64,
        rule=rule,
        ref=ref,
        url="https://hub.example/x",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        facets=("name", "card"),
        evidence=(Evidence(Span("card", 10, 16), "all[0]"), Evidence(Span("name", 0, 6), "all[1]")),
        discounted=(Evidence(Span("card", 40, 46), "all[0]", context="forbids"),),
    )
    return dataclasses.replace(made, **changes)


def record(ref: RepoRef, **changes: Any) -> RepoRecord:
    made = RepoRecord(
        ref=ref,
        url="https://huggingface.co/sample-studio/undress-lora",
        title="undress-lora",
        author="sample-studio",
        tags=("lora",),
        texts=(TextField("card", "card", "This card is a sample made for a test.", "markdown"),),
        card="read",
        files=(FileEntry("model.safetensors", 151_112_288, "a" * 64), FileEntry("README.md", 812)),
        created_at="2026-10-02T08:11:00Z",
        fetched_at="2026-11-21T17:04:12Z",
    )
    return dataclasses.replace(made, **changes)


def subject(category: str = "ncii", hub: str = "huggingface", **changes: Any) -> NoticeSubject:
    ref = RepoRef(hub, "model", "sample-studio/undress-lora", REVISION)
    stored = record(ref)
    reason = "Name and card offer the model as a tool for undressing real people."
    decided = Decision(7, Verdict.CONFIRMED, "reviewer-a", reason, "2026-11-22T08:00:00Z", record_digest=stored.digest)
    case = Case(7, ref, stored.url, CaseState.CONFIRMED, "2026-11-21T18:00:00Z", ("f" * 64,), (decided,))
    made = NoticeSubject(case=case, findings=(finding(ref, category),), record=stored, policies=POLICIES)
    return dataclasses.replace(made, **changes)


def by_two(about: NoticeSubject) -> NoticeSubject:
    """The same, confirmed by a second person too."""
    again = dataclasses.replace(about.case.decisions[-1], reviewer="reviewer-b")
    return dataclasses.replace(about, case=dataclasses.replace(about.case, decisions=(*about.case.decisions, again)))


def in_state(about: NoticeSubject, state: CaseState) -> NoticeSubject:
    return dataclasses.replace(about, case=dataclasses.replace(about.case, state=state))


def drafted(
    about: NoticeSubject,
    template: str = "dsa-art16",
    fmt: str = "markdown",
    edition: str = "restricted",
    sender: Sender | None = NOTIFIER,
    now: datetime = NOW,
    language: str = "en",
) -> Draft:
    return draft(load(template, language, POLICIES), edition, fmt, about, sender, now)


DEPICTION = "https://huggingface.co/sample-studio/undress-lora/picture-7"
PRIVATE = policies.operator_channel("desk@example.org")


def suited(template: str) -> tuple[NoticeSubject, Sender]:
    """Return a case and a sender that a template is for."""
    victim = subject(channel=PRIVATE, mode=Mode.PERSON_SHOWN, depiction=DEPICTION)
    about = {
        "github": subject(hub="github"),
        "trusted-flagger": subject("csae", channel=PRIVATE),
        "hotline-referral": subject("csae"),
        "take-it-down": victim,
        "uk-intimate-image": victim,
        "cybertipline-checklist": subject("csae", mode=Mode.PROVIDER),
    }
    return about.get(template, subject()), FLAGGER if template == "trusted-flagger" else NOTIFIER
