"""Ranking evaluation: how well the best unseen items of users match the ones they took."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from graphemb.analysis.evaluation_settings import checked_baselines, checked_k, require_known
from graphemb.analysis.item_baselines import Popularity, RandomOrder
from graphemb.analysis.provenance import OTHER, cautions, how_made, seed_in_words, selected_on_test, trained_fingerprint
from graphemb.analysis.ranking_result import RankingResult
from graphemb.analysis.ranking_rows import difference_table, ranking_rows
from graphemb.analysis.ranking_task import RankedMethod, RankingTask
from graphemb.data.embedding import Embedding
from graphemb.data.interactions import SPLITS, Interactions
from graphemb.errors import DataError, ParameterError, shorten
from graphemb.kernels.checks import require_whole
from graphemb.kernels.item_ranking import NDCG_RULES, rank_items, ranking_metrics
from graphemb.kernels.item_scorer import AlignedItems, ItemScorer, item_scorer
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.versions import versions
from graphemb.reconstruction.contenders import named_embeddings

DEFINITIONS = {
    "recall@k": "the share of a user's test items among the k best, over all test items of the user however small k is",
    "precision@k": "the share of the k best that are test items of the user",
    "ndcg@k": "sum of 1 / log2(rank + 1) over hits, divided by that of an ideal ranking with min(k, test items) hits at the top",
    "MRR@k": "1 / rank of the first hit, 0 where there is none among the k best",
    "MAP@k": "mean precision at the ranks of hits, over min(k, test items)",
    "hit@k": "the share of users with a hit among the k best",
    "coverage@k": "the share of all items that are among the k best of any user",
    "gini@k": "how unequally recommendations fall on items, all items counted: 0 equal, near 1 a few items take all",
    "popularity-lift@k": "mean training popularity of recommended items over that of the users' own training items, each a mean over "
    "users of a mean over items; above 1 the recommendations are more popular than what these users take",
    "popularity": "items in order of their number of training interactions",
    "random": "items in random order; its expectation is the chance level of a metric",
    "interval": "95%, the percentile bootstrap over users, 1,000 resamples, the same ones for every method; the data split, fit and random "
    "start are as they are",
    "p": "two-sided, of the difference between two methods on the same users, by the paired bootstrap; not corrected for their number",
}
RETRIEVED = "as above, but the ideal ranking has as many hits as were found, at the top (the rule of LATTICE and MMHCL)"
BASELINES = ("popularity", "random")


def evaluate(
    embeddings: Embedding | Mapping[str, Embedding] | Iterable[Embedding],
    data: Interactions,
    *,
    k: int | Sequence[int] = (20,),
    split: str = "test",
    mask: Sequence[str] = ("train",),
    baselines: Sequence[str] = ("popularity",),
    decoder: str = "auto",
    ndcg: str = "ideal",
    users: str | int | Iterable[str] = "all",
    groups: bool = True,
    random_state: RandomState = 0,
    progress: bool = False,
    n_jobs: int | None = None,
) -> RankingResult:
    """Rank all items for every user who has test items, and compare with these, by the protocol of LightGCN.

    The candidates of a user are all items but those of the splits in ``mask``; items never trained are candidates. Means are over all
    users with test items whom every embedding knows. Of equal scores the item that stands first in the data wins. The metrics are
    defined in :func:`graphemb.kernels.item_ranking.ranking_metrics`; beside them coverage, Gini and popularity lift, the training
    popularity of recommended items over that of the users' own ones (Abdollahpouri et al., "The unfairness of popularity bias in
    recommendation", arXiv 1907.13286, where it is the difference of the two over the latter: this less 1).

    Parameters
    ----------
    embeddings : of users and items, one or several by label; see :func:`graphemb.kernels.item_scorer.item_scorer` for what can be read
    data : with the training items and the split to be judged by
    k : how many of the best items are looked at, one number or several
    split : "test" or "validation"
    mask : splits whose items are no candidates, as published "train" alone; validation items remain candidates unless named
    baselines : "popularity", "random"
    decoder : how embeddings score; "auto" is each one's own
    ndcg : "ideal", or "retrieved" for the rule of LATTICE and MMHCL, which is 1 wherever the hits found lead the ranking
    users : "all", a number to draw, or names
    groups : also by activity of users and by popularity of items
    random_state : of the draw of users, the random baseline and the bootstrap
    progress : show a bar on stderr
    n_jobs : threads that select the best items; None and -1 are all cores. The result does not depend on it

    Raises
    ------
    DataError : no interactions, none in the split, an embedding without users or items, scores that are not numbers
    ParameterError, UnknownNameError : a setting that is out of range or not known

    Work: for every method S m scores of S users and m items. Memory: 128 MiB of scores, 32 MiB of resamples, and 8 S k bytes a method.

    >>> data = Interactions.from_pairs({"train": [("ann", "tea"), ("bob", "rye")], "test": [("ann", "rye"), ("bob", "oat")]})
    >>> e = Embedding(["user:ann", "user:bob", "item:tea", "item:rye", "item:oat"], [[1, 0], [0, 1], [1, 0], [1, 1], [0, 2]])
    >>> evaluate(e, data, k=1)["embedding", "recall@1"].mean
    1.0
    """
    _require_interactions(data, split)
    ks, named = checked_k(k), named_embeddings(embeddings)
    baselines = checked_baselines(baselines, BASELINES, named)
    require_known("ndcg rule", [ndcg], NDCG_RULES)
    draw, noise, resamples = generator(random_state).spawn(3)
    scorers = {label: _scorer(label, embedding, data, decoder) for label, embedding in named.items()}
    task = RankingTask(data, split, _masks(mask, split), ks, ndcg, *_judged_users(data, split, users, scorers, draw))
    made: dict[str, Callable[[], ItemScorer]] = {
        "popularity": lambda: Popularity(task.popularity, data.n_users),
        "random": lambda: RandomOrder(data.n_users, data.n_items, noise),
    }
    contenders: dict[str, ItemScorer] = {**scorers, **{name: made[name]() for name in baselines}}
    with progress_bar(progress, "ranking", len(contenders) * len(task.users)) as advance:
        methods = [
            _judge(task, label, scorer, label not in scorers, n_jobs, lambda done: advance(done)) for label, scorer in contenders.items()
        ]
    rows, drawn = ranking_rows(task, methods, groups, resamples)
    settings = _settings(task, named, scorers, baselines, decoder, random_state)
    names = np.asarray(data.users)[task.users]
    return RankingResult(
        rows, difference_table(methods, drawn), settings, users=names, values={method.label: method.values for method in methods}
    )


def _scorer(label: str, embedding: Embedding, data: Interactions, decoder: str) -> AlignedItems:
    try:
        return item_scorer(embedding, data, decoder)
    except DataError as error:
        raise DataError(f"{shorten(label)!r} cannot be judged: {error}") from None


def _judge(
    task: RankingTask, label: str, scorer: ItemScorer, baseline: bool, n_jobs: int | None, advance: Callable[[int], object]
) -> RankedMethod:
    ranked = rank_items(scorer, task.users, task.seen, max(task.ks), n_jobs=n_jobs, advance=advance, name=label)
    values = ranking_metrics(ranked, task.relevant, task.ks, ndcg=task.ndcg)
    return RankedMethod(label, baseline, ranked, values)


# -- what is asked, checked


def _require_interactions(data: Any, split: str) -> None:
    if not isinstance(data, Interactions):
        raise DataError(f"evaluate needs Interactions, got {type(data).__name__}; graphemb.read_interactions reads them")
    require_known("split to judge by", [split], SPLITS[1:])
    if not data.size(split):
        other = "test" if split == "validation" else "validation"
        also = f"; it has a {other} split (split={other!r})" if data.size(other) else ""
        raise DataError(f"these interactions have no {split} split to judge by{also}; graphemb.split_interactions makes one")


def _masks(mask: Sequence[str], split: str) -> tuple[str, ...]:
    names = (mask,) if isinstance(mask, str) else tuple(dict.fromkeys(mask))
    require_known("split to mask", names, SPLITS)
    if split in names:
        raise ParameterError(f"the {split} split is judged by, so its items must remain candidates; leave it out of mask")
    return names


def _judged_users(
    data: Interactions, split: str, users: str | int | Iterable[str], scorers: Mapping[str, AlignedItems], rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, int]]:
    """Rows of the users to judge, and how many were left out for which reason."""
    count = users if isinstance(users, (int, np.integer)) and not isinstance(users, bool) else None
    if isinstance(users, str) and users != "all":
        raise ParameterError(f"users must be 'all', a number or a list of names, got {users!r}")
    asked = np.arange(data.n_users) if count is not None or isinstance(users, str) else np.unique(data.users.rows(users))  # type: ignore[arg-type]
    has_test = np.diff(data.split(split).indptr)[asked] > 0
    known = np.logical_and.reduce([scorer.scores_user[asked] for scorer in scorers.values()] or [np.ones(len(asked), dtype=bool)])
    judged = asked[has_test & known]
    if not len(judged):
        reason = "none of the users asked for has items in it" if not has_test.any() else "its users are not in every embedding"
        raise DataError(f"nobody can be judged by the {split} split: {reason}")
    left_out = {f"without {split} items": int((~has_test).sum()), "not in every embedding": int((has_test & ~known).sum())}
    if count is not None:
        require_whole("users", count)
        judged = np.sort(rng.choice(judged, min(count, len(judged)), replace=False))
        left_out["not drawn"] = int((has_test & known).sum()) - len(judged)
    return judged, left_out


# -- what was done, in words


def _settings(
    task: RankingTask,
    named: Mapping[str, Embedding],
    scorers: Mapping[str, AlignedItems],
    baselines: Sequence[str],
    decoder: str,
    random_state: RandomState,
) -> dict[str, Any]:
    data, never = task.data, int((task.popularity == 0).sum())
    on_test = selected_on_test(named, task.split)
    methods = {label: _provenance(e, data) for label, e in named.items()}
    elsewhere = {label: e for label, e in named.items() if methods[label]["trained on"] == OTHER}
    idle = int((task.degrees == 0).sum())
    missing = {label: int((~scorer.scores_item).sum()) for label, scorer in scorers.items()}
    facts = {"fingerprint": data.fingerprint, "n_users": data.n_users, "n_items": data.n_items, **{s: data.size(s) for s in SPLITS}}
    out = [f"{count:,} {'user' if count == 1 else 'users'} {reason}" for reason, count in task.left_out.items() if count]
    return {
        "judged": f"{len(task.users):,} users by their {task.split} items, among all {data.n_items:,} items but those of "
        f"{' and '.join(task.mask) or 'no split'}; ndcg: {task.ndcg}",
        "left out": f"left out: {'; '.join(out)}" if out else "",
        "warning": "; ".join(cautions(on_test, elsewhere, "training interactions")),
        "selected on test": on_test,
        "trained on other data": list(elsewhere),
        "data": facts,
        "split": task.split,
        "masked": list(task.mask),
        "candidates": "all items but those masked",
        "k": list(task.ks),
        "ndcg": task.ndcg,
        "baselines": list(baselines),
        "users judged": len(task.users),
        "users left out": task.left_out,
        "users judged without training items": idle,
        "items never trained": never,
        "items not in the embedding": missing,
        "methods": methods,
        "decoder": {label: e.decoder if decoder == "auto" else decoder for label, e in named.items()},
        "random_state": seed_in_words(random_state),
        "definitions": DEFINITIONS | ({"ndcg@k": RETRIEVED} if task.ndcg == "retrieved" else {}),
        "versions": versions(),
    }


def _provenance(embedding: Embedding, data: Interactions) -> dict[str, Any]:
    """How an embedding was made, and whether on these interactions."""
    return {**how_made(embedding), "trained on": _trained_on(embedding, data)}


def _trained_on(embedding: Embedding, data: Interactions) -> str:
    """Whether the data that an embedding was trained on are these; a method for graphs saw the bipartite graph of the training split."""
    trained = trained_fingerprint(embedding)
    if trained is None:
        return "not said"
    same = data.to_graph().fingerprint if "n_nodes" in embedding.meta["data"] else data.fingerprint
    return "these interactions" if trained == same else OTHER
