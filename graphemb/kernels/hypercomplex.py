"""Products of hypercomplex numbers, entry by entry, on numpy arrays and torch tensors alike.

A row of ``parts * d`` numbers holds d hypercomplex numbers as ``parts`` blocks of d side by side: [1 | i | j | k] for quaternions.
A product is its multiplication table: a list of (block of the result, block of the left, block of the right, sign).

Source: "Quaternion knowledge graph embeddings", arXiv 1904.10281 (hamilton); arXiv 2208.02743, ISWC 2023 (dihedron, the
split-quaternions); "BiQUE: Biquaternionic embeddings of knowledge graphs", arXiv 2109.14401.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from graphemb.errors import DataError, UnknownNameError

SMALLEST_NORM = 1e-12
"""What norms are clamped to before a division."""

Term = tuple[int, int, int, int]


class Product(NamedTuple):
    """A multiplication table of ``parts`` units, and the signs of the adjoint."""

    parts: int
    terms: tuple[Term, ...]
    """(block of the result, block of the left, block of the right, sign)."""
    conjugate: tuple[int, ...]
    """r* = conjugate r block by block, with <h r, t> = <h, t r*> for the Euclidean inner product."""


def _table(rows: str) -> tuple[Term, ...]:
    """A multiplication table as it is printed: in row i, column j stands the sign and the number of the unit e_i e_j."""
    cells = [row.split() for row in rows.strip().split(";")]
    return tuple((int(cell[1:]), i, j, -1 if cell[0] == "-" else 1) for i, row in enumerate(cells) for j, cell in enumerate(row))


def _doubled(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The same units with complex coefficients: blocks 4 to 7 are multiplied by a root of -1 that commutes with all units."""
    return tuple(
        (out + 4 * (high != low), left + 4 * high, right + 4 * low, -sign if high and low else sign)
        for out, left, right, sign in terms
        for high in (0, 1)
        for low in (0, 1)
    )


_QUATERNIONS = _table("+0 +1 +2 +3; +1 -0 +3 -2; +2 -3 -0 +1; +3 +2 -1 -0")
_DIHEDRONS = _table("+0 +1 +2 +3; +1 -0 +3 -2; +2 -3 +0 -1; +3 +2 +1 +0")

PRODUCTS = {
    "real": Product(1, _table("+0"), (1,)),
    "complex": Product(2, _table("+0 +1; +1 -0"), (1, -1)),
    "hamilton": Product(4, _QUATERNIONS, (1, -1, -1, -1)),
    "dihedron": Product(4, _DIHEDRONS, (1, -1, 1, 1)),
    "biquaternion": Product(8, _doubled(_QUATERNIONS), (1, -1, -1, -1, -1, 1, 1, 1)),
}
"""By name. ``dihedron`` differs from ``hamilton`` in j j = k k = +1 (and j k = -i): it is the algebra of real 2 x 2 matrices."""


def product_of(name: str) -> Product:
    """The product behind a name.

    >>> product_of("complex").parts
    2
    """
    if name not in PRODUCTS:
        raise UnknownNameError("product", name, PRODUCTS, remedy="known: " + ", ".join(PRODUCTS))
    return PRODUCTS[name]


def multiply(product: str, left: Any, right: Any) -> Any:
    """left * right, number by number.

    Parameters
    ----------
    product : a name of :data:`PRODUCTS`
    left, right : numpy arrays or torch tensors (..., parts * d); leading axes are broadcast

    Returns
    -------
    of the same kind, (..., parts * d)

    Raises
    ------
    DataError : a last axis that the number of parts does not divide, or two that differ

    >>> import numpy as np
    >>> multiply("complex", np.array([0.0, 1.0]), np.array([0.0, 1.0])).tolist()
    [-1.0, 0.0]
    """
    parts, terms, _ = product_of(product)
    h, r = _blocks(left, parts, product), _blocks(right, parts, product)
    sums: list[Any] = [None] * parts
    for out, i, j, sign in terms:
        term = h[i] * r[j]
        sums[out] = (term if sign > 0 else -term) if sums[out] is None else sums[out] + term if sign > 0 else sums[out] - term
    return _joined(sums)


def adjoint(product: str, right: Any) -> Any:
    """r* with <h * r, t> = <h, t * r*> for all h and t: heads are scored by one matrix product, as tails are.

    >>> import numpy as np
    >>> adjoint("dihedron", np.array([1.0, 2.0, 3.0, 4.0])).tolist()
    [1.0, -2.0, 3.0, 4.0]
    """
    parts, _, signs = product_of(product)
    return _joined([block if sign > 0 else -block for block, sign in zip(_blocks(right, parts, product), signs, strict=True)])


def moduli(product: str, values: Any) -> Any:
    """The Euclidean norms of the d numbers, (..., d).

    >>> import numpy as np
    >>> moduli("complex", np.array([3.0, 4.0])).tolist()
    [5.0]
    """
    return squared_moduli(product, values) ** 0.5


def squared_moduli(product: str, values: Any) -> Any:
    """Their squares, (..., d): what can be differentiated at 0 as well.

    >>> import numpy as np
    >>> squared_moduli("complex", np.array([3.0, 4.0])).tolist()
    [25.0]
    """
    blocks = _blocks(values, product_of(product).parts, product)
    return sum(block * block for block in blocks)


def unit(product: str, values: Any) -> Any:
    """Every number divided by its Euclidean norm, which is clamped to 1e-12.

    With unit quaternions on its right a product is a rotation. With unit dihedrons it is none: they stretch.

    >>> import numpy as np
    >>> unit("complex", np.array([3.0, 4.0])).tolist()
    [0.6, 0.8]
    """
    parts = product_of(product).parts
    norms = squared_moduli(product, values).clip(SMALLEST_NORM**2) ** 0.5  # in this order 0 has a gradient
    return _joined([block / norms for block in _blocks(values, parts, product)])


def _blocks(values: Any, parts: int, product: str) -> list[Any]:
    width = values.shape[-1]
    if width % parts:
        raise DataError(f"a {product} number has {parts} parts, and {width} columns cannot be divided by {parts}")
    d = width // parts
    return [values[..., i * d : (i + 1) * d] for i in range(parts)]


def _joined(blocks: list[Any]) -> Any:
    if type(blocks[0]).__module__ == "torch":
        import torch

        return torch.cat(blocks, dim=-1)
    import numpy as np

    return np.concatenate(np.broadcast_arrays(*blocks), axis=-1)
