#!/usr/bin/python3
"""Writes neighbors_reference.json: what scikit-learn 1.2.1's k nearest neighbours say of its bundled data.

The tests read the recorded file only. Run this (Debian's python3-sklearn) to make it again.
"""
import json
import os

import numpy as np
from sklearn import datasets, metrics, neighbors

SETTINGS = [(k, weights, metric) for metric in ("EUCLIDEAN", "MANHATTAN", "COSINE")
            for k, weights in ((1, "UNIFORM"), (3, "DISTANCE"), (5, "UNIFORM"), (20, "DISTANCE"))]


def case(name, bunch, rows, scale):
    """Learns from even rows, predicts odd ones; numbers are floats of 32 bits."""
    order = np.random.default_rng(0).permutation(len(bunch.target))[:rows]
    x, y = (bunch.data[order] / scale).astype(np.float32), bunch.target[order]
    learn, ask = x[::2].astype(np.float64), x[1::2].astype(np.float64)
    results = []
    for k, weights, metric in SETTINGS:
        distances = np.sort(metrics.pairwise_distances(ask, learn, metric=metric.lower()), axis=1)
        # Which of equally near rows is taken is nobody's business: those rows are left out.
        clear = np.flatnonzero(distances[:, k] - distances[:, k - 1] > 1e-9 * distances[:, k])
        model = neighbors.KNeighborsClassifier(
            n_neighbors=k, weights=weights.lower(), metric=metric.lower(), algorithm="brute").fit(learn, y[::2])
        results.append({
            "model": "nearest_neighbors { neighbors: %d weights: %s metric: %s }" % (k, weights, metric),
            "rows": clear.tolist(),
            "predicted": model.predict(ask[clear]).tolist(),
            "probabilities": [[round(float(p), 7) for p in row] for row in model.predict_proba(ask[clear])],
        })
    return {
        "case": name,
        "classes": int(y.max()) + 1,
        "labels": y.tolist(),
        "features": [[float("%.9g" % v) for v in row] for row in x],
        "results": results,
    }


def main():
    cases = [
        case("digits", datasets.load_digits(), 200, 1),
        case("digits in sixteenths", datasets.load_digits(), 80, 16),
        case("iris", datasets.load_iris(), 150, 1),
        case("wine", datasets.load_wine(), 178, 1),
        case("breast cancer", datasets.load_breast_cancer(), 100, 1),
    ]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "neighbors_reference.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n%s\n]\n" % ",\n".join(json.dumps(item, separators=(",", ":")) for item in cases))


if __name__ == "__main__":
    main()
