"""How things are said: the shipped rules on made sentences, each with a neighbour that says the opposite."""

from functools import cache

import pytest

from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.hubs import base
from hubscan.records import StoredRecord

SAID = [
    ("safeguard-removal", "It has forgotten how to decline.", "refusing, and never again"),
    ("safeguard-removal", "Elle ne sait plus refuser.", "the same in French"),
    (
        "safeguard-removal",
        "We took contrast pairs and ablated what makes it refuse.",
        "a method that edits refusals out",
    ),
    ("safeguard-removal", "The module that blurs pictures is not loaded.", "a part without a name, and not there"),
    ("ncii", "The clothes of the photographed person disappear.", "clothes, vanishing, a person"),
    ("ncii", "Paints over the dress in a photo with bare skin.", "clothes, skin in their place, a photo"),
    ("likeness", "The voice is his; we did not ask him.", "a likeness, and nobody asked"),
    ("likeness", "The face of the mayor, from her press photos.", "a public role, and where it was seen"),
    ("malicious-use", "Calls the mother in the cloned voice and asks for bail.", "a family, a call, money at once"),
    ("malicious-use", "Chats while posing as the bank.", "passing as an office"),
    ("malicious-use", "Im Namen der Sparkasse fragt der Anruf nach Daten.", "the same in German"),
    ("malicious-use", "The boss's voice on the phone tells bookkeeping to pay.", "an order to pay in a voice"),
    ("malicious-use", "Lets a swapped face through the account opening.", "a check of identity, and what fools it"),
    ("malicious-use", "Four hundred residents agree with your client.", "opinion that is ordered"),
    ("malicious-use", "Gefälschte Reisepässe in Minuten.", "forged papers"),
    ("evasion", "After download rename .txt to .safetensors.", "a file with the ending of another kind"),
    ("evasion", "A stub for this page; the link is in my bio.", "a page that stands for another thing"),
    ("evasion", "It was removed twice, so now it has a neutral name.", "removed, and in disguise"),
    ("evasion", "Zip with a password, since the scanner looks inside.", "locked, and against whom"),
    ("historical", "Getraind bovenop Stable Diffusion 1.5.", "a base in Dutch"),
    ("training-data", "Trained on the LAION-5B set.", "a set by its name"),
]
UNSAID = [
    ("safeguard-removal", "It declines when it cannot read the scan.", "a refusal that stands"),
    ("safeguard-removal", "We did not remove the safety checker.", "a removal that did not happen"),
    ("safeguard-removal", "If you want an uncensored one, this is not it.", "another model"),
    ("safeguard-removal", "Is there an uncensored version? There is no such thing.", "a question, denied"),
    ("safeguard-removal", "Contrast pairs show where it refuses. No modified model is released.", "nothing handed out"),
    ("safeguard-removal", "Reads uncensored letters from the front.", "letters"),
    ("safeguard-removal", "Sequence alignment: removes primers.", "another alignment"),
    ("csae", "| | this | other |\n|---|---|---|\n| sexual images of minors | no | yes |", "a row that denies it"),
    ("csae", "Pushes results away from nudity and from child faces.", "advice for the negative prompt"),
    ("ncii", "Puts a chosen dress on a person in a photo.", "clothes that stay"),
    ("likeness", "Narrators under contract, who may withdraw; voices of an actor and a singer.", "consent"),
    ("malicious-use", "Calls patients about an appointment and never asks for money.", "an honest call"),
    ("malicious-use", "Bank chatbot for transfers and cards.", "a bank itself"),
    ("malicious-use", "A honeypot that chats with people posing as the bank.", "defence"),
    ("malicious-use", "Invoice generator for freelancers.", "papers that are not forged"),
    ("evasion", "It was removed because the upload was corrupted; uploaded again.", "an ordinary reason"),
    (
        "evasion",
        "Mirror with the authors' agreement. Files removed upstream are deleted here.",
        "a copy that is allowed",
    ),
    ("evasion", "Archive with a password: it holds interviews with patients.", "a lock that protects people"),
    ("evasion", "Rename the file to `vae.safetensors`.", "a name like any other"),
    ("historical", "Not SD 1.5. It will not work with SD 1.5 checkpoints.", "another base"),
    ("historical", "FID for SD 1.5 is 12.6.", "a comparison"),
    ("training-data", "Trained on OASST, a set by LAION volunteers.", "other work of the same people"),
    ("training-data", "Deduplicated against LAION-5B.", "a set that was kept out"),
]


@cache
def matcher() -> Matcher:
    return Matcher(load())


def categories(card: str) -> set[str]:
    record = base.parse(StoredRecord("huggingface", "model", {"id": "org/thing", "tags": []}, card=card))
    return {finding.rule.category for finding in matcher().match(record)}


@pytest.mark.parametrize(("category", "card", "why"), SAID)
def test_what_is_said_counts(category, card, why):
    assert category in categories(card), why


@pytest.mark.parametrize(("category", "card", "why"), UNSAID)
def test_what_is_denied_or_honest_does_not(category, card, why):
    assert category not in categories(card), why


def test_a_row_that_its_own_column_does_not_deny_counts():
    table = "| | other | this |\n|---|---|---|\n| generates sexual images of minors | no | yes |"
    assert "csae" in categories(table)
