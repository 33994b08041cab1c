"""What can be fetched, and from where.

Addresses on GitHub name a commit, so that their content is fixed and its checksum known. SNAP publishes no checksums;
those files are recorded at the first fetch.
"""

from __future__ import annotations

from typing import Any

from graphemb.datasets.card import Card, DataFile

_SNAP = "https://snap.stanford.edu/data/"
_SNAP_CITATION = "J. Leskovec, A. Krevl: SNAP Datasets, Stanford Large Network Dataset Collection (2014), https://snap.stanford.edu/data"
_RAW = "https://raw.githubusercontent.com/"
_VILLMOW = _RAW + "villmow/datasets_knowledge_embedding/9e392453d6804d1f51c13e5650ae58ed48b638d5/"
_CODEX = _RAW + "tsafavi/codex/3132e426c2a6b643b70bad679905a3a6270be440/data/triples/"
_LEI = _RAW + "ZhenfengLei/KGDatasets/3f8c12defd62c94cc512a693228906b019ff73b9/"
_OPENNE = _RAW + "thunlp/OpenNE/7b86f4ca25fca3f441f593335fa57dc7dffb3b29/data/cora/"


def _snap(name: str, file: str, title: str, what: str, nodes: int, edges: int, *, directed: bool, notes: tuple[str, ...] = ()) -> Card:
    return Card(
        name,
        title,
        "graph",
        what=what,
        source=_SNAP + file,
        counts={"nodes": nodes, "edges": edges},
        directed=directed,
        files=(DataFile(_SNAP + file, "edges"),),
        citation=_SNAP_CITATION,
        origin="fetched",
        notes=("The source publishes no checksum: the one found is recorded at the first fetch.", *notes),
    )


def _triples(name: str, title: str, base: str, sums: tuple[str | None, str | None, str | None], **facts: Any) -> Card:
    parts = ("train", "valid", "test")
    files = tuple(DataFile(f"{base}{part}.txt", part, sha256) for part, sha256 in zip(parts, sums, strict=True))
    return Card(name, title, "knowledge-graph", directed=True, files=files, source=base, origin="fetched", **facts)


def _counts(entities: int, relations: int, train: int, valid: int, test: int) -> dict[str, int]:
    return {"entities": entities, "relations": relations, "train": train, "valid": valid, "test": test}


