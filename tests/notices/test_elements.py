"""What each paper must hold by law or by its reader's rules, as a table: an element less, in any language, fails."""

import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from hubscan import resources
from hubscan.errors import PolicyError
from hubscan.notices import draft, load
from tests.notices.cases import DEPICTION, NOW, POLICIES, REVISION, suited

LANGUAGES = ("en", "de", "fr", "es")
URL = "https://huggingface.co/sample-studio/undress-lora"
FIELD_DIGEST = "e5a589fc1c949e4dcb01ebabdee68b87f66ada6ef1e54032f9587cf7fe93ca35"
NOTIFIER = ["Kim Example", "kim@desk.example"]
LOCATION = [URL, REVISION, "model.safetensors", "a" * 64]
WHY = ["Marked as ncii", "ncii/marked", "card", FIELD_DIGEST, "offer the model"]
WHY_CHILD = ["Marked as csae", "csae/marked", *WHY[2:]]
GOOD_FAITH = ("good faith", "gutem Glauben", "bonne foi", "buena fe")
COMPLETE = ("accurate and complete", "richtig und vollständig", "compl", "complet")
BLANK = "____"

# (template, element, what stands in it in every language, words in English, German, French, Spanish)
ELEMENTS: list[tuple[str, str, list[str], list[tuple[str, str, str, str]]]] = [
    # DSA Art. 16(2) (a) to (d)
    ("dsa-art16", "explanation", [*WHY, "Content Policy"], []),
    ("dsa-art16", "location", LOCATION, []),
    ("dsa-art16", "notifier", NOTIFIER, []),
    ("dsa-art16", "statement", [], [GOOD_FAITH, COMPLETE]),
    # the same four for a hub's own policy
    ("hub-policy", "explanation", [*WHY, "Content Policy"], []),
    ("hub-policy", "location", LOCATION, []),
    ("hub-policy", "notifier", NOTIFIER, []),
    ("hub-policy", "statement", [], [GOOD_FAITH, COMPLETE]),
    # DSA Art. 22, with the four of Art. 16
    ("trusted-flagger", "coordinator", ["Example Coordinator", "TF-17"], []),
    ("trusted-flagger", "explanation", [*WHY_CHILD, "Directive 2011/93/EU"], []),
    ("trusted-flagger", "location", LOCATION, []),
    ("trusted-flagger", "notifier", [*NOTIFIER, "TF-17"], []),
    ("trusted-flagger", "statement", [], [GOOD_FAITH, COMPLETE]),
    # GitHub, which judges a project in its context
    ("github", "context", ["README"], [("repository name", "Name des Repo", "nom du dépôt", "nombre del repo")]),
    ("github", "context", [], [("model card", "Modellkarte", "fiche du modèle", "ficha del modelo")]),
    ("github", "context", [], [("no marking seen", "keine Kennzeichnung", "aucune mention", "no se vio")]),
    ("github", "context", [], [("not examined", "nicht geprüft", "non examiné", "no examinado")]),
    ("github", "explanation", [*WHY, "Synthetic Media"], []),
    ("github", "location", LOCATION, []),
    ("github", "notifier", NOTIFIER, []),
    ("github", "statement", [], [GOOD_FAITH, COMPLETE]),
    # a hotline
    ("hotline-referral", "item", LOCATION, []),
    ("hotline-referral", "explanation", WHY_CHILD, []),
    ("hotline-referral", "care", [], [("No model file", "Keine Modelldatei", "Aucun fichier", "ningún archivo")]),
    (
        "hotline-referral",
        "limits",
        [],
        [("cannot directly", "nicht unmittelbar", "évaluer directement", "directamente")],
    ),
    ("hotline-referral", "contact", NOTIFIER, []),
    # 47 USC 223a: signature, identification, good faith, contact
    ("take-it-down", "signature", ["Kim Example"], [("Signature", "Unterschrift", "Signature", "Firma")]),
    ("take-it-down", "identification", [DEPICTION, URL, BLANK], []),
    (
        "take-it-down",
        "good-faith",
        [],
        [GOOD_FAITH, ("without the consent", "ohne Einw", "sans le cons", "sin el cons")],
    ),
    ("take-it-down", "contact", [*NOTIFIER, BLANK], []),
    # UK Online Safety Act, intimate image content report
    ("uk-intimate-image", "kind", [], [("is intimate image", "intimer Bildinhalt", "image intime", "imagen íntima")]),
    (
        "uk-intimate-image",
        "standing",
        [],
        [("I am the person", "ich die gezeigte", "être la personne", "soy la persona")],
    ),
    ("uk-intimate-image", "good-faith", [], [GOOD_FAITH, ("is true", "ist wahr", "est vrai", "es verdad")]),
    ("uk-intimate-image", "identification", [DEPICTION, URL], []),
    ("uk-intimate-image", "contact", NOTIFIER, []),
    # 18 USC 2258A, for providers
    ("cybertipline-checklist", "incident-type", [BLANK], [("Required", "Pflicht", "Obligatoire", "Obligatorio")]),
    ("cybertipline-checklist", "incident-time", [BLANK], [("time zone", "Zeitzone", "fuseau", "zona horaria")]),
    ("cybertipline-checklist", "preservation", [], [("one year", "ein Jahr", "un an", "un año")]),
    ("cybertipline-checklist", "approval", [BLANK], [("approval of", "Freigabe durch", "approbation", "aprobación")]),
    ("cybertipline-checklist", "item", [*LOCATION, *WHY_CHILD], []),
]
TEMPLATES = tuple(dict.fromkeys(template for template, *_ in ELEMENTS))


