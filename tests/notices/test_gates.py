"""What is refused and why, and what a sender is warned of."""

import contextlib
import dataclasses

import pytest

from hubscan.casework import CaseState
from hubscan.errors import CaseError, UsageError
from hubscan.findings import Severity
from hubscan.notices import ANONYMOUS, Mode, Notifier
from hubscan.policies import Visibility, operator_channel
from hubscan.records import RepoRef
from tests.notices.cases import DEPICTION, NOTIFIER, POLICIES, PRIVATE, by_two, drafted, finding, in_state, subject

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
    ({"template": "letter"}, r"There are: cybertipline-checklist \(de\), .*hub-policy \(en\)"),
]


VICTIM = {"mode": Mode.PERSON_SHOWN, "depiction": DEPICTION}

# (template, case, why it is refused)
NOT_FOR = [
    ("take-it-down", subject(), "the person shown or someone authorised.*not for a researcher.*--mode person-shown"),
    ("uk-intimate-image", subject(), "not for a researcher"),
    ("uk-intimate-image", subject(mode=Mode.PROVIDER), "not for a provider"),
    ("dsa-art16", subject(mode=Mode.AGENT), "for a researcher or other notifier, not for someone authorised"),
    ("cybertipline-checklist", subject("csae"), "for a provider, not for a researcher"),
    ("cybertipline-checklist", subject("ncii", mode=Mode.PROVIDER), "for csae, and the case is marked as ncii"),
    ("take-it-down", subject(**VICTIM), "'Report the repository' at Hugging Face is not known to be private"),
    ("take-it-down", subject(**VICTIM, channel=UNCERTAIN), "is not known to be private"),
    ("take-it-down", subject(mode=Mode.AGENT, channel=PRIVATE), "needs depiction, which is not known"),
    ("take-it-down", subject("likeness", "civitai", **VICTIM), "for ncii or csae, and the case is marked as likeness"),
    ("github", subject(), "for github only"),
    ("github", subject(hub="github", channel=PRIVATE), "not made for a email channel"),
]


@pytest.mark.parametrize(("template", "about", "why"), NOT_FOR)
@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_a_template_is_refused_to_whom_it_is_not_for(template, about, why, language):
    with pytest.raises(CaseError, match=why):
        drafted(about, template, language=language)


@pytest.mark.parametrize("mode", Mode)
def test_no_public_edition_for_whom_a_template_is_not(mode):
    allowed = mode in (Mode.PERSON_SHOWN, Mode.AGENT)
    with contextlib.nullcontext() if allowed else pytest.raises(CaseError, match="not for"):
        drafted(subject(mode=mode, depiction=DEPICTION, channel=PRIVATE), "take-it-down", edition="public")


@pytest.mark.parametrize("sender", [NOTIFIER, ANONYMOUS, None])
def test_only_a_certified_sender_is_called_a_trusted_flagger(sender):
    with pytest.raises(UsageError, match="no certification is given"):
        drafted(subject("csae", channel=PRIVATE), "trusted-flagger", sender=sender)


@pytest.mark.parametrize("sender", [ANONYMOUS, None])
def test_a_hotline_referral_may_go_unnamed_and_past_a_public_channel(sender):
    made = drafted(subject("csae"), "hotline-referral", sender=sender)
    assert b"Left unnamed by choice" in made.text
    assert not any("is public" in warning for warning in made.warnings)


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
    (subject("csae", "ollama", channel=PRIVATE), "Nothing about the desk of Ollama has been verified"),
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
