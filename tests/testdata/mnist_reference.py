#!/usr/bin/python3
"""Writes mnist_reference.json: what scikit-learn 1.2.1's models make of the first 2,000 training images of MNIST, and
what they predict for the first 1,000 test images.

  tests/testdata/mnist_reference.py MNIST_FOLDER

The test reads the recorded file, and MNIST itself. Run this (Debian's python3-sklearn) to make it again.
"""
import gzip
import json
import os
import sys

import numpy as np
from sklearn import linear_model, neighbors, svm


def read(part, rows):
    with gzip.open(os.path.join(sys.argv[1], part + "-images-idx3-ubyte.gz")) as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)[:rows]
    with gzip.open(os.path.join(sys.argv[1], part + "-labels-idx1-ubyte.gz")) as file:
        return images.astype(np.float32) / np.float32(255), np.frombuffer(file.read(), np.uint8, offset=8)[:rows]


def svms():
    """In our words, and in theirs."""
    for c in (.01, .1, 1, 10, 100, 1000):
        yield "kernel: LINEAR c: %g" % c, svm.SVC(kernel="linear", C=c, break_ties=True)
        for kernel in ("rbf", "poly", "sigmoid"):
            for gamma in ("scale", "auto"):
                yield ("kernel: %s gamma_rule: %s c: %g" % (kernel.upper(), gamma.upper(), c),
                       svm.SVC(kernel=kernel, gamma=gamma, C=c, break_ties=True))


def searches():
    for ours, theirs in (("EUCLIDEAN", "euclidean"), ("MANHATTAN", "manhattan"), ("COSINE", "cosine")):
        for k in (1, 5):
            for weights in ("uniform", "distance"):
                yield ("neighbors: %d metric: %s weights: %s" % (k, ours, weights.upper()),
                       neighbors.KNeighborsClassifier(k, metric=theirs, weights=weights, algorithm="brute"))


def text(classes):
    return "".join(str(c) for c in classes)


def main():
    images, digits = read("train", 2000)
    others, _ = read("t10k", 1000)
    entries = []
    for ours, model in svms():
        model.fit(images, digits)
        entries.append({"model": "svm { %s }" % ours, "support_vectors": int(model.n_support_.sum()),
                        "predicted": text(model.predict(others))})
    for ours, model in searches():
        entries.append({"model": "nearest_neighbors { %s }" % ours,
                        "predicted": text(model.fit(images, digits).predict(others))})
    for c in (.01, 1):
        model = linear_model.LogisticRegression(C=c, tol=1e-6, max_iter=5000).fit(images, digits)
        entries.append({"model": "logistic_regression { c: %g tolerance: 1e-6 max_iterations: 5000 }" % c,
                        "predicted": text(model.predict(others))})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mnist_reference.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n%s\n]\n" % ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries))


if __name__ == "__main__":
    main()
