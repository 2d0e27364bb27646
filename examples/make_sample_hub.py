"""Write the sample hub: `sample-hub.jsonl` (a dump), its labels, and what came later, from the tables in `sample_hub/`.

Every upload is invented. A table says what an uploader would type (id, tags, card, base model, ...) and which labels
fit; this script wraps it in the object that the hub's API would return. What a table leaves open (hashes, sizes, dates,
counts) is drawn from the SHA-256 of the record's id, so the same tables always give the same bytes.

    python examples/make_sample_hub.py
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TABLES = HERE / "sample_hub"
DUMP = HERE / "sample-hub.jsonl"
LABELS = HERE / "sample-hub.labels.jsonl"
LATER = HERE / "sample-hub-later.jsonl"
LATER_TABLE = TABLES / "later.toml"
"""What is up there a week later: no part of the sample hub, and without labels, because nothing is measured on it."""

Row = Mapping[str, Any]

FORMAT_TAGS = {".safetensors": "safetensors", ".gguf": "gguf", ".onnx": "onnx", ".pth": "pytorch", ".ckpt": "pytorch"}
"""What the hub adds to the tags for files of a kind."""

PLAIN = re.compile(r"[\w./+][\w./+ -]*")
"""Text that needs no quotes in YAML."""

FIRST_DAY, LAST_DAY = datetime(2025, 9, 1, tzinfo=UTC), datetime(2026, 9, 30, tzinfo=UTC)


def digest(*parts: object) -> str:
    """Return 64 hex digits that depend on nothing but `parts`."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


def number(low: int, high: int, *parts: object) -> int:
    """Return a number from `low` to `high` that depends on nothing but `parts`."""
    return low + int(digest(*parts)[:12], 16) % (high - low + 1)


def moment(row: Row) -> datetime:
    """Return when the upload was made: the day its table names, or one that suits today's base models."""
    if "created" in row:
        day = datetime.fromisoformat(row["created"]).replace(tzinfo=UTC)
    else:
        day = FIRST_DAY + timedelta(days=number(0, (LAST_DAY - FIRST_DAY).days, row["id"], "day"))
    return day + timedelta(seconds=number(0, 86_399, row["id"], "second"))


def stamp(when: datetime) -> str:
    """Return `when` the way both hubs write it."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def yaml_text(value: str) -> str:
    """Return `value` as most uploaders type it, in JSON quotes only where YAML needs them (and not for `no`)."""
    return value if PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def yaml_lines(key: str, value: str | list[str]) -> list[str]:
    """Return one front matter entry."""
    if isinstance(value, str):
        return [f"{key}: {yaml_text(value)}"]
    return [f"{key}:", *(f"- {yaml_text(item)}" for item in value)]


def card_data(row: Row) -> dict[str, str | list[str]]:
    """Return the front matter of a Hugging Face card as its uploader would fill it in."""
    pairs = {
        "license": row.get("license"),
        "language": row.get("languages"),
        "base_model": row.get("base"),
        "base_model_relation": row.get("relation"),
        "pipeline_tag": row.get("pipeline"),
        "library_name": row.get("library"),
        "datasets": row.get("datasets"),
        "instance_prompt": row.get("trigger"),
        "sdk": row.get("sdk"),
        "tags": row.get("tags"),
    }
    return {key: value for key, value in pairs.items() if value}


def expand(text: str, blocks: Mapping[str, str], repo: str) -> str:
    """Return `text` with each line `[[name]]` replaced by the block of that name."""
    lines = (blocks[line[2:-2]].strip() if line[:2] == "[[" else line for line in text.strip().split("\n"))
    return "\n".join(lines).replace("REPO", repo)


def huggingface_card(row: Row, blocks: Mapping[str, str]) -> str | None:
    """Return the README text, front matter first; None where the uploader wrote none."""
    if "card" not in row:
        return None
    matter = [line for key, value in card_data(row).items() for line in yaml_lines(key, value)]
    head = "\n".join(["---", *matter, "---", ""]) if matter else ""
    return head + "\n" + expand(row["card"], blocks, row["id"]) + "\n"


def huggingface_tags(row: Row, files: list[str]) -> list[str]:
    """Return the tags of a listing: the library's, the files', the uploader's, then those the hub derives."""
    formats = dict.fromkeys(tag for end, tag in FORMAT_TAGS.items() for name in files if name.endswith(end))
    tags = [row.get("library"), *formats, row.get("pipeline"), *row.get("tags", []), *row.get("languages", [])]
    tags += [f"dataset:{name}" for name in row.get("datasets", [])]
    if "base" in row:
        tags.append(f"base_model:{row['base']}")
        tags += [f"base_model:{row['relation']}:{row['base']}"] if "relation" in row else []
    tags += [f"license:{row['license']}"] if "license" in row else []
    return [*dict.fromkeys(tag for tag in tags if tag), "region:us"]


