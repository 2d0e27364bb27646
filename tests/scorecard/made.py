"""Stores with hubs, decisions and what came of notices, for scorecards; every name in them is made up."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hubscan import bases, cases, policies, scorecard
from hubscan.casework import Check, CheckOutcome, HubAction, Notice
from hubscan.findings import Confidence, Coverage, Evidence, Finding, PackRef, RuleRef, Severity, SkippedRepo, Span
from hubscan.hubs import base
from hubscan.records import RepoRef, StoredRecord
from hubscan.scorecard import Edition, Scorecard, Wanted
from hubscan.store import Store

NOW = "2026-03-01T00:00:00Z"
POLICIES = policies.load()
BASES = bases.shipped()
PACKS = (PackRef("training-data", "1.0.0", "0" * 64, 1), PackRef("safeguard-removal", "1.0.0", "0" * 64, 3))
SD15 = "stable-diffusion-v1-5/stable-diffusion-v1-5"


def finding(
    ref: RepoRef, category: str = "ncii", severity: Severity = Severity.HIGH, url: str = "https://hub.example/x"
) -> Finding:
    rule = RuleRef(f"{category}/made", "1" * 64, "stable", category, "A rule")
    return Finding(
        fingerprint=f"{ref}|{category}",
        rule=rule,
        ref=ref,
        url=url,
        severity=severity,
        confidence=Confidence.HIGH,
        facets=("name",),
        evidence=(Evidence(Span("name", 0, 1), "any"),),
        discounted=(),
    )


def hugging(name: str, card: str | None = "", **native: object) -> StoredRecord:
    return StoredRecord("huggingface", "model", {"id": name, **native}, card, fetched_at="2026-01-01T00:00:00Z")


def civitai(number: int, name: str, base_model: str = "SDXL 1.0", sha256: str = "") -> StoredRecord:
    files = [{"name": "a.safetensors", "type": "Model", "sizeKB": 9000, "hashes": {"SHA256": sha256}}] if sha256 else []
    version = {"id": number * 10, "name": "v1", "baseModel": base_model, "files": files}
    native = {"id": number, "name": name, "type": "LORA", "tags": [], "modelVersions": [version]}
    return StoredRecord("civitai", "model", native, None, fetched_at="2026-01-01T00:00:00Z")


def kept(store: Store, records: Iterable[StoredRecord], flags: Iterable[Finding] = (), *, packs=PACKS) -> None:
    """Keep records as one run reads them, each with the findings that are of it, and open cases."""
    by_ref: dict[RepoRef, list[Finding]] = {}
    for one in flags:
        by_ref.setdefault(one.ref, []).append(one)
    run = store.start_run("dump made", "made", {}, packs, "0.1.0")
    parsed = [(stored, base.parse(stored)) for stored in records]
    store.save(run, [(stored, record, tuple(by_ref.get(record.ref, ()))) for stored, record in parsed])
    store.finish_run(run, Coverage(listed=len(parsed), read=len(parsed), complete=False))
    cases.open_cases(
        store, [one for found in by_ref.values() for one in found], Severity.MEDIUM, "2026-01-01T00:00:00Z"
    )


def skipped(store: Store, refs: Iterable[RepoRef], reason: str = "gated") -> None:
    run = store.start_run("dump skips", "skips", {}, (), "0.1.0")
    store.skip(run, [SkippedRepo(ref, reason) for ref in refs])


class Desk:
    """People and a hub at work: one step a call, each at a day of January 2026."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.numbers = {case.ref: case.number for case in cases.list_cases(store)}

    def decided(self, ref: RepoRef, verdict: str = "confirmed", day: float = 2, reviewer: str = "r-1") -> None:
        cases.decide(self.store, self.numbers[ref], verdict, reviewer=reviewer, reason="Seen.", now=at(day))

    def drafted(self, ref: RepoRef, day: float = 3) -> None:
        self.decided(ref)
        cases.record_notice(self.store, Notice(self.numbers[ref], "t.en", "restricted", "html", at(day)), "0" * 64)

    def sent(self, ref: RepoRef, day: float = 3) -> None:
        self.drafted(ref, day)
        cases.record_sent(self.store, self.numbers[ref], reviewer="r-1", now=at(day))

    def acted(self, ref: RepoRef, action: str, day: float) -> None:
        cases.act(self.store, self.numbers[ref], HubAction(action), reviewer="r-1", now=at(day))

    def checked(self, ref: RepoRef, outcome: str, day: float) -> None:
        cases.record_check(self.store, Check(self.numbers[ref], at(day), CheckOutcome(outcome)))


