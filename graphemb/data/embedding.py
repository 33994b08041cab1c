"""The embedding: names and vectors, the one thing every floor above speaks of."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from functools import cached_property
from html import escape
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from graphemb import registry
from graphemb.data.embedding_parts import (
    as_matrix,
    as_words,
    blocks,
    frozen,
    is_key,
    owned,
    parameters_of_both,
    parameters_of_rows,
    require_alike,
    require_finite,
    require_key,
    require_unique_within_kind,
    same_up_to_signs,
    uncertified,
)
from graphemb.data.names import Names
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError, shorten

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

Key = str | tuple[str, str]


class Embedding:
    """Names with one vector each, or two where source and target sides differ. Immutable.

    Parameters
    ----------
    names : n names, unique within a kind
    vectors : (n, dim) numbers, stored as float32
    context : optional (n, dim): the target side, so that ``vectors[u] . context[v]`` speaks of u -> v
    kinds : optional n words such as user, item, entity, relation
    attributes : optional table of n rows in row order
    decoder : how two rows are scored, a registered name; None is "source-target" with a context, else "dot"
    parameters : named arrays that scoring needs beyond rows (weights of a bilinear form, a decoder network). Those listed in
        ``meta["notes"]["by_row"]`` have one row a name, and follow the rows wherever these are taken or appended
    meta : where the vectors came from, as JSON can hold it

    Raises
    ------
    DataError : shapes that do not fit, NaN or infinite numbers, names repeated within a kind

    >>> e = Embedding(["a", "b", "c"], [[1, 0], [0.9, 0.1], [0, 1]])
    >>> e.nearest("a", k=1)["name"].item()
    'b'
    """

    def __init__(
        self,
        names: Iterable[Any] | Names,
        vectors: Any,
        context: Any = None,
        *,
        kinds: Iterable[str] | None = None,
        attributes: pd.DataFrame | None = None,
        decoder: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        meta: Mapping[str, Any] | None = None,
    ):
        self.names = Names(names, check=kinds is None)
        self.vectors = as_matrix(vectors, "vectors", len(self.names), self.names)
        self.context = None if context is None else as_matrix(context, "context", len(self.names), self.names)
        if self.context is not None and self.context.shape != self.vectors.shape:
            raise DataError(f"context must have the shape of vectors, {self.vectors.shape}, got {self.context.shape}")
        self.kinds = None if kinds is None else as_words(kinds, len(self.names))
        if self.kinds is not None:
            require_unique_within_kind(self.names, self.kinds)
        if attributes is not None and len(attributes) != len(self.names):
            raise DataError(f"expected an attribute table of {len(self.names):,} rows, got {len(attributes):,}")
        self._facts: Any = None if attributes is None else attributes.reset_index(drop=True)
        self.decoder = decoder if decoder is not None else "dot" if self.context is None else "source-target"
        self.parameters: dict[str, np.ndarray] = {k: owned(np.asarray(v), v) for k, v in (parameters or {}).items()}
        self.meta: dict[str, Any] = dict(meta or {})

    @classmethod
    def _trusted(cls, names: Names, vectors: np.ndarray, context: np.ndarray | None, **rest: Any) -> Self:
        """An embedding of parts already checked or deliberately not checked (a memory-mapped file), without touching their pages."""
        new = cls.__new__(cls)
        new.names, new.vectors, new.context = names, vectors, context
        new.kinds, new._facts = rest.get("kinds"), rest.get("attributes")
        new.decoder = rest.get("decoder") or ("dot" if context is None else "source-target")
        new.parameters, new.meta = dict(rest.get("parameters") or {}), dict(rest.get("meta") or {})
        return new

    # -- what it is

    @property
    def dim(self) -> int:
        """Columns per side."""
        return int(self.vectors.shape[1])

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def _attributes(self) -> pd.DataFrame | None:
        # an Arrow table until someone asks, so that opening a file does not read it
        return self._facts.to_pandas() if isinstance(self._facts, pa.Table) else self._facts

    @property
    def attributes(self) -> pd.DataFrame:
        """Facts about the names, in row order (a copy; empty if there are none)."""
        return pd.DataFrame(index=range(len(self))) if self._attributes is None else self._attributes.copy()

    @cached_property
    def numbers_per_node(self) -> int:
        """Numbers stored for one name: ``dim``, or twice that with a context that says more than ``vectors`` does.

        A context that is the vectors up to one sign a column (any symmetric spectral method) is not counted again.
        """
        return self.dim if self.context is None or same_up_to_signs(self.vectors, self.context) else 2 * self.dim

    def require_finite(self) -> None:
        """Raise :class:`DataError` naming the first row with NaN or infinite numbers."""
        for side, matrix in (("vectors", self.vectors), ("context", self.context)):
            if matrix is not None:
                require_finite(matrix, side, self.names)

    def __repr__(self) -> str:
        sides = "" if self.context is None else " + context"
        method = self.meta.get("method")
        return f"Embedding({len(self):,} names, {self.dim} columns{sides}, {self.decoder} decoder{f', {method}' if method else ''})"

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape(shorten(name, 60))}</li>" for name in self.names[:5])
        more = f"<li>… {len(self) - 5:,} more</li>" if len(self) > 5 else ""
        return f"<div><b>{escape(repr(self))}</b><ul>{rows}{more}</ul></div>"

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)  # numpy forgets on the way that an array was read-only
        self.vectors = frozen(self.vectors)
        self.context = None if self.context is None else frozen(self.context)
        self.parameters = {name: frozen(array) for name, array in self.parameters.items()}

    def __getstate__(self) -> dict[str, Any]:
        return {part: value for part, value in self.__dict__.items() if part != "_scorer"}  # it is quickly prepared again

    # -- look-up

    def rows(self, names: Iterable[str] | str, kind: str | None = None) -> np.ndarray:
        """Row numbers of names; ``kind`` is needed where a name stands in several kinds."""
        wanted = [names] if isinstance(names, str) else list(names)
        if self.kinds is None:
            if kind is not None:
                raise DataError(f"this embedding has no kinds, so no {kind!r}")
            return self.names.rows(wanted)
        found = np.array([self._find_in(k, wanted) for k in self._kinds_asked(kind)]).reshape(-1, len(wanted))
        times = (found >= 0).sum(axis=0)
        if (times == 0).any():
            name = wanted[int(np.flatnonzero(times == 0)[0])]
            raise UnknownNameError(kind or "name", name, self.names.candidates(name))
        if (times > 1).any():
            first = int(np.flatnonzero(times > 1)[0])
            several = ", ".join(k for k, rows in zip(self._by_kind, found, strict=True) if rows[first] >= 0)
            raise DataError(f"{shorten(wanted[first])!r} stands in several kinds ({several}); say which: embedding[kind, name]")
        return found.max(axis=0)

    @cached_property
    def _by_kind(self) -> dict[str, tuple[Names, np.ndarray]]:
        assert self.kinds is not None
        rows = {str(k): np.flatnonzero(self.kinds == k) for k in pd.unique(self.kinds)}
        return {k: (self.names.take(r), r) for k, r in rows.items()}

    def _kinds_asked(self, kind: str | None) -> list[str]:
        if kind is not None and (self.kinds is None or kind not in self._by_kind):
            raise UnknownNameError("kind", kind, [] if self.kinds is None else self._by_kind)
        return list(self._by_kind) if kind is None else [kind]

    def _find_in(self, kind: str, names: list[str]) -> np.ndarray:
        known, rows = self._by_kind[kind]
        found = known.find(names)
        return np.where(found >= 0, rows[found], -1)

    def _row(self, key: Key) -> int:
        require_key(key)
        return int(self.rows([key])[0] if isinstance(key, str) else self.rows([key[1]], kind=key[0])[0])

    def __getitem__(self, key: Key) -> np.ndarray:
        return self.vectors[self._row(key)]

    def __contains__(self, key: object) -> bool:
        if not is_key(key):
            return False
        try:
            self._row(key)  # type: ignore[arg-type]
        except UnknownNameError:
            return False
        except DataError:  # there, in several kinds
            return True
        return True

    def nearest(
        self, query: Key | np.ndarray, k: int = 10, *, similarity: Literal["cosine", "dot", "euclidean"] = "cosine", kind: str | None = None
    ) -> pd.DataFrame:
        """The ``k`` names whose vectors are most alike, best first, as a table of name (kind) and score.

        The query itself is left out when it is a name. The score of ``euclidean`` is minus the distance. A zero vector has
        cosine 0 with everything, which a :class:`DataWarning` says of a name.
        """
        if k < 1:
            raise ParameterError(f"k must be at least 1, got {k}")
        row = None if isinstance(query, np.ndarray) else self._row(query)
        vector = self.vectors[row] if row is not None else np.asarray(query, dtype=np.float32)
        if vector.shape != (self.dim,):
            raise DataError(f"expected a vector of {self.dim} numbers, got shape {vector.shape}")
        score = self._similarities(vector, similarity)
        if row is not None:
            score[row] = -np.inf
            if similarity == "cosine" and not vector.any():
                zero = f"{shorten(self.names[row])!r} has a zero vector, so its cosine with everything is 0 and the order says nothing"
                warnings.warn(zero, DataWarning, stacklevel=2)
        if kind is not None:
            self._kinds_asked(kind)
            score[self.kinds != kind] = -np.inf
        k = min(k, int(np.count_nonzero(score > -np.inf)))
        best = np.argpartition(-score, k - 1)[:k] if k else np.empty(0, dtype=np.int64)
        best = best[np.argsort(-score[best], kind="stable")]
        table = pd.DataFrame({"name": [self.names[int(i)] for i in best], "score": score[best]})
        if self.kinds is not None:
            table.insert(1, "kind", self.kinds[best])
        return table

    def _similarities(self, vector: np.ndarray, similarity: str) -> np.ndarray:
        if similarity == "euclidean":
            return -np.concatenate([np.linalg.norm(block - vector, axis=1) for block in blocks(self.vectors)])
        scores = self.vectors @ vector
        if similarity == "dot":
            return scores
        if similarity != "cosine":
            raise UnknownNameError("similarity", similarity, ["cosine", "dot", "euclidean"])
        norms = self._norms * np.linalg.norm(vector)
        return np.divide(scores, norms, out=np.zeros_like(scores), where=norms > 0)

    @cached_property
    def _norms(self) -> np.ndarray:
        return np.sqrt(np.einsum("ij,ij->i", self.vectors, self.vectors))  # no n x dim array of squares

    def score(self, u: Key | Iterable[str], v: Key | Iterable[str], *, relation: str | None = None) -> Any:
        """How strongly u points to v by the embedding's own decoder: a number, or one for each pair of two lists.

        Decoders of knowledge graphs score the triples (u, relation, v), and need the name of the ``relation``.
        """
        single = isinstance(u, (str, tuple))
        for side in (u, v):
            if not isinstance(side, Iterable):
                require_key(side)
        rows = np.array([self._row(u)]) if single else self.rows(u)  # type: ignore[arg-type]
        columns = np.array([self._row(v)]) if isinstance(v, (str, tuple)) else self.rows(v)
        if len(rows) != len(columns):
            raise DataError(f"expected as many second names as first, got {len(columns)} and {len(rows)}")
        scorer = self._scorer if relation is None else registry.resolve("decoder", self.decoder).prepare(self, relation)
        scores = scorer.pairs(rows, columns)
        return float(scores[0]) if single else scores

    @cached_property
    def _scorer(self) -> Any:
        # of all rows, so prepared once however many pairs are asked for one by one
        return registry.resolve("decoder", self.decoder).prepare(self)

    # -- other embeddings from this one

    def replace(self, **changes: Any) -> Embedding:
        """The same embedding with some parts changed: ``names``, ``vectors``, ``context``, ``kinds``, ``attributes``, ``decoder``, ...

        A certificate in ``meta`` speaks of certain vectors: it is left out where other ``vectors`` or ``context`` come without a ``meta``.
        """
        parts = {
            "names": self.names,
            "vectors": self.vectors,
            "context": self.context,
            "kinds": self.kinds,
            "attributes": self._attributes,
            "decoder": self.decoder,
            "parameters": self.parameters,
            "meta": self.meta,
        }
        unknown = set(changes) - set(parts)
        if unknown:
            raise ParameterError(f"an embedding has no part {sorted(unknown)[0]!r}; parts are {', '.join(parts)}")
        if any(side in changes and changes[side] is not parts[side] for side in ("vectors", "context")):
            parts["meta"] = uncertified(self.meta)
        return Embedding(**{**parts, **changes})

    def take(self, rows: np.ndarray) -> Embedding:
        """The given rows in the given order; a certificate, which is of all rows, is left behind."""
        rows = np.asarray(rows)
        return self.replace(
            names=self.names.take(rows),
            vectors=self.vectors[rows],
            context=None if self.context is None else self.context[rows],
            kinds=None if self.kinds is None else self.kinds[rows],
            attributes=None if self._attributes is None else self._attributes.iloc[rows],
            parameters=parameters_of_rows(self, rows),
        )

    def subset(self, names: Iterable[str] | None = None, *, kind: str | None = None) -> Embedding:
        """The rows of the given names, in that order, or all rows of a kind."""
        if names is not None:
            return self.take(self.rows(names, kind))
        if kind is None:
            raise ParameterError("subset needs names, a kind or both")
        self._kinds_asked(kind)
        return self.take(self._by_kind[kind][1])

    def align(self, other: Embedding) -> tuple[Embedding, Embedding]:
        """Both embeddings cut to the names they share, rows in the order of this one."""
        mine, theirs = _keys(self), _keys(other)
        rows = theirs.get_indexer(mine)
        shared = np.flatnonzero(rows >= 0)
        if not len(shared):
            raise DataError("the two embeddings share no name, so they cannot be aligned")
        return self.take(shared), other.take(rows[shared])

    def append(self, other: Embedding) -> Embedding:
        """This embedding with the rows of another below its own, such as nodes placed by a method's ``transform``.

        Both need the same columns, decoder and sides, and no name in common (within a kind). ``parameters`` stay those of this one, but
        those by row are continued with the other's; the columns of ``attributes`` are united, and the other's ``meta`` is kept in the
        list ``meta["appended"]``.

        >>> e = Embedding(["a"], [[1.0]]).append(Embedding(["b"], [[2.0]]))
        >>> list(e.names), e.vectors.ravel().tolist(), len(e.meta["appended"])
        (['a', 'b'], [1.0, 2.0], 1)
        """
        if not isinstance(other, Embedding):
            raise DataError(f"append takes an Embedding, such as a method's transform gives, got {type(other).__name__}")
        require_alike(self, other)
        both = [e._attributes if e._attributes is not None else pd.DataFrame(index=range(len(e))) for e in (self, other)]
        table = pd.concat(both, ignore_index=True)
        return self.replace(
            names=Names(pa.concat_arrays([self.names.values, other.names.values]), check=False),
            vectors=np.concatenate([self.vectors, other.vectors]),
            context=None if self.context is None or other.context is None else np.concatenate([self.context, other.context]),
            kinds=None if self.kinds is None or other.kinds is None else np.concatenate([self.kinds, other.kinds]),
            attributes=table if len(table.columns) else None,
            parameters=parameters_of_both(self, other),
            meta={**uncertified(self.meta), "appended": [*self.meta.get("appended", []), other.meta]},
        )

    # -- gensim, in memory

    @classmethod
    def from_keyed_vectors(cls, vectors: KeyedVectors) -> Self:
        """The words and vectors of a gensim ``KeyedVectors`` (``model.wv``)."""
        return cls(vectors.index_to_key, vectors.vectors, meta={"source": type(vectors).__name__})

    def to_keyed_vectors(self) -> KeyedVectors:
        """A gensim ``KeyedVectors`` of the names and vectors; a context is refused, since it has no place there."""
        from gensim.models import KeyedVectors

        if self.context is not None:
            raise DataError("gensim's KeyedVectors holds vectors only; leave the context out on purpose: embedding.replace(context=None)")
        keyed = KeyedVectors(self.dim)
        keyed.add_vectors(list(self.names), np.array(self.vectors))
        return keyed

    # -- files

    def save(self, path: str | PathLike[str]) -> None:
        """Write the embedding; the suffix chooses the format (``.arrow`` keeps everything)."""
        from graphemb.data.embedding_file import save_embedding

        save_embedding(self, path)

    @classmethod
    def load(cls, path: str | PathLike[str], *, verify: bool = False) -> Embedding:
        """Read an embedding; ``.arrow`` files are memory-mapped. ``verify`` checks checksum, NaN and duplicate names."""
        from graphemb.data.embedding_file import load_embedding

        return load_embedding(path, verify=verify)


def _keys(embedding: Embedding) -> pd.Index:
    names = np.asarray(embedding.names)
    return pd.Index(names, dtype=object) if embedding.kinds is None else pd.MultiIndex.from_arrays([embedding.kinds, names])
