"""Where torch computes: the processor, or a graphics card that is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from graphemb.errors import ParameterError

if TYPE_CHECKING:
    import torch


def torch_device(device: str) -> torch.device:
    """The device behind a name: "cpu", "cuda", "cuda:1", or "auto" (the first graphics card if there is one).

    Raises
    ------
    ParameterError : no such device, or it is not on this machine; the message says what is

    >>> torch_device("cpu")
    device(type='cpu')
    """
    import torch

    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        return torch.device("cuda" if cards else "cpu")
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError):
        raise ParameterError(f"device must be 'auto', 'cpu', 'cuda' or 'cuda:NUMBER', got {device!r}") from None
    if found.type not in ("cpu", "cuda"):
        raise ParameterError(f"device must be 'auto', 'cpu', 'cuda' or 'cuda:NUMBER', got {device!r}")
    if found.type == "cuda" and (found.index or 0) >= cards:
        there = f"{cards} graphics card{'s' if cards > 1 else ''}" if cards else "no graphics card that torch can use"
        raise ParameterError(f"device={device!r} was asked for, but this machine has {there}; use device='cpu'")
    return found


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Torch computes with so many threads inside, and as before outside.

    >>> with torch_threads(1):
    ...     import torch
    ...
    ...     torch.get_num_threads()
    1
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a device has instructions for products of bfloat16; without them these take longer than in float32, up to ten times.

    >>> import torch
    >>> isinstance(multiplies_bfloat16(torch.device("cpu")), bool)
    True
    """
    import torch

    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    can = torch.cpu.get_capabilities()
    return any(bool(can.get(name)) for name in ("avx512_bf16", "amx_bf16"))