def huggingface_files(row: Row, card: str | None) -> list[str]:
    """Return the names in the repo: those the table gives, else what an upload of this kind usually holds."""
    usual = {
        "dataset": ["data/train-00000-of-00001.parquet"],
        "space": ["app.py", "requirements.txt"],
    }.get(row.get("kind", "model"))
    if usual is None:
        adapter = row.get("relation") == "adapter"
        usual = ["pytorch_lora_weights.safetensors"] if adapter else ["config.json", "model.safetensors"]
    return [".gitattributes", *(["README.md"] if card is not None else []), *row.get("files", usual)]


def sibling(repo: str, name: str, size: int) -> dict[str, Any]:
    """Return one file as the API lists it with blobs asked for; large ones carry the SHA-256 of their content."""
    entry: dict[str, Any] = {"rfilename": name, "size": size, "blobId": digest(repo, name, "blob")[:40]}
    if size > 1_000_000:
        entry["lfs"] = {"sha256": digest(repo, name, "content"), "size": size, "pointerSize": 135}
    return entry


def file_size(repo: str, name: str, card: str | None) -> int:
    """Return a believable size in bytes."""
    if name == "README.md":
        return len((card or "").encode())
    if name == ".gitattributes":
        return 1519
    small = name.endswith((".json", ".py", ".txt", ".index"))
    return number(300, 9_000, repo, name) if small else number(20_000_000, 6_000_000_000, repo, name)


def huggingface_native(row: Row, card: str | None) -> dict[str, Any]:
    """Return the repo as `GET /api/models/{id}` (or datasets, spaces) would."""
    repo, made = row["id"], moment(row)
    names = huggingface_files(row, card)
    native = {
        "_id": digest(repo, "id")[:24],
        "id": repo,
        "author": repo.split("/")[0],
        "sha": digest(repo, "revision")[:40],
        "createdAt": stamp(made),
        "lastModified": stamp(made + timedelta(hours=number(0, 900, repo, "changed"))),
        "private": False,
        "gated": False,
        "disabled": False,
        "downloads": number(0, 4_000, repo, "downloads"),
        "likes": number(0, 60, repo, "likes"),
        "tags": huggingface_tags(row, names),
        "siblings": [sibling(repo, name, file_size(repo, name, card)) for name in names],
        "cardData": card_data(row),
    }
    if row.get("kind", "model") == "model":
        native["modelId"] = repo
    hub_names = (("pipeline", "pipeline_tag"), ("library", "library_name"), ("sdk", "sdk"))
    native.update({theirs: row[ours] for ours, theirs in hub_names if ours in row})
    return native


def civitai_file(row: Row) -> dict[str, Any]:
    """Return the one file of a Civitai version."""
    repo, *copied = row.get("copy", (row["id"],))
    content = digest(repo, *copied, "content").upper()
    size = file_size(repo, *copied, None) / 1024 if copied else number(40_000, 900_000, row["id"], "size") / 8
    ending, kind = (".zip", "Other") if row["type"] == "Workflows" else (".safetensors", "SafeTensor")
    stem = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in row["name"])
    return {
        "id": row["id"] + 20_000,
        "name": stem.strip("_") + ending,
        "sizeKB": size,
        "type": "Model",
        "pickleScanResult": "Success",
        "virusScanResult": "Success",
        "metadata": {"format": kind},
        "hashes": {"AutoV2": content[:10], "SHA256": content, "CRC32": digest(row["id"], "crc")[:8].upper()},
        "primary": True,
    }


