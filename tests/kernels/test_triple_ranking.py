"""Filtered ranks of triples against a dense loop, with ties, unknown entities, broken scores and small memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.hypercomplex_scorer import HypercomplexScorer
from graphemb.kernels.known_answers import KnownAnswers, known_answers
from graphemb.kernels.rank_metrics import rank_metrics
from graphemb.kernels.triple_ranking import TIES, rank_triples


class Dense:
    """Given scores of every triple, (n, relations, n), and how many questions were asked."""

    def __init__(self, scores, **known):
        self.scores = np.asarray(scores, dtype=np.float32)
        self.n_entities, self.n_relations, self.asked = len(self.scores), self.scores.shape[1], []
        self.__dict__ |= known

    def tails(self, heads, relations):
        self.asked.append(len(heads))
        return self.scores[heads, relations]

    def heads(self, relations, tails):
        self.asked.append(len(tails))
        return self.scores[:, relations, tails].T.copy()


def no_filter(scorer) -> KnownAnswers:
    return KnownAnswers(np.empty((3, 0), dtype=np.int64), scorer.n_entities, scorer.n_relations)


def oracle(scores, triples, known):
    """(better, equal, candidates) of every side and triple, one candidate at a time."""
    true = set(map(tuple, np.asarray(known).T.tolist()))
    found = np.zeros((3, 2, triples.shape[1]), dtype=int)
    for i, (h, r, t) in enumerate(triples.T.tolist()):
        for e in range(len(scores)):
            for side, other, answer in ((0, (h, r, e), t), (1, (e, r, t), h)):
                if e == answer:
                    found[2, side, i] += 1
                elif other not in true:
                    found[:, side, i] += (scores[other] > scores[h, r, t], scores[other] == scores[h, r, t], 1)
    return found


def some_case(seed, n=7, relations=2, m=25, levels=4):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, levels, (n, relations, n)).astype(np.float32)
    triples = np.stack([rng.integers(0, size, m) for size in (n, relations, n)])
    return scores, triples


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 9), levels=st.integers(1, 5), asked=st.integers(0, 25), filtered=st.integers(0, 25))
def test_ranks_are_those_of_a_dense_loop(seed, n, levels, asked, filtered):
    scores, triples = some_case(seed, n=n, levels=levels)  # with repeated triples, and known ones among the asked and beside them
    test, known = triples[:, :asked], triples[:, 25 - filtered :]
    ranks = rank_triples(Dense(scores), test, KnownAnswers(known, n, 2), memory=8 * n * 3)
    assert np.array_equal(np.stack([ranks.better, ranks.equal, ranks.candidates]), oracle(scores, test, known))


def test_a_triple_with_more_answers_than_are_compared_one_by_one():
    scores, _ = some_case(3, n=60, relations=1, levels=50)
    triples = np.stack([np.zeros(60, int), np.zeros(60, int), np.arange(60)])
    ranks = rank_triples(Dense(scores), triples, KnownAnswers(triples[:, :40], 60, 1))
    assert np.array_equal(np.stack([ranks.better, ranks.equal, ranks.candidates]), oracle(scores, triples, triples[:, :40]))


def test_ways_to_count_ties():
    ranks = rank_triples(scorer := Dense(np.zeros((5, 1, 5))), np.array([[0], [0], [1]]), no_filter(scorer))
    assert [ranks.by_ties(ties).tolist() for ties in TIES] == [[[3.0], [3.0]], [[1.0], [1.0]], [[5.0], [5.0]]]
    with pytest.raises(UnknownNameError, match="did you mean 'realistic'"):
        ranks.by_ties("realist")


def test_a_question_is_scored_once():
    scores, _ = some_case(0)
    triples = np.array([[0, 0, 0, 1], [1, 1, 1, 1], [2, 3, 2, 2]])
    scorer = Dense(scores)
    rank_triples(scorer, triples, no_filter(scorer))
    assert scorer.asked == [2, 2], "tails of (0, 1) and (1, 1); heads of (1, 2) and (1, 3)"


@pytest.mark.parametrize("memory", [56, 60, 112, 10_000])
def test_memory_changes_nothing_but_the_blocks(memory):
    scores, triples = some_case(8)
    known = KnownAnswers(triples, 7, 2)
    scorer, whole = Dense(scores), rank_triples(Dense(scores), triples, known)
    done = []
    ranks = rank_triples(scorer, triples, known, memory=memory, advance=done.append, n_jobs=1)
    assert max(scorer.asked) <= memory // 56
    assert sum(done) == 50
    assert np.array_equal(ranks.realistic, whole.realistic)


def test_memory_too_small_for_one_question():
    scores, triples = some_case(8)
    with pytest.raises(ParameterError, match="memory=55 bytes do not hold the scores of one question among 7 entities; give at least 56"):
        rank_triples(Dense(scores), triples, KnownAnswers(triples, 7, 2), memory=55)


def test_one_side_alone():
    scores, triples = some_case(2)
    known = KnownAnswers(triples, 7, 2)
    both = rank_triples(Dense(scores), triples, known, sides=("head", "tail"))
    assert both.sides == ("head", "tail")
    for i, side in enumerate(both.sides):
        alone = rank_triples(Dense(scores), triples, known, sides=[side])
        assert np.array_equal(alone.realistic[0], both.realistic[i])
    for wrong in ([], ["tail", "tail"]):
        with pytest.raises(ParameterError, match="sides must be"):
            rank_triples(Dense(scores), triples, known, sides=wrong)
    with pytest.raises(UnknownNameError, match="did you mean 'tail'"):
        rank_triples(Dense(scores), triples, known, sides=["tails"])


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinite"), (-np.inf, "infinite")])
def test_scores_that_are_not_numbers_are_refused(value, word):
    """With a NaN as the true score no candidate compares as better or equal: PyKEEN 1.11.1 calls that an MRR of 2.0."""
    scores, _ = some_case(1)
    scores[2, 1, 3] = value
    triples = np.array([[0, 2], [0, 1], [1, 3]])
    with pytest.raises(DataError, match=f"^quate gives a score that is {word} for a tail of relation 'likes'.* smaller lr"):
        rank_triples(Dense(scores), triples, KnownAnswers(triples, 7, 2), name="quate", relations=["is", "likes"])
    with pytest.raises(DataError, match="relation number 1"):
        rank_triples(Dense(scores), triples, KnownAnswers(triples, 7, 2), sides=["head"])


def test_what_the_scorer_does_not_know_ties_at_the_end():
    scores, _ = some_case(4, n=5, levels=100)
    known = np.array([True, True, True, False, False])
    scores[~known], scores[:, :, ~known] = -np.inf, -np.inf
    scorer = Dense(scores, scores_entity=known, scores_relation=np.array([True, True]))
    triples = np.array([[0, 3], [0, 0], [3, 1]])  # 0 -> 3 and 3 -> 1, where 3 is not known
    ranks = rank_triples(scorer, triples, KnownAnswers(np.array([[0, 0, 0], [0, 0, 0], [3, 4, 1]]), 5, 2))
    assert ranks.better[0].tolist() == [2, 0], "0 and 2 score higher than 3; 1 and 4 are known answers"
    assert ranks.equal[0].tolist() == [0, 4], "of what is asked about 3 nothing is known"
    assert ranks.realistic[0, 1] == (1 + 5) / 2
    assert ranks.realistic[1].tolist() == [3.0, 3.5], "all heads of (?, 0, 3) tie; in (?, 0, 1) 3 ties with 4, 0 is a known answer"


def test_an_unknown_entity_that_scores_all_the_same_is_refused():
    scores, triples = some_case(4)
    scorer = Dense(scores, scores_entity=np.arange(7) > 0, scores_relation=np.ones(2, dtype=bool))
    with pytest.raises(DataError):
        scores[0], scores[:, :, 0] = -np.inf, -np.inf
        scorer.scores = scores.copy()
        scorer.scores[5, 1, 6] = -np.inf
        rank_triples(scorer, np.array([[5], [1], [1]]), KnownAnswers(triples, 7, 2))


def test_known_answers_of_some_splits():
    data = KnowledgeGraph.from_triples({"train": [("a", "r", "b"), ("a", "r", "c")], "valid": [("d", "r", "b")], "test": [("a", "q", "b")]})
    a, b = data.entities.rows(["a", "b"])
    r = data.relations.rows(["r"])[0]
    everything, train = known_answers(data), known_answers(data, ["train"])
    assert list(data.entities.take(everything.heads(np.array([r]), np.array([b])).indices)) == ["a", "d"]
    assert list(data.entities.take(train.heads(np.array([r]), np.array([b])).indices)) == ["a"]
    assert everything.tails(np.array([b, a, a]), np.array([r, r, 1 - r])).sum(axis=1).tolist() == [0, 2, 1]
    with pytest.raises(UnknownNameError, match="unknown split 'hidden'"):
        known_answers(data, ["hidden"])


@pytest.mark.parametrize("filtered", [True, False])
def test_ranks_are_pykeens_to_the_last_digit(filtered):
    torch, pykeen = pytest.importorskip("torch"), pytest.importorskip("pykeen.evaluation.ranks")
    scores, triples = some_case(11, n=12, m=60, levels=6)
    known = triples if filtered else triples[:, :0]
    ours = rank_triples(Dense(scores), triples, KnownAnswers(known, 12, 2))
    theirs = {ties: np.empty((2, 60)) for ties in TIES}
    counts = np.empty((2, 60))
    for i, (h, r, t) in enumerate(triples.T):
        for side, row, answer, others in (
            (0, scores[h, r], t, known[2, (known[0] == h) & (known[1] == r)]),
            (1, scores[:, r, t], h, known[0, (known[2] == t) & (known[1] == r)]),
        ):
            row = torch.tensor(row)[None].clone()
            true = row[:, [answer]]
            hidden = torch.tensor([e for e in others if e != answer], dtype=torch.long)
            row[0, hidden] = torch.nan
            found = pykeen.Ranks.from_scores(true_score=true, all_scores=row)
            for ties in TIES:
                theirs[ties][side, i] = getattr(found, ties).item()
            counts[side, i] = found.number_of_options.item()
    for ties in TIES:
        assert np.array_equal(ours.by_ties(ties), theirs[ties]), ties
    assert np.array_equal(ours.candidates, counts)


@pytest.mark.filterwarnings("ignore")  # the package's own
def test_evaluation_of_nations_is_pykeens():
    """A DistMult of small whole numbers, so that scores are exact and many tie: every rank and every figure of its evaluator."""
    torch, models = pytest.importorskip("torch"), pytest.importorskip("pykeen.models")
    from pykeen.datasets import Nations
    from pykeen.evaluation import RankBasedEvaluator

    nations = Nations()
    model = models.DistMult(triples_factory=nations.training, embedding_dim=6, random_seed=0)
    entities, relations = model.entity_representations[0], model.relation_representations[0]
    with torch.no_grad():
        for seed, parameter in enumerate(model.parameters()):
            parameter.copy_(torch.randint(-1, 2, parameter.shape, generator=torch.Generator().manual_seed(seed)).float())
    evaluator = RankBasedEvaluator(filtered=True, clear_on_finalize=False)
    parts = [part.mapped_triples for part in (nations.training, nations.validation, nations.testing)]
    theirs = evaluator.evaluate(model, parts[2], batch_size=64, additional_filter_triples=parts[:2], use_tqdm=False)

    vectors, turns = (part(indices=None).detach().numpy() for part in (entities, relations))
    known = KnownAnswers(np.concatenate([part.numpy().T for part in parts], axis=1), len(vectors), len(turns))
    ours = rank_triples(HypercomplexScorer(vectors, turns, product="real"), parts[2].numpy().T, known)
    for ties in TIES:
        for i, side in enumerate(("tail", "head")):
            expected = np.concatenate(evaluator.ranks[side, ties])
            assert np.array_equal(ours.by_ties(ties)[i], expected), (ties, side)
    assert (ours.equal > 0).mean() > 0.5
    figures = rank_metrics(ours.realistic, ours.candidates)
    names = {"MRR": "inverse_harmonic_mean_rank", "hits@10": "hits_at_10", "MR": "arithmetic_mean_rank"}
    names |= {"AMRI": "adjusted_arithmetic_mean_rank_index", "adjusted-MRR": "adjusted_inverse_harmonic_mean_rank"}
    names |= {"z-MRR": "z_inverse_harmonic_mean_rank", "z-MR": "z_arithmetic_mean_rank"}
    for name, called in names.items():
        assert figures[name] == pytest.approx(theirs.get_metric(f"both.realistic.{called}"), rel=1e-5), name  # theirs are of float32


@pytest.mark.filterwarnings("ignore")
def test_where_pykeen_reports_an_mrr_of_two_ours_raises():
    torch, pykeen = pytest.importorskip("torch"), pytest.importorskip("pykeen.evaluation.ranks")
    found = pykeen.Ranks.from_scores(true_score=torch.tensor([[torch.nan]]), all_scores=torch.full((1, 5), torch.nan))
    assert 1 / found.realistic.item() == 2
    triples = np.array([[0], [0], [1]])
    with pytest.raises(DataError, match="NaN"):
        rank_triples(Dense(np.full((5, 1, 5), np.nan)), triples, KnownAnswers(triples, 5, 1))
