"""Embeddings in files: what comes back, what is refused, what damage is noticed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.embedding import Embedding
from graphemb.data.embedding_file import FORMATS, load_embedding, save_embedding, verify_embedding
from graphemb.errors import DataError, DataWarning, FormatError, UnknownNameError, UnsafeFileError

STRANGE = ["New York", "a,b", 'say "hi"', "😀", "שלום", "مرحبا", "x" * 10_000, "007", "NA", "nan", "#", "'"]
WHOLE = (".arrow", ".arrow.gz", ".arrow.xz", ".parquet", ".npz", ".npz.gz")
PLAIN = [*FORMATS, *(f"{suffix}.gz" for suffix in FORMATS), ".tsv.xz", ".txt.xz"]


def vectors(n: int, dim: int = 5) -> np.ndarray:
    return np.random.default_rng(n).standard_normal((n, dim)).astype(np.float32)


@pytest.fixture
def rich() -> Embedding:
    n = len(STRANGE)
    return Embedding(
        [*STRANGE, "007"],
        vectors(n + 1),
        vectors(n + 1)[::-1],
        kinds=["user"] * n + ["item"],
        attributes=pd.DataFrame({"degree": np.arange(n + 1), "label": ["é,\t"] * (n + 1), "share": np.linspace(0, 1, n + 1)}),
        decoder="source-target",
        parameters={"w": np.arange(6.0).reshape(2, 3), "flags": np.array([True, False])},
        meta={"method": "hope", "parameters": {"dim": 5}, "notes": {"é": [1, None, "x"]}},
    )


def assert_same(one: Embedding, other: Embedding) -> None:
    assert one.names == other.names and np.array_equal(one.vectors, other.vectors)
    assert (one.context is None) == (other.context is None)
    assert one.context is None or np.array_equal(one.context, other.context)  # type: ignore[arg-type]
    assert (None if one.kinds is None else list(one.kinds)) == (None if other.kinds is None else list(other.kinds))
    pd.testing.assert_frame_equal(one.attributes, other.attributes, check_dtype=False)
    assert one.decoder == other.decoder and one.meta == other.meta
    assert one.parameters.keys() == other.parameters.keys()
    assert all(np.array_equal(array, other.parameters[name]) for name, array in one.parameters.items())


@pytest.mark.parametrize("suffix", WHOLE)
@pytest.mark.parametrize("verify", [False, True])
def test_everything_comes_back(tmp_path: Path, rich: Embedding, suffix: str, verify: bool) -> None:
    path = tmp_path / f"e{suffix}"
    rich.save(path)
    assert_same(rich, Embedding.load(path, verify=verify))
    beside = ["e.safetensors"] if "npz" not in suffix else []
    assert sorted(os.listdir(tmp_path)) == sorted([f"e{suffix}", *beside])


@pytest.mark.parametrize("suffix", PLAIN)
def test_names_and_vectors_come_back_exactly(tmp_path: Path, suffix: str) -> None:
    names = [name for name in STRANGE if " " not in name] if suffix.startswith((".txt", ".vec", ".bin")) else STRANGE
    names = [name for name in names if name != "#"] if suffix.startswith(".tsv") else names
    embedding = Embedding(names, vectors(len(names)) * np.float32(1e-3) ** np.arange(5))
    save_embedding(embedding, tmp_path / f"e{suffix}")
    read = load_embedding(tmp_path / f"e{suffix}")
    assert read.names == embedding.names and np.array_equal(read.vectors, embedding.vectors)


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@settings(max_examples=100, deadline=None)
@given(st.lists(text, unique=True, min_size=1, max_size=5), st.sampled_from(PLAIN), st.integers(1, 3))
def test_names_come_back_or_are_refused(tmp_path_factory: pytest.TempPathFactory, names: list[str], suffix: str, dim: int) -> None:
    embedding = Embedding(names, vectors(len(names), dim))
    path = tmp_path_factory.mktemp("e") / f"e{suffix}"
    try:
        save_embedding(embedding, path)
    except DataError as error:
        assert "cannot hold" in str(error) and "\n" not in str(error) and not path.exists()
        return
    assert_same(embedding, load_embedding(path))


@pytest.mark.parametrize("suffix", PLAIN)
def test_no_rows(tmp_path: Path, suffix: str) -> None:
    embedding = Embedding([], np.empty((0, 3), dtype=np.float32))
    save_embedding(embedding, tmp_path / f"e{suffix}")
    if not suffix.startswith(".tsv"):
        assert load_embedding(tmp_path / f"e{suffix}").vectors.shape == (0, 3)
    else:
        with pytest.raises(FormatError, match="is empty"):
            load_embedding(tmp_path / f"e{suffix}")


@pytest.mark.parametrize("suffix", [".txt", ".vec", ".bin", ".tsv", ".csv"])
def test_a_context_or_parameters_are_never_dropped(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(DataError, match=r"holds vectors only, and this embedding has context and parameters too; write \.arrow"):
        Embedding(["a"], [[1.0]], [[2.0]], parameters={"w": np.ones(1)}).save(tmp_path / f"e{suffix}")
    assert not list(tmp_path.iterdir())


def test_what_else_is_left_out_is_said(tmp_path: Path) -> None:
    facts = pd.DataFrame({"size": [1, 2]})
    embedding = Embedding(["a", "b"], np.eye(2), kinds=["x", "y"], attributes=facts, decoder="cosine", meta={"method": "hope"})
    with pytest.warns(DataWarning, match=r"leaves out kinds, attributes, the decoder 'cosine', meta"):
        embedding.save(tmp_path / "e.txt")
    with pytest.warns(DataWarning, match=r"leaves out the decoder 'cosine', meta"):
        embedding.save(tmp_path / "e.tsv")
    read = load_embedding(tmp_path / "e.tsv")
    assert list(read.kinds) == ["x", "y"] and read.attributes["size"].tolist() == ["1", "2"]  # type: ignore[arg-type]
    with pytest.raises(DataError, match="more than once"):
        Embedding(["a", "a"], np.eye(2), kinds=["x", "y"]).save(tmp_path / "f.txt")


def test_words_with_blanks_are_read_but_not_written(tmp_path: Path) -> None:
    (tmp_path / "e.txt").write_text("2 3\nNew York 1 2 3\nOslo 4 5 6\n")
    assert list(load_embedding(tmp_path / "e.txt").names) == ["New York", "Oslo"]
    with pytest.raises(
        DataError, match=r"cannot hold names with blanks or zero characters, of which there are 1, first 'New York'.*replace\(' ', '_'\)"
    ):
        load_embedding(tmp_path / "e.txt").save(tmp_path / "f.bin")


@pytest.mark.parametrize(
    "content",
    [
        "the 1 2.5 -3e-2\nof 4 5 6\n",
        "2 3\nthe 1 2.5 -3e-2\nof 4 5 6\n",
        "2 3\nthe 1 2.5 -3e-2 \nof 4 5 6 \n",
        "the 1 2.5 -3e-2\nof 4 5 6",
    ],
)
def test_word2vec_text_of_others(tmp_path: Path, content: str) -> None:
    (tmp_path / "e.vec").write_text(content)
    read = load_embedding(tmp_path / "e.vec")
    assert list(read.names) == ["the", "of"] and np.allclose(read.vectors, [[1, 2.5, -0.03], [4, 5, 6]])


@pytest.mark.parametrize("suffix", [".txt", ".bin"])
def test_gensim_reads_ours_and_we_read_gensims(tmp_path: Path, suffix: str) -> None:
    from gensim.models import KeyedVectors

    embedding = Embedding(["a", "é", "😀"], vectors(3))
    binary = suffix == ".bin"
    embedding.save(tmp_path / f"e{suffix}")
    theirs = KeyedVectors.load_word2vec_format(str(tmp_path / f"e{suffix}"), binary=binary)
    assert theirs.index_to_key == ["a", "é", "😀"] and np.array_equal(theirs.vectors, embedding.vectors)
    theirs.save_word2vec_format(str(tmp_path / f"g{suffix}"), binary=binary)
    read = load_embedding(tmp_path / f"g{suffix}")
    assert list(read.names) == ["a", "é", "😀"] and np.allclose(read.vectors, embedding.vectors, atol=1e-6)


def test_projector_files_have_the_form_the_projector_wants(tmp_path: Path) -> None:
    Embedding(["a b", "c"], [[1, 2], [3, 4.5]]).save(tmp_path / "e.tsv")
    assert (tmp_path / "e.tsv").read_text() == "1\t2\n3\t4.5\n"
    assert (tmp_path / "e.metadata.tsv").read_text() == "a b\nc\n"
    (tmp_path / "t.tsv").write_text("word\tx\ty\ncat\t1\t2\ndog\t3\t4\n")
    assert list(load_embedding(tmp_path / "t.tsv").names) == ["cat", "dog"]
    (tmp_path / "e.metadata.tsv").write_text("only one\n")
    with pytest.raises(FormatError, match=r"names 1 rows, but 'e\.tsv' has 2 vectors"):
        load_embedding(tmp_path / "e.tsv")


def test_vectors_are_a_view_of_the_file(tmp_path: Path) -> None:
    n = 20_000
    Embedding(map(str, range(n)), vectors(n), vectors(n)).save(tmp_path / "e.arrow")
    before = pa.total_allocated_bytes()
    read = Embedding.load(tmp_path / "e.arrow")
    assert pa.total_allocated_bytes() - before < n
    assert not read.vectors.flags.writeable and not read.vectors.flags.owndata and read.vectors.dtype == np.float32
    Embedding(["other"], [[1.0]]).save(tmp_path / "e.arrow")  # replaced while it is open
    assert np.array_equal(read.vectors, vectors(n))


def test_equal_embeddings_give_equal_files(tmp_path: Path, rich: Embedding) -> None:
    for suffix in (".arrow", ".arrow.gz", ".csv.gz"):
        embedding = rich if "arrow" in suffix else Embedding(["a"], [[1.0]])
        embedding.save(tmp_path / f"one{suffix}")
        first = (tmp_path / f"one{suffix}").read_bytes()
        embedding.save(tmp_path / f"one{suffix}")
        assert (tmp_path / f"one{suffix}").read_bytes() == first


# -- damage


def test_every_truncation_is_noticed(tmp_path: Path) -> None:
    for suffix in (".arrow", ".arrow.gz", ".parquet", ".npz", ".bin"):
        path = tmp_path / f"e{suffix}"
        Embedding(map(str, range(50)), vectors(50)).save(path)
        whole = path.read_bytes()
        for part in (0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 9, len(whole) - 2):
            path.write_bytes(whole[:part])
            with pytest.raises(FormatError, match=r"cut short|whole|not word2vec") as caught:
                load_embedding(path)
            assert "\n" not in str(caught.value) and f"e{suffix}" in str(caught.value)


def test_every_changed_byte_is_noticed_by_verify(tmp_path: Path) -> None:
    path = tmp_path / "e.arrow"
    Embedding(["a", "b"], vectors(2), attributes=pd.DataFrame({"x": [1, 2]}), meta={"k": "v"}).save(path)
    whole = bytearray(path.read_bytes())
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 0x01
        path.write_bytes(changed)
        with pytest.raises(DataError):
            verify_embedding(path)
    path.write_bytes(whole)
    verify_embedding(path)


def _write_raw(path: Path, names: list[str], numbers: np.ndarray, **header: object) -> None:
    lists = pa.FixedSizeListArray.from_arrays(pa.array(numbers.astype(np.float32).ravel()), numbers.shape[1])
    table = pa.table({"name": pa.array(names, pa.large_string()), "vector": lists})
    table = table.replace_schema_metadata({"graphemb": json.dumps({"n": len(names), "dim": numbers.shape[1], **header})})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def test_nan_and_duplicates_are_found_by_verify_only(tmp_path: Path) -> None:
    path = tmp_path / "e.arrow"
    _write_raw(path, ["a", "b"], np.array([[1.0], [np.nan]]))
    with pytest.raises(DataError, match="NaN"):
        load_embedding(path).require_finite()
    with pytest.raises(DataError, match="1 rows of vectors hold NaN"):
        verify_embedding(path)
    _write_raw(path, ["a", "a"], np.eye(2))
    assert len(load_embedding(path)) == 2
    with pytest.raises(DataError, match="1 name is there more than once"):
        verify_embedding(path)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"n": 3}, "its header says 3 rows, it holds 2"),
        ({"dim": 7}, "its header says 7 columns"),
        ({"format_version": 99}, "format version 99"),
    ],
)
def test_headers_that_lie(tmp_path: Path, header: dict[str, object], message: str) -> None:
    _write_raw(tmp_path / "e.arrow", ["a", "b"], np.eye(2), **header)
    with pytest.raises(FormatError, match=message):
        load_embedding(tmp_path / "e.arrow")


def test_arrow_and_parquet_of_others(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "vector": [[1.0, 2.0], [3.0, 4.0]], "size": [1, 2]})
    frame.to_feather(tmp_path / "e.arrow")
    frame.to_parquet(tmp_path / "e.parquet")
    for suffix in (".arrow", ".parquet"):
        read = load_embedding(tmp_path / f"e{suffix}")
        assert read["b"].tolist() == [3, 4] and read.attributes["size"].tolist() == [1, 2]
    frame.drop(columns="vector").to_parquet(tmp_path / "f.parquet")
    with pytest.raises(FormatError, match="has no column 'vector'; its columns are 'name', 'size'"):
        load_embedding(tmp_path / "f.parquet")
    pd.DataFrame({"name": ["a", "b"], "vector": [[1.0, 2.0], [3.0]]}).to_parquet(tmp_path / "f.parquet")
    with pytest.raises(FormatError, match="not of one length"):
        load_embedding(tmp_path / "f.parquet")
    pd.DataFrame({"name": ["a"], "vector": ["x"]}).to_parquet(tmp_path / "f.parquet")
    with pytest.raises(FormatError, match="expected lists of numbers"):
        load_embedding(tmp_path / "f.parquet")
    pd.DataFrame({"name": ["a", "a"], "vector": [[1.0], [2.0]]}).to_feather(tmp_path / "f.arrow")
    with pytest.raises(DataError, match="more than once"):
        load_embedding(tmp_path / "f.arrow")


def test_parameters_that_are_gone_or_of_another(tmp_path: Path) -> None:
    one = Embedding(["a"], [[1.0]], parameters={"w": np.ones(3)})
    one.save(tmp_path / "one.arrow")
    one.replace(parameters={"w": np.zeros(3)}).save(tmp_path / "two.arrow")
    shutil.copy(tmp_path / "two.safetensors", tmp_path / "one.safetensors")
    with pytest.raises(FormatError, match=r"'one\.safetensors' is damaged or belongs to another embedding than 'one\.arrow'"):
        load_embedding(tmp_path / "one.arrow")
    (tmp_path / "one.safetensors").unlink()
    with pytest.raises(DataError, match=r"'one\.arrow' needs the parameters in 'one\.safetensors', which is not in its folder"):
        load_embedding(tmp_path / "one.arrow")
    for suffix in (".arrow", ".safetensors"):
        (tmp_path / f"two{suffix}").rename(tmp_path / f"renamed{suffix}")
    assert load_embedding(tmp_path / "renamed.arrow").parameters["w"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("e.pkl", "pd.read_pickle('e.pkl').to_parquet('e.parquet')"),
        ("e.pt", "torch.load('e.pt', weights_only=True)"),
        ("e.kv", "KeyedVectors.load('e.kv').save_word2vec_format('e.bin', binary=True)"),
        ("e.model", "Word2Vec.load('e.model').wv.save_word2vec_format('e.bin', binary=True)"),
        ("e.joblib", "joblib.load('e.joblib')"),
        ("e.npy", "np.load('e.npy'"),
        ("e.pickle.gz", "pd.read_pickle('e.pickle.gz')"),
    ],
)
def test_pickled_files_are_refused_with_the_line_that_converts(tmp_path: Path, name: str, line: str) -> None:
    (tmp_path / name).write_bytes(b"\x80\x04")
    with pytest.raises(UnsafeFileError) as caught:
        load_embedding(tmp_path / name)
    assert line in str(caught.value) and "\n" not in str(caught.value)


def test_objects_inside_npz_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "e.npz", names=np.array(["a", None], dtype=object), vectors=np.eye(2))
    with pytest.raises(UnsafeFileError, match="holds pickled objects"):
        load_embedding(tmp_path / "e.npz")
    np.savez(tmp_path / "f.npz", words=np.array(["a"]), vectors=np.eye(1))
    with pytest.raises(FormatError, match="has no array 'names'; it holds 'words', 'vectors'"):
        load_embedding(tmp_path / "f.npz")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("e.txt", "", "is empty, expected word2vec text"),
        ("e.txt", "2 3\na 1 2 3\n", "its first line says 2 vectors, it holds 1"),
        ("e.txt", "2 3\na 1 2 3\nb 1 2\n", "line 3: expected a name and 3 numbers separated by blanks, got 'b 1 2'"),
        ("e.txt", "a 1 2 3\nb 1 x 3\n", "line 2: expected a name and 3 numbers"),
        ("e.txt", "just words here\n", "line 1: expected a name and its numbers"),
        ("e.csv", "name,x,y\na,1,2\nb,1\n", "line 3: expected 3 columns separated by commas, got 2"),
        ("e.csv", "name,x,y\na,1,2\nb,1,z\n", "line 3: 'y' is 'z', expected a finite number"),
        ("e.csv", "name\na\n", "has no columns of numbers"),
        ("e.bin", "hello\n", "is not word2vec binary"),
    ],
)
def test_bad_text(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(FormatError, match=message) as caught:
        load_embedding(tmp_path / name)
    assert "\n" not in str(caught.value) and name in str(caught.value)


def test_bad_places(tmp_path: Path) -> None:
    embedding = Embedding(["a"], [[1.0]])
    embedding.save(tmp_path / "hope.arrow")
    with pytest.raises(DataError, match=r"there is no file .*did you mean 'hope\.arrow'"):
        load_embedding(tmp_path / "hop.arrow")
    with pytest.raises(UnknownNameError, match=r"unknown embedding format '\.arow'; did you mean '\.arrow'"):
        embedding.save(tmp_path / "e.arow")
    with pytest.raises(UnsafeFileError):
        embedding.save(tmp_path / "e.pkl")


@pytest.mark.parametrize("title", ["name", "vector", 3])
def test_attribute_columns_must_not_collide(tmp_path: Path, title: object) -> None:
    with pytest.raises(DataError, match=r"the attribute column .* cannot be written"):
        Embedding(["a"], [[1.0]], attributes=pd.DataFrame({title: [1]})).save(tmp_path / "e.arrow")
    with pytest.raises(DataError, match="mixes types"):
        Embedding(["a", "b"], np.eye(2), attributes=pd.DataFrame({"x": [1, "a"]})).save(tmp_path / "e.arrow")
    with pytest.raises(DataError, match="meta must be what JSON can hold"):
        Embedding(["a"], [[1.0]], meta={"x": object()}).save(tmp_path / "e.arrow")
    assert not list(tmp_path.iterdir())


def test_verify_closes_its_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mmap

    class Watched(mmap.mmap):
        opened: ClassVar[list[mmap.mmap]] = []

        def __new__(cls, *args: Any, **rest: Any) -> Watched:
            cls.opened.append(new := super().__new__(cls, *args, **rest))
            return new

    Embedding(["a"], [[1.0]]).save(tmp_path / "e.arrow")
    monkeypatch.setattr(mmap, "mmap", Watched)
    verify_embedding(tmp_path / "e.arrow")
    assert [m.closed for m in Watched.opened] == [True]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    rows = np.array([[1, 2], [np.nan, 2]])
    np.savez(tmp_path / "e.npz", names=np.array(["a", "b"]), vectors=rows)
    (tmp_path / "e.txt").write_text("a 1 2\nb nan 2\n")
    for name in ("e.npz", "e.txt"):
        with pytest.raises(DataError, match=rf"{name}': 1 rows of vectors hold NaN or infinite numbers, first row 1 \('b'\)"):
            load_embedding(tmp_path / name)
    np.savez(tmp_path / "twice.npz", names=np.array(["a", "a"]), vectors=np.eye(2))
    with pytest.raises(DataError, match=r"twice\.npz': 1 name is there more than once, first 'a'"):
        load_embedding(tmp_path / "twice.npz")


def test_an_array_without_names(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.eye(2))
    with pytest.raises(FormatError, match=r"holds an array without names.*ge\.Embedding\(NAMES, np\.load\('v\.npy'\)\)"):
        load_embedding(tmp_path / "v.npy")
    np.save(tmp_path / "o.npy", np.array([{}], dtype=object))
    with pytest.raises(UnsafeFileError, match="is a pickled file"):
        load_embedding(tmp_path / "o.npy")


@pytest.mark.parametrize("name", ["k.pkl", "k.pt", "k.model", "k.npy"])
def test_pickled_files_are_not_written(tmp_path: Path, name: str) -> None:
    with pytest.raises((UnsafeFileError, UnknownNameError), match=r"files are pickled, so they are not written|format '\.npy'") as caught:
        save_embedding(Embedding(["a"], [[1.0]]), tmp_path / name)
    assert ".arrow, .parquet, .npz" in str(caught.value) and not list(tmp_path.iterdir())
