"""The contract of every registered method, one small check at a time.

Checks called ``check_graph_...`` are of methods that take a graph; all others are of every method, on a sample of what it takes. What
only methods on interactions promise stands in ``test_recommender_contracts.py``.
"""

from __future__ import annotations

import inspect
import json
import pickle
import pkgutil
import random
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone

import graphemb.knowledge
import graphemb.nodes
import graphemb.recommend
import graphemb.words
from graphemb import registry
from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import ConvergenceWarning, DataError, DataWarning, GraphembWarning, ParameterError, RankWarning
from graphemb.kernels.method import Method, NotFittedError
from graphemb.kernels.out_of_sample import Inductive

# Settings for speed only: a method that is not named here is checked with its own defaults.
WALKS = {"n_walks": 2, "walk_length": 8, "window": 2}
QUICK: dict[str, dict[str, Any]] = {
    "deepwalk": WALKS,
    "node2vec": WALKS,
    "sdne": {"hidden": (16,), "epochs": 2},
    "lpca": {"epochs": 3},
    "lightgcn": {"epochs": 2, "batch_size": 64},
}
TRIPLES = {"epochs": 2, "batch_size": 16}
QUICK |= dict.fromkeys(("complex", "distmult", "quate", "dihedron", "bique", "transe", "rotate", "tetra", "robin", "lion"), TRIPLES)
QUICK |= {"sppmi": {"min_count": 1}}
WORDS = {"min_count": 1, "epochs": 2}
QUICK |= {"binary-paragraph-vectors": WORDS}
QUICK |= {"disambiguated-skip-gram": {**WORDS, "warm_up": 1, "multi_sense": 0}}  # else names would not be those of the sample
QUICK |= {"glove": WORDS, "word2vec": WORDS, "doc2vec": WORDS, "fasttext": {**WORDS, "buckets": 50}}
DIM = 8


def make(entry: registry.Entry, **settings: Any) -> Any:
    return entry.load()(**{"dim": DIM, "random_state": 0, **QUICK.get(entry.name, {}), **settings})


def community_graph() -> Graph:
    rng = np.random.default_rng(3)
    group = np.repeat([0, 1, 2], 10)
    upper = np.triu(rng.random((30, 30)) < np.where(group[:, None] == group, 0.6, 0.1), 1)
    return Graph((upper | upper.T).astype(float), [f"node {i}" for i in range(30)])


def directed_graph() -> Graph:
    return Graph((np.random.default_rng(1).random((30, 30)) < 0.15).astype(float), directed=True)


def interactions(seed: int = 3) -> Interactions:
    """Twenty users, ten items with features, a training interaction for each, and some to validate and test on."""
    rng = np.random.default_rng(seed)
    draw = rng.random((20, 10))
    draw[np.arange(20), np.arange(20) % 10] = 0
    parts = {"validation": (draw >= 0.5) & (draw < 0.6), "test": (draw >= 0.6) & (draw < 0.75)}
    names = {"users": [f"user {i}" for i in range(20)], "items": [f"item {i}" for i in range(10)]}
    return Interactions.from_scipy(draw < 0.5, **parts, **names, features={"visual": rng.normal(size=(10, 3))})


def knowledge_graph(seed: int = 3) -> KnowledgeGraph:
    """Thirty entities with texts and three relations, each entity in a training triple, and triples to validate and test on."""
    rng = np.random.default_rng(seed)
    drawn = np.stack([rng.integers(30, size=90), rng.integers(3, size=90), rng.integers(30, size=90)])
    drawn[0, :30] = np.arange(30)
    triples = np.unique(drawn, axis=1)[:, rng.permutation(len(np.unique(drawn, axis=1).T))]
    later = rng.permutation(np.flatnonzero(triples[0] != triples[2]))[:16]
    splits = {"train": np.setdiff1d(np.arange(triples.shape[1]), later), "valid": later[:8], "test": later[8:]}
    texts = [f"the {rng.choice(['small', 'big', 'old'])} {rng.choice(['cat', 'dog'])} number {i}" for i in range(30)]
    return KnowledgeGraph([f"entity {i}" for i in range(30)], ["likes", "owns", "knows"], triples, splits=splits, entity_text=texts)