def element(html: str, name: str) -> str:
    found = re.search(rf'<section data-element="{name}">(.*?)</section>', html, re.DOTALL)
    return unescape(re.sub("<[^>]+>", " ", found[1])) if found else ""


def lacking(template: str, language: str, reports: Path) -> list[tuple[str, str]]:
    """Return (element, words) that a drafted HTML paper does not hold."""
    about, sender = suited(template)
    form = load(template, language, POLICIES, reports)
    html = draft(form, "restricted", "html", about, sender, NOW).text.decode()
    at = LANGUAGES.index(language)
    wanted = [
        (name, word)
        for of, name, facts, said in ELEMENTS
        if of == template
        for word in (*facts, *(words[at] for words in said))
    ]
    return [(name, word) for name, word in wanted if word not in element(html, name)]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resources.folder("reports"), tmp_path / "reports"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_paper_holds_every_required_element(template, language):
    assert lacking(template, language, resources.folder("reports")) == []


def test_the_table_knows_every_template_and_element():
    for template in TEMPLATES:
        front = load(template, "en", POLICIES).front
        required = {one.element for one in POLICIES.law(front.law).requires} if front.law else set()
        assert {name for of, name, *_ in ELEMENTS if of == template} == {*front.elements, *required}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("template", "name"), sorted({(template, name) for template, name, *_ in ELEMENTS}))
def test_a_template_without_an_element_does_not_load(reports, template, name, language):
    path = reports / f"notices/{template}.{language}.j2"
    text = path.read_text(encoding="utf-8")
    head = f'{{% call x.element("{name}"'
    assert text.count(head) == 1
    path.write_text(text.replace(head, '{% call x.section("x"'), encoding="utf-8")
    with pytest.raises(PolicyError, match=f"the element '{name}' is missing"):
        load(template, language, POLICIES, reports)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("template", "name"), sorted({(template, name) for template, name, *_ in ELEMENTS}))
def test_an_element_without_its_words_is_noticed(reports, template, name, language):
    path = reports / f"notices/{template}.{language}.j2"
    text = path.read_text(encoding="utf-8")
    start = text.index("\n", text.index(f'{{% call x.element("{name}"')) + 1
    # An element ends where the next one, a section or the end of the letter begins.
    end = re.compile(r"^\{% call x\.(?:element|section)\(|^\{\{ (?:p\.close|x\.foot)\(", re.MULTILINE).search(
        text, start
    )
    assert end
    path.write_text(text[:start] + "{% endcall %}\n" + text[end.start() :], encoding="utf-8")
    assert name in {lacked for lacked, _ in lacking(template, language, reports)}


# Lines of the shared wording that carry a legal element: taking one out must be noticed by the table above.
CARRIERS = [
    ("{{ x.code(item.url) }}", "location"),
    ("{{ x.code(item.revision) }}", "location"),
    ("{{ x.code(file.name) }}", "location"),
    ('{{ x.small(words.labels.file_digest ~ " ", file.sha256) }}', "location"),
    ("{{ sender.name }}", "notifier"),
    ("{{ x.code(sender.email) }}", "notifier"),
    ("{% call x.part(marking.title) %}", "explanation"),
    ("{{ x.code(marking.rule) }}", "explanation"),
    ('{{ x.small(words.labels.field_digest ~ " ", place.field_sha256) }}', "explanation"),
    ("{{ x.strong(basis.title) }}", "explanation"),
    ("{{ line }}", "explanation"),
]


@pytest.mark.parametrize(("carrier", "name"), CARRIERS)
def test_taking_words_out_of_the_shared_wording_is_noticed(reports, carrier, name):
    path = reports / "notices/parts.j2"
    text = path.read_text(encoding="utf-8")
    assert carrier in text
    path.write_text(text.replace(carrier, '{% call x.part("") %}' if "call" in carrier else ""), encoding="utf-8")
    assert name in {lacked for lacked, _ in lacking("dsa-art16", "en", reports)}
