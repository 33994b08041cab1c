"""A network of sigmoid layers: rows of a sparse matrix to short codes, and codes back to rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from graphemb.kernels.sparse_batch import SparseBatch

CENTRE = 0.5
"""A sigmoid's value at 0."""
BATCH = 1024


@dataclass
class Layer:
    """sigmoid(W (y - 1/2) + b) for W of shape (outputs, inputs).

    That is the plain layer of bias b - W 1/2, and the loss is the same. Its inputs are centred, so that a change of W leaves the mean
    output alone: plain sigmoid layers, whose inputs all have means near 1/2, learn a hundred times slower.
    """

    weight: torch.Tensor
    bias: torch.Tensor

    def linear(self, y: torch.Tensor) -> torch.Tensor:
        """What goes into the sigmoid."""
        return F.linear(y - CENTRE, self.weight, self.bias)

    def plain_bias(self) -> np.ndarray:
        """The bias of the layer written as sigmoid(W y + bias), float32."""
        bias = self.bias.double() - CENTRE * self.weight.double().sum(1)
        return bias.detach().cpu().numpy().astype(np.float32)


class Autoencoder:
    """n inputs, ``widths`` = (h_1, ..., h_k, dim) on the way to the code, the same widths backwards, n outputs.

    The first and the last weight matrix have one row a node, (n, h_1): the first layer sums those of a node's neighbours, at a
    cost proportional to the edges, and any few outputs are scored from their own rows. Rows without entries have the code 0.

    Weights start uniform within 4 sqrt(6 / (inputs + outputs)) (2 sqrt(...) for the first and the last matrix, with the sigmoid on
    one side only), biases at 0, those of the outputs at ``start``.
    Source of the start: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.
    """

    def __init__(
        self,
        n: int,
        widths: Sequence[int],
        rng: np.random.Generator,
        *,
        start: float = 0.0,
        device: torch.device | None = None,
        dtype: torch.dtype = torch.float32,
    ):
        def weight(outputs: int, inputs: int, gain: float) -> torch.Tensor:
            limit = gain * np.sqrt(6 / (inputs + outputs))
            values = rng.uniform(-limit, limit, (outputs, inputs))
            return torch.from_numpy(values).to(device, dtype).requires_grad_()

        def bias(outputs: int, value: float = 0.0) -> torch.Tensor:
            return torch.full((outputs,), value, dtype=dtype, device=device, requires_grad=True)

        steps = list(zip(widths[1:], widths[:-1], strict=True))
        self.inputs = weight(n, widths[0], 2)
        self.inputs_bias = bias(widths[0])
        self.encoder = [Layer(weight(o, i, 4), bias(o)) for o, i in steps]
        self.decoder = [Layer(weight(i, o, 4), bias(i)) for o, i in reversed(steps)]
        self.outputs = Layer(weight(n, widths[0], 2), bias(n, start))

    def layers(self) -> Iterator[Layer]:
        """All layers but the first."""
        yield from (*self.encoder, *self.decoder, self.outputs)

    def parameters(self) -> list[torch.Tensor]:
        """Everything that is learned, in a fixed order."""
        return [self.inputs, self.inputs_bias, *(t for layer in self.layers() for t in (layer.weight, layer.bias))]

    def weights(self) -> list[torch.Tensor]:
        """The weight matrices, without biases."""
        return [self.inputs, *(layer.weight for layer in self.layers())]

    def encode(self, batch: SparseBatch) -> torch.Tensor:
        """Codes of some rows, (b, dim), each number between 0 and 1."""
        y = torch.sigmoid(batch.times(self.inputs) + self.inputs_bias)
        for layer in self.encoder:
            y = torch.sigmoid(layer.linear(y))
        return y * batch.filled()

    def states(self, y: torch.Tensor) -> torch.Tensor:
        """The last hidden layer of the decoder, (b, h_1)."""
        for layer in self.decoder:
            y = torch.sigmoid(layer.linear(y))
        return y

    def codes(self, matrix: object) -> np.ndarray:
        """Codes of all rows of a sparse matrix, (n, dim) float32."""
        n, device, dtype = len(self.inputs), self.inputs.device, self.inputs.dtype
        with torch.no_grad():
            parts = [
                self.encode(SparseBatch.take(matrix, np.arange(first, min(first + BATCH, n)), device, dtype))
                for first in range(0, n, BATCH)
            ]
        return torch.cat(parts).cpu().numpy().astype(np.float32)

    def decoder_arrays(self) -> dict[str, np.ndarray]:
        """The decoder as plain sigmoid layers: ``decoder.0.weight`` (outputs, inputs), ``decoder.0.bias``, ..., float32."""
        arrays = {}
        for number, layer in enumerate([*self.decoder, self.outputs]):
            arrays[f"decoder.{number}.weight"] = layer.weight.detach().cpu().numpy().astype(np.float32)
            arrays[f"decoder.{number}.bias"] = layer.plain_bias()
        return arrays