def corpus(seed: int = 3) -> Corpus:
    """Sixty texts of thirty words, which stand in the order of their counts."""
    rng = np.random.default_rng(seed)
    texts = [np.concatenate([[i % 30], rng.choice(15, size=9, replace=False) + 15 * (i % 2)]) for i in range(60)]
    return Corpus([[f"word {w}" for w in text] for text in texts], names=[f"text {i}" for i in range(60)])


def sample(entry: registry.Entry) -> Any:
    """Data of 30 names that the method takes; a corpus of 30 words."""
    made = {"graph": community_graph, "interactions": interactions, "knowledge-graph": knowledge_graph, "corpus": corpus}
    return made[entry.takes]()


def another(entry: registry.Entry) -> Any:
    made = {
        "graph": directed_graph,
        "interactions": lambda: interactions(seed=8),
        "knowledge-graph": lambda: knowledge_graph(seed=8),
        "corpus": lambda: corpus(seed=8),
    }
    return made[entry.takes]()


def nothing(entry: registry.Entry) -> Any:
    made = {
        "graph": lambda: Graph(sp.csr_array((0, 0))),
        "interactions": lambda: Interactions([], [], np.empty((2, 0), np.int64)),
        "knowledge-graph": lambda: KnowledgeGraph([], [], np.empty((3, 0), np.int64)),
        "corpus": list,  # no Corpus is empty
    }
    return made[entry.takes]()


def numbers_of(data: Any) -> np.ndarray:
    if isinstance(data, Corpus):
        return np.concatenate([data.ids, data.offsets])
    if isinstance(data, KnowledgeGraph):
        return data.triples.copy()
    return data.adjacency.toarray() if isinstance(data, Graph) else np.stack([data.split(s).toarray() for s in data.splits])


def names_of(data: Any, entry: registry.Entry) -> list[str]:
    if isinstance(data, Corpus):
        documents = [] if entry.name not in ("doc2vec", "binary-paragraph-vectors") else list(data.names)
        return documents + ([] if entry.name == "binary-paragraph-vectors" else list(data.types))
    if isinstance(data, KnowledgeGraph):
        return list(data.entities)
    return list(data.names) if isinstance(data, Graph) else [*data.users, *data.items]


