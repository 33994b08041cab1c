"""Chains, edits by name, and what the base does for all."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.edits.all_but_the_top import AllButTheTop
from graphemb.analysis.edits.chain import Chain
from graphemb.analysis.edits.edit import LinearMap
from graphemb.analysis.edits.leace import LEACE
from graphemb.analysis.edits.named import edit
from graphemb.analysis.edits.whitening import Whitening
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, DataWarning, ParameterError


def test_each_edit_is_fitted_on_the_result_of_the_one_before(space: Embedding, sides: Concept) -> None:
    chain = Chain([AllButTheTop(components=1), LEACE()]).fit(space, sides)
    first = AllButTheTop(components=1).fit_transform(space)
    second = LEACE().fit_transform(first, sides)
    np.testing.assert_array_equal(chain.transform(space).vectors, second.vectors)
    assert [r["edit"] for r in chain.transform(space).meta["edits"]] == [r["edit"] for r in second.meta["edits"]]
    assert chain.map_.rank == 2 and not hasattr(chain.edits[0], "map_")


def test_a_chain_may_hold_a_chain(space: Embedding, sides: Concept) -> None:
    nested = Chain([AllButTheTop(), Chain([Whitening(), LEACE()])]).fit(space, sides)
    flat = Chain([AllButTheTop(), Whitening(), LEACE()]).fit(space, sides)
    np.testing.assert_array_equal(nested.transform(space).vectors, flat.transform(space).vectors)


def test_chains_that_are_none(space: Embedding, sides: Concept) -> None:
    for edits in ([], ["leace"], [LEACE]):
        with pytest.raises(ParameterError, match="a chain needs edits"):
            Chain(edits).fit(space, sides)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="none of the edits takes a concept"):
        Chain([Whitening()]).fit(space, sides)


def test_edits_by_name() -> None:
    assert edit("decor:alpha=0.5,rank=2").get_params()["alpha"] == 0.5
    assert edit("INLP", random_state=7, nonsense=1).get_params()["random_state"] == 7
    own = LEACE()
    assert edit(own) is own and edit([own]) is own
    assert [type(e).__name__ for e in edit(["whitening", own]).edits] == ["Whitening", "LEACE"]  # type: ignore[attr-defined]


def test_a_row_of_which_rounding_is_left_becomes_zero() -> None:
    g = np.array([[0.6, 0.8]])
    assert (LinearMap(g.T, g).apply(np.array([[0.3, 0.4]])) == 0).all()


def test_both_sides_have_replaced_rows_of_their_own(space: Embedding, sides: Concept) -> None:
    double = space.replace(context=space.vectors[:, ::-1])
    one = edit("hard").fit(double, sides, side="both")
    assert one.replaced_.keys() == one.context_replaced_.keys()
    np.testing.assert_allclose(one.transform(double).context[space.rows("queen")[0]], one.context_replaced_["queen"], atol=1e-6)


def test_kinds(space: Embedding, sides: Concept) -> None:
    kinds = ["user" if n.startswith("n") else "item" for n in space.names]
    known = space.replace(kinds=kinds)
    edited = LEACE(labels="groups").fit_transform(known, sides, kind="item")
    users = np.array(kinds) == "user"
    np.testing.assert_array_equal(edited.vectors[users], known.vectors[users])
    assert not np.array_equal(edited.vectors[~users], known.vectors[~users])
    with pytest.raises(DataError, match="has no kinds"):
        LEACE().fit(space, sides, kind="item")
    relation = known.replace(kinds=["relation" if n == "l0" else "entity" for n in space.names])
    with pytest.raises(DataError, match="is a relation"):
        LEACE().fit(relation, sides)


def test_a_decoder_that_reads_more_than_vectors_is_told_of() -> None:
    x = np.random.default_rng(0).normal(size=(6, 2))
    e = Embedding(list("abcdef"), x, decoder="sdne")
    with pytest.warns(DataWarning, match="may leave its scores as they are"):
        Whitening().fit_transform(e)
