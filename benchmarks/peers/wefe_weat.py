"""WEFE's WEAT, timed in WEFE's own environment.

Its p-value redraws both target sets with replacement, so it is another test; what is compared is the time of one permutation. The time
without a p-value is taken off.
"""

import argparse
import json
import time
from importlib.metadata import version

from gensim.models import KeyedVectors
from wefe.metrics import WEAT
from wefe.query import Query
from wefe.word_embedding_model import WordEmbeddingModel

parser = argparse.ArgumentParser()
parser.add_argument("--vectors", required=True, help="word2vec text file")
parser.add_argument("--sets", required=True, help="JSON: the words of the two target sets and of the two attribute sets")
parser.add_argument("--iterations", type=int, required=True)
args = parser.parse_args()

with open(args.sets, encoding="utf-8") as stream:
    sets = json.load(stream)
model = WordEmbeddingModel(KeyedVectors.load_word2vec_format(args.vectors, binary=False), "vectors")
query = Query(sets[:2], sets[2:], ["X", "Y"], ["A", "B"])

started, worked = time.perf_counter(), time.process_time()
plain = WEAT().run_query(query, model, calculate_p_value=False)
without, without_processor = time.perf_counter() - started, time.process_time() - worked
started, worked = time.perf_counter(), time.process_time()
found = WEAT().run_query(query, model, calculate_p_value=True, p_value_iterations=args.iterations)
print(
    json.dumps(
        {
            "seconds": time.perf_counter() - started - without,
            "processor_seconds": time.process_time() - worked - without_processor,
            "effect_size": float(found["effect_size"]),
            "statistic": float(found["weat"]),
            "p": float(found["p_value"]),
            "versions": {p: version(p) for p in ("wefe", "numpy", "gensim")},
        }
    )
)
