"""Write the quality set: labelled dumps of invented uploads, on which the rules' precision and recall are measured.

    python benchmarks/make_quality_set.py [FOLDER]

Each folder of tables in `quality_set` is a set. FOLDER (default `benchmarks/quality_set/built`) gets a dump for each,
such as `dev.jsonl`, with a `.labels.jsonl` beside it. Rules may be improved by looking at any of them but `held`,
which is only scored (its errors were looked at once, on 2026-11-23: of wording nobody has seen it is no measure any
more). `quality_set/README.md` has the labelling rules.

A row of a table says what an uploader would type; this script puts it into the object that the hub's API returns. What
the row leaves open (dates, sizes, hashes, the passages around the deciding words) is drawn from the SHA-256 of its id,
so the same tables always give the same bytes. Two marks work inside the text of a row:

- `<<leet:some words>>` is written the way one dodges a filter, see `DISGUISES`;
- a line `[[3]]` becomes three passages of ordinary text from the set's `passages.toml`.
"""

import argparse
import hashlib
import html
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parent / "quality_set"
SETS = tuple(sorted(path.parent.name for path in TABLES.glob("*/passages.toml")))
DIFFICULTIES = ("plain", "subtle", "obfuscated", "hard_negative", "benign")
NOT_ROWS = ("passages.toml",)

Row = Mapping[str, Any]
Passages = Mapping[str, Mapping[str, str]]

FIRST_DAY, LAST_DAY = datetime(2024, 2, 1, tzinfo=UTC), datetime(2026, 10, 15, tzinfo=UTC)

USUAL_LENGTHS = (0, 0, 1, 2, 3, 5)
"""How many passages follow the text of a row that does not say: many cards are short, some are long."""

LEET = str.maketrans("aeiostAEIOST", "431057431057")
CYRILLIC = str.maketrans("aceopxyiACEHKMOPTX", "асеорхуіАСЕНКМОРТХ")
ZERO_WIDTH = ("\u200b", "\u200c", "\u2060")
ACUTE_BELOW = "\u0317"

DISGUISES: Mapping[str, Callable[[str], str]] = {
    "leet": lambda text: text.translate(LEET),
    "lookalike": lambda text: text.translate(CYRILLIC),
    "zerowidth": lambda text: "".join(c + ZERO_WIDTH[i % 3] * (i % 2) for i, c in enumerate(text)),
    "spaced": lambda text: "   ".join(" ".join(word) for word in text.split()),
    "dotted": lambda text: " ".join(".".join(word) for word in text.split()),
    "dashed": lambda text: "_".join("-".join(word) for word in text.split()),
    "fullwidth": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "combining": lambda text: "".join(c + ACUTE_BELOW * c.isalpha() for c in text),
    "joined": lambda text: "".join(word[:1].upper() + word[1:] for word in text.split()),
    "entities": lambda text: "".join(f"&#{ord(c)};" if i % 2 else f"&#x{ord(c):x};" for i, c in enumerate(text)),
}
"""Ways to spell the marker words so that a reader still reads them and a plain word search does not."""

DISGUISED = re.compile(r"<<(\w+):(.*?)>>")
PASSAGES_HERE = re.compile(r"^\[\[(\d)\]\]$", re.MULTILINE)
FORMAT_TAGS = {".safetensors": "safetensors", ".gguf": "gguf", ".onnx": "onnx", ".pth": "pytorch", ".ckpt": "pytorch"}
PLAIN_YAML = re.compile(r"[^\W_][\w./+ -]*")


