from __future__ import annotations

import io
import lzma
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphemb.data.interactions import SPLITS, Interactions
from graphemb.data.interactions_file import read_interactions, write_interactions
from graphemb.errors import DataError, DataWarning, FormatError, UnknownNameError, UnsafeFileError


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        (folder / f"{stem}.{suffix}").write_bytes(text.encode())
    return folder


def named(data: Interactions) -> dict[str, list[tuple[str, str]]]:
    frame = data.to_frame()
    return {name: list(zip(part["user"], part["item"], strict=True)) for name, part in frame.groupby("split")}


# -- lines u i1 i2 ...


def test_folder_of_lists_stands_in_numeric_order(tmp_path: Path) -> None:
    write(tmp_path, train_txt="10 3 1\n2 3\n", val_txt="2 1\n", test_txt="10 20\n7 1\n")
    data = read_interactions(tmp_path)
    assert list(data.users) == ["2", "7", "10"] and list(data.items) == ["1", "3", "20"]
    assert named(data) == {"train": [("10", "3"), ("10", "1"), ("2", "3")], "validation": [("2", "1")], "test": [("10", "20"), ("7", "1")]}
    assert data.times is None and data.meta["source"] == tmp_path.name


def test_user_with_an_empty_line_is_a_user(tmp_path: Path) -> None:
    data = read_interactions(write(tmp_path, train_txt="0 1\n5\n", test_txt="5 1\n"))
    assert list(data.users) == ["0", "5"] and np.diff(data.train.indptr).tolist() == [1, 0]


def test_one_file_is_all_training(tmp_path: Path) -> None:
    write(tmp_path, train_txt="0 1 1 2\n0 2\n")
    data = read_interactions(tmp_path / "train.txt")
    assert data.size("train") == 2 and data.meta["reading"]["repeated"] == 2


def test_pairs_of_training_in_test_are_left_out_and_said(tmp_path: Path) -> None:
    write(tmp_path, train_txt="0 1 2\n", test_txt="0 2 3\n")
    with pytest.warns(DataWarning, match="left out of the later one: 1"):
        data = read_interactions(tmp_path)
    assert data.size("test") == 1


def test_sequences_are_in_order_of_time(tmp_path: Path) -> None:
    write(tmp_path, sequences_txt="1 9 4 7\n2 4\n")
    data = read_interactions(tmp_path)
    assert data.times.tolist() == [0, 1, 2, 0]
    (tmp_path / "sequences.txt").rename(tmp_path / "log.txt")
    assert read_interactions(tmp_path / "log.txt").times is None
    assert read_interactions(tmp_path / "log.txt", time="position").times.tolist() == [0, 1, 2, 0]


# -- features


def features(folder: Path, name: str, matrix: np.ndarray) -> None:
    raw = io.BytesIO()
    np.save(raw, matrix)
    (folder / name).write_bytes(lzma.compress(raw.getvalue()) if name.endswith(".xz") else raw.getvalue())


def test_features_by_modality_and_items_that_nobody_took(tmp_path: Path) -> None:
    write(tmp_path, train_txt="0 1 2\n")
    features(tmp_path, "image_feat.npy.xz", np.arange(10, dtype=np.float16).reshape(5, 2))
    features(tmp_path, "audio_feat.npy", np.ones((5, 3)))
    features(tmp_path, "colour_features.npy", np.ones((5, 1), dtype=int))
    features(tmp_path, "adjacency.npy", np.ones((2, 2)))
    data = read_interactions(tmp_path)
    assert set(data.features) == {"visual", "acoustic", "colour"}
    assert list(data.items) == ["0", "1", "2", "3", "4"] and data.features["visual"][3].tolist() == [6, 7]


