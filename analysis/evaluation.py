"""``evaluate``: rankings of items for users, or of entities for questions about triples, or word tests, by the kind of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import Parameter, signature
from typing import Any, Literal, overload

from graphemb.analysis.ranking_result import RankingResult
from graphemb.analysis.recommendation import evaluate as evaluate_rankings
from graphemb.analysis.triple_evaluation import evaluate_triples
from graphemb.analysis.triple_result import TripleResult
from graphemb.analysis.word_evaluation import evaluate_words
from graphemb.analysis.word_result import WordResult
from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.word_test import WordTest
from graphemb.datasets.registry import load_dataset
from graphemb.errors import DataError, ParameterError, nearest_names
from graphemb.kernels.random import RandomState

Embeddings = Embedding | Mapping[str, Embedding] | Iterable[Embedding]
KINDS: dict[type, tuple[str, Callable[..., Any]]] = {
    Interactions: ("Interactions", evaluate_rankings),
    KnowledgeGraph: ("a KnowledgeGraph", evaluate_triples),
    WordTest: ("word tests", evaluate_words),
}
INSTEAD = {
    "mask": "filter says whose true answers are no candidates",
    "users": "triples says how many are judged",
    "ndcg": "leave it out",
    "filter": "mask says whose items are no candidates",
    "sides": "leave it out: items are ranked for users",
    "ties": "leave it out: of equal scores the first item wins",
    "triples": "users says who is judged",
    "memory": "leave it out",
}
"""What to do with a setting of interactions where the data are a knowledge graph, and the other way round."""


@overload
def evaluate(
    embeddings: Embeddings,
    data: Interactions,
    *,
    k: int | Sequence[int] = ...,
    split: str = ...,
    mask: Sequence[str] = ...,
    baselines: Sequence[str] = ...,
    decoder: str = ...,
    ndcg: str = ...,
    users: str | int | Iterable[str] = ...,
    groups: bool = ...,
    random_state: RandomState = ...,
    progress: bool = ...,
    n_jobs: int | None = ...,
) -> RankingResult: ...


@overload
def evaluate(
    embeddings: Embeddings,
    data: KnowledgeGraph,
    *,
    k: int | Sequence[int] = ...,
    split: str = ...,
    filter: Literal["all"] | str | Sequence[str] = ...,
    sides: str | Sequence[str] = ...,
    ties: str = ...,
    baselines: Sequence[str] = ...,
    decoder: str = ...,
    triples: str | int = ...,
    groups: bool = ...,
    memory: int = ...,
    random_state: RandomState = ...,
    progress: bool = ...,
    n_jobs: int | None = ...,
) -> TripleResult: ...


@overload
def evaluate(
    embeddings: Embeddings,
    data: WordTest | Sequence[str | WordTest],
    *,
    rules: str | Sequence[str] = ...,
    exclude: bool = ...,
    clustering: str = ...,
    groups: bool = ...,
    random_state: RandomState = ...,
    progress: bool = ...,
    n_jobs: int | None = ...,
) -> WordResult: ...


def evaluate(
    embeddings: Embeddings, data: Interactions | KnowledgeGraph | WordTest | str | Sequence[str | WordTest], **settings: Any
) -> RankingResult | TripleResult | WordResult:
    """Judge embeddings by what was held out: items that users took, or triples of a knowledge graph; or by word tests.

    Of :class:`Interactions` the best unseen items of every user are compared with the test items, see
    :func:`graphemb.analysis.recommendation.evaluate`. Of a :class:`KnowledgeGraph` the right tail of (h, r, ?) and the right head of
    (?, r, t) are looked for among all entities, see :func:`graphemb.analysis.triple_evaluation.evaluate_triples`. A :class:`WordTest`, the
    name of one ("ws-353"), or several ask for similarity, analogies, categories or outliers, see
    :func:`graphemb.analysis.word_evaluation.evaluate_words`. All give figures with intervals and chance levels, by group, and the paired
    differences of methods; of the first two kinds also beside baselines.

    Parameters
    ----------
    embeddings : one, or several by label
    data : with the training split and the one to be judged by; or word tests; or the name of a data set
    k : of the figures at k; 20 best items, or hits at 1, 3 and 10
    split : "test"; also "validation" of interactions and "valid" of a knowledge graph
    baselines : "popularity" (the default) and "random"
    decoder : how embeddings score; "auto" is each one's own
    groups : also figures of groups
    random_state, progress, n_jobs : of all that is drawn; a bar on stderr; threads
    mask, ndcg, users : of interactions: splits whose items are no candidates, how NDCG is divided, who is judged
    filter, sides, ties, triples, memory : of a knowledge graph: splits whose true answers are no candidates, the ends that are asked for,
        how equal scores count, how many triples are judged, bytes for a block of scores
    rules, exclude, clustering : of word tests: how analogies are solved, whether the words of a question are no candidates, how words are
        clustered

    Raises
    ------
    DataError : data of another kind, nothing to judge by, scores that are not numbers
    ParameterError, UnknownNameError : a setting that is out of range, not known, or of the other kind of data

    >>> facts = KnowledgeGraph.from_triples({"train": [("a", "next", "b"), ("b", "next", "c")], "test": [("c", "next", "d")]})
    >>> line = Embedding(["a", "b", "c", "d"], [[0], [1], [2], [3]], decoder="translation", parameters={"relation": [[1.0]]},
    ...                  meta={"relations": ["next"]})
    >>> evaluate(line, facts, k=1)["embedding", "hits@1"].mean
    1.0
    >>> taken = Interactions.from_pairs({"train": [("ann", "tea"), ("bob", "rye")], "test": [("ann", "rye")]})
    >>> e = Embedding(["user:ann", "user:bob", "item:tea", "item:rye"], [[1, 0], [0, 1], [1, 0], [1, 1]])
    >>> evaluate(e, taken, k=1)["embedding", "recall@1"].mean
    1.0
    """
    given = load_dataset(data) if isinstance(data, str) else data
    asked = WordTest if isinstance(given, Sequence) else type(given)
    for kind, (_, function) in KINDS.items():
        if issubclass(asked, kind):
            _require_settings(settings, kind)
            result: RankingResult | TripleResult | WordResult = function(embeddings, given, **settings)
            return result
    raise DataError(
        f"evaluate needs Interactions, a KnowledgeGraph or word tests, got {type(given).__name__}; graphemb.read_interactions and "
        "graphemb.read_knowledge_graph read them, and graphemb.link_prediction judges embeddings of a graph"
    )


def settings_of(kind: type) -> list[str]:
    """The settings that evaluation takes for a kind of data.

    >>> "mask" in settings_of(Interactions), "mask" in settings_of(KnowledgeGraph)
    (True, False)
    """
    return [name for name, each in signature(KINDS[kind][1]).parameters.items() if each.kind is Parameter.KEYWORD_ONLY]


def _require_settings(settings: Iterable[str], kind: type) -> None:
    known, words = settings_of(kind), KINDS[kind][0]
    for name in settings:
        if name in known:
            continue
        for other, (theirs, _) in KINDS.items():
            if name in settings_of(other):
                remedy = "leave it out" if WordTest in (kind, other) else INSTEAD[name]
                raise ParameterError(f"{name} is a setting for {theirs}, and the data are {words.removeprefix('a ')}; {remedy}")
        near = nearest_names(name, known)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ParameterError(f"unknown setting {name!r} of evaluate{hint} (known: {', '.join(known)})")
