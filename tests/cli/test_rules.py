"""`hubscan rules`: shipped rules keep their word, and a match explains itself."""

import json


def test_the_shipped_rules_pass_every_check(hubscan):
    done = hubscan("rules", "lint")
    assert (done.returncode, done.stdout) == (0, "")


def test_the_shipped_rules_keep_their_examples(hubscan):
    done = hubscan("rules", "test", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_rules_are_listed_and_shown(hubscan):
    rules = json.loads(hubscan("rules", "list", "--format", "json").stdout)
    assert {rule["category"] for rule in rules} >= {"csae", "ncii", "evasion"}
    shown = hubscan("rules", "show", "documentation/no-card").stdout
    packs = json.loads(hubscan("rules", "list", "--packs-only", "--format", "json").stdout)
    digest = next(pack["digest"] for pack in packs if pack["id"] == "documentation")
    parts = ("documentation/no-card: ", "Why: ", "What to do: ", "Also matches: ", "match:", f"sha256 {digest}")
    for part in parts:
        assert part in shown


def test_an_example_that_misbehaves_is_named_by_its_line(hubscan, tmp_path):
    pack = tmp_path / "mine"
    pack.mkdir()
    (pack / "pack.yaml").write_text("id: mine\ntitle: Mine\nversion: 1.0.0\nformat: 1\n")
    (pack / "tag.yaml").write_text(
        "id: mine/tag\ntitle: A tag\nstatus: draft\ncategory: documentation\nseverity: info\nconfidence: low\n"
        "since: 2026-01-01\nwhy: To test.\naction: None.\nmatch: {phrase: [teapot], in: [tag]}\n"
        "examples:\n  match:\n    - {tags: [teapot]}\n    - {tags: [kettle]}\n  no_match:\n    - {tags: [cup]}\n"
    )
    done = hubscan("rules", "test", "--packs", "mine")
    assert (done.returncode, done.stdout) == (1, "mine/tag.yaml:14: mine/tag: this match example misbehaves\n")
    faults = json.loads(hubscan("rules", "lint", "--packs", "mine", "--format", "json").stdout)
    assert [(fault["check"], fault["line"]) for fault in faults] == [
        ("enough-examples", 12),
        ("examples-behave", 14),
        ("enough-examples", 15),
    ]


def test_explain_shows_the_tree_and_hides_the_text(hubscan, dump):
    rule = "ncii/undress-tools"
    done = hubscan("rules", "explain", rule, dump)
    assert done.returncode == 0
    assert "huggingface:model:org/undress-lora: matches" in done.stdout
    assert "[•••" in done.stdout
    assert "nudify" not in done.stdout
    assert "org/plain" not in done.stdout
    revealed = hubscan("rules", "explain", rule, dump, "--repo", "org/undress-lora", "--reveal")
    assert "[nudify]" in revealed.stdout
    assert revealed.stderr.startswith("Warning: ")
    told = json.loads(hubscan("rules", "explain", rule, dump, "--repo", "org/plain", "--format", "json").stdout)
    assert [(one["repo"]["id"], one["matched"], one["match"]["truth"]) for one in told] == [
        ("org/plain", False, "unknown")  # nothing was found, and the dump does not say which files there are
    ]


def test_pages_are_written_checked_and_kept_from_other_files(hubscan, tmp_path):
    pages = tmp_path / "pages"
    assert hubscan("rules", "docs", "--output", "pages").returncode == 0
    (pages / "own.md").write_text("Mine.")
    assert hubscan("rules", "docs", "--output", "pages", "--check").returncode == 0
    (pages / "csae" / "text.md").write_text("changed")
    (pages / "README.md").unlink()
    (pages / "csae" / "old.md").write_text((pages / "csae" / "labels.md").read_text())
    stale = hubscan("rules", "docs", "--output", "pages", "--check")
    assert stale.returncode == 1
    assert stale.stdout.splitlines() == [
        "pages/README.md: is missing",
        "pages/csae/text.md: is stale",
        "pages/csae/old.md: belongs to nothing any more",
    ]
    assert stale.stderr == "3 files not as generated. Run: hubscan rules docs --output pages\n"
    refused = hubscan("rules", "docs", "--output", "pages")
    assert (refused.returncode, "text.md: this file was not written by this command" in refused.stderr) == (1, True)
    (pages / "csae" / "text.md").unlink()
    assert "1 stale file removed" in hubscan("rules", "docs", "--output", "pages").stderr
    assert (pages / "own.md").read_text() == "Mine."
    assert hubscan("rules", "docs", "--output", "pages", "--check").returncode == 0


def test_schemas_are_written_and_checked(hubscan, tmp_path):
    assert hubscan("rules", "schema", "--output", "schemas").returncode == 0
    assert json.loads((tmp_path / "schemas" / "pack.schema.json").read_text())["required"]
    assert hubscan("rules", "schema", "--output", "schemas", "--check").returncode == 0
    (tmp_path / "schemas" / "pack.schema.json").write_text("{}")
    stale = hubscan("rules", "schema", "--output", "schemas", "--check")
    assert (stale.returncode, stale.stdout) == (1, "schemas/pack.schema.json: is stale\n")
    assert stale.stderr.endswith("Run: hubscan rules schema --output schemas\n")
