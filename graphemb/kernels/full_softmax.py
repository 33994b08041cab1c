"""The log-sum-exp of all products of two sets of rows, with its gradients, in blocks that never hold them all."""

from __future__ import annotations

import torch

from graphemb.errors import UnknownNameError
from graphemb.kernels.device import multiplies_bfloat16

BLOCK_BYTES = 48 * 2**20
"""Scores held at once."""
SAFE = 70.0
"""Scores whose exponentials can be summed over ten million columns; of larger ones the highest is taken off first."""
COARSE = 128.0
"""Scores whose neighbours in bfloat16 are half a unit away: from there on they are computed in float32."""
LANES, SHAPES = 16, 64
"""What the inner size of a product in bfloat16 is best divisible by, and what the number of columns is rounded up to where that can be
done: a program is compiled and kept for every shape."""
PRECISIONS = ("auto", "float32", "bfloat16")


def low_precision(rows: torch.Tensor, precision: str = "auto") -> torch.dtype:
    """The type that products of such rows are computed in: bfloat16 for float32 where asked for, or where that is the faster.

    >>> low_precision(torch.zeros(1, dtype=torch.float64))
    torch.float64
    """
    if precision not in PRECISIONS:
        raise UnknownNameError("precision", precision, PRECISIONS, remedy="known: " + ", ".join(PRECISIONS))
    wanted = precision == "bfloat16" or (precision == "auto" and multiplies_bfloat16(rows.device))
    return torch.bfloat16 if wanted and rows.dtype == torch.float32 else rows.dtype


