"""Clusters of the same file: by the surest hash, never by chance, never a verdict."""

from dataclasses import dataclass

import pytest

from hubscan.holders import Holder, Presence
from hubscan.identity.clusters import COMMON, Uploader, clusters, match, uploader
from hubscan.records import RepoRef


@dataclass(frozen=True)
class File:
    algorithm: str
    value: str
    ref: RepoRef
    file: str = "a.safetensors"
    current: bool = True


def ref(name, hub="huggingface"):
    return RepoRef(hub, "model", name)


def holder(repo, who, presence=Presence.UP):
    return Holder(repo, "u", who, presence, "why", "2026-01-01T00:00:00Z")


def found(*shown, sha256=None):
    known = sha256 or {}
    return [
        (one.algorithm, sorted(str(repo) for repo in one.files))
        for one in clusters(shown, lambda repo, _: known.get(repo, ()))
    ]


A, B, C = ref("a/a"), ref("b/b"), ref("7", "civitai")


@pytest.mark.parametrize(
    ("shown", "sha256", "expected"),
    [
        ([File("sha256", "1", A)], {}, []),
        ([File("sha256", "1", A), File("sha256", "1", A, "again.safetensors")], {}, []),
        ([File("sha256", "1", A), File("sha256", "1", B)], {}, [("sha256", [str(A), str(B)])]),
        (
            [File("sha256", "1", A), File("sha256", "1", B), File("autov2", "1", A), File("autov2", "1", B)],
            {A: ["1"], B: ["1"]},
            [("sha256", [str(A), str(B)])],
        ),
        (
            [*(File("sha256", "12", one) for one in (A, B)), *(File("autov2", "1", one) for one in (A, B, C))],
            {A: ["12"], B: ["12"]},
            [("sha256", [str(A), str(B)]), ("autov2", sorted(map(str, (A, B, C))))],
        ),
        ([File("autov2", "1", A), File("autov2", "1", B)], {A: ["12"], B: ["13"]}, []),
        ([File("autov3", "1", A), File("autov3", "1", B)], {A: ["12"], B: ["13"]}, [("autov3", [str(A), str(B)])]),
    ],
    ids=[
        "alone",
        "twice in one repo",
        "two repos",
        "a weaker hash adds nothing",
        "a weaker hash adds a repo",
        "first digits alike, files not",
        "same tensors under another header",
    ],
)
def test_clusters(shown, sha256, expected):
    assert found(*shown, sha256=sha256) == expected


@pytest.mark.parametrize(
    ("one", "others", "expected"),
    [
        (holder(A, "ann"), [holder(B, "Ann")], Uploader.SAME),
        (holder(C, "ann"), [holder(B, "ann")], Uploader.SAME_NAME),
        (holder(A, "ann"), [holder(B, "bob")], Uploader.OTHER),
        (holder(A, None), [holder(B, "bob")], Uploader.UNKNOWN),
        (holder(A, "ann"), [holder(B, "bob"), holder(ref("x"), "ann")], Uploader.SAME),
    ],
)
def test_uploader(one, others, expected):
    assert uploader(one, others) is expected


def cluster_of(*refs, current=True):
    shown = [File("sha256", "1", one, current=current) for one in refs]
    return next(iter(clusters(shown, lambda *_: ())))


@pytest.mark.parametrize("presence", [Presence.UNKNOWN, Presence.UP])
def test_unknown_is_not_gone(presence):
    assert match(cluster_of(A, B), {A: holder(A, "x", presence), B: holder(B, "y")}) is None


def test_a_file_its_repo_no_longer_lists_is_not_up():
    holders = {A: holder(A, "x", Presence.REMOVED), B: holder(B, "y")}
    assert match(cluster_of(A, B), holders) is not None
    assert match(cluster_of(A, B, current=False), holders) is None


def test_what_everybody_shares_is_common():
    refs = [ref(f"u{number}/part") for number in range(COMMON)]
    holders = {one: holder(one, one.repo_id, Presence.REMOVED if not n else Presence.UP) for n, one in enumerate(refs)}
    assert match(cluster_of(*refs), holders).common
    assert not match(cluster_of(*refs[1:], refs[0]), {one: holders[one] for one in refs[:5]}).common
