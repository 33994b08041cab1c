"""The SDNE decoder: a stored feed-forward network turns the vector of a node into its row of the adjacency matrix.

What a method stores
--------------------
``parameters``: ``decoder.0.weight`` (h_1, dim), ``decoder.0.bias`` (h_1,), ``decoder.1.weight`` (h_2, h_1), ... and a last layer
of n outputs in row order of the names: the weights of torch's ``Linear`` layers, (outputs, inputs). Numbers may have
gaps, as those of a ``Sequential`` with activations between do; a missing bias is zero.

``meta["decoder"]`` (or ``meta["notes"]["decoder"]``), optional: ``{"activation": ..., "output": ..., "symmetric": ...}``, the function of
the hidden layers, that of the last layer (each "sigmoid", "tanh", "relu" or "identity"; "sigmoid" unless said) and
whether the score is the mean of both directions (true unless said; false keeps the direction of a directed graph).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import expit

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.scorer import InnerProduct, Scorer, Symmetrised
from graphemb.reconstruction.decoders.vectors import Relation, refuse_relation

Activation = Callable[..., np.ndarray]


def _relu(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0, out=out)


def _identity(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    return x


ACTIVATIONS: dict[str, Activation] = {"sigmoid": expit, "tanh": np.tanh, "relu": _relu, "identity": _identity}


class SDNE:
    """s(u, v) = (X_uv + X_vu) / 2, or X_uv, where X_u = decoder(y_u) is the rebuilt adjacency row of u.

    The last layer is an inner product of the hidden state of u and the weights of output v, so a block costs one matrix product
    and X is never formed. Saturated outputs tie (a sigmoid in float32 is 1 from about 17 on, a ReLU is 0 for half the line).
    Source: "Structural deep network embedding", KDD 2016, doi 10.1145/2939672.2939753.
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> Scorer:
        """No state beyond the embedding; hidden states are computed for the rows of a block."""
        refuse_relation("sdne", relation)
        embedding.require_finite()
        layers = decoder_layers(embedding)
        settings = _settings(embedding)
        hidden, output = _activation(settings, "activation"), _activation(settings, "output")
        *inner, (weight, bias) = layers

        def states(y: np.ndarray, rows: np.ndarray) -> np.ndarray:
            for w, b in inner:
                y = y @ w.T + b
                y = hidden(y, out=y)
            return _with_column(y, np.float32(1))

        def outputs(w: np.ndarray, columns: np.ndarray) -> np.ndarray:
            return _with_column(w, bias[columns])

        rows = InnerProduct(embedding.vectors, weight, query=states, key=outputs, link=output)
        return Symmetrised(rows) if settings.get("symmetric", True) else rows

    @staticmethod
    def numbers_per_node(embedding: Embedding) -> int:
        """dim, and the weights (and the bias) of a node's output: the last layer has one output a node. A context is not read."""
        last = max(_layer_numbers(embedding))
        return embedding.dim + embedding.parameters[f"decoder.{last}.weight"].shape[1] + (f"decoder.{last}.bias" in embedding.parameters)


def _layer_numbers(embedding: Embedding) -> list[int]:
    return sorted(int(m[1]) for key in embedding.parameters if (m := re.fullmatch(r"decoder\.(\d+)\.weight", key)))


def decoder_layers(embedding: Embedding) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weight and bias of each layer in order, float32, their widths checked against one another, ``dim`` and n."""
    numbers = _layer_numbers(embedding)
    if not numbers:
        raise DataError("the sdne decoder needs a network in parameters 'decoder.0.weight', 'decoder.0.bias', ...; this embedding has none")
    layers, width = [], embedding.dim
    for i in numbers:
        weight = np.asarray(embedding.parameters[f"decoder.{i}.weight"], dtype=np.float32)
        if weight.ndim != 2 or weight.shape[1] != width:
            raise DataError(f"parameters['decoder.{i}.weight'] must have {width} inputs (outputs, inputs), got shape {weight.shape}")
        width = len(weight)
        bias = np.asarray(embedding.parameters.get(f"decoder.{i}.bias", np.zeros(width)), dtype=np.float32)
        if bias.shape != (width,):
            raise DataError(f"parameters['decoder.{i}.bias'] must have shape ({width},), got {bias.shape}")
        if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
            raise DataError(f"layer {i} of the decoder network holds NaN or infinite numbers; train again with a smaller learning rate")
        layers.append((weight, bias))
    if width != len(embedding):
        raise DataError(
            f"the decoder network has {width:,} outputs for {len(embedding):,} names; score the whole embedding and take rows of the scorer"
        )
    return layers


def _settings(embedding: Embedding) -> dict[str, Any]:
    notes = embedding.meta.get("notes") or {}
    return dict(embedding.meta.get("decoder") or notes.get("decoder") or {})


def _activation(settings: dict[str, Any], which: str) -> Activation:
    name = settings.get(which, "sigmoid")
    if name not in ACTIVATIONS:
        raise UnknownNameError("activation", name, ACTIVATIONS, remedy=f"known: {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def _with_column(x: np.ndarray, column: Any) -> np.ndarray:
    wider = np.empty((len(x), x.shape[1] + 1), dtype=np.float32)
    wider[:, :-1], wider[:, -1] = x, column
    return wider
