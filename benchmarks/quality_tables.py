"""Print what `measuring` gathered: one column of intervals for hubscan, the naive scanner's figures beside it."""

from collections.abc import Iterator, Sequence

from measuring import Numbers
from scoring import NEGATIVE, Interval, wilson

from hubscan.findings import Severity

LEVELS = (*(level.label for level in sorted(Severity, reverse=True)), "above info")
TOLD = {"hard_negative": "hard negatives flagged", "benign": "benign records flagged"}


def span(value: float, interval: Interval | None) -> str:
    """Return a value with its interval."""
    return f"{value:.3f}" + (f" ({interval[0]:.2f}-{interval[1]:.2f})" if interval else "")


def share(part: int, whole: int) -> str:
    """Return a share with its Wilson interval."""
    return f"{part}/{whole} = {span(part / whole, wilson(part, whole))}" if whole else "none"


def labelled(name: str, numbers: Numbers, scanners: Sequence[str]) -> str:
    """Return the tables of one labelled set."""
    scores = [numbers[scanner] for scanner in scanners]
    parts = [
        [f"=== {name}: {numbers['records']} records"],
        _categories(scores, scanners),
        _totals(scores, scanners),
        *(_recall_by(field, scores, scanners) for field in scores[0]["recall_by"]),
        _disguises(numbers["disguises"], scanners) if numbers["disguises"] else [],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _categories(scores: Sequence[Numbers], scanners: Sequence[str]) -> list[str]:
    others = "".join(f"   {name + ': prec':>12}{'recall':>8}{'F1':>7}" for name in scanners[1:])
    head = f"{'category':19}{'n':>4}{'tp':>5}{'fp':>4}{'fn':>4}  {'precision':19}{'recall':19}{'F1':19}{others}"
    keys = [*scores[0]["categories"], "micro"]
    return [head, *(_category(key, [one["categories"].get(key) or one["micro"] for one in scores]) for key in keys)]


def _category(name: str, rows: Sequence[Numbers]) -> str:
    row, *others = rows
    measures = "".join(f"{span(row[key], row[f'{key}_ci95']):19}" for key in ("precision", "recall", "f1"))
    beside = "".join(f"   {one['precision']:12.3f}{one['recall']:8.3f}{one['f1']:7.3f}" for one in others)
    return f"{name:19}{row['n']:4}{row['tp']:5}{row['fp']:4}{row['fn']:4}  {measures}{beside}"


def _totals(scores: Sequence[Numbers], scanners: Sequence[str]) -> list[str]:
    lines = [f"{'':24}" + "".join(f"{name:34}" for name in scanners)]
    lines.append(f"{'macro-F1':24}" + "".join(f"{span(one['macro_f1'], one['macro_f1_ci95']):34}" for one in scores))
    for difficulty in NEGATIVE:
        lines.append(f"{TOLD[difficulty]:24}" + "".join(f"{share(*one['flagged'][difficulty]):34}" for one in scores))
    return [line.rstrip() for line in lines]


def _recall_by(field: str, scores: Sequence[Numbers], scanners: Sequence[str]) -> list[str]:
    tables = [one["recall_by"][field] for one in scores]
    lines = [f"{'recall by ' + field:24}" + "".join(f"{name:34}" for name in scanners)]
    lines += [f"{value:24}" + "".join(f"{share(*table[value]):34}" for table in tables) for value in tables[0]]
    return [line.rstrip() for line in lines]


def _disguises(rows: Numbers, scanners: Sequence[str]) -> list[str]:
    columns = "".join(f"   {name + ': recall':>15}{'disguised':>11}{'fall':>7}" for name in scanners)
    head = f"{'disguise':13}{'records':>8}{'labels':>8}{columns}"
    return [head, *(_disguise(name, row, scanners) for name, row in rows.items()), "fall: in points"]


def _disguise(name: str, row: Numbers, scanners: Sequence[str]) -> str:
    return f"{name:13}{row['changed']:8}{row['labels']:8}" + "".join(_fall(row, scanner) for scanner in scanners)


def _fall(row: Numbers, scanner: str) -> str:
    before, after = (found / max(1, row["labels"]) for found in row[scanner])
    return f"   {before:15.3f}{after:11.3f}{100 * (before - after):7.1f}"


def unlabelled(name: str, numbers: Numbers, scanners: Sequence[str]) -> str:
    """Return the table of one file of unlabelled records: how many have a finding of each severity."""
    unread = f", {numbers['unread']} could not be read" if numbers["unread"] else ""
    head = f"{'severity':13}" + "".join(f"{name + ': records':>18}{'per 10,000':>12}  {'95 %':14}" for name in scanners)
    return "\n".join([f"=== {name}: {numbers['records']} records{unread}", "", head, *_levels(numbers, scanners)])


def _levels(numbers: Numbers, scanners: Sequence[str]) -> Iterator[str]:
    for level in LEVELS:
        yield (
            f"{level:13}"
            + "".join(_per_10_000(numbers[scanner].get(level, 0), numbers["records"]) for scanner in scanners).rstrip()
        )


def _per_10_000(part: int, whole: int) -> str:
    low, high = (10_000 * end for end in wilson(part, whole))
    return f"{part:18}{10_000 * part / max(1, whole):12.1f}  {f'{low:.1f}-{high:.1f}':14}"