@pytest.mark.parametrize(
    ("train", "matrix", "said"),
    [
        ("0 1 7\n", np.ones((5, 2)), r"'image_feat.npy' has 5 rows, for the items 0 to 4, but there is an item 7; expected at least 8"),
        ("0 1\n", [[1, 1], [np.nan, 1]], r"'visual' of 1 items hold NaN in a part of the row"),
        ("0 1\n", np.ones(3), r"image_feat.npy' holds float64 of shape \(3,\), expected a matrix"),
        ("0 1\n", np.array([["a"], ["b"]]), r"expected a matrix of numbers"),
    ],
)
def test_features_that_do_not_fit(tmp_path: Path, train: str, matrix: np.ndarray, said: str) -> None:
    write(tmp_path, train_txt=train)
    features(tmp_path, "image_feat.npy", np.asarray(matrix))
    with pytest.raises(DataError, match=said):
        read_interactions(tmp_path)


def test_features_of_different_heights_and_names(tmp_path: Path) -> None:
    write(tmp_path, train_csv="user,item\nann,tea\n")
    features(tmp_path, "image_feat.npy", np.ones((5, 2)))
    with pytest.raises(DataError, match=r"stand for the items 0 to 4, but an item is called 'tea'"):
        read_interactions(tmp_path)
    features(tmp_path, "audio_feat.npy", np.ones((4, 2)))
    with pytest.raises(DataError, match=r"'audio_feat.npy' has 4, 'image_feat.npy' has 5"):
        read_interactions(tmp_path)
    features(tmp_path, "visual_feat.npy", np.ones((5, 2)))
    with pytest.raises(DataError, match=r"both hold visual features"):
        read_interactions(tmp_path)


def test_features_are_never_unpickled(tmp_path: Path) -> None:
    write(tmp_path, train_txt="0 1\n")
    np.save(tmp_path / "image_feat.npy", np.array([{}, {}], dtype=object), allow_pickle=True)
    with pytest.raises(UnsafeFileError, match="pickled objects"):
        read_interactions(tmp_path)
    (tmp_path / "image_feat.npy").write_bytes(b"\x93NUMPY\x01\x00")
    with pytest.raises(DataError, match=r"image_feat.npy"):
        read_interactions(tmp_path)


def test_rows_of_nan_are_items_without_features(tmp_path: Path) -> None:
    write(tmp_path, train_txt="0 1\n")
    features(tmp_path, "image_feat.npy", np.array([[1.0, 2], [np.nan, np.nan]]))
    assert read_interactions(tmp_path).missing_features("visual").tolist() == [False, True]


