"""The text encoders by name: what each is, what it needs, and how one is made."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

from graphemb.data.embedding import Embedding
from graphemb.data.embedding_file import FORMATS
from graphemb.data.streams import split_suffix
from graphemb.errors import ParameterError, UnknownNameError, nearest_names
from graphemb.kernels.checks import require_whole
from graphemb.kernels.encoder import Encoder
from graphemb.registry import normalise, parse_spec


@dataclass(frozen=True)
class EncoderEntry:
    """One encoder: where it is, in one sentence what it does, the extra it needs and the columns it gives."""

    name: str
    target: str
    summary: str
    extra: str = ""
    columns: str = "dim"

    def load(self) -> type[Encoder]:
        """Import the class."""
        module, _, attribute = self.target.partition(":")
        return getattr(import_module(f"graphemb.kernels.{module}"), attribute)


WORD_VECTORS = EncoderEntry("vectors", "word_means:WordVectors", "means of word vectors of one's own")
SENTENCE_FOLDER = EncoderEntry(
    "folder", "sentence_encoders:SentenceFolder", "sentences through a sentence-transformer of one's own", "text"
)
_PICKLED = (".kv", ".model", ".pkl", ".pt")
"""Files of vectors that are refused with the line that converts them."""

ENCODERS = (
    EncoderEntry("tfidf", "tfidf:TfIdf", "TF-IDF of words and their beginnings, seen from its leading singular directions", "", "512"),
    EncoderEntry("word2vec", "word_training:Word2Vec", "means of word2vec vectors trained on the texts", "", "128"),
    EncoderEntry("fasttext", "word_training:FastText", "means of fastText vectors trained on the texts", "", "128"),
    EncoderEntry("doc2vec", "word_training:Doc2Vec", "a vector a text, trained to predict its words", "", "128"),
    EncoderEntry("glove", "word_means:GloVe", "means of 400,000 GloVe vectors", "vectors", "50, fixed"),
    EncoderEntry("wordllama", "sentence_encoders:WordLlama", "means of WordLlama's token vectors, quick", "text", "256, fixed"),
    EncoderEntry("minilm", "sentence_encoders:MiniLM", "sentences through all-MiniLM-L6-v2, slow", "text", "384, fixed"),
)
"""All of them, the default first: it is always there, so that a result never depends on which extras are installed."""


def find_encoder(name: str) -> EncoderEntry:
    """The entry behind a name; case, ``-`` and ``_`` are ignored.

    >>> find_encoder("TF-IDF").name
    'tfidf'
    """
    known = [entry.name for entry in ENCODERS]
    for entry in ENCODERS:
        if normalise(entry.name) == normalise(name):
            return entry
    raise UnknownNameError("text encoder", name, known, remedy="known: " + ", ".join(known))


def make_encoder(encoder: Any, *, dim: int | None = None, random_state: Any = 0) -> Encoder:
    """An encoder, not fitted, from a name, an :class:`Embedding` of words, the path of one, or the folder of a sentence-transformer.

    Settings of its own may follow a name, ``tfidf:dim=64``, and come before ``dim``. What holds a separator of folders, begins with a
    point or ends like a file of vectors is a path.

    Raises
    ------
    UnknownNameError : no encoder of that name
    ParameterError : a setting it does not have
    DataError : no such file or folder
    """
    if dim is not None:
        require_whole("dim", dim)
    settings: dict[str, Any] = {}
    if isinstance(encoder, Embedding):
        cls, settings = WORD_VECTORS.load(), {"vectors": encoder}
    elif isinstance(encoder, PathLike) or _is_path(encoder):
        path = Path(encoder)
        a_file = not path.is_dir() and split_suffix(path)[0] in (*FORMATS, *_PICKLED)
        cls, settings = (WORD_VECTORS.load(), {"vectors": str(path)}) if a_file else (SENTENCE_FOLDER.load(), {"folder": str(path)})
    else:
        name, settings = parse_spec(encoder)
        cls = find_encoder(name).load()
    if dim is not None:
        settings = {"dim": dim, **settings}
    known = [f.name for f in fields(cls)]  # type: ignore[arg-type]
    for key in settings:
        if key not in known:
            near = nearest_names(key, known)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ParameterError(f"the encoder {cls.name} has no setting {key!r}{hint} (settings: {', '.join(known) or 'none'})")
    if "random_state" in known:
        settings = {"random_state": random_state, **settings}
    return cls(**settings)


def _is_path(text: Any) -> bool:
    if not isinstance(text, str):
        raise ParameterError(f"a text encoder is a name, a path or an Embedding, got {type(text).__name__}")
    name = text.partition(":")[0]
    return "/" in name or os.sep in name or name.startswith((".", "~")) or split_suffix(Path(text))[0] in (*FORMATS, *_PICKLED)