def digest(*parts: object) -> str:
    """Return 64 hex digits that depend on nothing but `parts`."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


def draw(low: int, high: int, *parts: object) -> int:
    """Return a number from `low` to `high` that depends on nothing but `parts`."""
    return low + int(digest(*parts)[:12], 16) % (high - low + 1)


def spell(value: Any) -> Any:
    """Return a value of a row with every disguise carried out, in the lists and tables inside it as well."""
    if isinstance(value, str):
        return DISGUISED.sub(lambda mark: DISGUISES[mark[1]](mark[2]), value)
    if isinstance(value, list):
        return [spell(item) for item in value]
    return {spell(key): spell(item) for key, item in value.items()} if isinstance(value, dict) else value


def surround(row: Row, passages: Passages) -> str:
    """Return the row's text with passages of ordinary text in it: where the row asks for them, else after it."""
    pool = {**({} if row["medium"] == "civitai" else passages["any"]), **passages.get(row["medium"], {})}
    names = iter(sorted(pool, key=lambda name: digest(row["id"], name)))
    text = row["card"].strip()
    after = row.get("pad", USUAL_LENGTHS[draw(0, len(USUAL_LENGTHS) - 1, row["id"], "pad")])
    if after and not PASSAGES_HERE.search(text):
        text += f"\n\n[[{after}]]"
    return PASSAGES_HERE.sub(lambda mark: "\n\n".join(pool[next(names)].strip() for _ in range(int(mark[1]))), text)


def first_published(row: Row) -> datetime:
    """Return when the upload was made."""
    days = draw(0, (LAST_DAY - FIRST_DAY).days, row["id"], "day")
    return FIRST_DAY + timedelta(days=days, seconds=draw(0, 86_399, row["id"], "second"))


def stamp(moment: datetime) -> str:
    """Return a moment the way both hubs write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


# Hugging Face


def declared_languages(row: Row) -> str | list[str] | None:
    """Return the `language` entry: two in three uploaders fill it in, some as a list."""
    if draw(0, 2, row["id"], "language") == 0:
        return None
    return row["language"] if draw(0, 1, row["id"], "list") else [row["language"]]


def front_matter(row: Row) -> dict[str, Any]:
    """Return what the uploader typed between the dashes."""
    keys = ("license", "base_model", "base_model_relation", "pipeline_tag", "library_name")
    more = ("datasets", "instance_prompt", "widget_text", "extra_gated_prompt", "sdk", "title", "tags")
    return {
        key: value
        for key, value in [
            *((key, row.get(key)) for key in keys),
            ("language", declared_languages(row)),
            *((key, row.get(key)) for key in more),
        ]
        if value
    }


def yaml_entry(key: str, value: str | list[str]) -> str:
    """Return one entry in YAML, quoted only where YAML needs it."""
    if isinstance(value, list):
        return "\n".join([f"{key}:", *(f"- {yaml_scalar(item)}" for item in value)])
    return f"{key}: {yaml_scalar(value)}"


def yaml_scalar(value: str) -> str:
    """Return text as most people type it into YAML; JSON strings are valid YAML for the rest."""
    return value if PLAIN_YAML.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def huggingface_card(row: Row, passages: Passages) -> str | None:
    """Return the README, or None for an upload without one."""
    if "card" not in row:
        return None
    entries = [yaml_entry(key, value) for key, value in front_matter(row).items()]
    head = "\n".join(["---", *entries, "---", "", ""]) if entries else ""
    return head + surround(row, passages).replace("REPO", row["id"]) + "\n"


def huggingface_tags(row: Row, names: list[str]) -> list[str]:
    """Return the tags of a listing: the uploader's and those that the hub derives from the rest."""
    languages = declared_languages(row) or []
    relation = row.get("base_model_relation")
    derived = [
        *([f"base_model:{row['base_model']}"] if "base_model" in row else []),
        *([f"base_model:{relation}:{row['base_model']}"] if relation else []),
        *(f"dataset:{name}" for name in row.get("datasets", [])),
        *([languages] if isinstance(languages, str) else languages),
        *([f"license:{row['license']}"] if "license" in row else []),
        "region:us",
    ]
    formats = [tag for end, tag in FORMAT_TAGS.items() if any(name.endswith(end) for name in names)]
    known = [row["library_name"]] if "library_name" in row else []
    return list(dict.fromkeys([*known, *formats, *row.get("tags", []), *derived]))


def sibling(repo: str, name: str, card: str | None) -> dict[str, Any]:
    """Return one file as the API lists it with blobs asked for."""
    if name == "README.md":
        size = len((card or "").encode())
    elif name.endswith((".json", ".py", ".txt", ".gitattributes", ".yaml")):
        size = draw(400, 30_000, repo, name)
    else:
        size = draw(9_000_000, 7_000_000_000, repo, name)
    entry: dict[str, Any] = {"rfilename": name, "size": size, "blobId": digest(repo, name, "blob")[:40]}
    if size > 1_000_000:
        entry["lfs"] = {"sha256": digest(repo, name, "bytes"), "size": size, "pointerSize": 134}
    return entry