# -- tables


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "userId,movieId,rating,timestamp\nann,tea,4.5,10\nbob,rye,2,11\n"),
        ("a.tsv", "item_id\ttimestamp\tuser_id\trating\ntea\t10\tann\t4.5\nrye\t11\tbob\t2\n"),
        ("a.txt", "ann\ttea\t4.5\t10\nbob\trye\t2\t11\n"),
        ("a.csv", "ann;tea;4,5;10\r\nbob;rye;2,0;11\r\n"),
        ("a.inter", "user_id:token\titem_id:token\trating:float\ttimestamp:float\nann\ttea\t4.5\t10\nbob\trye\t2\t11\n"),
    ],
    ids=["MovieLens", "any order", "no header", "semicolons, Windows", "RecBole"],
)
def test_tables(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_bytes(text.encode())
    data = read_interactions(tmp_path / name)
    assert named(data) == {"train": [("ann", "tea"), ("bob", "rye")]}
    assert data.ratings.tolist() == [4.5, 2] and data.times.tolist() == [10, 11]


def test_columns_by_argument(tmp_path: Path) -> None:
    write(tmp_path, a_csv="who,what,how much,when,part\nann,tea,5,2020-01-02,train\nann,rye,1,2020-01-01 12:00:00,test\n")
    data = read_interactions(tmp_path / "a.csv", user="who", item="what", rating="how much", time="when", split="part")
    assert data.size("test") == 1 and data.times.tolist() == [1577923200, 1577880000] and data.ratings.tolist() == [5, 1]
    assert read_interactions(tmp_path / "a.csv", user=0, item=1).times is None
    with pytest.raises(UnknownNameError, match=r"unknown user column 'whom' in 'a.csv'"):
        read_interactions(tmp_path / "a.csv", user="whom", item="what")
    with pytest.raises(DataError, match="are not different columns"):
        read_interactions(tmp_path / "a.csv", user="who", item="who")


def test_table_between_blanks_is_told_by_its_columns(tmp_path: Path) -> None:
    write(tmp_path, a_txt="1 20 5 100\n2 20 3 90\n")
    assert read_interactions(tmp_path / "a.txt").n_pairs == 6
    assert named(read_interactions(tmp_path / "a.txt", user=0, item=1)) == {"train": [("1", "20"), ("2", "20")]}


def test_min_rating(tmp_path: Path) -> None:
    write(tmp_path, a_csv="user,item,rating\nann,tea,5\nann,rye,1\n")
    data = read_interactions(tmp_path / "a.csv", min_rating=4)
    assert data.n_pairs == 1 and data.n_items == 2 and data.meta["filters"][0]["interactions"] == 1
    write(tmp_path, b_csv="user,item\nann,tea\n")
    with pytest.raises(DataError, match="there are no ratings"):
        read_interactions(tmp_path / "b.csv", min_rating=4)


def test_codes_of_splits(tmp_path: Path) -> None:
    write(tmp_path, a_inter="userID\titemID\tx_label\t\r\n8\t1\t0\t\r\n8\t2\t2\t\r\n9\t1\t1\t\r\n")
    assert named(read_interactions(tmp_path)) == {"train": [("8", "1")], "validation": [("9", "1")], "test": [("8", "2")]}


def test_parquet(tmp_path: Path) -> None:
    frame = pd.DataFrame({"user": [3, 20], "item": ["x", "y"], "time": pd.to_datetime(["2020-01-01", "2020-01-02"]), "rating": [1.0, 2.0]})
    frame.to_parquet(tmp_path / "a.parquet")
    data = read_interactions(tmp_path / "a.parquet")
    assert list(data.users) == ["3", "20"] and data.times.tolist() == [1577836800, 1577923200] and data.ratings.tolist() == [1, 2]
    for column, values, said in (
        ("user", [3, -1], r"row 1: the user \('user'\) is -1, expected no negative number"),
        ("user", [3, None], r"the user \('user'\) (is missing|s|are)"),
        ("item", [None, "x"], r"row 0: the item \('item'\) is missing"),
        ("user", [0.5, 1.5], r"are double, expected text or whole numbers"),
    ):
        frame.assign(**{column: values}).to_parquet(tmp_path / "b.parquet")
        with pytest.raises(FormatError, match=said):
            read_interactions(tmp_path / "b.parquet")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("user,item\n1,2\n-1,3\n", r"line 3: the user \('user'\) is -1, expected no negative number"),
        ("user,item\n1,2\n2,-3\n", r"line 3: the item \('item'\) is -3"),
        ("user,item\n1,2\n,3\n", r"line 3: 'user' is empty, expected a name"),
        ("user,item\n1,2\n3\n", r"line 3: expected 2 columns separated by commas, got 1"),
        ("user,item\n1,2\n3;4\n", r"line 3: expected 2 columns separated by commas, got 1"),
        ("user,item,rating\n1,2,good\n", r"line 2: 'rating' is 'good', expected a finite number"),
        ("user,item,rating\n1,2,\n", r"line 2: 'rating' is ''"),
        ("user,item,timestamp\n1,2,soon\n", r"line 2: 'timestamp' is 'soon'"),
        ("user,item,timestamp\n1,2,2020-01-01\n1,3,soon\n", r"'timestamp' starts with a date, and cannot be read as dates"),
        ("user,item,split\n1,2,tset\n", r"unknown split 'tset'; did you mean 'test'"),
        ("user,item\n", r"is empty, expected an interaction a line"),
        ("", r"is empty, expected an interaction a line"),
        ("user\nann\n", r"has 1 column, 'user', expected user and item in two; or lines"),
        ("1::2::5\n1::3::4\n", r"has 1 column, '1::2::5', expected user and item in two; put tabs in place of '::'"),
    ],
)
def test_bad_tables_are_named_with_their_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises((FormatError, UnknownNameError), match=said):
        read_interactions(tmp_path / "a.csv")


