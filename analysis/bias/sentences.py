"""Concepts in sentences, so that what is measured on words can be measured on an encoder of texts (SEAT)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import ParameterError
from graphemb.kernels.text_features import text_features

TEMPLATES = ("This is {}.", "That is {}.", "Here is {}.", "There is {}.", "{} is here.", "{} is there.")
"""Sentences that say nothing of the word in them."""


@dataclass(frozen=True)
class Sentences:
    """An embedding of sentences, and the concepts whose names they are."""

    embedding: Embedding
    concept: Concept
    targets: Concept | list[str] | None


def in_sentences(
    concept: Concept,
    targets: Concept | Iterable[str] | None = None,
    *,
    encoder: Any,
    templates: Sequence[str] = TEMPLATES,
    random_state: int = 0,
) -> Sentences:
    """Put every name of a concept, and of targets, into sentences, and encode these.

    A group of m names becomes one of m times as many sentences as there are templates; a pair becomes a pair in each template. What comes
    back is put to any measure: ``weat(s.embedding, s.concept, s.targets)`` is the sentence encoder association test. The sentences of one
    word are not independent of one another, so a permutation test of sentences is too sure; with one template there is no such doubt.

    Source: May et al., "On measuring social biases in sentence encoders", NAACL 2019, arXiv 1903.10561. The templates are ours.

    Parameters
    ----------
    concept : attributes; its own ``targets`` are put into sentences too
    targets : another concept, or names
    encoder : see :func:`graphemb.kernels.text_features.text_features`: a name such as ``minilm``, or word vectors
    templates : sentences with ``{}`` where the name goes

    Raises
    ------
    ParameterError : no template, or one without ``{}``

    >>> gender = Concept.from_pairs("gender", [("she", "he")], groups=("female", "male"))
    >>> said = in_sentences(gender, ["nurse", "smith"], encoder="tfidf:dim=4", templates=["{} works.", "This is {}."])
    >>> said.concept.groups["female"], said.embedding.names[0]
    (('she works.', 'This is she.'), 'she works.')
    """
    listed = list(templates)
    if isinstance(templates, str) or not listed or any("{}" not in template for template in listed):
        raise ParameterError(f"templates must be sentences with {{}} where the name goes, got {templates!r}")
    filled = _filled(concept, listed)
    others = targets if targets is None or isinstance(targets, Concept) else _each(targets, listed)
    chosen = _filled(others, listed) if isinstance(others, Concept) else others
    sides = [filled, *([filled.targets] if filled.targets is not None else []), *([chosen] if isinstance(chosen, Concept) else [])]
    texts = dict.fromkeys([s for side in sides for s in side.all_names] + (chosen if isinstance(chosen, list) else []))
    features = text_features(list(texts), encoder, random_state=random_state)
    meta = {"method": "sentences", "notes": {"encoder": features.encoder, "templates": listed, **features.notes}}
    return Sentences(Embedding(list(texts), features.rows, meta=meta), filled, chosen)


def _each(names: Iterable[str], templates: Sequence[str]) -> list[str]:
    return [template.replace("{}", str(name)) for name in names for template in templates]


def _filled(concept: Concept, templates: Sequence[str]) -> Concept:
    """The concept with sentences in place of names; pairs stay pairs, template by template."""

    def sets(members: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(t.replace("{}", n) for n in names) for names in members for t in templates)

    return concept.replace(
        groups={label: tuple(_each(names, templates)) for label, names in concept.groups.items()},
        sets=sets(concept.sets),
        equalise=sets(concept.equalise),
        specific=tuple(_each(concept.specific, templates)),
        targets=None if concept.targets is None else _filled(concept.targets, templates),
    )