Cells = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Rows, columns and values of some entries of a matrix."""


class FullSoftmax:
    """sum_b w_b log sum_j exp(x_b . y_j + c_j), its gradients for x, y and c.

    Three products of 2 B n D operations each, in bfloat16 where ``precision`` says so and no score may be coarse, else in the type of the
    rows; sums and all that is handed over are of that type. In bfloat16 the column c is two more columns of y, its leading and its
    trailing digits, against ones, so that it keeps 16 bits; and where ``about`` says roughly how high the scores of a row reach, that is
    taken off within the product, so that the scores that matter are rounded near 0, and far larger ones can be allowed.

    Parameters
    ----------
    precision : "auto" (bfloat16 where the machine has instructions for it), "bfloat16" or "float32"
    block_bytes : of scores, at most, but for one row of them

    Work buffers stay from call to call: ``block_bytes`` and 4 n (D + 16) bytes in bfloat16, 8 in float32.

    >>> softmax, zeros = FullSoftmax(), torch.zeros(3, 2)
    >>> value, dX = softmax(torch.ones(1, 2), zeros, torch.ones(1), into=torch.zeros(3, 2))
    >>> round(value, 2)  # log 3
    1.1
    """

    def __init__(self, *, precision: str = "auto", block_bytes: int | None = None):
        self.precision, self.block_bytes = precision, BLOCK_BYTES if block_bytes is None else block_bytes
        self._buffers: dict[str, torch.Tensor] = {}

    def __call__(
        self,
        X: torch.Tensor,
        Y: torch.Tensor,
        weights: torch.Tensor,
        *,
        into: torch.Tensor,
        column: torch.Tensor | None = None,
        into_column: torch.Tensor | None = None,
        about: torch.Tensor | None = None,
        raised: Cells | None = None,
    ) -> tuple[float, torch.Tensor]:
        """The value, and the gradient for X.

        Parameters
        ----------
        X, Y, weights, column : (B, D), (n, D), (B,) and (n,); without gradients of their own
        into, into_column : (n, D) and (n,), to which the gradients for Y and c are added
        about : (B,), a score that a row has, high rather than low, column included
        raised : rows (ascending), columns and what is added to the scores that stand there
        """
        D, (dtype, largest) = X.shape[1], self._plan(X, Y, column, about)
        left, low, taken_off = self._operands(X, Y, column, None if dtype == Y.dtype else about, dtype, largest)
        total = 0.0 if taken_off is None else float(weights @ taken_off)
        step = max(1, self.block_bytes // (low.element_size() * len(low)))
        room = self._buffer("scores", min(step, len(X)), len(low), low)
        columns = self._buffer("columns", len(low), low.shape[1], low)
        dX = torch.empty_like(X)
        for first in range(0, len(X), step):
            part = slice(first, first + step)
            shares = torch.mm(left[part].to(low), low.T, out=room[: len(X[part])])
            if raised is not None:
                _raise_cells(shares, first, raised)
            if largest > SAFE:
                highest = shares.amax(dim=1, keepdim=True)
                shares.sub_(highest)
                total += float(weights[part] @ highest[:, 0].to(X))
            sums = shares.exp_().sum(dim=1).to(X)  # added up in float32; asking for that in the result is 30 times slower
            total += float(weights[part] @ sums.log())
            scale = (weights[part] / sums)[:, None]
            dX[part] = (shares @ low[:, :D]).to(X) * scale
            torch.mm(shares.T, (left[part] * scale).to(low), out=columns)
            into += columns[: len(Y), :D]
            if into_column is not None:
                into_column += columns[: len(Y), D]
        return total, dX

    def _plan(self, X: torch.Tensor, Y: torch.Tensor, column: torch.Tensor | None, about: torch.Tensor | None) -> tuple[torch.dtype, float]:
        """What to compute in, and the largest number there can be."""
        largest = float(X.norm(dim=1).max() * Y.norm(dim=1).max()) if len(X) else 0.0
        largest += 0.0 if column is None else float(column.abs().max())
        # of scores rounded near 0 what is left is the rounding of rows, whose errors add up to a root of D less than their product
        limit = COARSE * (1.0 if about is None else max(1.0, X.shape[1] ** 0.5 / 2))
        dtype = low_precision(Y, self.precision)
        if dtype == Y.dtype or largest > limit:
            return Y.dtype, largest
        return dtype, largest + (0.0 if about is None or not len(about) else float(about.abs().max()))

    def _operands(
        self,
        X: torch.Tensor,
        Y: torch.Tensor,
        column: torch.Tensor | None,
        about: torch.Tensor | None,
        dtype: torch.dtype,
        largest: float,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """[x | 1 | -a] in full, [y | c | 1] in the type of the product, and a as that type holds it; rows that make y up to a round number
        score far less than any other."""
        ends = [] if column is None else _digits(column, dtype)
        shifts = [] if about is None else _digits(about, dtype)
        D = X.shape[1]
        if not ends and not shifts:
            return X, Y.to(dtype), None
        width = -(-(D + len(ends) + len(shifts)) // LANES) * LANES
        n = len(Y) if column is None else -(-len(Y) // SHAPES) * SHAPES
        left, low = X.new_zeros(len(X), width), self._buffer("low", n, width, Y.new_empty(0, dtype=dtype))
        low[: len(Y), D:], low[len(Y) :] = 0, 0
        left[:, :D], low[: len(Y), :D] = X, Y
        for i, end in enumerate(ends, start=D):
            left[:, i], low[: len(Y), i], low[len(Y) :, i] = 1, end, -4 * largest - 1000
        for i, shift in enumerate(shifts, start=D + len(ends)):
            left[:, i], low[:, i] = -shift, 1
        return left, low, torch.stack([shift.to(X) for shift in shifts]).sum(dim=0) if shifts else None

    def _buffer(self, name: str, rows: int, columns: int, like: torch.Tensor) -> torch.Tensor:
        """A work buffer that stays: fresh pages cost more than the product."""
        there = self._buffers.get(name)
        if there is None or there.dtype != like.dtype or there.device != like.device or there.numel() < rows * columns:
            there = self._buffers[name] = like.new_empty(rows * columns)
        return there[: rows * columns].view(rows, columns)


def _raise_cells(block: torch.Tensor, first: int, cells: Cells) -> None:
    """Add to the entries of a block whose first row is number ``first``."""
    rows, columns, values = cells
    ends = torch.tensor([first, first + len(block)], device=rows.device)
    start, stop = torch.searchsorted(rows, ends).tolist()
    block[rows[start:stop] - first, columns[start:stop]] += values[start:stop].to(block)


def _digits(values: torch.Tensor, dtype: torch.dtype) -> list[torch.Tensor]:
    """The values in a type, and in bfloat16 what that leaves of them."""
    leading = values.to(dtype)
    return [leading] if dtype == values.dtype else [leading, (values - leading.to(values)).to(dtype)]