def test_negative_numbers_among_words_are_names(tmp_path: Path) -> None:
    write(tmp_path, a_csv="user,item\nann,-1\nbob,tea\n")
    assert list(read_interactions(tmp_path / "a.csv").items) == ["-1", "tea"]


# -- folders


def test_splits_may_be_tables(tmp_path: Path) -> None:
    write(tmp_path, train_csv="user,item\nann,tea\n", test_tsv="user\titem\nbob\ttea\n")
    assert named(read_interactions(tmp_path)) == {"train": [("ann", "tea")], "test": [("bob", "tea")]}


def test_splits_of_recbole(tmp_path: Path) -> None:
    for split, pair in (("train", "1\t2"), ("valid", "1\t3"), ("test", "2\t2")):
        (tmp_path / f"shop.{split}.inter").write_text(f"user_id:token\titem_id:token\n{pair}\n")
    assert {name: len(pairs) for name, pairs in named(read_interactions(tmp_path)).items()} == dict.fromkeys(SPLITS, 1)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"test_txt": "0 1\n"}, r"holds 'test.txt' and no train"),
        ({"notes_md": "x"}, r"has no file of interactions .*; it holds 'notes.md'"),
        ({}, r"it holds nothing"),
        ({"train_txt": "0 1\n", "train_csv": "user,item\n0,1\n"}, r"holds both 'train.\w+' and 'train.\w+'"),
        ({"valid_txt": "0 1\n", "val_txt": "0 1\n", "train_txt": "0 2\n"}, r"holds both"),
        ({"train_txt": "0 1\n", "test_txt": ""}, r"test.txt' is empty"),
        ({"a_inter": "user\titem\n1\t2\n", "b_inter": "user\titem\n1\t2\n"}, r"several data sets, 'a.inter', 'b.inter'; name one"),
        ({"train_pkl": "x"}, r"pickled"),
    ],
)
def test_folders_that_are_none(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_interactions(write(tmp_path, **files))


def test_no_such_file(tmp_path: Path) -> None:
    write(tmp_path, train_txt="0 1\n")
    with pytest.raises(DataError, match=r"did you mean 'train.txt'"):
        read_interactions(tmp_path / "trian.txt")


# -- there and back


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt.gz", "a.csv.xz", "a.parquet"])
def test_written_and_read_again(tmp_path: Path, name: str) -> None:
    pairs = {"train": [("ann, the 1st", 'té"a'), ("bob", "rye")], "validation": [("bob", 'té"a')], "test": [("ann, the 1st", "rye")]}
    data = Interactions.from_pairs(pairs, ratings=[1, 2.5, 3, 4], times=[1e9, 2, 3, 4])
    write_interactions(data, tmp_path / name)
    again = read_interactions(tmp_path / name)
    assert again.fingerprint == data.fingerprint
    assert again.ratings.tolist() == data.ratings.tolist() and again.times.tolist() == data.times.tolist()


def test_what_a_table_leaves_out_is_said(tmp_path: Path) -> None:
    data = Interactions(["ann", "bob"], ["tea"], [[0], [0]], features={"colour": [[1.0]]}, item_text=["green"])
    with pytest.warns(DataWarning, match=r"leaves out 1 users without an interaction, the features colour, the texts of items"):
        write_interactions(data, tmp_path / "a.csv")
    with pytest.raises(UnknownNameError, match=r"unknown format of interactions '.json'"):
        write_interactions(data, tmp_path / "a.json")
    with pytest.raises(DataError, match="no interaction to write"):
        write_interactions(Interactions(["ann"], ["tea"], [[], []]), tmp_path / "b.csv")
    assert not (tmp_path / "b.csv").exists()
