"""Hub and law data: what ships is sound, and every fault in a file is told at once with its place."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from hubscan import policies, resources
from hubscan.errors import PolicyError, UsageError

SHIPPED = policies.load()
DAY = date(2026, 11, 22)


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resources.folder("reports"), tmp_path / "reports"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults(reports: Path) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        policies.load(reports)
    return [str(problem) for problem in caught.value.problems]


def test_the_hubs_that_rules_need_are_on_file():
    needed = {"huggingface", "civitai", "github", "modelscope", "ollama", "kaggle", "replicate"}
    assert needed <= SHIPPED.hubs.keys()


def test_ids_are_unique_and_resolve():
    clauses = [clause.id for hub in SHIPPED.hubs.values() for clause in hub.clauses]
    assert len(clauses) == len(set(clauses)) == len(SHIPPED.clause_ids())
    assert all(SHIPPED.clause(clause).id == clause for clause in clauses)
    assert all(SHIPPED.law(law).id == law for law in SHIPPED.law_ids())


def test_nothing_claims_more_than_was_checked():
    assert not any(law.reviewed_by_counsel for law in SHIPPED.laws.values())
    for fact in (*SHIPPED.laws.values(), *(c for hub in SHIPPED.hubs.values() for c in (*hub.clauses, *hub.channels))):
        assert fact.source
        assert fact.verified is None or "secondary:" not in fact.source


CLAUSES = [
    ("huggingface", "csae", "huggingface/sexual-minors"),
    ("huggingface", "ncii", "huggingface/non-consensual-sexual"),
    ("huggingface", "malicious-use", "huggingface/restricted"),
    ("civitai", "likeness", "civitai/real-person-likeness"),
    ("civitai", "csae", "civitai/minors"),
    ("github", "csae", "github/synthetic-media"),
    ("github", "ncii", "github/synthetic-media"),
    ("github", "malicious-use", "github/malware"),
]


@pytest.mark.parametrize(("hub", "category", "first"), CLAUSES)
def test_the_most_specific_clause_comes_first(hub, category, first):
    assert SHIPPED.clauses_for(hub, category)[0].id == first


def test_a_hub_without_verified_rules_has_none():
    assert SHIPPED.clauses_for("ollama", "csae") == ()
    assert SHIPPED.hub("ollama").channel_for("csae") is None


CHANNELS = [
    ("huggingface", "csae", "report-repository", policies.Visibility.PUBLIC),
    ("civitai", "csae", "report-menu", policies.Visibility.PRIVATE),
    ("github", "ncii", "report-abuse", policies.Visibility.PRIVATE),
]


@pytest.mark.parametrize(("hub", "category", "channel", "visibility"), CHANNELS)
def test_the_channel_for_a_category(hub, category, channel, visibility):
    found = SHIPPED.hub(hub).channel_for(category)
    assert found is not None
    assert (found.id, found.visibility) == (channel, visibility)
    assert SHIPPED.hub(hub).channel(channel) == found


WARNED = [
    ("huggingface", "'Report the repository' is public"),
    ("huggingface", "The clause huggingface/restricted has not been verified"),
    ("ollama", "Nothing about the desk of Ollama has been verified"),
    ("modelscope", "Nothing about the desk of ModelScope has been verified"),
]


@pytest.mark.parametrize(("hub", "told"), WARNED)
def test_what_is_public_or_unverified_is_warned_of(hub, told):
    assert any(told in warning for warning in SHIPPED.hub(hub).warnings())


def test_a_hub_that_was_read_at_the_source_has_no_warning():
    assert list(SHIPPED.hub("civitai").warnings()) == []


def test_a_private_channel_is_preferred(reports):
    added = """
