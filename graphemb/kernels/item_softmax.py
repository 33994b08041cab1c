"""The softmax of a user's items among all items, in blocks that never hold a users x items matrix."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import scipy.sparse as sp
import torch
from torch.nn.functional import normalize

from graphemb.errors import UnknownNameError
from graphemb.kernels.checks import require_positive
from graphemb.kernels.full_softmax import FullSoftmax, low_precision
from graphemb.kernels.propagation import Pair
from graphemb.kernels.ranking_losses import SIMILARITIES, RankingLoss, Recipe
from graphemb.kernels.sparse_product import SparseProduct
from graphemb.kernels.triplets import Batch

USUAL_DEGREE = 23.0
"""Interactions of an average row where the penalty of the recipe was chosen."""
STRONGEST = 0.0225
"""The penalty at most, as a share of log m, the loss of vectors that know nothing."""


class ItemSoftmax(RankingLoss):
    """-(1/T) sum over the T interactions of the batch's users of log( exp(s_ui / tau) / sum over all items j of exp(s_uj / tau) ).

    Parameters
    ----------
    R : see :class:`RankingLoss`
    similarity : s is the "dot" product of rows, or their "cosine"
    temperature : tau

    Nothing but users is sampled, so a step uses all that the data say about them. Its work is 6 B m d operations, done in bfloat16 where
    the machine has instructions for it, which are several times faster, and where no score can exceed 128; else in float32. Sums and
    all that remains are float32. Memory: 48 MiB and 8 m d bytes.
    The L2 term counts each row of layer 0 by the root of its number of interactions, over the sum of these roots on its side: with lr,
    batch and length of training it was chosen on a tenth of Gowalla's training items, held out. Elsewhere its weight is
    0.04 (23 / d)^1.5, but at most 0.0225 log m, where an average row has d interactions (Gowalla's has 23): the fewer speak of a row,
    the more the penalty must. The power is the one that suits ml-100k (d = 75) and TikTok (7) as well.

    Source: the full softmax that sampled softmax (arXiv 2201.02327) estimates; Liang et al., arXiv 1802.05814, train on it without a graph.
    """

    recipe = Recipe(lr=0.08, l2=0.04, batch_size=2048, epochs=27, steps=400, sampler="users", schedule="cosine", eps=1e-10)

    def __init__(self, R: sp.csr_array, *, similarity: str = "dot", temperature: float = 1.0):
        super().__init__(R)
        if similarity not in SIMILARITIES:
            raise UnknownNameError("similarity", similarity, SIMILARITIES, remedy="known: " + ", ".join(SIMILARITIES))
        require_positive("temperature", temperature)
        self.similarity, self.temperature = similarity, temperature
        self._softmax = FullSoftmax()

    @property
    def l2(self) -> float:
        """The weight of the penalty on these data, by the interactions of an average row that has any."""
        rows = np.count_nonzero(np.diff(self.R.indptr)) + len(np.unique(self.R.indices))
        return float(min(STRONGEST * np.log(self.R.shape[1]), self.recipe.l2 * (USUAL_DEGREE * rows / (2 * self.R.nnz)) ** 1.5))

    def add(self, views: list[Pair], gradients: list[Pair], batch: Batch) -> float:
        """See :class:`RankingLoss`."""
        ((users, items),), ((into_users, into_items),) = views, gradients
        rows, taken = torch.from_numpy(batch.users).to(users.device), sp.csr_array(self.R[batch.users])
        x, y = users[rows].requires_grad_(), items.detach().requires_grad_()
        with torch.enable_grad():
            X, Y = (normalize(x), normalize(y)) if self.similarity == "cosine" else (x, y)
            own = (X * SparseProduct(taken, device=users.device)(Y)).sum() / (self.temperature * taken.nnz)
        weights = torch.from_numpy(np.diff(taken.indptr) / taken.nnz).to(X)
        dY = torch.zeros_like(Y)
        rest, dX = self._softmax(X.detach() / self.temperature, Y.detach(), weights, into=dY)
        dx, dy = torch.autograd.grad([X, Y, own], [x, y], [dX / self.temperature, dY, -torch.ones_like(own)])
        into_users.index_add_(0, rows, dx)
        into_items.add_(dy)
        return rest - own.item()

    def precision(self, rows: torch.Tensor) -> torch.dtype:
        """bfloat16 for rows of float32 where that is the faster."""
        return low_precision(rows)

    def row_weights(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """By the root of how often the row was taken, as a share of the sum of roots over its side; whatever the batch."""
        return self._row_shares

    @cached_property
    def _row_shares(self) -> tuple[np.ndarray, np.ndarray]:
        counts = np.diff(self.R.indptr), np.bincount(self.R.indices, minlength=self.R.shape[1])
        users, items = (np.sqrt(np.maximum(count, 1)) for count in counts)
        return users / users.sum(), items / items.sum()