def huggingface_native(row: Row, card: str | None) -> dict[str, Any]:
    """Return the repo as `GET /api/models/{id}` (or datasets, spaces) returns it."""
    repo, made = row["id"], first_published(row)
    names = [".gitattributes", *(["README.md"] if card is not None else []), *row["files"]]
    native: dict[str, Any] = {
        "_id": digest(repo, "_id")[:24],
        "id": repo,
        **({"modelId": repo} if row["kind"] == "model" else {}),
        "author": repo.split("/")[0],
        "sha": digest(repo, "sha")[:40],
        "createdAt": stamp(made),
        "lastModified": stamp(made + timedelta(hours=draw(0, 1500, repo, "changed"))),
        "private": False,
        "gated": row.get("gated", False),
        "disabled": False,
        "downloads": draw(0, 60, repo, "a") * draw(0, 150, repo, "b"),
        "likes": draw(0, 90, repo, "likes"),
        "tags": huggingface_tags(row, names),
        "siblings": [sibling(repo, name, card) for name in names],
    }
    native |= {key: row[key] for key in ("pipeline_tag", "library_name", "sdk") if key in row}
    return native | ({"cardData": front_matter(row)} if card is not None and front_matter(row) else {})


def training_header(row: Row) -> dict[str, dict[str, str]]:
    """Return the safetensors header that kohya's trainer leaves, for a row that tells how its pictures were tagged."""
    trained = row["training"]
    values = {
        "ss_output_name": trained["output"],
        "ss_base_model_version": trained["base"],
        "ss_sd_model_name": trained["checkpoint"],
        "ss_num_train_images": str(trained["images"]),
        "ss_network_module": "networks.lora",
        "ss_network_dim": "32",
        "ss_tag_frequency": json.dumps({trained["folder"]: trained["tags"]}, ensure_ascii=False),
        "ss_dataset_dirs": json.dumps({trained["folder"]: {"n_repeats": 10, "img_count": trained["images"]}}),
    }
    return {row["files"][0]: values}


# Civitai


def civitai_html(row: Row, passages: Passages) -> str | None:
    """Return the description in HTML: paragraphs that the row does not mark up itself get their `<p>`."""
    if "card" not in row:
        return None
    parts = (part.strip() for part in surround(row, passages).split("\n\n"))
    return "".join(part if part.startswith("<") else f"<p>{part}</p>".replace("\n", "<br />") for part in parts)


def civitai_file(row: Row, version: Row, number: int) -> dict[str, Any]:
    """Return the one file of a version."""
    content = digest(row["id"], number, "bytes").upper()
    stem = re.sub(r"[^A-Za-z0-9]+", "_", html.unescape(row["name"])).strip("_") or "model"
    return {
        "id": number - 214,
        "name": version.get("file", f"{stem}_{version['name']}.safetensors"),
        "sizeKB": draw(18_000, 6_900_000, row["id"], number) / 16,
        "type": "Model",
        "pickleScanResult": "Success",
        "virusScanResult": "Success",
        "metadata": {"format": "SafeTensor", "size": "pruned", "fp": "fp16"},
        "hashes": {"AutoV2": content[:10], "SHA256": content, "CRC32": digest(content, "crc")[:8].upper()},
        "primary": True,
    }


def civitai_version(row: Row, index: int) -> dict[str, Any]:
    """Return one version. Pictures are left out, as everywhere in this project."""
    version = {"name": f"v{len(row['versions']) - index}.0"} | row["versions"][index]
    number = row["id"] * 2 + 31 - index
    return {
        "id": number,
        "index": index,
        "name": version["name"],
        "baseModel": version.get("base", row["base"]),
        "baseModelType": "Standard",
        "publishedAt": stamp(first_published(row) + timedelta(days=40 * (len(row["versions"]) - index))),
        "availability": "Public",
        "description": version.get("about"),
        "trainedWords": version.get("words", row.get("words", [])),
        "stats": {"downloadCount": draw(3, 7_000, number, "downloads")},
        "files": [civitai_file(row, version, number)],
        "images": [],
        "downloadUrl": f"https://example.invalid/api/download/models/{number}",
    }


