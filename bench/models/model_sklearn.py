#!/usr/bin/python3
"""Transforms MNIST and fits one of scikit-learn's models to it; prints one line of JSON with what each step took."""
import argparse
import ast
import gzip
import json
import os
import resource
import time

import numpy as np


def read(folder, part):
    with gzip.open(os.path.join(folder, part + "-images-idx3-ubyte.gz")) as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784).astype(np.float32)
    with gzip.open(os.path.join(folder, part + "-labels-idx1-ubyte.gz")) as file:
        return images, np.frombuffer(file.read(), np.uint8, offset=8)


def make(name, options, threads, seed):
    if name == "forest":
        from sklearn.ensemble import RandomForestClassifier
        return RandomForestClassifier(n_jobs=threads, random_state=seed, **options)
    if name == "extra_trees":
        from sklearn.ensemble import ExtraTreesClassifier
        return ExtraTreesClassifier(n_jobs=threads, random_state=seed, **options)
    if name == "tree":
        from sklearn.tree import DecisionTreeClassifier
        return DecisionTreeClassifier(random_state=seed, **options)
    if name == "svm":
        from sklearn.svm import SVC
        return SVC(random_state=seed, **options)
    if name == "neighbors":
        from sklearn.neighbors import KNeighborsClassifier
        return KNeighborsClassifier(algorithm="brute", n_jobs=threads, **options)
    if name == "logistic":
        from sklearn.linear_model import LogisticRegression
        return LogisticRegression(random_state=seed, n_jobs=threads, **options)
    raise SystemExit("no model " + name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder with the four IDX files of MNIST, gzip")
    parser.add_argument("--model", default="", help="forest, extra_trees, tree, svm, neighbors, logistic; none: PCA alone")
    parser.add_argument("--options", default="{}", help="keyword arguments of the model, as a Python dictionary")
    parser.add_argument("--scale", type=float, default=1, help="features are divided by this first")
    parser.add_argument("--pca", default="", help="a number of components, or a share of the variance")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    train, train_labels = read(arguments.data, "train")
    test, test_labels = read(arguments.data, "t10k")
    if arguments.rows:
        train, train_labels = train[:arguments.rows], train_labels[:arguments.rows]
    start = time.perf_counter()
    train, test = train / np.float32(arguments.scale), test / np.float32(arguments.scale)
    if arguments.pca:
        from sklearn.decomposition import PCA
        pca = PCA(ast.literal_eval(arguments.pca), random_state=arguments.seed)
        train, test = pca.fit_transform(train), pca.transform(test)
    line = {"transform": time.perf_counter() - start, "features": train.shape[1]}
    if arguments.model:
        model = make(arguments.model, ast.literal_eval(arguments.options), arguments.threads, arguments.seed)
        start = time.perf_counter()
        model.fit(train, train_labels)
        fitted = time.perf_counter()
        predicted = model.predict(test)
        line.update(fit=fitted - start, predict=time.perf_counter() - fitted,
                    accuracy=float((predicted == test_labels).mean()))
        if arguments.model == "svm":
            line["support_vectors"] = int(model.n_support_.sum())
    line["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(line))


if __name__ == "__main__":
    main()