def civitai_version(row: Row) -> dict[str, Any]:
    """Return the one version of a Civitai model. Pictures are left out, as everywhere in this project."""
    number_ = row["id"] + 10_000
    return {
        "id": number_,
        "index": 0,
        "name": row.get("version", "v1.0"),
        "baseModel": row["base"],
        "baseModelType": "Standard",
        "publishedAt": stamp(moment(row)),
        "availability": "Public",
        "description": None,
        "trainedWords": row["words"],
        "stats": {"downloadCount": number(5, 9_000, row["id"], "downloads")},
        "files": [civitai_file(row)],
        "images": [],
        "downloadUrl": f"https://example.invalid/api/download/models/{number_}",
    }


def civitai_native(row: Row) -> dict[str, Any]:
    """Return the model as `GET /api/v1/models/{id}` would. `allowCommercialUse` has two shapes there, so here too."""
    uses = ["Image", "RentCivit"] if row["id"] % 2 else "{Image,RentCivit}"
    version = civitai_version(row)
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["card"],
        "allowNoCredit": True,
        "allowCommercialUse": uses,
        "allowDerivatives": True,
        "allowDifferentLicense": True,
        "type": row["type"],
        "minor": row.get("minor", False),
        "sfwOnly": False,
        "poi": row.get("poi", False),
        "nsfw": row.get("nsfw", False),
        "nsfwLevel": 28 if row.get("nsfw") else 7,
        "availability": "Public",
        "supportsGeneration": row["type"] in ("LORA", "Checkpoint"),
        "stats": {"downloadCount": version["stats"]["downloadCount"], "thumbsUpCount": number(0, 300, row["id"], "up")},
        "creator": {"username": f"maker_{digest(row['id'], 'creator')[:6]}", "image": None},
        "tags": row["tags"],
        "modelVersions": [version],
    }


def record(row: Row, blocks: Mapping[str, str]) -> dict[str, Any]:
    """Return one line of the dump. A row whose id is a number is a Civitai model."""
    if isinstance(row["id"], int):
        return {"hub": "civitai", "kind": "model", "native": civitai_native(row), "card": None}
    card = huggingface_card(row, blocks)
    line = {"hub": "huggingface", "kind": row.get("kind", "model"), "native": huggingface_native(row, card)}
    headers = {"headers": row["headers"]} if "headers" in row else {}
    return line | {"card": card or ""} | headers


def label(row: Row) -> dict[str, Any]:
    """Return the label line that belongs to a row."""
    line = {"id": str(row["id"]), "labels": row["labels"], "why": row["why"], "difficulty": row["difficulty"]}
    line["language"] = row.get("language", "en")
    return line | ({"optional": row["optional"]} if "optional" in row else {})


def rows() -> Iterator[Row]:
    """Yield every row of every table, table defaults filled in, mixed up in an order that only the ids decide."""
    found = []
    for path in set(TABLES.glob("*.toml")) - {LATER_TABLE}:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [table.get("defaults", {}) | row for row in table.get("record", [])]
    yield from sorted(found, key=lambda row: digest(row["id"]))


def jsonl(lines: Iterator[dict[str, Any]]) -> str:
    """Return the lines as JSONL text."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def texts() -> dict[Path, str]:
    """Return what each of the three files holds."""
    blocks = tomllib.loads((TABLES / "blocks.toml").read_text(encoding="utf-8"))
    later = tomllib.loads(LATER_TABLE.read_text(encoding="utf-8"))["record"]
    return {
        DUMP: jsonl(record(row, blocks) for row in rows()),
        LABELS: jsonl(label(row) for row in rows()),
        LATER: jsonl(record(row, blocks) for row in later),
    }


if __name__ == "__main__":
    for path, text in texts().items():
        path.write_text(text, encoding="utf-8")
