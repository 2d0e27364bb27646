"""Bases on file: every fault of their files at once, every name resolved; what records and headers say of parents."""

import pytest

from hubscan import bases
from hubscan.bases import Bases
from hubscan.errors import RuleError
from hubscan.records import BaseModel, FileEntry, FileHeader, RepoRecord, RepoRef

SD15 = "base:stable-diffusion-1.5"
EMA_ONLY = "6ce0161689b3853acaa03779ec93eafe75a02f4ced659bee03f50797806fa2fa"

GOOD = """
id = "demo"
title = "Demo"

[[base]]
id = "old"
title = "Old"
status = "withdrawn"
since = 2024-01-01
reason = "Said so."
references = ["https://example.org/"]
verified = false
repos = ["huggingface:org/old"]
"""


def record(bases_=(), header=None, hub="huggingface", name="me/mine", files=()):
    headers = (FileHeader("a.safetensors", header),) if header else ()
    return RepoRecord(
        ref=RepoRef(hub, "model", name),
        url="u",
        title=name,
        base_models=None if bases_ is None else tuple(BaseModel(one) for one in bases_),
        headers=headers,
        files=tuple(FileEntry("w.safetensors", 10, digest) for digest in files),
    )


@pytest.mark.parametrize(
    "name",
    [
        "huggingface:model:runwayml/stable-diffusion-v1-5",
        "huggingface:model:stable-diffusion-v1-5/stable-diffusion-v1-5",
        bases.named("SD 1.5"),
        bases.named("sd_1.5"),
        bases.named("ＳＤ　1.5"),
        bases.named("v1-5-pruned-emaonly.safetensors"),
        f"sha256:{EMA_ONLY}",
    ],
)
def test_one_base_has_many_names(name):
    assert bases.shipped().node(name) == SD15


def test_every_shipped_base_has_a_reference_and_is_read_or_says_not():
    for base in bases.shipped().by_id.values():
        assert base.references
        assert base.reason


@pytest.mark.parametrize(
    ("base", "header", "expected"),
    [
        (["runwayml/stable-diffusion-v1-5"], None, [(SD15, "hub")]),
        (["RunwayML/Stable-Diffusion-V1-5"], None, [(SD15, "hub")]),
        (["https://huggingface.co/runwayml/stable-diffusion-v1-5/tree/main"], None, [(SD15, "hub")]),
        (["https://civitai.com/models/4384?modelVersionId=128713"], None, [("civitai:model:4384", "hub")]),
        (["./checkpoints/best"], None, [("name:./checkpoints/best", "hub")]),
        (["http://[bad"], None, [("name:http://[bad", "hub")]),
        (["  ", ""], None, []),
        (["SD 1.5"], None, [(SD15, "hub")]),
        ([], {"ss_sd_model_name": "C:\\models\\v1-5-pruned.safetensors"}, [(SD15, "header")]),
        ([], {"ss_sd_model_name": "None"}, []),
        ([], {"ss_sd_model_name": "renamed.ckpt", "ss_new_sd_model_hash": EMA_ONLY.upper()}, [(SD15, "header")]),
        ([], {"ss_sd_model_name": "my mix.ckpt"}, [("name:my mix.ckpt", "header")]),
        (
            [],
            {"general.base_model.0.name": "X", "general.base_model.0.repo_url": "https://huggingface.co/org/x"},
            [("huggingface:model:org/x", "header")],
        ),
        (
            [],
            {"general.base_model.0.name": "x", "general.base_model.0.organization": "org"},
            [("huggingface:model:org/x", "header")],
        ),
        ([], {"general.base_model.0.name": " "}, []),
    ],
)
def test_parents(base, header, expected):
    found = bases.shipped().parents(record(base, header))
    assert [(parent.node, parent.source) for parent in found] == expected


def test_a_base_name_on_another_hub_is_a_repo_of_that_hub():
    found = bases.shipped().parents(record(["org/x"], hub="modelscope"))
    assert [parent.node for parent in found] == ["modelscope:model:org/x"]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (record(name="runwayml/stable-diffusion-v1-5"), (0, True)),
        (record(files=[EMA_ONLY]), (0, True)),
        (record(["SD 1.5"]), (1, True)),
        (record(["org/other"]), (None, False)),
        (record([]), (None, True)),
        (record(None), (None, False)),
    ],
)
def test_steps_by_a_record_alone(made, expected):
    assert tuple(bases.shipped().steps(made, "historical")) == expected


def test_a_set_that_is_not_on_file_is_refused():
    with pytest.raises(KeyError):
        bases.shipped().steps(record([]), "no-such-set")


def test_all_faults_of_all_files_are_told_at_once(tmp_path):
    (tmp_path / "demo.toml").write_text(
        GOOD.replace('status = "withdrawn"', 'status = "gone"')
        + GOOD.split("\n\n", 1)[1].replace('"old"', '"young"').replace("title", "titel")
        + GOOD.split("\n\n", 1)[1].replace("references", "sha256 = ['short']\nreferences").replace('"old"', '"third"')
    )
    (tmp_path / "broken.toml").write_text("id = ")
    with pytest.raises(RuleError) as caught:
        bases.load(tmp_path)
    told = [(problem.path, problem.line > 1) for problem in caught.value.problems]
    assert told.count(("lineage/demo.toml", True)) >= 3
    assert ("lineage/broken.toml", False) in told


def test_a_name_stands_for_one_base(tmp_path):
    (tmp_path / "demo.toml").write_text(GOOD + GOOD.split("\n\n", 1)[1].replace('id = "old"', 'id = "new"'))
    with pytest.raises(RuleError, match="is a name of old and of new"):
        bases.load(tmp_path)


def test_verified_false_is_none(tmp_path):
    (tmp_path / "demo.toml").write_text(GOOD)
    loaded = bases.load(tmp_path)
    assert isinstance(loaded, Bases)
    assert loaded.by_id["old"].verified is None
