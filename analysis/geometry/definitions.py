"""What each figure means, in one sentence: the same words in tables, pages and JSON."""

from __future__ import annotations

DEFINITIONS = {
    "average-cosine": "mean cosine of all pairs of rows, exact; 0 where directions cancel out",
    "partition": "least over greatest sum of exp(a . w) over both signs of the principal axes a; 1: the same in every direction",
    "isoscore": "(PR - 1) / (d - 1) with PR the participation ratio; 0: one axis, 1: equal variance on all axes",
    "participation-ratio": "squared sum over sum of squares of the variances on the principal axes; from 1 to d",
    "effective-rank": "exponential of the entropy of the singular values of the centred rows, as shares of their sum; from 1 to d",
    "top-1-variance": "share of the variance on the first principal axis",
    "top-10-variance": "share of the variance on the first ten principal axes",
    "norm-mean": "mean length of the rows as they were given",
    "norm-spread": "standard deviation of the lengths over their mean",
    "norm-log-count": "correlation of a row's length with the log of its name's frequency or degree",
    "pc1-log-count": "absolute correlation of the first principal axis with the log of frequency or degree",
    "pc2-log-count": "the same of the second axis",
    "pc3-log-count": "the same of the third axis",
    "uniformity": "log of the mean of exp(-2 |x - y|^2) over pairs of rows; lower is more even, about -4 at the least for long unit rows",
    "alignment": "mean squared distance of rows that belong together; lower is closer, 2 for independent unit rows",
    "hubness-skewness": "skewness of N, how many lists of k nearest neighbours a name is in; 0: nobody stands out",
    "hubness-max": "N of the greatest hub",
    "anti-hubs": "share of names that are in nobody's list",
    "hubness-gini": "Gini coefficient of N; 0: all alike, 1: one name is in all lists",
    "dimension-two-nn": "intrinsic dimension: slope of -log(1 - F) over log(r2 / r1), the nine tenths with the least ratios",
    "dimension-two-nn-mle": "intrinsic dimension: number of rows over the sum of log(r2 / r1)",
    "dimension-mle": "intrinsic dimension by the distances of k neighbours (Levina and Bickel, averaged as MacKay and Ghahramani say)",
    "knn-overlap": "share of a name's k nearest neighbours that stay, mean over names; 1: all",
    "knn-jaccard": "shared over all of the two lists of neighbours, mean over names; 1: the same lists",
    "cka": "similarity of the two matrices of inner products, centred; 1: the same up to rotation and scale",
    "cka-debiased": "the same by the unbiased estimate of HSIC, about 0 for unrelated vectors however few the names",
    "procrustes": "share of the squared length that the best rotation and scale leave unexplained, rows centred; 0: the same shape",
    "aligned-cosine": "mean cosine of a name's two vectors after centring and the best rotation",
    "rsa": "Spearman's correlation of the distances of sampled pairs of names; 1: the same order",
    "eigenspace-overlap": "overlap of the spaces that the columns span, |U'V|^2 over the larger rank; 1: the same space",
    "trustworthiness": "1 where all neighbours on the map are neighbours in the embedding, about 0.5 for a random map",
    "continuity": "1 where all neighbours in the embedding are neighbours on the map, about 0.5 for a random map",
    "knn-preservation": "share of a name's k nearest neighbours in the embedding that are among its k nearest on the map",
    "distance-spearman": "Spearman's correlation of distances in the embedding and on the map, sampled pairs: the large picture",
}


def meaning(key: str) -> str:
    """The definition of a figure; what stands behind an @ in its key is the k of its neighbours.

    >>> meaning("knn-overlap@10") == meaning("knn-overlap@5")
    True
    """
    return DEFINITIONS.get(key.partition("@")[0], "")
