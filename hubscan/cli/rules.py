"""`hubscan rules`: what the rules are, whether they keep their word, and why one matches."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubscan.cli import _options
from hubscan.cli._output import Listing, show, show_json, show_text
from hubscan.cli._voice import voice
from hubscan.errors import UsageError

if TYPE_CHECKING:
    from hubscan.rulebook import Rule

app = typer.Typer(name="rules", help="Show the rules, check them, and explain what they match.", no_args_is_help=True)

RuleId = Annotated[str, typer.Argument(metavar="RULE", help="A rule's id, such as documentation/no-card.")]


@app.command("list")
def list_rules(
    packs_only: Annotated[
        bool, typer.Option("--packs-only", help="List the packs instead, with version and digest.")
    ] = False,
    packs: _options.Packs = None,
    fmt: _options.Format = Listing.TABLE,
) -> None:
    """List the rules by category, or the packs."""
    from hubscan.engine.load import load

    rulebook = load(packs or ())
    if packs_only:
        keys: tuple[str, ...] = ("id", "version", "rules", "digest", "title")
        refs = [(pack.ref, pack.title) for pack in rulebook.packs]
        told = [{**{key: getattr(ref, key) for key in keys[:-1]}, "title": title} for ref, title in refs]
    else:
        keys = ("id", "status", "category", "severity", "confidence", "title")
        found = sorted(rulebook.rules, key=lambda rule: (rule.category, -rule.severity, rule.id))
        told = [{key: _facts(rule)[key] for key in keys} for rule in found]
    show(fmt, told, keys, [list(one.values()) for one in told])


@app.command("show")
def show_rule(rule: RuleId, packs: _options.Packs = None, fmt: _options.Format = Listing.TABLE) -> None:
    """Show why a rule exists, what it looks for, what it gets wrong, and what to do."""
    from hubscan.engine.load import load

    rulebook = load(packs or ())
    found = _chosen(rulebook.rules, rule)
    pack = next(pack for pack in rulebook.packs if found in pack.rules)
    if fmt is Listing.JSON:
        show_json({**_facts(found), "pack": {"id": pack.id, "version": pack.version, "digest": pack.digest}})
    else:
        show_text([*_page(found), f"Pack {pack.id} {pack.version}, sha256 {pack.digest}"])


@app.command("lint")
def lint_rules(packs: _options.Packs = None, fmt: _options.Format = Listing.TABLE) -> None:
    """Check that rules are whole, honest and quick; ends with 1 where one is not."""
    import os

    from hubscan import policies, terms
    from hubscan.engine import lint
    from hubscan.engine.load import load

    subject = lint.subject(load(packs or ()), packs or (), policies.load(), terms.loaded(os.environ)[0])
    faults = lint.run(subject)
    if fmt is Listing.JSON:
        show_json([_fault(fault.problem, check=fault.check, recommendation=fault.recommendation) for fault in faults])
    else:
        show_text(f"{fault.problem} [{fault.check}] {fault.recommendation}" for fault in faults)
    voice().say(f"{len(lint.checks())} checks of {len(subject.rules)} rules: {len(faults) or 'no'} problems.")
    raise typer.Exit(bool(faults))


@app.command("test")
def run_examples(packs: _options.Packs = None, fmt: _options.Format = Listing.TABLE) -> None:
    """Run every rule on its own examples; ends with 1 where one misbehaves."""
    from hubscan.engine import examples
    from hubscan.engine.load import load
    from hubscan.engine.match import Matcher
    from hubscan.rulebook import STATUSES

    rulebook = load(packs or ())
    matcher = Matcher(rulebook, STATUSES, examples.known())
    wrong = [one for rule in rulebook.rules for one in examples.run(rule, matcher)]
    if fmt is Listing.JSON:
        show_json([{"rule": one.rule, "path": one.path, "line": one.line, "expected": one.expected} for one in wrong])
    else:
        show_text(f"{one.path}:{one.line}: {one.rule}: this {one.expected} example misbehaves" for one in wrong)
    total = sum(len(rule.matches) + len(rule.no_matches) for rule in rulebook.rules)
    voice().say(f"{total} examples of {len(rulebook.rules)} rules: {len(wrong) or 'none'} misbehaving.")
    raise typer.Exit(bool(wrong))


@app.command("docs")
def write_pages(
    output: Annotated[Path, typer.Option("--output", metavar="DIR", help="The folder of the pages.")] = Path(
        "docs/rules"
    ),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; end with 1 where a page is stale.")] = False,
    packs: _options.Packs = None,
) -> None:
    """Write a page for each rule and each pack, and an index."""
    from hubscan import policies
    from hubscan.cli import _generated
    from hubscan.engine import pages
    from hubscan.engine.load import load

    found = pages.pages(load(packs or ()), policies.load(), output)
    if check:
        remedy = _again("docs", output, packs)
        raise typer.Exit(_generated.check(output, found, pages.MARK, remedy))
    _generated.write(output, found, pages.MARK)


@app.command("schema")
def write_schemas(
    output: Annotated[Path, typer.Option("--output", metavar="DIR", help="The folder of the schemas.")] = Path(
        "rules/schemas"
    ),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; end with 1 where a schema is stale.")] = False,
) -> None:
    """Write JSON Schemas of rule, vocabulary, context and pack files, for editors."""
    from hubscan.cli import _generated
    from hubscan.engine import jsonschemas

    found = jsonschemas.documents()
    if check:
        raise typer.Exit(_generated.check(output, found, jsonschemas.MARK, _again("schema", output, None)))
    _generated.write(output, found, jsonschemas.MARK)


@app.command("shadow")
def shadow_rules(
    packs: _options.Packs = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against", metavar="DIR", show_default=False, help="Compare with these; else the shipped packs."
        ),
    ] = None,
    database: _options.Database = None,
    draft: Annotated[bool, typer.Option("--draft", help="Let rules run that are still drafts.")] = False,
    fmt: _options.Format = Listing.TABLE,
) -> None:
    """Show what changed packs would add and drop on the stored records. Asks no hub and keeps nothing."""
    from hubscan.cli import _shadowing

    if not packs:
        raise UsageError("no changed packs are named", todo="Name their folder: --packs DIR")
    raise typer.Exit(_shadowing.run(packs, against or (), database, draft, fmt, voice()))


@app.command("explain")
def explain_rule(
    rule: RuleId,
    dump: Annotated[str, typer.Argument(metavar="DUMP", help="Stored metadata, as for `hubscan scan dump`.")],
    repo: Annotated[
        str | None, typer.Option("--repo", metavar="ID", show_default=False, help="Only this repository, in any case.")
    ] = None,
    reveal: _options.Reveal = False,
    packs: _options.Packs = None,
    fmt: _options.Format = Listing.TABLE,
) -> None:
    """Print why each record matched, or nearly did: the clauses, where they were met, and what a context set aside."""
    from hubscan.cli import _explaining
    from hubscan.engine.load import load

    rulebook = load(packs or ())
    _chosen(rulebook.rules, rule)
    raise typer.Exit(_explaining.run(rulebook, rule, dump, repo, fmt, reveal=reveal, voice=voice()))


def _again(command: str, output: Path, packs: list[Path] | None) -> str:
    import shlex

    chosen = [part for pack in packs or () for part in ("--packs", str(pack))]
    return shlex.join(["hubscan", "rules", command, "--output", str(output), *chosen])


def _chosen(rules: "tuple[Rule, ...]", rule_id: str) -> "Rule":
    import difflib

    by_id = {rule.id: rule for rule in rules}
    if rule_id not in by_id:
        near = ", ".join(difflib.get_close_matches(rule_id, by_id, 3, 0.4))
        todo = f"Did you mean {near}?" if near else "hubscan rules list shows them"
        raise UsageError(f"there is no rule {rule_id!r}", todo=todo)
    return by_id[rule_id]


def _facts(rule: "Rule") -> dict[str, Any]:
    from hubscan import wire

    extra = {"since": rule.since, "path": rule.path, "match": rule.match, "unless": rule.unless}
    examples = {"match": len(rule.matches), "no_match": len(rule.no_matches)}
    return {**wire.rule_info(rule.info), **extra, "examples": examples}


def _page(rule: "Rule") -> list[str]:
    import yaml

    facts = f"{rule.status}, {rule.category}, {rule.severity.label} severity, {rule.confidence.label} confidence"
    lines = [f"{rule.id}: {rule.title}", f"{facts}, since {rule.since}, version {rule.version}", ""]
    lines += [f"Why: {rule.why.strip()}", f"What to do: {rule.action.strip()}"]
    lines += [f"Also matches: {known}" for known in rule.false_positives]
    for head, cited in (("Policies", rule.policies), ("Laws", rule.laws), ("References", rule.references)):
        lines += [f"{head}: {', '.join(map(str, cited))}"] if cited else []
    for key, clause in (("match", rule.match), ("unless", rule.unless)):
        lines += (
            ["", *yaml.safe_dump({key: clause}, sort_keys=False, allow_unicode=True).splitlines()] if clause else []
        )
    return [*lines, "", f"{len(rule.matches)} examples that match and {len(rule.no_matches)} that do not: {rule.path}"]


def _fault(problem: Any, **more: str) -> dict[str, Any]:
    return {"path": problem.path, "line": problem.line, "problem": problem.what, **more}