CARDS = (
    _snap(
        "ca-grqc",
        "ca-GrQc.txt.gz",
        "Collaboration in general relativity",
        "Authors of the arXiv category gr-qc, 1993 to 2003; an edge joins two who wrote a paper together.",
        5242,
        14496,
        directed=False,
        notes=("12 self-loops are among the edges; copies without them have 14,484 edges and 5,241 nodes.",),
    ),
    _snap(
        "ca-hepth",
        "ca-HepTh.txt.gz",
        "Collaboration in high-energy physics theory",
        "Authors of the arXiv category hep-th, 1993 to 2003; an edge joins two who wrote a paper together.",
        9877,
        25998,
        directed=False,
        notes=("25 self-loops are among the edges.",),
    ),
    _snap(
        "wiki-vote",
        "wiki-Vote.txt.gz",
        "Votes on Wikipedia administrators",
        "An edge goes from a voter to the candidate voted on, up to January 2008.",
        7115,
        103689,
        directed=True,
    ),
    _snap(
        "email-eu-core",
        "email-Eu-core.txt.gz",
        "E-mail within a research institution",
        "An edge goes from a member to another who was sent at least one message.",
        1005,
        25571,
        directed=True,
        notes=("642 self-loops are among the edges.",),
    ),
    _snap(
        "ego-facebook",
        "facebook_combined.txt.gz",
        "Circles of friends on Facebook",
        "Ten ego networks put together; an edge is a friendship.",
        4039,
        88234,
        directed=False,
    ),
    Card(
        "cora-citation",
        "Cora citations",
        "graph",
        what="Papers on machine learning; an edge goes from one to another by a citation, as in the source. The node column `label` is one "
        "of seven topics.",
        source=_OPENNE,
        licence="MIT for the repository; the data state none",
        counts={"nodes": 2708, "edges": 5429},
        directed=True,
        files=(
            DataFile(_OPENNE + "cora_edgelist.txt", "edges", "bdab43591bf44e2870280e36bd0f215f04cfcf019c08347d90da4a7a4f5c5775"),
            DataFile(_OPENNE + "cora_labels.txt", "labels", "f6b5e9a0306dde91f56ce5bfa413b9d7afc7756590a8230f9e5a37ba2581299e"),
        ),
        citation="A. McCallum et al.: Automating the construction of internet portals. Information Retrieval 3 (2000)",
        origin="fetched",
    ),
    _triples(
        "wn18rr",
        "WN18RR",
        _VILLMOW + "WN18RR/original/",
        (
            "038612e783c215ee5f3ca9fbfca27b8d0739be1028fe4ee7c174aecf0b83d5df",
            "453ce7202afa58094a04d2b1560ee2b02660f1c260b32ce6651c8ccedd1028ab",
            "0383bceaaa1096cf3c03ec021ed0048068e2355dbfc0239b292cefdac821cec5",
        ),
        what="WordNet synsets (eight-digit offsets) and eleven relations, without the inverse relations of WN18.",
        licence="MIT for the repository; WordNet 3.0 licence for the content",
        counts=_counts(40943, 11, 86835, 3034, 3134),
        citation="T. Dettmers et al.: Convolutional 2D knowledge graph embeddings. AAAI 2018, arXiv:1707.01476",
        notes=("210 test and 210 valid triples hold an entity that no training triple holds; they are kept.",),
    ),
    _triples(
        "fb15k-237",
        "FB15k-237",
        _VILLMOW + "FB15k-237/",
        (
            None,
            "749cbe9d923bac7b9354da5614ecfed2e0220256d442c3e04a6b303db1f273d9",
            "e2e35e8e6113de220140b6f44dc71a5207b0fc6872d575e874aefe13259b655b",
        ),
        what="Freebase entities and 237 relations, without the inverse relations of FB15k.",
        licence="MIT for the repository; the data state none",
        counts=_counts(14541, 237, 272115, 17535, 20466),
        citation="K. Toutanova, D. Chen: Observed versus latent features for knowledge base and text inference. CVSC 2015",
        notes=(
            "28 test and 9 valid triples hold an entity that no training triple holds; they are kept.",
            "The checksum of train.txt is recorded at the first fetch.",
        ),
    ),
    _triples(
        "codex-s",
        "CoDEx-S",
        _CODEX + "codex-s/",
        (
            "64f93b7f314f3936a6f65739721429db3f6a7c8f5a1e1104ec3bb544f7434f59",
            "3831c0e57daef03c3a18cdd1a72e370b496f696c5218883d35c7d2ab8a6a772c",
            "27127fcb34688c4778e88a39ef3c9b540807da846021e9d9685660ac1838aca1",
        ),
        what="Wikidata entities (Q numbers) and relations (P numbers), small selection.",
        licence="MIT",
        counts=_counts(2034, 42, 32888, 1827, 1828),
        citation="T. Safavi, D. Koutra: CoDEx. EMNLP 2020, arXiv:2009.07810",
    ),
    _triples(
        "codex-m",
        "CoDEx-M",
        _CODEX + "codex-m/",
        (
            "d99c3437ab51690391a26d96976adf6e5494dba7ef6902e77000551bfa566556",
            "11c323096367354940846b9ed940c5dabddc1d20a70474222babe7e7fd28b28d",
            "0575ce05e4ce915e395bb4f708e8df9547989dd4c8c71407cbfd78c19daffcf7",
        ),
        what="Wikidata entities (Q numbers) and relations (P numbers), medium selection.",
        licence="MIT",
        counts=_counts(17050, 51, 185584, 10310, 10311),
        citation="T. Safavi, D. Koutra: CoDEx. EMNLP 2020, arXiv:2009.07810",
    ),
    _triples(
        "nations",
        "Nations",
        _LEI + "Nations/",
        (
            "0830fa9da8e5bba2ccdaa45b7bdc9130451ba66b09ff2708f35fccaf82473e57",
            "2b337a62e51a2f45c283eac98a70d21b7e0e102136be1539b2a52c652a7b0530",
            "3971085165b47b6aeaec68058c6d8d98b3005e929db81268410b95ae4db770ab",
        ),
        what="Fourteen countries of the 1950s and 1960s and 55 relations between them.",
        counts=_counts(14, 55, 1592, 199, 201),
        citation="R. J. Rummel: Dimensionality of Nations Project; C. Kemp et al.: Learning systems of concepts. AAAI 2006",
    ),
    _triples(
        "umls",
        "UMLS semantic network",
        _LEI + "UMLS/",
        (
            "873ef4925516b83e7f6f8cc02b4be51d848828710a7f65a956f0ac4a9e452f35",
            "025c98f8a4891e2a6582ec5b40ee0d904031edad9c52554522f4b7904820c98e",
            "a7eb529a3d2810fcc96341ccc97c625a5e202f8389673aa6bd317eeebbb79014",
        ),
        what="Biomedical concepts and 46 relations between them.",
        counts=_counts(135, 46, 5216, 652, 661),
        citation="A. T. McCray: An upper-level ontology for the biomedical domain. Comparative and Functional Genomics 4 (2003)",
    ),
)
