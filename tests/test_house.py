"""Imports point down only, and a room never imports its neighbour on the same floor."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent / "hubscan"
FLOORS = (
    "errors",
    "resources",
    "kept",
    "text anchors escape charts pictures pdf shares survival workers",
    "records layout leet reach wordforms",
    "findings holders",
    "rulebook casework hashlists",
    "lexicon cutwords frontmatter names tasks training declared caseflow",
    "bases features filehashes uploads context dumps headers http terms policies wire render",
    "hubs engine store lineage identity replay localfiles remote_headers",
    "scan cases shadow suppressions",
    "crawl tracing bulk_decisions followup precision sampling retention",
    "formats notices evidence scorecard bulk",
    "console schedule",
    "cli",
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms.split()}


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports(path: Path) -> set[str]:
    tree, found = ast.parse(path.read_text(encoding="utf-8")), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            base = node.module or ""
            found |= {f"{base}.{alias.name}" for alias in node.names} if base == "hubscan" else {base}
    return {room_of(name) for name in found if name.split(".")[0] == "hubscan"} & FLOOR.keys()


def test_every_room_stands_on_a_floor():
    rooms = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in ROOT.rglob("*.py")}
    assert rooms - FLOOR.keys() == {"__init__"}


def test_imports_point_down():
    broken = []
    for path in sorted(ROOT.rglob("*.py")):
        here = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if here not in FLOOR:
            continue
        for room in imports(path) - {here}:
            if FLOOR[room] >= FLOOR[here]:
                broken.append(f"{path.relative_to(ROOT)}: {here} -> {room}")
    assert broken == []