def civitai_native(row: Row, passages: Passages) -> dict[str, Any]:
    """Return the model as `GET /api/v1/models/{id}` returns it; uses and counts have several shapes there."""
    uses = ([], ["Image", "Rent"], "{Image,RentCivit}", ["Sell"])[draw(0, 3, row["id"], "uses")]
    maker = {"creator": {"username": f"u{digest(row['id'], 'maker')[:7]}", "image": None}}
    adult = row.get("nsfw", False)
    return {
        "id": row["id"],
        "name": row["name"],
        "description": civitai_html(row, passages),
        "allowNoCredit": bool(draw(0, 1, row["id"], "credit")),
        "allowCommercialUse": uses,
        "allowDerivatives": bool(draw(0, 1, row["id"], "derive")),
        "allowDifferentLicense": True,
        "type": row["type"],
        "minor": row.get("minor", False),
        "sfwOnly": False,
        "poi": row.get("poi", False),
        "nsfw": adult,
        "nsfwLevel": 24 if adult else 1,
        "availability": "Public",
        "supportsGeneration": row["type"] in ("LORA", "Checkpoint"),
        "stats": {"downloadCount": draw(3, 9_000, row["id"], "downloads"), "commentCount": draw(0, 40, row["id"], "c")},
        **(maker if draw(0, 9, row["id"], "shown") else {}),
        "tags": row.get("tags", []),
        "modelVersions": [civitai_version(row, index) for index in range(len(row["versions"]))],
    }


# The two files of a set


def record(row: Row, passages: Passages) -> dict[str, Any]:
    """Return one line of the dump. A row whose id is a number is a Civitai model."""
    if isinstance(row["id"], int):
        return {"hub": "civitai", "kind": "model", "native": civitai_native(row, passages), "card": None}
    card = huggingface_card(row, passages)
    line = {"hub": "huggingface", "kind": row["kind"], "native": huggingface_native(row, card), "card": card}
    return line | ({"headers": training_header(row)} if "training" in row else {})


def label(row: Row) -> dict[str, Any]:
    """Return the label line of a row, in the fields of the labelled sample."""
    line = {"id": str(row["id"]), "labels": row["labels"], "why": row["why"], "difficulty": row["difficulty"]}
    return line | {"language": row["language"]} | ({"optional": row["optional"]} if "optional" in row else {})


CIVITAI = {"medium": "civitai", "type": "LORA", "base": "SDXL 1.0", "versions": [{}]}
HUGGINGFACE = {"medium": "any", "kind": "model", "files": ["config.json", "model.safetensors"]}


def rows(name: str) -> Iterator[Row]:
    """Yield every row of a set, completed by its shape and its table, in an order that only the ids decide."""
    shapes = tomllib.loads((TABLES / "shapes.toml").read_text(encoding="utf-8"))
    found = []
    for path in sorted((TABLES / name).glob("*.toml")):
        if path.name in NOT_ROWS:
            continue
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for difficulty in DIFFICULTIES:
            for row in table.get(difficulty, []):
                usual = CIVITAI if isinstance(row["id"], int) else HUGGINGFACE | shapes[row.get("shape", "bare")]
                known = {"labels": table["labels"], "difficulty": difficulty, "language": "en"}
                found.append(usual | known | spell(row))
    yield from sorted(found, key=lambda row: digest(row["id"]))


def texts(name: str) -> dict[str, str]:
    """Return the two files of a set, by name."""
    passages = tomllib.loads((TABLES / name / "passages.toml").read_text(encoding="utf-8"))
    made = list(rows(name))
    return {
        f"{name}.jsonl": "".join(json.dumps(record(row, passages), ensure_ascii=False) + "\n" for row in made),
        f"{name}.labels.jsonl": "".join(json.dumps(label(row), ensure_ascii=False) + "\n" for row in made),
    }


def main() -> None:
    """Write every set into the folder named on the command line."""
    options = argparse.ArgumentParser(description="Write the labelled sets as dumps.")
    options.add_argument("folder", nargs="?", type=Path, default=TABLES / "built", help="where (default: built/)")
    folder = options.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        for file, text in texts(name).items():
            (folder / file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
