#!/usr/bin/python3
"""Writes embedding_reference.json: what scikit-learn 1.2.1 says of pictures of rows, and how its t-SNE makes them.

The tests read the recorded file only. Run this (Debian's python3-sklearn) to make it again. The digits are those of
classification_reference.json.
"""
import json
import os

import numpy as np
from scipy.spatial.distance import squareform
from sklearn import datasets, decomposition, manifold, metrics, neighbors
from sklearn.manifold import _t_sne

NEIGHBORS = 5
DIGITS = 1000
RATE = .5


def floats(array):
    return np.asarray(array).astype(np.float32).astype(np.float64)


def written(array):
    return [[float("%.9g" % v) for v in row] for row in array]


def measured(name, rows, places, labels):
    """A row's neighbours are the others; of equally frequent labels the smallest wins."""
    rows, places = floats(rows), floats(places)
    near = neighbors.NearestNeighbors(n_neighbors=NEIGHBORS).fit(places).kneighbors(return_distance=False)
    votes = [np.argmax(np.bincount(labels[others])) for others in near]
    return {
        "case": name,
        "rows": written(rows),
        "places": written(places),
        "labels": labels.tolist(),
        "trustworthiness": manifold.trustworthiness(rows, places, n_neighbors=NEIGHBORS),
        "continuity": manifold.trustworthiness(places, rows, n_neighbors=NEIGHBORS),
        "neighbor_accuracy": metrics.accuracy_score(labels, votes),
    }


def pictures():
    rng = np.random.default_rng(0)
    blobs, blob_labels = datasets.make_blobs(150, 6, centers=5, random_state=0)
    roll, along = datasets.make_swiss_roll(120, random_state=0)
    return [
        measured("blobs by their principal components", blobs, decomposition.PCA(2).fit_transform(blobs), blob_labels),
        measured("a roll seen from the side", roll, roll[:, [0, 2]], (along > 9).astype(int)),
        measured("far from the origin", blobs[:80] / 100 + 300, blobs[:80, :3] + 1000, blob_labels[:80]),
        measured("anywhere", rng.normal(size=(60, 20)), rng.normal(size=(60, 1)), rng.integers(0, 3, 60)),
        measured("eleven rows", rng.normal(size=(11, 3)), rng.normal(size=(11, 2)), rng.integers(0, 2, 11)),
    ]


def upper(joint):
    return [float("%.7g" % v) for v in squareform(joint, checks=False)]


def affinities(rows):
    """Of nearest neighbours, and of all others, where three times the perplexity are as many."""
    graph = neighbors.NearestNeighbors(n_neighbors=31).fit(rows).kneighbors_graph(mode="distance")
    graph.data **= 2
    sparse = _t_sne._joint_probabilities_nn(graph, 10.0, 0).toarray()
    dense = squareform(_t_sne._joint_probabilities(metrics.pairwise_distances(rows, squared=True), 25.0, 0))
    return [{"perplexity": 10, "joint": upper(sparse)}, {"perplexity": 25, "joint": upper(dense)}], dense


def descent(joint, start, rounds):
    """Exact, exploring: what the first call of TSNE's gradient descent does. Its steps are so short that rounding does
    not decide where they go."""
    condensed = squareform(joint)
    places, _, _ = _t_sne._gradient_descent(
        _t_sne._kl_divergence, start.ravel(), 0, rounds, n_iter_check=50, momentum=.5, learning_rate=RATE,
        args=[condensed * 12, 1, len(start), 2], kwargs={"skip_num_points": 0})
    divergence = _t_sne._kl_divergence(places, condensed, 1, len(start), 2)[0]
    return {"rounds": rounds, "learning_rate": RATE, "places": written(places.reshape(start.shape)), "divergence": divergence}


def main():
    rng = np.random.default_rng(1)
    rows = floats(datasets.make_blobs(60, 5, centers=4, random_state=1)[0])
    start = floats(rng.normal(size=(60, 2)) * 1e-4)
    cases, joint = affinities(rows)
    whole = manifold.TSNE(method="exact", init=start, perplexity=25, learning_rate="auto").fit(rows)
    digits = floats(datasets.load_digits().data[:DIGITS])
    drawn = manifold.TSNE(init="pca", learning_rate="auto", random_state=0).fit(digits)
    reference = {
        "pictures": pictures(),
        "rows": written(rows),
        "affinities": cases,
        "start": written(start),
        "descents": [descent(joint, floats(start * 1e4), rounds) for rounds in (1, 20, 60)],
        "divergence_in_the_end": whole.kl_divergence_,
        "digits": {
            "rows": DIGITS,
            "divergence": float(drawn.kl_divergence_),
            "trustworthiness": manifold.trustworthiness(digits, drawn.embedding_, n_neighbors=NEIGHBORS),
        },
    }
    text = ",\n".join('"%s": %s' % (key, "[\n%s\n]" % ",\n".join(json.dumps(item, separators=(",", ":")) for item in value)
                                    if isinstance(value, list) else json.dumps(value))
                      for key, value in reference.items())
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "embedding_reference.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n%s\n}\n" % text)


if __name__ == "__main__":
    main()
