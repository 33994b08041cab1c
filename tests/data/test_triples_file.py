"""Knowledge graphs from files: tables, folders of splits, Parquet, RDF."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.triples_file import read_knowledge_graph, write_knowledge_graph
from graphemb.errors import DataError, DataWarning, FormatError, GraphembError, MissingExtraError, UnknownNameError, UnsafeFileError

FACTS = {
    "train": [("Lisbon", "capital of", "Portugal"), ("Portugal", "borders", "Spain"), ('say "hi"', "é", "x" * 10_000)],
    "test": [("Madrid", "capital of", "Spain"), ("007", "NA", "nan")],
}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["f.csv", "f.csv.gz", "f.tsv", "f.tsv.xz", "f.txt", "f.parquet", "folder"])
def test_round_trip(tmp_path: Path, name: str) -> None:
    graph = KnowledgeGraph.from_triples(FACTS)
    write_knowledge_graph(graph, tmp_path / name)
    read = read_knowledge_graph(tmp_path / name)
    assert read.fingerprint == graph.fingerprint
    assert read.meta["source"] == name


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
triples = st.lists(st.tuples(names, names, names), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(triples, triples, st.sampled_from(["f.csv", "f.tsv.gz", "f.parquet", "folder"]))
def test_names_come_back_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, train: list[tuple[str, ...]], test: list[tuple[str, ...]], name: str
) -> None:
    graph = KnowledgeGraph.from_triples({"train": train, "test": test})
    path = tmp_path_factory.mktemp("k") / name
    try:
        write_knowledge_graph(graph, path)
    except DataError as error:
        assert "cannot hold" in str(error) and "\n" not in str(error)
        assert not path.exists()
        return
    assert read_knowledge_graph(path).fingerprint == graph.fingerprint


def test_texts_stay_in_a_folder(tmp_path: Path) -> None:
    graph = KnowledgeGraph(["a", "b"], ["r"], [[0], [0], [1]], entity_text=["", "the letter\tb"], relation_text=["is"])
    write_knowledge_graph(graph, tmp_path / "folder")
    read = read_knowledge_graph(tmp_path / "folder")
    assert read.entity_text == ("", "the letter b") and read.relation_text == ("is",)
    with pytest.warns(DataWarning, match="leaves out the texts"):
        write_knowledge_graph(graph, tmp_path / "f.tsv")


@pytest.mark.parametrize(
    "text",
    [
        "a\tlikes\tb\n",
        "head\trelation\ttail\na\tlikes\tb\n",
        "subject,predicate,object\na,likes,b\n",
        "relation,head,tail\nlikes,a,b\n",
        "node1\trelation\tnode2\tsource\tweight\na\tlikes\tb\tCN\t1.0\n",
        "a\tlikes\tb\tCN\t1.0\n",
        "# comment\na likes b\n",
    ],
)
def test_columns_are_found(tmp_path: Path, text: str) -> None:
    graph = read_knowledge_graph(write(tmp_path / "t.txt", text))
    assert graph.to_frame().values.tolist() == [["a", "likes", "b", "train"]]


def test_columns_can_be_said_and_a_split_column_cuts(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "no,who,does,whom,split\n1,a,likes,b,train\n2,b,likes,c,test\n3,c,likes,a,train\n")
    graph = read_knowledge_graph(path, head="who", relation="does", tail="whom")
    assert {name: graph.split(name).shape[1] for name in graph.splits} == {"train": 2, "test": 1}
    assert read_knowledge_graph(path, head=1, relation=2, tail=3, header=True).fingerprint == graph.fingerprint


def test_a_folder_with_other_files_is_not_mixed_up(tmp_path: Path) -> None:
    graph = KnowledgeGraph.from_triples(FACTS)
    write_knowledge_graph(graph, tmp_path / "k")
    write_knowledge_graph(graph, tmp_path / "k")
    write(tmp_path / "k" / "valid.tsv", "a\tr\tb\n")
    with pytest.raises(DataError, match=r"holds 'valid\.tsv', which would be read with the new files"):
        write_knowledge_graph(graph, tmp_path / "k")
    with pytest.raises(DataError, match="a folder holds the splits train, valid, test, and this knowledge graph has 'extra'"):
        write_knowledge_graph(KnowledgeGraph.from_triples({"extra": FACTS["train"]}), tmp_path / "new")
    headed = KnowledgeGraph.from_triples([("subject", "relation", "object"), ("a", "b", "c")])
    write_knowledge_graph(headed, tmp_path / "headed")
    assert read_knowledge_graph(tmp_path / "headed").fingerprint == headed.fingerprint


def test_words_that_look_like_a_header_are_triples(tmp_path: Path) -> None:
    assert read_knowledge_graph(write(tmp_path / "t.tsv", "tool\tIsA\tobject\nname\tIsA\ttext\n")).n_triples == 2


def test_a_folder_of_splits_with_texts(tmp_path: Path) -> None:
    write(tmp_path / "train.tsv", "a\tr\tb\n")
    write(tmp_path / "test.tsv", "c\tr\ta\n")
    write(tmp_path / "entity_text.tsv", "entity\tkind\tlabel\tdescription\nb\tx\tbee\tan insect\na\tx\tay\t\n")
    write(tmp_path / "relation_text.tsv", "relation\ttext\nr\tis related to\n")
    graph = read_knowledge_graph(tmp_path)
    assert [*graph.splits] == ["train", "test"] and list(graph.entities) == ["a", "b", "c"]
    assert graph.entity_text == ("ay", "bee: an insect", "") and graph.relation_text == ("is related to",)
    assert graph.entity_fields == {"kind": ("x", "x", ""), "label": ("ay", "bee", ""), "description": ("", "an insect", "")}
    write_knowledge_graph(graph, tmp_path / "again")
    again = read_knowledge_graph(tmp_path / "again")
    assert again.entity_fields == graph.entity_fields and again.entity_text == graph.entity_text
    assert again.relation_text == graph.relation_text and again.fingerprint == graph.fingerprint


def test_a_field_called_as_the_column_of_names(tmp_path: Path) -> None:
    graph = KnowledgeGraph(["a", "b"], ["r"], [[0], [0], [1]], entity_fields={"entity": ["x", "y"]})
    with pytest.raises(DataError, match="the field 'entity' of the texts would stand beside the column of names"):
        write_knowledge_graph(graph, tmp_path / "other")


@pytest.mark.parametrize("stem", ["valid", "validation", "val", "dev", "Dev"])
def test_the_validation_split_has_many_names(tmp_path: Path, stem: str) -> None:
    write(tmp_path / "folder" / "train.tsv", "a\tr\tb\n")
    write(tmp_path / "folder" / f"{stem}.tsv", "b\tr\ta\n")
    write(tmp_path / "t.csv", f"head,relation,tail,split\na,r,b,Training\nb,r,a,{stem}\n")
    graph = read_knowledge_graph(tmp_path / "folder")
    assert {name: graph.split(name).tolist() for name in graph.splits} == {"train": [[0], [0], [1]], "valid": [[1], [0], [0]]}
    assert read_knowledge_graph(tmp_path / "t.csv").fingerprint == graph.fingerprint


def test_two_validation_files_are_one_too_many(tmp_path: Path) -> None:
    for name in ("train", "valid", "dev"):
        write(tmp_path / f"{name}.tsv", "a\tr\tb\n")
    with pytest.raises(DataError, match=r"holds both 'valid\.tsv' and 'dev\.tsv'"):
        read_knowledge_graph(tmp_path)
    (tmp_path / "valid.tsv").unlink()
    with pytest.raises(DataError, match=r"holds 'dev\.tsv', which would be read with the new files"):
        write_knowledge_graph(KnowledgeGraph.from_triples([("a", "r", "b")]), tmp_path)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "head\trelation\ttail\n"])
def test_a_split_may_be_empty(tmp_path: Path, text: str) -> None:
    write(tmp_path / "train.tsv", "a\tr\tb\n")
    write(tmp_path / "test.tsv", text)
    graph = read_knowledge_graph(tmp_path)
    assert graph.split("train").shape == (3, 1) and graph.split("test").shape == (3, 0)
    assert graph.statistics()["triples"].tolist() == [1] and graph.leakage().counts.loc["test", "leaking"] == 0


def test_what_only_the_test_split_holds_is_known(tmp_path: Path) -> None:
    write(tmp_path / "train.tsv", "a\tr\tb\na\tr\tb\n")
    write(tmp_path / "test.tsv", "a\tnew\tz\na\tr\tb\n")
    graph = read_knowledge_graph(tmp_path)
    assert list(graph.relations) == ["r", "new"] and list(graph.entities) == ["a", "b", "z"]
    assert graph.meta["reading"] == {"listed": 4, "repeated": 1, "in_several_splits": 1}


def test_an_entity_in_a_triple_with_itself_is_a_graph(tmp_path: Path) -> None:
    graph = read_knowledge_graph(write(tmp_path / "t.tsv", "a\tr\ta\n"))
    assert (graph.n_entities, graph.n_triples) == (1, 1) and graph.to_graph().n_self_loops == 1


def test_texts_of_nobody_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "train.tsv", "a\tr\tb\n")
    write(tmp_path / "entity_text.tsv", "entity\ttext\na\tay\nx\tex\ny\twhy\n")
    write(tmp_path / "relation_text.tsv", "relation\ttext\nr\tis related to\ns\tis\n")
    graph = read_knowledge_graph(tmp_path)
    assert graph.entity_text == ("ay", "")
    assert graph.meta["reading"] | {"listed": 1} == {
        "listed": 1,
        "repeated": 0,
        "in_several_splits": 0,
        "texts_of_unknown_entities": 2,
        "texts_of_unknown_relations": 1,
    }
    write(tmp_path / "entity_text.tsv", "entity\ttext\nx\tex\n")
    with pytest.warns(DataWarning, match=r"'entity_text\.tsv' holds no text of any entity in the triples"):
        assert read_knowledge_graph(tmp_path).meta["reading"]["texts_of_unknown_entities"] == 1


@pytest.mark.parametrize(
    ("name", "content", "options", "error", "message"),
    [
        ("t.tsv", "", {}, FormatError, "is empty, expected one triple a line"),
        ("t.tsv", "a\tb\n", {}, FormatError, "has 2 columns, expected head, relation and tail"),
        ("t.tsv", "a\tr\tb\nc\tr\n", {}, FormatError, "line 2: expected 3 columns separated by tabs, got 2"),
        ("t.tsv", "a\tr\tb\na\t\tb\n", {}, FormatError, "line 2: 'column 2' is empty"),
        ("t.csv", "head,relation,tail\na,r,b\n", {"tail": "tial"}, UnknownNameError, "unknown tail column 'tial'.*did you mean 'tail'"),
        ("t.csv", "head,relation,tail\na,r,b\n", {"tail": "head"}, DataError, "are not three columns of 't.csv'"),
        ("t.ttl", "", {"head": "who"}, DataError, r"head= has no meaning for 't\.ttl'"),
        ("t.parquet", "", {"delimiter": "tab"}, DataError, r"delimiter= has no meaning for 't\.parquet'"),
        ("t.pkl", "x", {}, UnsafeFileError, "pickled file"),
        ("t.ttl", "<a <b", {}, FormatError, "is not whole turtle"),
        ("t.parquet", "PAR1", {}, FormatError, "is not a whole Parquet file"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: str, options: dict[str, str], error: type[GraphembError], message: str) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(error, match=message) as caught:
        read_knowledge_graph(path, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value) and name in str(caught.value)


def test_bad_places(tmp_path: Path) -> None:
    write(tmp_path / "edges.tsv", "a\tb\n")
    with pytest.raises(DataError, match=r"has no file of triples .*it holds 'edges\.tsv'"):
        read_knowledge_graph(tmp_path)
    with pytest.raises(DataError, match="there is no file"):
        read_knowledge_graph(tmp_path / "t.tsv")
    with pytest.raises(UnknownNameError, match=r"unknown format of triples '\.tvs'"):
        write_knowledge_graph(KnowledgeGraph.from_triples(FACTS), tmp_path / "t.tvs")


def test_rdf(tmp_path: Path) -> None:
    pytest.importorskip("rdflib")
    write(tmp_path / "t.ttl", '@prefix e: <http://e.org/> .\ne:a e:likes e:b, e:c ; e:age 7 ; e:name "Ann" .\n')
    graph = read_knowledge_graph(tmp_path / "t.ttl")
    assert graph.to_frame()["tail"].tolist() == ["http://e.org/b", "http://e.org/c"]
    assert graph.meta["reading"]["literals"] == 2
    write(tmp_path / "t.nt", "<http://e.org/a> <http://e.org/likes> <http://e.org/b> .\n")
    assert read_knowledge_graph(tmp_path / "t.nt").n_triples == 1


def test_rdf_without_rdflib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdflib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'graphemb\[rdf\]'"):
        read_knowledge_graph(write(tmp_path / "t.nt", ""))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "entities", "relations", "train", "valid", "test"),
    [
        ("kg/nations", 14, 55, 1592, 199, 201),
        ("kg/kinships", 104, 25, 8544, 1068, 1074),
        ("kg/umls", 135, 46, 5216, 652, 661),
        ("kg/codex-s", 2034, 42, 32_888, 1827, 1828),
        ("kg/fb15k-237", 14_541, 237, 272_115, 17_535, 20_466),
        ("kg/wn18rr", 40_943, 11, 86_835, 3034, 3134),
        ("graphs/conceptnet-100k", 78_339, 34, 100_000, 1200, 1200),
    ],
)
def test_real_knowledge_graphs(shared_data: Path, name: str, entities: int, relations: int, train: int, valid: int, test: int) -> None:
    graph = read_knowledge_graph(shared_data / name)
    assert (graph.n_entities, graph.n_relations) == (entities, relations)
    assert [graph.split(part).shape[1] for part in ("train", "valid", "test")] == [train, valid, test]
    assert graph.meta["reading"]["repeated"] == 0


@pytest.mark.shared
def test_real_counts_beyond_sizes(shared_data: Path) -> None:
    conceptnet = read_knowledge_graph(shared_data / "graphs" / "conceptnet-100k")
    whole = conceptnet.to_graph()
    assert whole.without_self_loops().n_edges == 99_039 and whole.components.max() + 1 == 9133
    assert int((conceptnet.triples[0] == conceptnet.triples[2]).sum()) == 56
    assert conceptnet.statistics().set_index("relation").loc["IsA", "triples"] == 15_333
    wordnet = read_knowledge_graph(shared_data / "kg" / "wn18rr")
    assert all(wordnet.entity_text or ()) and len(wordnet.entity_text or ()) == 40_943
    seen = set(wordnet.split("train")[[0, 2]].ravel())
    assert sum(h not in seen or t not in seen for h, _, t in wordnet.split("test").T) == 210


@pytest.mark.shared
def test_real_fields_of_texts(shared_data: Path) -> None:
    freebase = read_knowledge_graph(shared_data / "kg" / "fb15k-237")
    filled = {field: sum(map(bool, texts)) for field, texts in freebase.entity_fields.items()}
    assert list(filled) == ["name", "description", "aliases", "wikidata_id"]
    assert (filled["name"], filled["description"]) == (14_541, 13_666)
    row = freebase.entities.rows(["/m/010016"])[0]
    assert (freebase.entity_text or ())[row] == "Denton: city in Texas, United States"
    assert freebase.entity_fields["aliases"][row] == "Denton, Texas"


@pytest.mark.shared
def test_real_names_with_quotes(shared_data: Path) -> None:
    graph = read_knowledge_graph(shared_data / "graphs" / "cskg-sample")
    assert (graph.n_entities, graph.n_relations, graph.n_triples) == (25_698, 53, 17_324)
    assert graph.to_graph().without_self_loops().n_edges == 17_267 and graph.to_graph().n_self_loops == 48
    assert '"vg:""10"""' in graph.entities
    assert sum(map(bool, graph.entity_text or ())) == 19_307


@pytest.mark.parametrize("name", ["facts", "facts.csv", "facts.parquet"])
def test_what_stands_in_no_triple_is_left_out_and_said(tmp_path: Path, name: str) -> None:
    graph = KnowledgeGraph(["a", "b", "alone"], ["likes", "hates", "knows"], [[0], [0], [1]])
    with pytest.warns(DataWarning, match=r"leaves out entities \(1\) and relations \(2\) that stand in none"):
        write_knowledge_graph(graph, tmp_path / name)
    read = read_knowledge_graph(tmp_path / name)
    assert (list(read.entities), list(read.relations)) == (["a", "b"], ["likes"])