[[channels]]
id = "desk"
title = "Desk"
kind = "email"
visibility = "private"
login = "unknown"
route = "Write to the desk."
verified = false
source = "made for this test"
"""
    with (reports / "hubs/huggingface.toml").open("a") as file:
        file.write(added)
    found = policies.load(reports).hub("huggingface").channel_for("csae")
    assert found is not None
    assert found.id == "desk"


def test_the_form_reason_follows_the_category():
    channel = SHIPPED.hub("civitai").channel("report-menu")
    reason = channel.reason("csae")
    assert reason is not None
    assert reason.code == "TOSViolation/Child abuse and exploitation"
    assert channel.reason("documentation") is None


GROUNDS = [
    ("csae", date(2026, 11, 22), {"eu/csa-directive-2011-93"}),
    ("ncii", date(2026, 12, 1), set()),
    ("ncii", date(2026, 12, 2), {"eu/ai-act-art5"}),
    ("likeness", date(2026, 12, 2), set()),
]


@pytest.mark.parametrize(("category", "on", "expected"), GROUNDS)
def test_only_laws_that_apply_that_day_are_grounds(category, on, expected):
    assert {law.id for law in SHIPPED.grounds(category, "EU", on)} == expected


def test_a_law_agreed_or_not_known_to_be_in_force_is_no_ground():
    for law in ("eu/csa-directive-recast", "uk/crime-and-policing-2026", "uk/online-safety-intimate-image"):
        assert not SHIPPED.law(law).applies(date(2027, 1, 1))


UNKNOWN = [
    (lambda: SHIPPED.hub("hugingface"), "On file: huggingface"),
    (lambda: SHIPPED.clause("github/synthetic"), "On file: github/synthetic-media"),
    (lambda: SHIPPED.law("eu/dsa-16"), "eu/dsa-art16"),
    (lambda: SHIPPED.hub("github").channel("mail"), "report-abuse"),
]


@pytest.mark.parametrize(("ask", "told"), UNKNOWN)
def test_an_unknown_name_is_answered_with_the_nearest(ask, told):
    with pytest.raises(UsageError, match=told):
        ask()


FAULTS = [
    ("hubs/civitai.toml", 'title = "Civitai"', 'titel = "Civitai"', "hubs/civitai.toml:3: unknown key titel"),
    ("hubs/civitai.toml", 'home = "https://civitai.com"\n', "", "hubs/civitai.toml:2: the key home is missing"),
    ("hubs/civitai.toml", 'visibility = "private"', 'visibility = "hidden"', "one of public, private, unknown"),
    ("hubs/civitai.toml", "verified = 2026-11-22", "verified = true", "a date (2026-11-22) or false"),
    ("hubs/civitai.toml", '["likeness", "ncii"] },', '["faces"] },', "unknown category faces"),
    ("hubs/civitai.toml", 'id = "civitai/minors"', 'id = "minors"', "clause id minors is outside civitai/"),
    ("hubs/civitai.toml", 'id = "civitai/minors"', 'id = "civitai/nudify-tools"', "civitai/nudify-tools stands twice"),
    ("hubs/civitai.toml", 'id = "support-mail"', 'id = "report-menu"', "report-menu stands twice"),
    ("hubs/github.toml", "8e99fac522d9", "8E99", "hubs/github.toml:28: text_sha256 is no SHA-256"),
    ("hubs/civitai.toml", 'name = "civitai"', 'name = "civit"', "name is civit, the file is called civitai"),
    ("hubs/civitai.toml", 'name = "civitai"', "name = ", "hubs/civitai.toml:2: not TOML"),
    ("laws/eu-dsa-art16.toml", 'status = "in_force"', 'status = "valid"', "laws/eu-dsa-art16.toml:6: status"),
    ("laws/eu-dsa-art16.toml", 'id = "eu/dsa-art16"', 'id = "eu/dsa-16"', "name the file after the id"),
    ("laws/eu-dsa-art22.toml", 'role = "procedure"', 'role = "ground"', "a ground needs says and categories"),
    ("laws/eu-dsa-art16.toml", "{ element =", "{ part =", "unknown key part"),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), FAULTS)
def test_a_fault_is_told_with_its_place(reports, file, old, new, told):
    edit(reports / file, old, new)
    assert any(told in fault for fault in faults(reports)), faults(reports)


def test_a_fault_in_a_later_table_has_its_own_line(reports):
    path = reports / "hubs/civitai.toml"
    edit(path, 'id = "civitai/nudify-tools"', 'id = "civitai/nudify-tools"\ncolour = "red"')
    line = path.read_text(encoding="utf-8").splitlines().index('colour = "red"') + 1
    assert faults(reports) == [
        f"hubs/civitai.toml:{line}: unknown key colour (known keys: id, title, url, categories, says, verified, "
        "source, effective, text_sha256, notes)"
    ]


def test_all_faults_are_told_at_once(reports):
    edit(reports / "hubs/github.toml", 'login = "unknown"', 'login = "maybe"')
    edit(reports / "hubs/github.toml", '["csae", "ncii"]', '["csa"]')
    edit(reports / "laws/eu-dsa-art22.toml", 'role = "procedure"', 'rol = "procedure"')
    told = faults(reports)
    assert [fault.split(":")[0] for fault in told] == ["hubs/github.toml"] * 2 + ["laws/eu-dsa-art22.toml"] * 2


def test_an_operator_channel_is_private_and_unverified():
    channel = policies.operator_channel("desk@example.org")
    assert channel.visibility is policies.Visibility.PRIVATE
    assert channel.verified is None
    assert channel.accepts("csae")


PRACTICE = """
[[practices]]
recommendation = "H1"
stance = "documented"
says = "A person looks first."
url = "https://hub.example/rules"
verified = 2026-11-22
source = "made for this test"
"""

BAD_PRACTICES = [
    ('"H1"', '"H99"', "H99 is not asked of a hub (one of H1, H2, H3"),
    ('"H1"', '"H6"', "H6 is not asked of a hub"),
    ('"H1"', '"H2"', "H2 follows from the hub's clauses (write it as [[clauses]])"),
    ('"H1"', '"H3"', "H3 follows from the hub's channels (write it as [[channels]])"),
    ('"documented"', '"maybe"', "one of documented, none"),
    ("https://", "http://", "url is no https:// address"),
    ('says = "A person looks first."\n', "", "the key says is missing"),
    ("verified = 2026-11-22\n", "", "the key verified is missing"),
    ("stance", "stanse", "unknown key stanse (did you mean stance?)"),
]


@pytest.mark.parametrize(("old", "new", "told"), BAD_PRACTICES)
def test_a_bad_practice_is_told_with_its_place(reports, old, new, told):
    path = reports / "hubs/github.toml"
    lines = len(path.read_text(encoding="utf-8").splitlines())
    with path.open("a", encoding="utf-8") as file:
        file.write(PRACTICE.replace(old, new, 1))
    found = next(fault for fault in faults(reports) if told in fault)
    assert found.startswith("hubs/github.toml:")
    assert int(found.split(":")[1]) > lines


def test_a_practice_said_to_be_none_must_not_stand_beside_a_rule(reports):
    with (reports / "hubs/github.toml").open("a", encoding="utf-8") as file:
        file.write(PRACTICE.replace('"H1"', '"H2"').replace('"documented"', '"none"'))
    assert "H2 is said to be none, and clauses on file say otherwise" in faults(reports)[0]
    with (reports / "hubs/ollama.toml").open("a", encoding="utf-8") as file:
        file.write(PRACTICE.replace('"H1"', '"H3"').replace('"documented"', '"none"'))
    assert len(faults(reports)) == 1


def test_a_practice_stands_once(reports):
    with (reports / "hubs/github.toml").open("a", encoding="utf-8") as file:
        file.write(PRACTICE * 2)
    assert "H1 stands twice" in faults(reports)[0]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


def test_an_operators_file_adds_and_replaces_and_says_whose_it_is(own):
    channel = '[[channels]]\nid = "desk"\ntitle = "Desk"\nkind = "email"\nvisibility = "private"\nlogin = "unknown"\n'
    told = 'route = "Write."\nverified = false\nsource = "a letter"\n'
    (own / "huggingface.toml").write_text(
        'name = "huggingface"\nnotes = ["Mine."]\n[contact]\ndesk = "d@h.example"\n'
        + channel + told + PRACTICE.replace('"H1"', '"H11"'), encoding="utf-8",
    )  # fmt: skip
    found, shipped = policies.load(own=own).hub("huggingface"), SHIPPED.hub("huggingface")
    assert [one.id for one in found.channels] == ["desk", "report-repository"]
    assert found.channel_for("csae").source == "a letter (from the operator's own file)"
    assert found.clauses == shipped.clauses
    assert {one.recommendation: one.says for one in found.practices}["H11"] == "A person looks first."
    assert len(found.practices) == len(shipped.practices)
    assert (found.title, found.notes[-1], found.contact["desk"]) == ("Hugging Face", "Mine.", "d@h.example")
    assert found.contact["appeals"] == shipped.contact["appeals"]


def test_an_operators_new_hub_needs_its_name_and_source(own):
    path = own / "example.toml"
    path.write_text(f'name = "example"\n{PRACTICE}', encoding="utf-8")
    with pytest.raises(PolicyError, match=r"no hub on file is called example \(on file: civitai"):
        policies.load(own=own)
    head = 'name = "example"\ntitle = "Example"\nhome = "https://hub.example"\nsource = "us"\nverified = 2026-11-01\n'
    path.write_text(head + PRACTICE, encoding="utf-8")
    found = policies.load(own=own).hub("example")
    assert (found.title, found.verified, found.source) == ("Example", date(2026, 11, 1), "us" + policies.reading.OWN)


def test_an_operators_bad_entry_is_told_with_its_file(own):
    (own / "civitai.toml").write_text(f'name = "civitai"\n{PRACTICE.replace("H1", "H0")}', encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        policies.load(own=own)
    assert str(caught.value.problems[0]).startswith(f"{own}/civitai.toml:4: H0 is not asked of a hub")


def test_a_recommendation_that_nobody_can_read_is_a_fault(reports):
    edit(reports / "scorecard/recommendations.toml", 'asked = "hub"', 'asked = "everyone"')
    assert "scorecard/recommendations.toml" in faults(reports)[0]
    assert "one of hub, creator, regulator, evaluator" in faults(reports)[0]