def at(day: float) -> str:
    """Return a time in January 2026 (day 1 is its first)."""
    whole, part = divmod(day, 1)
    return f"2026-01-{int(whole):02}T{int(part * 24):02}:00:00Z"


def hf(name: str) -> RepoRef:
    return RepoRef("huggingface", "model", name)


def civ(number: int) -> RepoRef:
    return RepoRef("civitai", "model", str(number))


TEMPLATE = "# A model\n\n## Societal Impact Assessment [optional]\n\n{}\n\n## Citation\n\nNone."
ANSWERED = TEMPLATE.format("It was tested for child safety; no training image was of a person.")
EMPTY = TEMPLATE.format("<!-- How was it evaluated? -->\n\n[More Information Needed]")
FILTERED = "A card. The training data was filtered for CSAM with a hash list. It draws mountains."

DIGEST = "ab" * 32


def two_hubs(store: Store) -> None:
    """Fill a store with two hubs: notices with every end on one, one refused and one re-upload on the other."""
    names = [f"maker/model-{number}" for number in range(12)]
    cards = [ANSWERED, EMPTY, FILTERED, "A card.", *[""] * 8]
    flagged = names[:10]
    weights = [{"rfilename": "model.safetensors", "lfs": {"sha256": DIGEST, "size": 90000}, "size": 90000}]
    records = [
        hugging(name, card, cardData={"base_model": SD15, "datasets": ["made/set"]}, siblings=weights if not n else [])
        for n, (name, card) in enumerate(zip(names, cards, strict=True))
    ]
    records.append(hugging(SD15, "The base."))
    records += [civitai(1, "One"), civitai(2, "Two", "SD 1.5", DIGEST.upper()), civitai(3, "Three", "SD 1.5")]
    flags = [finding(hf(name)) for name in flagged] + [finding(civ(1)), finding(civ(3), "likeness", Severity.MEDIUM)]
    flags.append(finding(hf(names[11]), "training-data", Severity.INFO))
    kept(store, records, flags)
    skipped(store, [hf("maker/behind-a-gate"), hf("maker/private")])
    desk = Desk(store)
    removed, later, gone, gated, up, unknown, refused, taken_back, only_drafted, rejected = map(hf, flagged)
    for ref in (removed, later, gone, gated, up, unknown, refused, taken_back):
        desk.sent(ref)
    desk.drafted(only_drafted)
    desk.decided(rejected, "rejected")
    desk.acted(removed, "removed", 4)
    desk.checked(later, "up", 4)
    desk.acted(later, "removed", 6)
    desk.checked(later, "up", 10)
    desk.checked(gone, "up", 4)
    desk.checked(gone, "gone", 5)
    desk.checked(gated, "gated", 10)
    desk.checked(up, "up", 10)
    desk.checked(unknown, "blocked-here", 4)
    desk.acted(refused, "refused", 5)
    desk.checked(taken_back, "up", 4)
    desk.decided(taken_back, "rejected", 5)
    desk.sent(civ(1))
    desk.acted(civ(1), "refused", 6)
    desk.decided(civ(3))


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{path}", lambda: "2026-01-01T00:00:00Z") as store:
        yield store


def card(store: Store, edition: str = "public", hubs: tuple[str, ...] = (), creator: str | None = None) -> Scorecard:
    wanted = Wanted(NOW, Severity.MEDIUM, Edition(edition), hubs)
    if creator:
        return scorecard.of_creator(store, POLICIES, BASES, creator, wanted)
    return scorecard.build(store, POLICIES, BASES, wanted)
