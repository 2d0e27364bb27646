"""What changed rules would add, drop and grade otherwise, on the same records."""

import json

from hubscan import shadow
from hubscan.dumps import from_row
from hubscan.findings import Severity
from tests.engine.made import A, B, matcher, rule

OLD = matcher(rule(A, id="demo/lights"), rule(B, id="demo/seas"), rule(A, id="demo/same"))
NEW = matcher(
    rule({**A, "in": ["tag"]}, id="demo/lights"), rule(B, id="demo/seas", severity=Severity.HIGH),
    rule(A, id="demo/same"), rule(B, id="demo/new"),
)  # fmt: skip


def stored(name: str, card: str, *tags: str):
    return from_row(
        {"hub": "huggingface", "kind": "model", "native": {"id": name, "tags": list(tags)}, "card": card}, "x"
    )


RECORDS = [
    stored("org/b", "a lantern"), stored("org/a", "", "lantern"), stored("org/c", "a harbour"),
    stored("org/d", "plain"), stored("", "unreadable"),
]  # fmt: skip


def test_differences_are_told_by_rule_and_repo():
    found = shadow.compared(RECORDS, OLD, NEW)
    assert [(c.kind, c.rule, c.ref.repo_id, c.before, c.after) for c in found.changes] == [
        ("dropped", "demo/lights", "org/b", Severity.LOW, None),
        ("added", "demo/new", "org/c", None, Severity.LOW),
        ("severity", "demo/seas", "org/c", Severity.LOW, Severity.HIGH),
    ]
    assert found.same == {"demo/lights": 1, "demo/same": 2}
    assert (found.read, len(found.errors)) == (4, 1)
    assert {name: dict(sums) for name, sums in found.by("category").items()} == {
        "evasion": {"dropped": 1, "added": 1, "severity": 1}
    }
    assert list(found.by("rule")) == ["demo/lights", "demo/new", "demo/seas"]


def test_the_same_rules_differ_in_nothing():
    assert shadow.compared(RECORDS, OLD, OLD).changes == []


def test_the_command_compares_on_the_store_and_keeps_nothing(tmp_path, monkeypatch, capfdbinary):
    from hubscan.cli import _shadowing
    from hubscan.cli._output import Listing
    from hubscan.cli._voice import SILENT
    from hubscan.store import Store

    monkeypatch.setenv("HOME", str(tmp_path))
    url = f"sqlite:///{tmp_path}/x.db"
    packs = {}
    for name, word in (("old", "lantern"), ("new", "harbour")):
        pack = packs[name] = tmp_path / name / "mine"
        pack.mkdir(parents=True)
        (pack / "pack.yaml").write_text("id: mine\ntitle: Mine\nversion: 1.0.0\nformat: 1\n")
        (pack / "tag.yaml").write_text(
            "id: mine/tag\ntitle: T\nstatus: test\ncategory: evasion\nseverity: low\nconfidence: low\n"
            f"since: 2026-01-01\nwhy: w\naction: a\nmatch: {{phrase: [{word}]}}\nexamples: {{}}\n"
        )
    with Store.open(url) as store:
        run = store.start_run("test", "test", {}, [], "0")
        from hubscan.hubs import base

        store.save(run, [(one, base.parse(one), ()) for one in RECORDS[:4]])
    assert _shadowing.run([packs["new"]], [packs["old"]], url, False, Listing.JSON, SILENT) == 0
    told = json.loads(capfdbinary.readouterr().out)
    assert [(c["change"], c["repo"]["id"]) for c in told["changes"]] == [
        ("dropped", "org/a"), ("dropped", "org/b"), ("added", "org/c"),
    ]  # fmt: skip
    assert told["by_rule"] == [{"rule": "mine/tag", "added": 1, "dropped": 2, "severity": 0}]
    assert _shadowing.run([packs["new"]], [packs["old"]], url, False, Listing.TABLE, SILENT) == 0
    assert b"org/" not in capfdbinary.readouterr().out
    with Store.open(url) as store:
        assert list(store.findings()) == []
