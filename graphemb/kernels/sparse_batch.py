"""Some rows of a sparse matrix, as torch reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch.nn import functional as F


@dataclass(frozen=True)
class SparseBatch:
    """The stored entries of b rows: entry k stands at (``rows[k]``, ``columns[k]``) and is ``values[k]``; rows count from 0 to b - 1."""

    offsets: torch.Tensor
    """First entry of each row, (b,)."""
    rows: torch.Tensor
    columns: torch.Tensor
    values: torch.Tensor

    @classmethod
    def take(
        cls, matrix: sparse.csr_array, rows: np.ndarray, device: torch.device | None = None, dtype: torch.dtype = torch.float32
    ) -> SparseBatch:
        """The entries of some rows of a matrix, in that order."""
        part = matrix[rows]
        start = part.indptr.astype(np.int64)
        at = np.repeat(np.arange(len(rows)), np.diff(start))
        offsets, places, columns = (torch.from_numpy(a).to(device) for a in (start[:-1], at, part.indices.astype(np.int64)))
        return cls(offsets, places, columns, torch.from_numpy(part.data).to(device, dtype))

    def __len__(self) -> int:
        return len(self.offsets)

    def times(self, weight: torch.Tensor) -> torch.Tensor:
        """X W, (b, columns of W): for each row the weighted sum of the rows of W that its entries name; no dense X."""
        return F.embedding_bag(self.columns, weight, self.offsets, mode="sum", per_sample_weights=self.values)

    def transposed(self, n: int) -> SparseBatch:
        """The n columns as rows."""
        order = torch.argsort(self.columns, stable=True)
        counts = torch.bincount(self.columns, minlength=n)
        return SparseBatch(counts.cumsum(0) - counts, self.columns[order], self.rows[order], self.values[order])

    def filled(self) -> torch.Tensor:
        """1 where a row has entries, 0 where it has none, (b, 1)."""
        mask = torch.zeros(len(self), 1, dtype=self.values.dtype, device=self.values.device)
        mask[self.rows] = 1
        return mask
