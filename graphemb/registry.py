"""The list of everything that can be asked for by name.

A name maps to ``"module:Attribute"`` text that is imported when first used, so this module imports nothing
from the floors above it and listing all methods costs no import of torch or scikit-learn. Case, ``-`` and ``_``
are ignored in look-ups.

A third party joins through the entry-point group ``graphemb``: an entry point called ``KIND.NAME`` (for
example ``method.my-walk``) whose value is ``package.module:Class``. The first line of the object's docstring is its summary.

>>> find("method", "LaplacianEigenmaps").name
'laplacian-eigenmaps'
>>> parse_spec("hope:dim=64,proximity=rooted-pagerank")
('hope', {'dim': 64, 'proximity': 'rooted-pagerank'})
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Literal

from graphemb.errors import ParameterError, UnknownNameError, nearest_names

_OPEN = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_TWO_SIDES = "concept, targets of as many groups"
KINDS = ("method", "decoder", "baseline", "measure", "edit")
GROUP = "graphemb"


@dataclass(frozen=True)
class Entry:
    """One named thing: what it is, where it is, and one sentence on what it does."""

    kind: str
    name: str
    target: str
    summary: str
    family: str = ""
    """Package the thing belongs to (``nodes``, ``recommend``, ...), or the distribution of a third party."""
    takes: str = ""
    """What a method's ``fit`` expects: ``graph``, ``knowledge-graph``, ``interactions``, ``corpus``; what a measure or an edit needs beside
    the embedding, such as ``concept, targets``."""
    default: bool = False
    """Part of what a verb runs when nothing is named."""
    default_up_to: int | None = None
    """Nodes up to which that holds; None for any number."""
    beside: str = ""
    """What embeddings of a method hold beside one vector a name, whatever its settings: ``context``, ``parameters``, or not known."""
    worse: Literal["", "above", "below", "away"] = ""
    """Of a measure: which way from its value without bias is more bias; ``away`` is both."""

    def load(self) -> Any:
        """Import the object behind the name."""
        module, _, attribute = self.target.partition(":")
        return getattr(import_module(module), attribute)


def _method(name: str, target: str, summary: str, *, default: bool = False, default_up_to: int | None = None, beside: str = "") -> Entry:
    return Entry("method", name, f"graphemb.nodes.{target}", summary, "nodes", "graph", default, default_up_to, beside)


def _recommender(name: str, target: str, summary: str, *, default: bool = False, default_up_to: int | None = None) -> Entry:
    return Entry("method", name, f"graphemb.recommend.{target}", summary, "recommend", "interactions", default, default_up_to, "parameters")


def _knowledge(name: str, target: str, summary: str, *, default: bool = False, default_up_to: int | None = None) -> Entry:
    where = f"graphemb.knowledge.{target}"
    return Entry("method", name, where, summary, "knowledge", "knowledge-graph", default, default_up_to, "parameters")


def _words(name: str, target: str, summary: str, *, default: bool = False, beside: str = "") -> Entry:
    return Entry("method", name, f"graphemb.words.{target}", summary, "words", "corpus", default, None, beside)


def _measure(
    name: str, target: str, summary: str, *, takes: str = "concept, targets", worse: Literal["above", "below", "away"] = "away"
) -> Entry:
    return Entry("measure", name, f"graphemb.analysis.bias.{target}", summary, "bias", takes, worse=worse)


def _edit(name: str, target: str, summary: str, *, takes: str = "concept") -> Entry:
    return Entry("edit", name, f"graphemb.analysis.edits.{target}", summary, "edits", takes)


def _decoder(name: str, target: str, summary: str) -> Entry:
    return Entry("decoder", name, f"graphemb.reconstruction.decoders.{target}", summary, "reconstruction")


def _baseline(name: str, attribute: str, summary: str, *, default: bool = True) -> Entry:
    return Entry("baseline", name, f"graphemb.reconstruction.baselines:{attribute}", summary, "reconstruction", "graph", default)


_ENTRIES = (
    _method(
        "hope",
        "hope:HOPE",
        "Katz, rooted PageRank, common neighbours or Adamic-Adar proximity, factorised",
        default=True,
        beside="context",
    ),
    _method("spectral", "spectral:Spectral", "the adjacency matrix truncated to its strongest spectrum", default=True),
    _method("arope", "arope:AROPE", "a weighted sum of powers of the adjacency matrix, truncated", default=True, beside="context"),
    _method(
        "laplacian-eigenmaps",
        "laplacian_eigenmaps:LaplacianEigenmaps",
        "smoothest functions on the graph, one zero eigenvalue per component skipped",
        default=True,
    ),
    _method("deepwalk", "deepwalk:DeepWalk", "skip-gram on uniform random walks", default=True, beside="context"),
    _method("node2vec", "node2vec:Node2Vec", "skip-gram on second-order random walks", default=True, beside="context"),
    _method(
        "sdne",
        "sdne:SDNE",
        "an autoencoder of adjacency rows with close codes for neighbours",
        default=True,
        default_up_to=50_000,  # beyond it takes hours and gigabytes that nobody asked for
        beside="parameters",
    ),
    _method(
        "lpca",
        "lpca:LPCA",
        "logistic factorization of the adjacency matrix until no pair is wrong, with a certificate",
        beside="context",
    ),
    _recommender("gf-cf", "gfcf:GFCF", "two fixed graph filters on the items a user took, without training", default=True),
    _recommender("bspm", "bspm:BSPM", "the items a user took, blurred and sharpened by graph filters, without training"),
    _recommender("filtered-svd", "filtered_svd:FilteredSVD", "singular vectors of the interactions, weighed by a filter", default=True),
    _recommender(
        "lightgcn",
        "lightgcn:LightGCN",
        "vectors of users and items, averaged over the layers of a linear propagation",
        default=True,
        default_up_to=20_000,  # seconds up to there, minutes beyond
    ),
    _recommender("mmhcl", "mmhcl:MMHCL", "LightGCN, and hypergraphs of users and of items by their features, contrasted with it"),
    _knowledge(
        "complex", "complex:ComplEx", "three complex vectors multiplied, full softmax and cubic penalty", default=True, default_up_to=50_000
    ),
    _knowledge("distmult", "distmult:DistMult", "three real vectors multiplied number by number"),
    _knowledge("quate", "quate:QuatE", "heads turned by the unit quaternions of relations"),
    _knowledge("dihedron", "dihedron:Dihedron", "heads multiplied by the split-quaternions of relations"),
    _knowledge("bique", "bique:BiQUE", "heads moved and multiplied by quaternions with complex coefficients"),
    _knowledge("transe", "transe:TransE", "relations as translations, scored by distance"),
    _knowledge("rotate", "rotate:RotatE", "relations as rotations of the complex plane, scored by distance"),
    _knowledge("tetra", "tetra:Tetra", "entities of structure and text, mixed by a hypercomplex product"),
    _knowledge("robin", "tetra:Robin", "heads turned by their own name and text, scored by distance"),
    _knowledge("lion", "tetra:Lion", "Robin with two encoders of the text"),
    _words("sppmi", "sppmi:SPPMI", "words that meet more often than by chance, counted and factorised", default=True),
    _words("glove", "glove:GloVe", "vectors and biases that sum to log counts of windows", beside="parameters"),
    _words("word2vec", "word2vec:Word2Vec", "words predicted from the words around them", beside="context"),
    _words("fasttext", "fasttext:FastText", "word2vec on words and their character n-grams, new words too", beside="context"),
    _words("doc2vec", "doc2vec:Doc2Vec", "documents and words by the words they predict, new documents too"),
    _words(
        "binary-paragraph-vectors",
        "binary_paragraph_vectors:BinaryParagraphVectors",
        "binary codes of documents that predict their words",
        beside="parameters",
    ),
    _words(
        "disambiguated-skip-gram",
        "disambiguated_skipgram:DisambiguatedSkipGram",
        "several vectors a word, and which sense a context speaks of",
        beside="context",
    ),
    _decoder("dot", "vectors:Dot", "inner product of the two vectors"),
    _decoder("source-target", "vectors:SourceTarget", "inner product of source vector and target context"),
    _decoder("cosine", "vectors:Cosine", "inner product of the normalised vectors"),
    _decoder("euclidean", "vectors:Euclidean", "minus the squared distance"),
    _decoder("rbf", "vectors:RBF", "exponential of minus the squared distance"),
    _decoder("bilinear", "vectors:Bilinear", "a learned matrix between the two vectors"),
    _decoder("poincare", "hyperbolic:Poincare", "minus the distance in the Poincaré ball"),
    _decoder("lorentz", "hyperbolic:Lorentz", "minus the distance on the hyperboloid"),
    _decoder("sdne", "network:SDNE", "the adjacency row rebuilt by a stored decoder network"),
    _decoder("translation", "relations:Translation", "minus the squared distance from head plus relation (TransE)"),
    _decoder("rotation", "relations:Rotation", "minus the squared distance from the rotated head (RotatE)"),
    _decoder("complex", "relations:Complex", "real part of the complex trilinear product (ComplEx)"),
    _decoder("hamilton", "relations:Hamilton", "inner product with the quaternion-rotated head (QuatE)"),
    _decoder("hypercomplex", "hypercomplex:Hypercomplex", "the score of any model of triples: product, distance, shifts, biases"),
    _decoder("item-filter", "item_filter:ItemFilterDecoder", "graph filters on the items a user took, of closed-form recommenders"),
    _decoder("logistic", "learned:Logistic", "log-odds of a logistic regression fitted on other pairs"),
    _measure("direct-bias", "direct:direct_bias", "how far names lean along the direction of a concept", worse="above"),
    _measure("indirect-bias", "indirect:indirect_bias", "how much of the similarity of names is owed to a concept", worse="above"),
    _measure("weat", "weat:weat", "how two groups of targets differ in their association with two groups", takes=_TWO_SIDES),
    _measure("generalised-weat", "generalised_weat:generalised_weat", "how groups of targets match groups of attributes", takes=_TWO_SIDES),
    _measure(
        "wefat",
        "wefat:wefat",
        "the association of each name with two groups, and with outside figures",
        takes="concept, targets or figures",
    ),
    _measure("rnd", "rnd:rnd", "how much nearer names lie to the mean of one group than of another"),
    _measure("rnsb", "rnsb:rnsb", "how unevenly a classifier of sentiment spreads its verdicts over names", worse="above"),
    _measure("mac", "mac:mac", "the mean cosine distance of names from the groups of a concept"),
    _measure("ect", "ect:ect", "the correlation of how two groups rank names; higher is better", worse="below"),
    _measure("eqt", "eqt:eqt", "the share of analogies across groups that leave a name what it is; higher is better", worse="below"),
    _measure("ripa", "ripa:ripa", "the inner product of names with the relation of a concept, lengths kept", worse="above"),
    _measure("same", "same:same", "how far names lean along what groups differ in, any number of groups", worse="above"),
    _measure(
        "cluster-bias", "cluster:cluster_bias", "names that leaned to different sides, told by clusters", takes="concept", worse="above"
    ),
    _measure(
        "classifier-bias",
        "classifier:classifier_bias",
        "the side to which names leaned, told by a classifier",
        takes="concept",
        worse="above",
    ),
    _measure("neighbour-bias", "neighbour:neighbour_bias", "names among neighbours that leaned to the same side", worse="above"),
    _measure("proximity-bias", "proximity:proximity_bias", "the share of neighbours that owe their nearness to a concept", worse="above"),
    _measure("gipe", "proximity:gipe", "proximity bias, biased names weighing more", worse="above"),
    _measure("pmn", "pmn:pmn", "the share of neighbours that lean to the second group"),
    _measure("sembias", "sembias:sembias", "stereotypes taken for definitions among four pairs of words", takes="", worse="above"),
    _measure(
        "outside-correlation",
        "outside:outside_correlation",
        "names ordered by a direction as by figures from outside",
        takes="concept, figures",
    ),
    _measure(
        "attribute-inference",
        "inference:attribute_inference",
        "groups told from vectors by classifiers: area under the ROC curve",
        takes="concept",
        worse="above",
    ),
    _measure("parity", "parity:parity", "predicted links within and between groups", takes="concept, graph"),
    _measure(
        "popularity-direction",
        "popularity:popularity_direction",
        "degree or popularity read from the vectors by one direction",
        takes="graph or interactions",
    ),
    _measure(
        "translational-bias",
        "translational:translational_bias",
        "scores of a relation as people are moved to a group",
        takes="knowledge-graph",
    ),
    _measure(
        "parity-distances",
        "parity_distances:parity_distances",
        "predictions that differ between groups of a relation",
        takes="knowledge-graph",
        worse="above",
    ),
    _edit("hard", "hard:HardDebias", "neutral names lose a direction, and sets of names differ in nothing else"),
    _edit("soft", "soft:SoftDebias", "neutral names lose a direction as far as inner products allow"),
    _edit("leace", "leace:LEACE", "the least edit after which no linear classifier tells groups apart"),
    _edit("oracle-leace", "oracle_leace:OracleLEACE", "what its group predicts is taken from each labelled row"),
    _edit("sal", "sal:SAL", "the directions that covary most with labels are projected out"),
    _edit("inlp", "inlp:INLP", "what linear classifiers go by is projected out, one classifier after the other"),
    _edit("double-hard", "double_hard:DoubleHard", "hard debiasing after the component is gone that stands most in its way"),
    _edit("multiclass-hard", "multiclass_hard:MulticlassHard", "hard debiasing of a concept of any number of groups"),
    _edit("half-sibling", "half_sibling:HalfSibling", "what names of the concept predict of a row is subtracted from it"),
    _edit("ran", "ran:RAN", "every row leaves neighbours that bias brought near, and keeps near to where it was"),
    _edit("oscar", "oscar:OSCaR", "the plane of two concepts turns until they stand at right angles"),
    _edit("mean-difference", "mean_difference:MeanDifference", "the difference of two groups' means is projected out"),
    _edit("decor", "decor:DECOR", "what unwanted rows span is projected out by degrees, each axis explained by names"),
    _edit("all-but-the-top", "all_but_the_top:AllButTheTop", "the mean and the strongest components are taken out", takes=""),
    _edit("whitening", "whitening:Whitening", "all directions get the same variance", takes=""),
    _baseline("random", "RandomVectors", "independent normal vectors: chance"),
    _baseline("degree", "Degree", "degree product (in-degree popularity where directed)"),
    _baseline("common-neighbours", "CommonNeighbours", "number of paths of length two"),
    _baseline("adamic-adar", "AdamicAdar", "paths of length two, those through busy nodes counting less", default=False),
    _baseline("eckart-young", "RankD", "the adjacency matrix at rank d, nearest in Frobenius norm"),
    _baseline("positive", "PositiveRankD", "the same from positive eigenvalues alone (undirected graphs)", default=False),
)


def normalise(name: str) -> str:
    """The form in which names are compared: lower case without ``-``, ``_``, blanks.

    >>> normalise("GF-CF") == normalise("gf_cf") == normalise("GFCF")
    True
    """
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


def _from_entry_point(kind: str, name: str, value: str, distribution: str) -> Entry:
    summary = f"from the package {distribution}" if distribution else "from another package"
    return Entry(kind, name, value, summary, family=distribution, takes="graph" if kind == "method" else "")


@cache
def _table() -> dict[tuple[str, str], Entry]:
    table = {(e.kind, normalise(e.name)): e for e in _ENTRIES}
    for point in entry_points(group=GROUP):
        kind, _, name = point.name.partition(".")
        if kind not in KINDS or not name:
            continue
        key = kind, normalise(name)
        if key not in table:  # a third party adds names, it does not replace ours
            table[key] = _from_entry_point(kind, name, point.value, point.dist.name if point.dist else "")
    return table


def entries(kind: str) -> list[Entry]:
    """All entries of a kind, ours first, in the order of the table."""
    if kind not in KINDS:
        raise UnknownNameError("kind", kind, KINDS)
    return [e for (k, _), e in _table().items() if k == kind]


def find(kind: str, name: str) -> Entry:
    """The entry behind a name; an unknown name gets the nearest known ones."""
    entry = _table().get((kind, normalise(name)))
    if entry is None:
        known = [e.name for e in entries(kind)]
        raise UnknownNameError(kind, name, known, remedy="known: " + ", ".join(known))
    return entry


def resolve(kind: str, name: str) -> Any:
    """The object behind a name, imported when first asked for."""
    return find(kind, name).load()


def name_of(kind: str, obj: object) -> str:
    """The registered name of a class, or the class's own name in lower case where it is not registered."""
    cls = obj if inspect.isclass(obj) else type(obj)
    target = f"{cls.__module__}:{cls.__qualname__}"
    return next((e.name for e in entries(kind) if e.target == target), cls.__name__.lower())


