"""Files that graphemb never opens: pickles can run any code while they are read."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path

from graphemb.data.streams import open_input, split_suffix
from graphemb.errors import FormatError, UnsafeFileError

_KEYED = "from gensim.models import KeyedVectors; KeyedVectors.load({path!r}).save_word2vec_format({new!r}, binary=True)"
_TORCH = "import torch, numpy as np; np.savez({new!r}, **{{k: v.numpy() for k, v in torch.load({path!r}, weights_only=True).items()}})"
_FRAME = "import pandas as pd; pd.read_pickle({path!r}).to_parquet({new!r})"
_JOBLIB = "import joblib, pandas as pd; pd.DataFrame(joblib.load({path!r})).to_parquet({new!r})"
_ARRAY = "import numpy as np; np.savez({new!r}, vectors=np.load({path!r}, allow_pickle=True).astype('float32'), names=NAMES)"

_LINES = {
    ".pkl": (_FRAME, ".parquet"),
    ".pickle": (_FRAME, ".parquet"),
    ".gpickle": ("import pickle, networkx as nx; nx.write_graphml(pickle.load(open({path!r}, 'rb')), {new!r})", ".graphml"),
    ".joblib": (_JOBLIB, ".parquet"),
    ".pt": (_TORCH, ".npz"),
    ".pth": (_TORCH, ".npz"),
    ".ckpt": (_TORCH, ".npz"),
    ".kv": (_KEYED, ".bin"),
    ".model": ("from gensim.models import Word2Vec; Word2Vec.load({path!r}).wv.save_word2vec_format({new!r}, binary=True)", ".bin"),
    ".npy": (_ARRAY, ".npz"),
}


def refuse_pickle(path: str | PathLike[str]) -> None:
    """Raise :class:`UnsafeFileError` with the line of Python that converts the file, if its suffix is one of pickled files."""
    suffix = split_suffix(path)[0]
    if suffix == ".npy" and _is_plain_array(path):
        name = Path(path).name
        raise FormatError(
            f"{str(path)!r} holds an array without names, expected names too; give them in Python: import numpy as np, graphemb as ge; "
            f"ge.Embedding(NAMES, np.load({name!r})).save({Path(name).with_suffix('.arrow').name!r})"
        )
    if suffix in _LINES:
        line, new = _LINES[suffix]
        command = line.format(path=Path(path).name, new=Path(path).with_suffix(new).name)
        raise UnsafeFileError(
            f"{str(path)!r} is a pickled file, which could run code when opened, so graphemb never opens one; "
            f"if you trust it, convert it with: {command}"
        )


def refuse_to_write_pickle(path: str | PathLike[str], formats: Iterable[str]) -> None:
    """Raise :class:`UnsafeFileError` with the formats there are, if the suffix is one of pickled files."""
    suffix = split_suffix(path)[0]
    if suffix in _LINES and suffix != ".npy":
        known = ", ".join(formats)
        raise UnsafeFileError(f"{suffix} files are pickled, so they are not written: {str(path)!r}; the suffix chooses among {known}")


def _is_plain_array(path: str | PathLike[str]) -> bool:
    """Whether a .npy file is one of numbers: its header, which is text, names the type."""
    with open_input(path) as stream:
        head = stream.read(1 << 12)
    return head.startswith(b"\x93NUMPY") and b"|O" not in head[:1024]
