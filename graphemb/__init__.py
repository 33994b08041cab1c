"""Train, rebuild, analyse and edit knowledge and graph embeddings.

>>> import graphemb as ge
>>> graph = ge.load_dataset("karate-club")
>>> embedding = ge.HOPE(dim=4, random_state=0).fit(graph).embedding_
>>> ge.restore(embedding, graph).to_frame().loc[0, "sources"].item()
34

Importing the package is cheap: names are imported from their modules when first used.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HERE = Path(__file__).resolve().parent
if (_HERE.parent / "setup.cfg").is_file():
    # A bare checkout: analysis/, dashboards/ and datasets/ lie beside this folder instead of inside it.
    __path__.append(str(_HERE.parent))

_PUBLIC = {
    "AROPE": "graphemb.nodes.arope",
    "Analogy": "graphemb.analysis.analogy",
    "BSPM": "graphemb.recommend.bspm",
    "BiQUE": "graphemb.knowledge.bique",
    "BiasReport": "graphemb.analysis.bias.report",
    "BiasResult": "graphemb.analysis.bias.result",
    "BinaryParagraphVectors": "graphemb.words.binary_paragraph_vectors",
    "Chain": "graphemb.analysis.edits.chain",
    "Comparison": "graphemb.analysis.geometry.comparison",
    "ComplEx": "graphemb.knowledge.complex",
    "Completion": "graphemb.analysis.completion",
    "Concept": "graphemb.data.concept",
    "Corpus": "graphemb.data.corpus",
    "DECOR": "graphemb.analysis.edits.decor",
    "DeepWalk": "graphemb.nodes.deepwalk",
    "Dihedron": "graphemb.knowledge.dihedron",
    "DisambiguatedSkipGram": "graphemb.words.disambiguated_skipgram",
    "DistMult": "graphemb.knowledge.distmult",
    "Doc2Vec": "graphemb.words.doc2vec",
    "Embedding": "graphemb.data.embedding",
    "FastText": "graphemb.words.fasttext",
    "FilteredSVD": "graphemb.recommend.filtered_svd",
    "GFCF": "graphemb.recommend.gfcf",
    "GeometryResult": "graphemb.analysis.geometry.geometry_result",
    "GloVe": "graphemb.words.glove",
    "Graph": "graphemb.data.graph",
    "GraphembError": "graphemb.errors",
    "HOPE": "graphemb.nodes.hope",
    "HardDebias": "graphemb.analysis.edits.hard",
    "Interactions": "graphemb.data.interactions",
    "KnowledgeGraph": "graphemb.data.knowledge_graph",
    "LEACE": "graphemb.analysis.edits.leace",
    "LPCA": "graphemb.nodes.lpca",
    "LaplacianEigenmaps": "graphemb.nodes.laplacian_eigenmaps",
    "LightGCN": "graphemb.recommend.lightgcn",
    "Lion": "graphemb.knowledge.tetra",
    "MMHCL": "graphemb.recommend.mmhcl",
    "MapTrust": "graphemb.analysis.geometry.map_trust",
    "MeanDifference": "graphemb.analysis.edits.mean_difference",
    "Node2Vec": "graphemb.nodes.node2vec",
    "PriceResult": "graphemb.analysis.price_result",
    "ProbeResult": "graphemb.analysis.probe_result",
    "QuatE": "graphemb.knowledge.quate",
    "RankingResult": "graphemb.analysis.ranking_result",
    "Receipt": "graphemb.analysis.receipt",
    "Restoration": "graphemb.reconstruction.restoration",
    "Robin": "graphemb.knowledge.tetra",
    "RotatE": "graphemb.knowledge.rotate",
    "SDNE": "graphemb.nodes.sdne",
    "SPPMI": "graphemb.words.sppmi",
    "Spectral": "graphemb.nodes.spectral",
    "Tetra": "graphemb.knowledge.tetra",
    "TransE": "graphemb.knowledge.transe",
    "TripleResult": "graphemb.analysis.triple_result",
    "Word2Vec": "graphemb.words.word2vec",
    "WordResult": "graphemb.analysis.word_result",
    "WordTest": "graphemb.data.word_test",
    "analogies": "graphemb.reconstruction.semantics.word_tests",
    "analogy": "graphemb.analysis.analogy",
    "bias_report": "graphemb.analysis.bias.report",
    "biased_names": "graphemb.analysis.bias.extremes",
    "certify": "graphemb.reconstruction.certificate",
    "classify_nodes": "graphemb.analysis.node_classification",
    "cluster_nodes": "graphemb.analysis.clustering",
    "compare": "graphemb.analysis.geometry.compare",
    "dataset_card": "graphemb.datasets.registry",
    "dataset_names": "graphemb.datasets.registry",
    "distance_ratios": "graphemb.reconstruction.semantics.distance_ratios",
    "edit": "graphemb.analysis.edits.named",
    "evaluate": "graphemb.analysis.evaluation",
    "feature_matrix": "graphemb.kernels.text_features",
    "fit_logistic_decoder": "graphemb.reconstruction.decoders.learned",
    "fold_in": "graphemb.kernels.recommender",
    "geometry": "graphemb.analysis.geometry.geometry",
    "hold_out": "graphemb.data.interaction_splits",
    "k_core": "graphemb.data.interaction_splits",
    "link_prediction": "graphemb.analysis.link_prediction",
    "lipstick": "graphemb.analysis.bias.lipstick",
    "load_concept": "graphemb.datasets.concepts",
    "load_dataset": "graphemb.datasets.registry",
    "load_figures": "graphemb.datasets.concepts",
    "load_names": "graphemb.datasets.concepts",
    "load_word_test": "graphemb.datasets.word_tests",
    "map_trust": "graphemb.analysis.geometry.map_trust",
    "measure": "graphemb.analysis.bias.named",
    "node_labels": "graphemb.analysis.node_labels",
    "place": "graphemb.kernels.placement",
    "predict": "graphemb.analysis.completion",
    "price": "graphemb.analysis.price",
    "procrustes_align": "graphemb.analysis.geometry.procrustes",
    "project": "graphemb.analysis.projection",
    "rated_at_least": "graphemb.data.interaction_splits",
    "read_concept": "graphemb.data.concept_file",
    "read_corpus": "graphemb.data.corpus_file",
    "read_graph": "graphemb.data.graph_file",
    "read_interactions": "graphemb.data.interactions_file",
    "read_knowledge_graph": "graphemb.data.triples_file",
    "receipt": "graphemb.analysis.receipt",
    "recommendations": "graphemb.analysis.suggestions",
    "restore": "graphemb.reconstruction.restore",
    "split_edges": "graphemb.analysis.edge_split",
    "split_interactions": "graphemb.data.interaction_splits",
    "text_features": "graphemb.kernels.text_features",
    "word_similarity": "graphemb.reconstruction.semantics.word_tests",
    "write_graph": "graphemb.data.graph_file",
    "write_interactions": "graphemb.data.interactions_file",
    "write_knowledge_graph": "graphemb.data.triples_file",
}

if TYPE_CHECKING:
    from graphemb.analysis.analogy import Analogy as Analogy
    from graphemb.analysis.analogy import analogy as analogy
    from graphemb.analysis.bias.extremes import biased_names as biased_names
    from graphemb.analysis.bias.lipstick import lipstick as lipstick
    from graphemb.analysis.bias.named import measure as measure
    from graphemb.analysis.bias.report import BiasReport as BiasReport
    from graphemb.analysis.bias.report import bias_report as bias_report
    from graphemb.analysis.bias.result import BiasResult as BiasResult
    from graphemb.analysis.clustering import cluster_nodes as cluster_nodes
    from graphemb.analysis.completion import Completion as Completion
    from graphemb.analysis.completion import predict as predict
    from graphemb.analysis.edge_split import split_edges as split_edges
    from graphemb.analysis.edits.chain import Chain as Chain
    from graphemb.analysis.edits.decor import DECOR as DECOR
    from graphemb.analysis.edits.hard import HardDebias as HardDebias
    from graphemb.analysis.edits.leace import LEACE as LEACE
    from graphemb.analysis.edits.mean_difference import MeanDifference as MeanDifference
    from graphemb.analysis.edits.named import edit as edit
    from graphemb.analysis.evaluation import evaluate as evaluate
    from graphemb.analysis.geometry.compare import compare as compare
    from graphemb.analysis.geometry.comparison import Comparison as Comparison
    from graphemb.analysis.geometry.geometry import geometry as geometry
    from graphemb.analysis.geometry.geometry_result import GeometryResult as GeometryResult
    from graphemb.analysis.geometry.map_trust import MapTrust as MapTrust
    from graphemb.analysis.geometry.map_trust import map_trust as map_trust
    from graphemb.analysis.geometry.procrustes import procrustes_align as procrustes_align
    from graphemb.analysis.link_prediction import link_prediction as link_prediction
    from graphemb.analysis.node_classification import classify_nodes as classify_nodes
    from graphemb.analysis.node_labels import node_labels as node_labels
    from graphemb.analysis.price import price as price
    from graphemb.analysis.price_result import PriceResult as PriceResult
    from graphemb.analysis.probe_result import ProbeResult as ProbeResult
    from graphemb.analysis.projection import project as project
    from graphemb.analysis.ranking_result import RankingResult as RankingResult
    from graphemb.analysis.receipt import Receipt as Receipt
    from graphemb.analysis.receipt import receipt as receipt
    from graphemb.analysis.suggestions import recommendations as recommendations
    from graphemb.analysis.triple_result import TripleResult as TripleResult
    from graphemb.analysis.word_result import WordResult as WordResult
    from graphemb.data.concept import Concept as Concept
    from graphemb.data.concept_file import read_concept as read_concept
    from graphemb.data.corpus import Corpus as Corpus
    from graphemb.data.corpus_file import read_corpus as read_corpus
    from graphemb.data.embedding import Embedding as Embedding
    from graphemb.data.graph import Graph as Graph
    from graphemb.data.graph_file import read_graph as read_graph
    from graphemb.data.graph_file import write_graph as write_graph
    from graphemb.data.interaction_splits import hold_out as hold_out
    from graphemb.data.interaction_splits import k_core as k_core
    from graphemb.data.interaction_splits import rated_at_least as rated_at_least
    from graphemb.data.interaction_splits import split_interactions as split_interactions
    from graphemb.data.interactions import Interactions as Interactions
    from graphemb.data.interactions_file import read_interactions as read_interactions
    from graphemb.data.interactions_file import write_interactions as write_interactions
    from graphemb.data.knowledge_graph import KnowledgeGraph as KnowledgeGraph
    from graphemb.data.triples_file import read_knowledge_graph as read_knowledge_graph
    from graphemb.data.triples_file import write_knowledge_graph as write_knowledge_graph
    from graphemb.data.word_test import WordTest as WordTest
    from graphemb.datasets.concepts import load_concept as load_concept
    from graphemb.datasets.concepts import load_figures as load_figures
    from graphemb.datasets.concepts import load_names as load_names
    from graphemb.datasets.registry import dataset_card as dataset_card
    from graphemb.datasets.registry import dataset_names as dataset_names
    from graphemb.datasets.registry import load_dataset as load_dataset
    from graphemb.datasets.word_tests import load_word_test as load_word_test
    from graphemb.errors import GraphembError as GraphembError
    from graphemb.kernels.placement import place as place
    from graphemb.kernels.recommender import fold_in as fold_in
    from graphemb.kernels.text_features import feature_matrix as feature_matrix
    from graphemb.kernels.text_features import text_features as text_features
    from graphemb.knowledge.bique import BiQUE as BiQUE
    from graphemb.knowledge.complex import ComplEx as ComplEx
    from graphemb.knowledge.dihedron import Dihedron as Dihedron
    from graphemb.knowledge.distmult import DistMult as DistMult
    from graphemb.knowledge.quate import QuatE as QuatE
    from graphemb.knowledge.rotate import RotatE as RotatE
    from graphemb.knowledge.tetra import Lion as Lion
    from graphemb.knowledge.tetra import Robin as Robin
    from graphemb.knowledge.tetra import Tetra as Tetra
    from graphemb.knowledge.transe import TransE as TransE
    from graphemb.nodes.arope import AROPE as AROPE
    from graphemb.nodes.deepwalk import DeepWalk as DeepWalk
    from graphemb.nodes.hope import HOPE as HOPE
    from graphemb.nodes.laplacian_eigenmaps import LaplacianEigenmaps as LaplacianEigenmaps
    from graphemb.nodes.lpca import LPCA as LPCA
    from graphemb.nodes.node2vec import Node2Vec as Node2Vec
    from graphemb.nodes.sdne import SDNE as SDNE
    from graphemb.nodes.spectral import Spectral as Spectral
    from graphemb.recommend.bspm import BSPM as BSPM
    from graphemb.recommend.filtered_svd import FilteredSVD as FilteredSVD
    from graphemb.recommend.gfcf import GFCF as GFCF
    from graphemb.recommend.lightgcn import LightGCN as LightGCN
    from graphemb.recommend.mmhcl import MMHCL as MMHCL
    from graphemb.reconstruction.certificate import certify as certify
    from graphemb.reconstruction.decoders.learned import fit_logistic_decoder as fit_logistic_decoder
    from graphemb.reconstruction.restoration import Restoration as Restoration
    from graphemb.reconstruction.restore import restore as restore
    from graphemb.reconstruction.semantics.distance_ratios import distance_ratios as distance_ratios
    from graphemb.reconstruction.semantics.word_tests import analogies as analogies
    from graphemb.reconstruction.semantics.word_tests import word_similarity as word_similarity
    from graphemb.words.binary_paragraph_vectors import BinaryParagraphVectors as BinaryParagraphVectors
    from graphemb.words.disambiguated_skipgram import DisambiguatedSkipGram as DisambiguatedSkipGram
    from graphemb.words.doc2vec import Doc2Vec as Doc2Vec
    from graphemb.words.fasttext import FastText as FastText
    from graphemb.words.glove import GloVe as GloVe
    from graphemb.words.sppmi import SPPMI as SPPMI
    from graphemb.words.word2vec import Word2Vec as Word2Vec

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        value = getattr(import_module(_PUBLIC[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'graphemb' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
