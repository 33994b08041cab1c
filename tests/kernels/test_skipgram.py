"""Skip-gram on walks: repeatable, resumable, silent, and it learns."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from graphemb.data.graph import Graph
from graphemb.errors import DataError, FormatError, ParameterError, TrainingError
from graphemb.kernels.skipgram import SkipGram
from graphemb.kernels.walk_corpus import WalkCorpus
from graphemb.kernels.walks import Walker
from graphemb.nodes.deepwalk import DeepWalk

QUICK = {"dim": 8, "n_walks": 3, "walk_length": 12, "window": 3}


def corpus_of(graph: Graph, n_walks: int = 3) -> WalkCorpus:
    return WalkCorpus(Walker(graph, walk_length=12), n_walks, seed=0)


def test_corpus_holds_every_walk_once_and_shuffles_by_epoch(community_graph):
    corpus = corpus_of(community_graph)
    first, second = list(corpus.sentences(0)), list(corpus.sentences(1))
    assert sorted(first) == sorted(second) == sorted(corpus.walker.walks(0, 180).tolist())
    assert first != second and first == list(corpus.sentences(0))
    assert corpus.counts.sum() == 180 * 12 and corpus.n_sentences == 180


def test_corpus_cuts_walks_at_their_end_and_drops_single_nodes(directed_graph):
    corpus = corpus_of(directed_graph)
    sentences = list(corpus.sentences(0))
    assert len(sentences) == corpus.n_sentences
    assert min(map(len, sentences)) >= 2 and not any(-1 in s for s in sentences)
    np.testing.assert_array_equal(np.bincount(np.concatenate(sentences), minlength=40), corpus.counts)


def test_loss_falls(community_graph):
    result = SkipGram(dim=16, window=3, epochs=30, lr=0.1).fit(corpus_of(community_graph, 10), seed=0)
    assert len(result.history.losses) == 30
    assert result.history.losses[-1] < 0.9 * result.history.losses[0] < 0.9 * 6 * np.log(2)  # at the start every score is 0


def test_resumed_fit_equals_the_uninterrupted_one(community_graph, tmp_path):
    class Killed(Exception):
        pass

    def kill(epoch, epochs, loss):
        if epoch == 2:
            raise Killed

    path = tmp_path / "run.safetensors"
    method = DeepWalk(**QUICK, epochs=4)
    with pytest.raises(Killed):
        method.fit(community_graph, checkpoint=path, callback=kill)
    assert [f.name for f in tmp_path.iterdir()] == ["run.safetensors"]
    seen = []
    resumed = method.fit(community_graph, checkpoint=path, callback=lambda *now: seen.append(now)).embedding_
    whole = DeepWalk(**QUICK, epochs=4).fit(community_graph).embedding_
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)
    np.testing.assert_array_equal(resumed.context, whole.context)
    assert resumed.meta["notes"] == whole.meta["notes"]
    assert [(epoch, epochs) for epoch, epochs, _ in seen] == [(3, 4), (4, 4)]
    assert not path.exists()  # done: the next fit starts anew


def test_callback_stops_the_fit_and_the_checkpoint_stays(community_graph, tmp_path):
    path = tmp_path / "run.safetensors"
    method = DeepWalk(**QUICK, epochs=3)
    e = method.fit(community_graph, checkpoint=path, callback=lambda epoch, epochs, loss: epoch == 1).embedding_
    assert e.meta["notes"]["stopped_after"] == 1 and len(e.meta["notes"]["losses"]) == 1
    e = method.fit(community_graph, checkpoint=path).embedding_
    assert "stopped_after" not in e.meta["notes"] and len(e.meta["notes"]["losses"]) == 3


@pytest.mark.parametrize("change", [{"lr": 0.5}, {"random_state": 1}, {"dim": 9}])
def test_checkpoint_of_another_run_is_refused(community_graph, tmp_path, change):
    path = tmp_path / "run.safetensors"
    DeepWalk(**QUICK, epochs=3).fit(community_graph, checkpoint=path, callback=lambda *now: True)
    with pytest.raises(DataError, match=f"another run \\({next(iter(change))} is"):
        DeepWalk(**{**QUICK, "epochs": 3, **change}).fit(community_graph, checkpoint=path)
    with pytest.raises(DataError, match="data is"):
        DeepWalk(**QUICK, epochs=3).fit(Graph.from_edges([("a", "b")]), checkpoint=path)


def test_damaged_checkpoint_is_refused_in_one_line(community_graph, tmp_path):
    path = tmp_path / "run.safetensors"
    path.write_bytes(b"half a file")
    with pytest.raises(FormatError, match="delete it to start anew") as caught:
        DeepWalk(**QUICK).fit(community_graph, checkpoint=path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == b"half a file"


def test_checkpoint_needs_a_seed(community_graph, tmp_path):
    with pytest.raises(ParameterError, match="random_state"):
        DeepWalk(**QUICK, random_state=None).fit(community_graph, checkpoint=tmp_path / "run.safetensors")


def test_diverging_loss_names_epoch_and_setting(community_graph, monkeypatch):
    def diverge(self, sentences, **options):
        self.wv.vectors[3] = np.nan if options["start_alpha"] < 0.025 else 0

    monkeypatch.setattr("gensim.models.Word2Vec.train", diverge)
    with pytest.raises(TrainingError, match=r"after epoch 2 of 3; lower lr, now 0\.025"):
        DeepWalk(**QUICK, epochs=3).fit(community_graph)


def test_largest_learning_rate_stays_finite(community_graph):
    assert np.isfinite(DeepWalk(**QUICK, lr=1.0, epochs=20).fit(community_graph).embedding_.vectors).all()


def test_error_while_walking_ends_the_fit(community_graph, monkeypatch):
    corpus = corpus_of(community_graph)

    def fail(*args):
        raise MemoryError("no memory for walks")

    monkeypatch.setattr(corpus, "sentences", fail)
    with pytest.raises(MemoryError):
        SkipGram(dim=4).fit(corpus, seed=0)
    monkeypatch.undo()

    def fail_late(epoch, advance):
        yield [0, 1, 2]
        raise MemoryError("no memory for walks")

    monkeypatch.setattr(corpus, "sentences", fail_late)
    with pytest.raises(MemoryError):
        SkipGram(dim=4).fit(corpus, seed=0)


REPORT = """
import numpy as np
from graphemb.data.graph import Graph
from graphemb.nodes.deepwalk import DeepWalk
ring = Graph.from_edges([(f"n{i}", f"n{(i + 1) % 9}") for i in range(9)])
print(DeepWalk(dim=3, n_walks=2, walk_length=9, window=2).fit(ring).embedding_.vectors.tobytes().hex())
"""


def test_result_does_not_depend_on_string_hashes_and_nothing_is_printed():
    def run(hash_seed: str) -> tuple[str, str]:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run([sys.executable, "-c", REPORT], capture_output=True, text=True, check=True, env=environment)
        return done.stdout, done.stderr

    first, second = run("1"), run("2")
    assert first == second
    assert first[1] == ""


def test_progress_goes_to_stderr(community_graph, capsys):
    DeepWalk(**QUICK, epochs=2).fit(community_graph, progress=True)
    out, _ = capsys.readouterr()
    assert out == ""