def parse_spec(text: str) -> tuple[str, dict[str, Any]]:
    """Split ``NAME:key=value,key=value`` into the name and its settings.

    Values are Python literals where they read as one (``64``, ``0.5``, ``none``, ``true``, ``(1,2)``), else text.
    Commas inside brackets or quotes do not separate. ``-`` in a key is read as ``_``.

    >>> parse_spec("arope:weights=(1,0.1),dim=8")
    ('arope', {'weights': (1, 0.1), 'dim': 8})
    >>> parse_spec("mine:column='a,b'")
    ('mine', {'column': 'a,b'})
    """
    name, _, rest = text.partition(":")
    settings: dict[str, Any] = {}
    for part in _split_outside_brackets(rest):
        key, equals, value = part.partition("=")
        key = key.strip().replace("-", "_")
        if not equals or not key:
            raise ParameterError(f"expected key=value in {text!r}, got {part!r}")
        if key in settings:
            raise ParameterError(f"{key!r} is given twice in {text!r}")
        settings[key] = _literal(value.strip())
    if not name.strip():
        raise ParameterError(f"expected NAME[:key=value,...], got {text!r}")
    return name.strip(), settings


def _split_outside_brackets(text: str) -> list[str]:
    """The parts between commas, save those inside brackets or inside quotes that open a value."""
    parts, depth, start, quote = [], 0, 0, ""
    for i, c in enumerate(text):
        if quote:
            quote = "" if c == quote else quote
            continue
        if c in "\"'" and text[i - 1 : i] in ("=", ",", "(", "["):
            quote = c
        depth += (c in "([{") - (c in ")]}")
        if c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    parts.append(text[start:])
    return [p for p in parts if p.strip()]


def _literal(text: str) -> Any:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def build(kind: str, spec: str, **defaults: Any) -> Any:
    """Construct what ``NAME:key=value,...`` describes.

    ``defaults`` are used for arguments the class has and the text does not set.
    """
    name, settings = parse_spec(spec)
    entry = find(kind, name)
    cls = entry.load()
    known = [p for p in inspect.signature(cls).parameters if p != "self"]
    for key in settings:
        if key not in known:
            near = nearest_names(key, known)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ParameterError(f"{entry.name} has no setting {key!r}{hint} (settings: {', '.join(known)})")
    chosen = {**{k: v for k, v in defaults.items() if k in known}, **settings}
    required = [p.name for p in inspect.signature(cls).parameters.values() if p.default is p.empty and p.kind not in _OPEN]
    if lacking := [key for key in required if key not in chosen]:
        raise ParameterError(f"{entry.name} needs a setting {lacking[0]!r}: write {entry.name}:{lacking[0]}=...")
    return cls(**chosen)
