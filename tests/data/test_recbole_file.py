from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.data.interactions_file import read_interactions
from graphemb.errors import FormatError

ITEMS = """item_id:token\tmovie_title:token_seq\tyear:token\tclass:token_seq\tprice:float\tplace:float_seq\tcode:token
1\tToy Story\t1995\tComedy Family\t2.5\t0 1\ta
2\tGolden Eye\t1995\tAction\t\t2 3\tb
3\tHeat\t1996\t\t1\t\tc
9\tUnseen\t1996\tAction\t7\t4 5\td
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ml.inter").write_text("user_id:token\titem_id:token\n5\t2\n5\t1\n6\t3\n6\t4\n")
    (tmp_path / "ml.item").write_text(ITEMS)
    (tmp_path / "ml.user").write_text("user_id:token\tage:token\n5\t30\n")
    return tmp_path


def rows(matrix: np.ndarray) -> list[object]:
    return [None if np.isnan(row[0]) else row.tolist() for row in matrix]


def test_columns_of_items_become_features_and_texts(folder: Path) -> None:
    data = read_interactions(folder)
    assert list(data.items) == ["1", "2", "3", "4", "9"]
    assert data.item_text == ("Toy Story", "Golden Eye", "Heat", "", "Unseen")
    assert set(data.features) == {"year", "price", "place"} | ({"class"} & set(data.features))
    assert rows(data.features["year"]) == [[1, 0], [1, 0], [0, 1], None, [0, 1]]
    assert rows(data.features["price"]) == [[2.5], None, [1], None, [7]]
    assert rows(data.features["place"]) == [[0, 1], [2, 3], None, None, [4, 5]]
    assert data.meta["reading"]["left_out"] == ["ml.item: class", "ml.item: code", "ml.user"]


def test_multi_hot_of_sequences(folder: Path) -> None:
    (folder / "ml.item").write_text(ITEMS.replace("Comedy Family", "Comedy Action"))
    data = read_interactions(folder / "ml.inter")
    assert rows(data.features["class"]) == [[1, 1], [1, 0], None, None, [1, 0]]


def test_neighbours_in_the_knowledge_graph(folder: Path) -> None:
    (folder / "ml.link").write_text("item_id:token\tentity_id:token\n1\tm1\n2\tm2\n9\tm9\n")
    triples = ["m1 actor tom", "m2 actor tom", "ann wrote m1", "m9 writer ann", "m1 genre fun", "m2 sequel m1", "x y z", "m1 cast tom"]
    (folder / "ml.kg").write_text(
        "head_id:token\trelation_id:token\ttail_id:token\n" + "".join(t.replace(" ", "\t") + "\n" for t in triples)
    )
    data = read_interactions(folder)
    # ann and tom are shared by two items; fun, m1 and m2 are neighbours of one
    assert rows(data.features["kg"]) == [[1, 1], [0, 1], None, None, [1, 0]]
    assert rows(data.features["year"])[0] == [1, 0] and data.item_text[4] == "Unseen"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2\tGolden", "1\tGolden", r"ml.item': the item '1' stands on more than one line"),
        ("2.5", "cheap", r"ml.item', line 2: 'price:float' is 'cheap', expected a finite number"),
        ("4 5", "4", r"line 5: 'place:float_seq' has 1 numbers, expected 2"),
        ("2\tGolden", "\tGolden", r"line 3: 'item_id:token' is empty"),
        (ITEMS, ITEMS.splitlines()[0] + "\n", r"ml.item' has no line after its header"),
    ],
)
def test_bad_item_files(folder: Path, old: str, new: str, said: str) -> None:
    (folder / "ml.item").write_text(ITEMS.replace(old, new))
    with pytest.raises(FormatError, match=said):
        read_interactions(folder)
