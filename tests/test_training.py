"""Training tags by their share of images, however and wherever a trainer counted them."""

import json

import pytest

from hubscan import training


def header(frequency=None, datasets=None, dirs=None, **more):
    values = {"ss_tag_frequency": frequency, "ss_datasets": datasets, "ss_dataset_dirs": dirs}
    return {key: json.dumps(value) for key, value in values.items() if value is not None} | more


MILL = {"1_mill": {"mill": 40, "river": 20, "boat": 1}}
SHARES = {"mill": 1.0, "river": 0.5}
DATASET = {"tag_frequency": MILL, "subsets": [{"image_dir": "1_mill", "img_count": 40, "class_tokens": "mll mill"}]}

TAGS = [
    # (what it holds, the header, the tags and their shares)
    ("nothing", {}, {}),
    ("one folder", header(MILL), SHARES),
    ("only data sets", header(datasets=[DATASET]), SHARES),
    ("the same twice", header(MILL, [DATASET, DATASET]), SHARES),
    ("part of it twice", header(MILL, [{"tag_frequency": {"1_mill": {"river": 20}}}]), SHARES),
    ("an innocent list beside the real one", header({"1_mill": {"sky": 40}}, [DATASET]), SHARES | {"sky": 1.0}),
    ("two folders", header({**MILL, "1_sea": {"sea": 60}}), {"sea": 0.6, "mill": 0.4, "river": 0.2}),
    ("sentences for captions", header({"1_a": {"one": 1}}, dirs={"1_a": {"img_count": 2}}), {"one": 0.5}),
    ("a folder smaller than its counts", header(MILL, dirs={"1_mill": {"img_count": 2}}), SHARES),
    ("a folder of no stated size", header(MILL, dirs={"1_mill": {"img_count": "many"}}), SHARES),
    ("tags too rare to say anything", header({"1_a": {"a": 1000, "b": 49, "c": 50}}), {"a": 1.0, "c": 0.05}),
    ("counts that are none", header({"1_a": {"a": 4, "b": True, "c": None, "d": -1, "e": "4", "f": [4]}}), {"a": 1.0}),
    ("counts with a point", header({"1_a": {"a": 4.0, "b": 2.0}}), {"a": 1.0, "b": 0.5}),
    ("counts without end", {"ss_tag_frequency": '{"1_a": {"a": 1e999, "b": NaN, "c": 3, "d": -Infinity}}'}, {"c": 1.0}),
    ("a count of 300 digits", {"ss_tag_frequency": '{"1_a": {"a": 1' + "0" * 300 + '}}'}, {"a": 1.0}),
    ("a count of 5000 digits", {"ss_tag_frequency": '{"1_a": {"a": 1' + "0" * 5000 + '}}'}, {}),
    ("a folder twice", {"ss_tag_frequency": '{"1_a": {"a": 4}, "1_a": {"b": 2}}'}, {"a": 1.0, "b": 0.5}),
    ("a tag twice", {"ss_tag_frequency": '{"1_a": {"a": 4, "b": 3, "b": 1}}'}, {"a": 1.0, "b": 0.75}),
    ("the key twice", header({"1_a": {"a": 4}}, **{"ss_tag_frequency#2": '{"1_a": {"b": 4}}'}), {"a": 1.0, "b": 1.0}),
    ("no JSON", {"ss_tag_frequency": "{'1_a': {'a': 4}}"}, {}),
    ("deep JSON", {"ss_tag_frequency": "[" * 100_000}, {}),
    ("JSON of another shape", header([{"a": 4}], {"tag_frequency": MILL}, "x"), {}),
    ("a folder of another shape", header({"1_a": ["a"], "1_b": {"b": 1}}, ["x", {"subsets": [1]}]), {"b": 1.0}),
    ("None, as trainers write it", {"ss_tag_frequency": "None", "ss_datasets": "None"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), [row[1:] for row in TAGS], ids=[row[0] for row in TAGS])
def test_tags_are_counted_once_by_their_share(values, expected):
    assert dict(training.tags(values)) == pytest.approx(expected)


def test_tags_come_most_frequent_first():
    assert [tag.tag for tag in training.tags(header({"1_a": {"b": 2, "c": 3, "a": 2}}))] == ["c", "a", "b"]


SUBSETS = [
    {"image_dir": "/srv/sets/3_mill", "class_tokens": "mll mill", "caption_prefix": "view of mll"},
    {"image_dir": "C:\\sets\\2_sea\\", "class_tokens": "mll mill", "caption_prefix": None},
    {"image_dir": "1_building", "class_tokens": "building", "is_reg": True},
]


def test_folders_are_named_without_the_path_to_them():
    values = header({"9_x": {"a": 1}}, [{"subsets": SUBSETS}], {"4_y": {}, "9_x": {}})
    assert training.folders(values) == ("4_y", "9_x", "3_mill", "2_sea")


FOLDERS = [
    ({"1_a": {"img_count": 30}, "1_b": {"img_count": 10}}, {"1_a": 0.75, "1_b": 0.25}),
    ({"1_a": {"img_count": 30}, "1_b": {}}, {"1_a": 1.0, "1_b": 0.0}),
    ({"1_a": {}, "1_b": {"img_count": "many"}}, {"1_a": 0.5, "1_b": 0.5}),
]


@pytest.mark.parametrize(("dirs", "expected"), FOLDERS)
def test_folders_have_their_share_of_images(dirs, expected):
    assert training.folder_shares(header(dirs=dirs)) == expected


def test_a_folder_whose_size_is_not_stated_has_that_of_its_captions():
    assert training.folder_shares(header({"1_a": {"x": 30}, "1_b": {"x": 10}})) == {"1_a": 0.75, "1_b": 0.25}


def test_triggers_are_those_of_the_subject_and_not_of_regularisation():
    assert training.triggers(header(datasets=[{"subsets": SUBSETS}])) == ("mll mill", "view of mll")