def fit(entry: registry.Entry, data: Any, **settings: Any) -> Embedding:
    """The embedding, whatever the method has to say about the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        return make(entry, **settings).fit(data).embedding_


def assert_equal(first: Embedding, second: Embedding) -> None:
    np.testing.assert_array_equal(first.vectors, second.vectors)
    assert (first.context is None) == (second.context is None)
    if first.context is not None:
        np.testing.assert_array_equal(first.context, second.context)
    assert list(first.names) == list(second.names)
    assert first.parameters.keys() == second.parameters.keys()
    for name, array in first.parameters.items():
        np.testing.assert_array_equal(array, second.parameters[name])


# -- the estimator


def check_init_only_stores(entry: registry.Entry) -> None:
    parameters = inspect.signature(entry.load()).parameters
    marks = {name: object() for name in parameters}  # nothing that any validation would let pass
    method = entry.load()(**marks)
    assert vars(method) == marks


def check_arguments_after_the_first_are_keywords(entry: registry.Entry) -> None:
    first, *rest = inspect.signature(entry.load()).parameters.values()
    assert first.name == "dim"
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in rest)
    assert "random_state" in {p.name for p in rest}


def check_every_argument_is_documented(entry: registry.Entry) -> None:
    text = inspect.getdoc(entry.load()) or ""
    listed = [name.strip() for line in text.splitlines() if " : " in line for name in line.split(" : ")[0].split(",")]
    assert set(inspect.signature(entry.load()).parameters) <= set(listed)
    assert ">>> " in text and "Source: " in text


def check_parameters_can_be_read_and_set(entry: registry.Entry) -> None:
    method = make(entry)
    assert method.get_params()["dim"] == DIM
    assert method.set_params(dim=2).get_params()["dim"] == 2
    assert set(method.get_params()) == set(inspect.signature(entry.load()).parameters)
    with pytest.raises(ValueError, match="dimension"):
        method.set_params(dimension=2)


def check_clone_is_unfitted_and_equal(entry: registry.Entry) -> None:
    method = make(entry).fit(sample(entry))
    copy = clone(method)
    assert copy.get_params() == method.get_params()
    with pytest.raises(NotFittedError):
        _ = copy.embedding_
    assert_equal(copy.fit(sample(entry)).embedding_, method.embedding_)


def check_fit_returns_self(entry: registry.Entry) -> None:
    method = make(entry)
    before = method.get_params()
    assert method.fit(sample(entry)) is method
    assert method.get_params() == before


def check_learned_things_end_in_an_underscore(entry: registry.Entry) -> None:
    method = make(entry)
    known = set(vars(method))
    assert all(name.endswith("_") for name in set(vars(method.fit(sample(entry)))) - known)


def check_refit_equals_a_fresh_fit(entry: registry.Entry) -> None:
    method = make(entry)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        method.fit(another(entry))
    assert_equal(method.fit(sample(entry)).embedding_, fit(entry, sample(entry)))


def check_embedding_before_fit(entry: registry.Entry) -> None:
    with pytest.raises(NotFittedError, match="call fit"):
        _ = make(entry).embedding_
    assert not hasattr(make(entry), "embedding_")


def check_pickling_keeps_the_answer(entry: registry.Entry) -> None:
    method = make(entry).fit(sample(entry))
    copy = pickle.loads(pickle.dumps(method))  # our own bytes, of a moment ago
    assert_equal(copy.embedding_, method.embedding_)
    assert copy.embedding_.meta == method.embedding_.meta
    assert pickle.loads(pickle.dumps(make(entry))).get_params() == make(entry).get_params()


def check_repr_names_the_settings(entry: registry.Entry) -> None:
    assert f"dim={DIM}" in repr(make(entry))


def check_specification_builds_it(entry: registry.Entry) -> None:
    built = registry.build("method", f"{entry.name}:dim=3", random_state=5)
    assert type(built) is entry.load() and built.dim == 3 and built.random_state == 5


# -- randomness


def check_same_seed_same_numbers(entry: registry.Entry) -> None:
    assert_equal(fit(entry, sample(entry), random_state=7), fit(entry, sample(entry), random_state=7))


def check_generator_as_random_state(entry: registry.Entry) -> None:
    first, second = (fit(entry, sample(entry), random_state=np.random.default_rng(7)) for _ in range(2))
    assert_equal(first, second)
    assert first.meta["random_state"] == "generator"
    assert fit(entry, sample(entry), random_state=None).meta["random_state"] is None


def check_global_random_state_is_untouched(entry: registry.Entry) -> None:
    before = np.random.get_state(), random.getstate()  # noqa: NPY002
    fit(entry, sample(entry))
    after = np.random.get_state(), random.getstate()  # noqa: NPY002
    assert all(np.array_equal(a, b) for a, b in zip(before[0], after[0], strict=True))
    assert before[1] == after[1]


def check_wrong_seed(entry: registry.Entry) -> None:
    for seed in ("zero", -1):
        with pytest.raises(ParameterError, match="random_state"):
            make(entry, random_state=seed).fit(sample(entry))


# -- the answer


def check_shape_names_and_types(entry: registry.Entry) -> None:
    data = sample(entry)
    e, names = fit(entry, data), names_of(data, entry)
    assert e.vectors.shape == (len(names), DIM) and e.vectors.dtype == np.float32
    assert e.context is None or e.context.shape == (len(names), DIM)
    assert list(e.names) == names
    assert np.isfinite(e.vectors).all() and e.vectors.any()
    registry.find("decoder", e.decoder)


def check_what_is_learned_beside_the_vectors_is_registered(entry: registry.Entry) -> None:
    e = fit(entry, sample(entry))
    assert not entry.beside or len(getattr(e, entry.beside))


def check_graph_with_odd_names(entry: registry.Entry) -> None:
    names = ["a, b", 'say "x"', "🦉", "x" * 10_000, "שלום", " ", "\t"]
    ring = Graph.from_edges([(names[i], names[(i + 1) % 7]) for i in range(7)], names=names)
    assert list(fit(entry, ring, dim=2).names) == names


def check_meta_is_complete_and_json(entry: registry.Entry) -> None:
    data = sample(entry)
    meta = fit(entry, data).meta
    assert set(meta) - {"certificate"} == {
        "format_version",
        "method",
        "parameters",
        "random_state",
        "data",
        "versions",
        "seconds",
        "notes",
        "edits",
    }
    assert json.loads(json.dumps(meta, allow_nan=False)) == meta
    assert meta["method"] == entry.name
    assert meta["parameters"]["dim"] == DIM and meta["random_state"] == 0
    assert meta["data"]["fingerprint"] == data.fingerprint
    sizes = {
        "graph": ("n_nodes", "n_edges"),
        "interactions": ("n_users", "n_items"),
        "knowledge-graph": ("n_entities", "n_relations"),
        "corpus": ("n_tokens", "n_types"),
    }
    counts = sizes[entry.takes]
    assert all(meta["data"][name] == getattr(data, name) for name in counts)
    assert meta["seconds"] >= 0 and "numpy" in meta["versions"] and meta["edits"] == []


def check_data_are_not_changed(entry: registry.Entry) -> None:
    data = sample(entry)
    before = numbers_of(data)
    fit(entry, data)
    np.testing.assert_array_equal(numbers_of(data), before)


def check_embedding_survives_its_file(entry: registry.Entry, tmp_path: Any) -> None:
    e = fit(entry, sample(entry))
    e.save(tmp_path / "e.arrow")
    back = Embedding.load(tmp_path / "e.arrow", verify=True)
    assert_equal(back, e)
    assert back.meta == e.meta and back.decoder == e.decoder


def check_graph_transform_places_new_nodes(entry: registry.Entry) -> None:
    if not issubclass(entry.load(), Inductive):
        return
    graph, edges = community_graph(), Graph.from_edges([("new", "node 1"), ("new", "node 2"), ("newer", "node 29")])
    with pytest.raises(NotFittedError, match="call fit"):
        make(entry).transform(edges)
    method = make(entry).fit(graph)
    before, settings = method.embedding_, method.get_params()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "LPCA could not place", DataWarning)  # with as few columns as here
        new = method.transform(edges)
        again = pickle.loads(pickle.dumps(method)).transform(edges)
    assert list(new.names) == ["new", "newer"] and new.vectors.shape == (2, method.embedding_.dim) and new.vectors.any()
    assert (new.context is None) == (before.context is None) and new.decoder == before.decoder
    assert method.embedding_ is before and method.get_params() == settings  # known nodes stay as they are
    assert_equal(again, new)
    assert json.loads(json.dumps(new.meta, allow_nan=False)) == new.meta
    assert new.meta["transform"]["fitted_on"]["fingerprint"] == graph.fingerprint
    assert len(before.append(new)) == 32
    with pytest.raises(DataError, match="is new"):
        method.transform(graph)


def check_graph_transform_with_directions(entry: registry.Entry) -> None:
    if not issubclass(entry.load(), Inductive):
        return
    edges = [("new", "1"), ("new", "2"), ("29", "new")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        method = make(entry).fit(directed_graph())
        assert np.isfinite(method.transform(Graph.from_edges(edges, directed=True)).vectors).all()
    with pytest.raises(DataError, match="directed"):
        method.transform(Graph.from_edges(edges))


# -- hard input


def check_graph_that_is_empty(entry: registry.Entry) -> None:
    with pytest.raises(DataError, match="at least one node"):
        make(entry).fit(Graph(sp.csr_array((0, 0))))


def check_graph_that_is_none(entry: registry.Entry) -> None:
    for other in (np.eye(3), [("a", "b")], None):
        with pytest.raises(DataError, match="needs a Graph, got"):
            make(entry).fit(other)


def check_graph_without_edges(entry: registry.Entry) -> None:
    for n in (1, 2, 500):
        e = fit(entry, Graph(sp.csr_array((n, n))))
        assert len(e) == n and 1 <= e.dim <= DIM and not e.vectors.any()


def check_graph_of_a_single_edge_or_loop(entry: registry.Entry) -> None:
    for matrix in ([[0, 1], [1, 0]], [[1.0]], [[2, 0], [0, 0]]):
        for directed in (False, True):
            e = fit(entry, Graph(np.array(matrix, dtype=float), directed=directed))
            assert len(e) == len(matrix) and np.isfinite(e.vectors).all()


def check_graph_in_parts_with_isolated_nodes(entry: registry.Entry) -> None:
    block = community_graph().adjacency
    e = fit(entry, Graph(sp.block_diag([block, block, np.zeros((3, 3)), np.ones((2, 2)) - np.eye(2)])))
    assert e.vectors.shape == (65, DIM)
    assert not e.vectors[60:63].any()


def check_graph_with_directions(entry: registry.Entry) -> None:
    e = fit(entry, directed_graph())
    assert e.vectors.shape == (30, DIM) and np.isfinite(e.vectors).all()
    acyclic = Graph(np.triu(np.ones((12, 12)), 1), directed=True)
    assert np.isfinite(fit(entry, acyclic).vectors).all()


def check_graph_with_weights_and_loops(entry: registry.Entry) -> None:
    weights = np.random.default_rng(0).random((30, 30))
    A = community_graph().adjacency.toarray() * (weights + weights.T) + np.diag(np.arange(30) % 2)
    assert np.isfinite(fit(entry, Graph(A)).vectors).all()
    for scale in (1e-12, 1e12):
        assert np.isfinite(fit(entry, Graph(A * scale)).vectors).all()


def check_graph_of_a_rank_below_dim(entry: registry.Entry) -> None:
    ring = Graph.from_edges([(i, (i + 1) % 5) for i in range(5)])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        e = make(entry, dim=50).fit(ring).embedding_
    assert 1 <= e.dim <= 50
    if e.dim < 50:  # a walk method can fill any number of columns
        (warning,) = [w for w in caught if w.category is RankWarning]
        assert f"{e.dim} columns" in str(warning.message)
        assert warning.filename == __file__  # it points at whoever called fit


def check_wrong_dim(entry: registry.Entry) -> None:
    for dim in (0, -3, 2.5, "8", None, True):
        with pytest.raises(ParameterError, match="dim must be a whole number"):
            make(entry, dim=dim).fit(sample(entry))


def check_failed_fit_keeps_the_earlier_answer(entry: registry.Entry) -> None:
    method = make(entry).fit(sample(entry))
    earlier = method.embedding_
    with pytest.raises(DataError):
        method.fit(nothing(entry))
    assert method.embedding_ is earlier


CHECKS: list[Callable[..., None]] = [f for name, f in list(globals().items()) if name.startswith("check_")]


def stream() -> Iterator[Any]:
    for entry in registry.entries("method"):
        for check in CHECKS:
            if check.__name__.startswith("check_graph_") and entry.takes != "graph":
                continue
            yield pytest.param(entry, check, id=f"{entry.name}-{check.__name__.removeprefix('check_')}")


@pytest.mark.parametrize(("entry", "check"), list(stream()))
def test_contract(entry: registry.Entry, check: Callable[..., None], tmp_path: Any) -> None:
    wants_folder = "tmp_path" in inspect.signature(check).parameters
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # how far a method gets in so few epochs is not in the contract
        check(entry, tmp_path) if wants_folder else check(entry)


# -- rules that hold before any method sees the data


def test_duplicate_names_are_refused_by_the_graph() -> None:
    with pytest.raises(DataError, match="more than once"):
        Graph(np.zeros((2, 2)), ["a", "a"])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused_by_the_graph(bad: float) -> None:
    with pytest.raises(DataError, match="finite"):
        Graph(np.array([[0, bad], [bad, 0]]))


# -- nobody is left out


def test_every_method_in_the_package_is_registered() -> None:
    targets = {e.target for e in registry.entries("method")}
    for package in (graphemb.nodes, graphemb.recommend, graphemb.knowledge, graphemb.words):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            methods = inspect.getmembers(import_module(module.name), lambda obj: inspect.isclass(obj) and issubclass(obj, Method))
            for name in (name for name, obj in methods if obj.__module__ == module.name):
                assert f"{module.name}:{name}" in targets, f"{name} stands in {module.name} and not in the registry"


def test_every_entry_of_quick_is_a_method() -> None:
    assert set(QUICK) <= {e.name for e in registry.entries("method")}
