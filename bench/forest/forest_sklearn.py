#!/usr/bin/python3
"""Fits one of scikit-learn's tree models to MNIST and prints: fit seconds, predict seconds, test accuracy."""
import argparse
import ast
import gzip
import os
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier


def read(folder, part):
    with gzip.open(os.path.join(folder, part + "-images-idx3-ubyte.gz")) as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784).astype(np.float32)
    with gzip.open(os.path.join(folder, part + "-labels-idx1-ubyte.gz")) as file:
        return images, np.frombuffer(file.read(), np.uint8, offset=8)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder with the four IDX files of MNIST, gzip")
    parser.add_argument("--tree", action="store_true", help="one decision tree instead of a forest")
    parser.add_argument("--options", default="{}", help="keyword arguments of the model, as a Python dictionary")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    train, train_labels = read(arguments.data, "train")
    test, test_labels = read(arguments.data, "t10k")
    options = {"random_state": arguments.seed, **ast.literal_eval(arguments.options)}
    model = DecisionTreeClassifier(**options) if arguments.tree else RandomForestClassifier(
        n_jobs=arguments.threads, **options)
    start = time.perf_counter()
    model.fit(train, train_labels)
    fitted = time.perf_counter()
    predicted = model.predict_proba(test).argmax(axis=1)
    end = time.perf_counter()
    print("%.3f %.3f %.4f" % (fitted - start, end - fitted, (predicted == test_labels).mean()))


if __name__ == "__main__":
    main()
