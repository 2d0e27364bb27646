"""What is refused and why, and what a sender is warned of."""

import dataclasses

import pytest

from hubscan.casework import CaseState
from hubscan.errors import CaseError, UsageError
from hubscan.findings import Severity
from hubscan.notices import ANONYMOUS, Notifier
from hubscan.policies import Visibility, operator_channel
from hubscan.records import RepoRef
from tests.notices.cases import POLICIES, by_two, drafted, finding, in_state, subject

REF = subject().case.ref
CIVITAI = subject(hub="civitai").case.ref
UNCERTAIN = dataclasses.replace(operator_channel("desk@example.org"), visibility=Visibility.UNKNOWN)
GRAVE = finding(REF, severity=Severity.CRITICAL)
PAUSED = {"ncii/marked": "5 of 6 notices were rejected"}
OTHER_HUB = subject(hub="ollama")

REFUSED = [
    (in_state(subject(), CaseState.OPEN), "nobody has decided this case"),
    (in_state(subject(), CaseState.UNSURE), "the case is undecided"),
    (in_state(subject(), CaseState.REJECTED), "the case was rejected"),
    (in_state(subject(), CaseState.CLOSED), "the case is closed"),
    (in_state(subject(), CaseState.APPEALED), "nobody has decided on the appeal"),
    (subject(findings=(GRAVE,)), "critical, and only reviewer-a confirmed"),
    (subject(paused=PAUSED), "ncii/marked is paused: 5 of 6 notices were rejected"),
    (subject(findings=()), "only no rules match"),
    (subject(findings=(finding(REF, status="draft"),)), "only draft rules match"),
    (subject(findings=(finding(REF, status="test"), finding(REF, status="draft"))), "only draft, test rules match"),
    (subject(findings=(finding(REF, "training-data", severity=Severity.INFO),)), "informational only"),
    (subject(findings=(finding(RepoRef("huggingface", "model", "other/one")),)), "more than one item"),
    (subject("csae"), r"child-safety case, and 'Report the repository' at Hugging Face is public"),
    (subject("csae"), "inhope.org"),
    (subject(findings=(finding(REF), finding(REF, "csae", "draft"))), "child-safety case"),
    (subject("csae", channel=UNCERTAIN), "not known to be private"),
    (OTHER_HUB, "no reporting channel of Ollama is on file"),
    (subject(hub="civitai", channel=POLICIES.hub("civitai").channel("likeness-mail")), "does not take ncii reports"),
    (subject("likeness", "huggingface"), "needs clauses or laws, which is not known"),
]


@pytest.mark.parametrize(("about", "why"), REFUSED)
def test_a_letter_is_refused_with_the_reason(about, why):
    with pytest.raises(CaseError, match=why):
        drafted(about)


@pytest.mark.parametrize("state", [CaseState.OPEN, CaseState.UNSURE, CaseState.REJECTED, CaseState.CLOSED])
def test_the_public_edition_needs_a_confirmed_case_too(state):
    with pytest.raises(CaseError):
        drafted(in_state(subject(), state), edition="public")


def test_a_child_safety_case_goes_to_a_private_desk():
    made = drafted(subject("csae", channel=operator_channel("desk@example.org")))
    assert b"desk@example.org" in made.text
    assert any("operator's own settings; not verified" in warning for warning in made.warnings)


MISUSED = [
    ({"sender": None}, "needs the notifier's name and email"),
    ({"sender": ANONYMOUS}, "anonymous notice is not possible for ncii"),
    ({"sender": ANONYMOUS, "template": "hub-policy"}, "this template has no such exception"),
    ({"edition": "secret"}, "no edition 'secret'"),
    ({"fmt": "docx"}, "Choose one of html, pdf, markdown, json"),
    ({"template": "letter"}, r"There are: dsa-art16 \(en\), hub-policy \(en\)"),
]


