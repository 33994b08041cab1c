"""Evaluation of knowledge-graph embeddings: where the right answers stand among all entities."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.evaluation_settings import checked_baselines, checked_k, require_known
from graphemb.analysis.provenance import OTHER, cautions, how_made, seed_in_words, selected_on_test, trained_fingerprint
from graphemb.analysis.triple_baselines import AnswerCounts, RandomScores
from graphemb.analysis.triple_result import TripleResult
from graphemb.analysis.triple_rows import triple_rows
from graphemb.analysis.triple_task import RankedTriples, TripleTask
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import SPLIT_WORDS, KnowledgeGraph, split_name
from graphemb.errors import DataError, ParameterError, UnknownNameError, shorten
from graphemb.kernels.checks import require_whole
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.rank_metrics import HITS
from graphemb.kernels.triple_ranking import MEMORY, SIDES, TIES, ScoresTriples, rank_triples
from graphemb.kernels.triple_scorer import AlignedTriples, triple_scorer
from graphemb.kernels.versions import versions
from graphemb.reconstruction.contenders import named_embeddings

DEFINITIONS = {
    "query": "a triple asked from one side: (h, r, ?) for its tail, or (?, r, t) for its head; all entities are candidates, less the other "
    "answers that the filter knows to be true",
    "rank": "1 + candidates that score higher, and half of those that score the same (realistic); optimistic counts none of these, "
    "pessimistic all",
    "MRR": "mean of 1 / rank",
    "hits@k": "share of queries with a rank of at most k",
    "MR": "mean rank; lower is better",
    "AMR": "MR over its expectation in a random order; 1 is chance, lower is better",
    "AMRI": "1 - (MR - 1) / (its expectation - 1); 1 is best, 0 chance, -1 always last",
    "adjusted": "(figure - its expectation in a random order) / (1 - that expectation); 1 is best, 0 chance",
    "z": "(figure - its expectation in a random order) / its standard deviation there, turned so that higher is better; no interval",
    "macro": "mean over distinct questions, (h, r, ?) or (?, r, t), of the mean over the answers of each",
    "popularity": "entities by how often they are tail, or head, of the relation in training, whatever is at the other end",
    "random": "entities in random order; its expectation is the chance level of a figure",
    "1-1, 1-n, n-1, n-n": "relations by heads and tails: n where a question has above 1.5 answers in the mean of training",
    "interval": "95%, the percentile bootstrap over triples, 1,000 resamples, the same ones for every method, both queries of a triple "
    "drawn together; the data split, fit and random start are as they are",
    "p": "two-sided, of the difference between two methods on the same triples, by the paired bootstrap; not corrected for their number",
}
BASELINES = ("popularity", "random")
TRAIN = "train"


def evaluate_triples(
    embeddings: Embedding | Mapping[str, Embedding] | Iterable[Embedding],
    data: KnowledgeGraph,
    *,
    k: int | Sequence[int] = HITS,
    split: str = "test",
    filter: str | Sequence[str] = "all",
    sides: str | Sequence[str] = SIDES,
    ties: str = "realistic",
    baselines: Sequence[str] = ("popularity",),
    decoder: str = "auto",
    triples: str | int = "all",
    groups: bool = True,
    memory: int = MEMORY,
    random_state: RandomState = 0,
    progress: bool = False,
    n_jobs: int | None = None,
) -> TripleResult:
    """Rank all entities as tails of (h, r, ?) and as heads of (?, r, t), and see where the right ones stand.

    The figures are defined in :func:`graphemb.kernels.rank_metrics.rank_metrics`, the ranks in
    :func:`graphemb.kernels.triple_ranking.rank_triples`. Every triple of the split is judged, those with entities or relations that no
    training triple holds too; they are counted, and have figures of their own. What an embedding does not know scores below all else, and a
    query that asks about it is decided by chance.

    Parameters
    ----------
    embeddings : of entities, one or several by label; see :func:`graphemb.kernels.triple_scorer.triple_scorer` for what can be read
    data : with the training triples and the split to be judged by
    k : of hits@k, one number or several
    split : whose triples are judged: "test", "valid", ...
    filter : splits whose true answers are no candidates of other triples: "all", names, or () for raw ranks
    sides : "tail", "head" or both
    ties : "realistic" (the expected rank in a random order of equals), "optimistic" or "pessimistic"
    baselines : "popularity" (of an entity as tail, or head, of the relation in training), "random"
    decoder : how embeddings score; "auto" is each one's own
    triples : "all", or how many to draw
    groups : also by relation, cardinality, frequency of the answer, and unseen entities
    memory : bytes for a block of scores
    random_state : of the draw of triples, the random baseline and the bootstrap
    progress : show a bar on stderr
    n_jobs : threads that count; None and -1 are all cores. The result does not depend on it

    Raises
    ------
    DataError : no triples in the split, an embedding without entities or relations of the data, scores that are not numbers
    ParameterError, UnknownNameError : a setting that is out of range or not known

    Work: for every method n scores of n entities for each distinct question. Memory: ``memory``, an index of the known answers, 32 MiB of
    resamples, and 8 bytes a query for each metric and method.

    >>> facts = {"train": [("a", "next", "b"), ("b", "next", "c")], "test": [("c", "next", "d")]}
    >>> line = Embedding(["a", "b", "c", "d"], [[0], [1], [2], [3]], decoder="translation", parameters={"relation": [[1.0]]},
    ...                  meta={"relations": ["next"]})
    >>> evaluate_triples(line, KnowledgeGraph.from_triples(facts))["embedding", "MRR"].mean
    1.0
    """
    split, known = _checked_data(data, split), _filter(data, filter)
    named = named_embeddings(embeddings)
    baselines = checked_baselines(baselines, BASELINES, named)
    chosen_sides = (sides,) if isinstance(sides, str) else tuple(dict.fromkeys(sides))
    require_known("side", chosen_sides, SIDES)
    require_known("way to count ties", [ties], TIES)
    if not chosen_sides or not (named or baselines):
        raise ParameterError(f"there is nothing to judge: expected {'an embedding' if chosen_sides else 'a side, tail, head or both'}")
    draw, noise, resamples = generator(random_state).spawn(3)
    task = TripleTask(data, split, known, chosen_sides, checked_k(k), ties, _drawn(data.split(split).shape[1], triples, draw))
    scorers = {label: _scorer(label, embedding, data, decoder) for label, embedding in named.items()}
    made: dict[str, Callable[[], ScoresTriples]] = {
        "popularity": lambda: AnswerCounts(task.train, data.n_entities, data.n_relations),
        "random": lambda: RandomScores(data.n_entities, data.n_relations, noise),
    }
    contenders: dict[str, ScoresTriples] = {**scorers, **{name: made[name]() for name in baselines}}
    with progress_bar(progress, "ranking", len(contenders) * len(chosen_sides) * task.triples.shape[1]) as advance:
        methods = [
            _judge(task, label, scorer, label not in scorers, memory, n_jobs, lambda done: advance(done))
            for label, scorer in contenders.items()
        ]
    rows, differences = triple_rows(task, methods, groups, resamples)
    settings = _settings(task, methods, named, scorers, decoder) | {"random_state": seed_in_words(random_state)}
    ranks = {method.label: np.stack([method.ranks.optimistic.ravel(), method.ranks.pessimistic.ravel()]) for method in methods}
    return TripleResult(rows, differences, settings, queries=_queries(task, methods[0]), ranks=ranks)


def _judge(
    task: TripleTask,
    label: str,
    scorer: ScoresTriples,
    baseline: bool,
    memory: int,
    n_jobs: int | None,
    advance: Callable[[int], object],
) -> RankedTriples:
    started = time.perf_counter()
    ranks = rank_triples(
        scorer,
        task.triples,
        task.known,
        sides=task.sides,
        memory=memory,
        n_jobs=n_jobs,
        advance=advance,
        name=shorten(label),
        relations=task.data.relations,
    )
    return RankedTriples(label, baseline, ranks, time.perf_counter() - started)


def _scorer(label: str, embedding: Embedding, data: KnowledgeGraph, decoder: str) -> AlignedTriples:
    try:
        return triple_scorer(embedding, data, decoder)
    except DataError as error:
        raise DataError(f"{shorten(label)!r} cannot be judged: {error}") from None


# -- what is asked, checked


def _checked_data(data: Any, split: str) -> str:
    """The name of the split, which holds triples."""
    if not isinstance(data, KnowledgeGraph):
        raise DataError(f"expected a KnowledgeGraph, got {type(data).__name__}; graphemb.read_knowledge_graph reads one")
    if not data.n_triples:
        raise DataError("this knowledge graph has no triples, so there is nothing to judge by")
    name = split_name(split)
    if name not in data.splits and name not in SPLIT_WORDS:
        raise UnknownNameError("split", split, data.splits)
    if name not in data.splits or not data.split(name).size:
        other = [each for each, part in data.splits.items() if each != TRAIN and part.stop > part.start]
        also = f"; it has {' and '.join(other)} (split={other[0]!r})" if other else "; hold some of its triples out"
        raise DataError(f"this knowledge graph has no triples in the {name} split to judge by{also}")
    return name


def _filter(data: KnowledgeGraph, asked: str | Sequence[str]) -> tuple[str, ...]:
    """Names of the splits whose true answers are no candidates, in the order of the data."""
    if asked == "all":
        return tuple(data.splits)
    names = [split_name(name) for name in ([asked] if isinstance(asked, str) else asked)]
    require_known("split to filter by", names, [*data.splits])
    return tuple(name for name in data.splits if name in names)


def _drawn(m: int, asked: str | int, rng: np.random.Generator) -> np.ndarray:
    """Which of m triples are judged."""
    if isinstance(asked, str):
        require_known("choice of triples, or a number of them", [asked], ["all"])
        return np.arange(m)
    require_whole("triples", asked)
    return np.sort(rng.choice(m, min(asked, m), replace=False))


# -- what was done, in words


def _queries(task: TripleTask, method: RankedTriples) -> pd.DataFrame:
    """The queries, side by side after one another, by name."""
    entities, relations = np.asarray(task.data.entities), np.asarray(task.data.relations)
    h, r, t = task.triples
    named = pd.DataFrame({"head": entities[h], "relation": relations[r], "tail": entities[t]})
    parts = [named.assign(side=side, candidates=method.ranks.candidates[i]) for i, side in enumerate(task.sides)]
    return pd.concat(parts, ignore_index=True)


def _settings(
    task: TripleTask,
    methods: Sequence[RankedTriples],
    named: Mapping[str, Embedding],
    scorers: Mapping[str, AlignedTriples],
    decoder: str,
) -> dict[str, Any]:
    data, m = task.data, task.triples.shape[1]
    on_test = selected_on_test(named, task.split)
    made = {label: _provenance(e, data) for label, e in named.items()}
    elsewhere = {label: e for label, e in named.items() if made[label]["trained on"] == OTHER}
    drawn = "" if m == data.split(task.split).shape[1] else " drawn at random"
    sizes = {name: part.stop - part.start for name, part in data.splits.items()}
    facts = {"fingerprint": data.fingerprint, "n_entities": data.n_entities, "n_relations": data.n_relations, **sizes}
    filtered = f"filtered by {', '.join(task.filter)}" if task.filter else "raw: other right answers count as wrong"
    return {
        "judged": f"{m:,} {task.split} triples{drawn}, {' and '.join(side + 's' for side in task.sides)} among all {data.n_entities:,} "
        f"entities, {filtered}; {task.ties} ranks",
        "unseen": _unseen_in_words(task),
        "ties": _ties_in_words(methods),
        "warning": "; ".join([*cautions(on_test, elsewhere, "training triples"), *_more_cautions(task, scorers)]),
        "selected on test": on_test,
        "trained on other data": list(elsewhere),
        "data": facts,
        "split": task.split,
        "filter": list(task.filter),
        "sides": list(task.sides),
        "ties counted": task.ties,
        "k": list(task.ks),
        "baselines": [method.label for method in methods if method.baseline],
        "splits": list(data.splits),
        "triples judged": m,
        **({"triples drawn": m} if drawn else {}),
        "queries": m * len(task.sides),
        "distinct questions": task.n_questions,
        "triples with an unseen entity": int(task.unseen.sum()),
        "triples of an unseen relation": int(task.unseen_relation.sum()),
        "queries with ties": {method.label: int((method.ranks.equal > 0).sum()) for method in methods},
        "entities not in the embedding": {label: int((~scorer.scores_entity).sum()) for label, scorer in scorers.items()},
        "relations not in the embedding": {label: int((~scorer.scores_relation).sum()) for label, scorer in scorers.items()},
        "methods": made,
        "decoder": {label: e.decoder if decoder == "auto" else decoder for label, e in named.items()},
        "seconds": {method.label: method.seconds for method in methods},
        "definitions": DEFINITIONS,
        "versions": versions(),
    }


def _provenance(embedding: Embedding, data: KnowledgeGraph) -> dict[str, Any]:
    """How an embedding was made, on which data, and how it asks for heads."""
    trained, same, own = trained_fingerprint(embedding), data.fingerprint, embedding.meta.get("data") or {}
    if trained is not None and "n_nodes" in own:  # a method for graphs, which should have seen an edge wherever a training triple is
        same = data.to_graph(directed=bool(own.get("directed")), splits=[TRAIN] if TRAIN in data.splits else []).fingerprint
    scoring = embedding.meta.get("notes", {}).get("scoring") or {}
    heads = {"heads": "by the reciprocal relation" if scoring["reciprocal"] else "by the same relation"} if "reciprocal" in scoring else {}
    told = "not said" if trained is None else "these triples" if trained == same else OTHER
    return {**how_made(embedding), "trained on": told, **heads}


def _unseen_in_words(task: TripleTask) -> str:
    """How many triples hold what training does not."""
    entities, relations = int(task.unseen.sum()), int(task.unseen_relation.sum())
    said = [f"{entities:,} with an entity"] if entities else []
    said += [f"{relations:,} with a relation"] if relations else []
    return f"kept: {' and '.join(said)} that no training triple holds" if said else ""


def _ties_in_words(methods: Sequence[RankedTriples]) -> str:
    """Of which methods right answers have equals, and in how many queries."""
    counts = {method.label: int((method.ranks.equal > 0).sum()) for method in methods}
    said = [f"{shorten(label, 40)} {count:,} of {methods[0].ranks.equal.size:,}" for label, count in counts.items() if count]
    return f"queries whose right answer has equals: {', '.join(said)}" if said else ""


def _more_cautions(task: TripleTask, scorers: Mapping[str, AlignedTriples]) -> list[str]:
    """What the split, and names that an embedding lacks, do to the figures."""
    said = ["judged by the training triples, so these figures say what was learned by heart"] if task.split == TRAIN else []
    for label, scorer in scorers.items():
        lacking = [
            f"{int((~known).sum()):,} of {len(known):,} {word}"
            for known, word in ((scorer.scores_entity, "entities"), (scorer.scores_relation, "relations"))
            if not known.all()
        ]
        if lacking:
            said.append(f"unknown to {shorten(label)}, and so decided by chance or last: {' and '.join(lacking)}")
    return said