@pytest.mark.parametrize(("options", "why"), MISUSED)
def test_a_wrong_option_is_refused_with_the_choices(options, why):
    with pytest.raises(UsageError, match=why):
        drafted(subject(), **options)


def test_anonymity_does_not_cover_a_case_that_is_more_than_child_safety():
    mixed = subject(hub="civitai", findings=(finding(CIVITAI, "csae"), finding(CIVITAI, "malicious-use")))
    with pytest.raises(UsageError, match="not possible for malicious-use"):
        drafted(mixed, sender=ANONYMOUS)


@pytest.mark.parametrize(
    ("name", "email", "why"), [("", "a@b.example", "name is empty"), ("Kim", "kim", "'kim' is not")]
)
def test_a_notifier_is_named_and_reachable(name, email, why):
    with pytest.raises(UsageError, match=why):
        Notifier(name, email)


CHANGED = dataclasses.replace(subject().case.decisions[0], record_digest="0" * 64)
CITED = dataclasses.replace(subject().case.decisions[0], policy="huggingface/none")
FOREIGN = dataclasses.replace(subject().case.decisions[0], policy="civitai/nudify-tools")


def decided(decision):
    return subject(case=dataclasses.replace(subject().case, decisions=(decision,)))


WARNED = [
    (subject(), "is public: the uploader and everyone else"),
    (subject(), "The clause huggingface/non-consensual-sexual has not been verified"),
    (subject(), "No counsel has reviewed how eu/dsa-art16 is used here"),
    (subject(), "No law on file makes ncii illegal on 2026-11-22"),
    (subject("csae", "civitai"), "The law eu/csa-directive-2011-93 has not been verified"),
    (subject(channel=UNCERTAIN), "It is not known who can read reports"),
    (subject(channel=operator_channel("desk@example.org")), "has not been verified"),
    (subject(findings=(finding(REF), finding(REF, status="test"))), "1 of 2 findings are left out (test rule)"),
    (subject(record=None), "The stored record is not at hand"),
    (decided(CHANGED), "The record has changed since the decision"),
    (subject(case=dataclasses.replace(subject().case, record_digest="0" * 64)), "The record has changed since the"),
    (decided(CITED), "The decision cites huggingface/none, which is not on file"),
    (decided(FOREIGN), "The decision cites civitai/nudify-tools, which is not on file for this hub"),
]


@pytest.mark.parametrize(("about", "told"), WARNED)
def test_a_warning_is_returned_and_stands_in_the_draft(about, told):
    made = drafted(about, fmt="json")
    assert any(told in warning for warning in made.warnings)
    assert told.encode() in made.text
    assert drafted(about, fmt="markdown").text.count(b"**Warning:**") == len(made.warnings)
    assert drafted(about, fmt="html").text.count(b'class="warning"') == len(made.warnings)


def test_a_child_safety_case_is_reported_as_one_even_beside_graver_findings():
    both = (finding(CIVITAI, "ncii", severity=Severity.CRITICAL), finding(CIVITAI, "csae", severity=Severity.HIGH))
    assert b"Child abuse and exploitation" in drafted(by_two(subject(hub="civitai", findings=both))).text


def test_a_critical_case_that_two_people_confirmed_is_written():
    assert b"critical" in drafted(by_two(subject(findings=(GRAVE,)))).text


def test_a_paused_rule_is_left_out_and_said_to_be():
    both = (
        finding(REF),
        dataclasses.replace(finding(REF), rule=dataclasses.replace(finding(REF).rule, id="ncii/other")),
    )
    made = drafted(subject(findings=both, paused=PAUSED))
    assert b"ncii/other" in made.text
    assert b"ncii/marked" not in made.text
    assert any("1 of 2 findings are left out (paused rule)" in warning for warning in made.warnings)


def test_what_is_verified_is_not_warned_of():
    made = drafted(subject(hub="civitai"), "hub-policy")
    assert made.warnings == ()
