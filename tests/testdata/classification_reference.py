#!/usr/bin/python3
"""Writes classification_reference.json: what scikit-learn 1.2.1 measures and how well its trees do.

The tests read the recorded file only. Run this (Debian's python3-sklearn) to make it again.
"""
import json
import os
import warnings

import numpy as np
from sklearn import datasets, ensemble, metrics, tree

SEEDS = range(10)
TRAIN_ROWS = 600


def measured(labels, probabilities):
    """Probabilities are 64ths, so that floats hold them exactly."""
    probabilities = np.array(probabilities, dtype=float)
    assert (probabilities.sum(axis=1) == 64).all()
    probabilities /= 64
    classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    result = {
        "accuracy": metrics.accuracy_score(labels, predicted),
        "log_loss": metrics.log_loss(labels, probabilities, eps=1e-15, labels=range(classes)),
        "confusion": metrics.confusion_matrix(labels, predicted, labels=range(classes)).ravel().tolist(),
    }
    for mean in ("macro", "weighted"):
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            labels, predicted, average=mean, zero_division=0)
        result.update({mean + "_precision": precision, mean + "_recall": recall, mean + "_f1": f1})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that are predicted and never true, which count nothing
        result["balanced_accuracy"] = metrics.balanced_accuracy_score(labels, predicted)
    rows_of = np.bincount(labels, minlength=classes)
    if ((rows_of > 0) & (rows_of < len(labels))).all():
        scores = probabilities[:, 1] if classes == 2 else probabilities
        result["roc_auc"] = metrics.roc_auc_score(labels, scores, multi_class="ovr", average="macro")
    for k in (2, 3, 5):
        if classes > k:
            result["top_%d_accuracy" % k] = metrics.top_k_accuracy_score(
                labels, probabilities, k=k, labels=range(classes))
    of_class = metrics.precision_recall_fscore_support(labels, predicted, labels=range(classes), zero_division=0)
    result["of_class"] = [dict(zip(("precision", "recall", "f1", "support"), map(float, values)))
                          for values in zip(*of_class)]
    return result


def shares(rng, rows, classes):
    cuts = np.sort(rng.integers(0, 65, (rows, classes - 1)), axis=1)
    return np.diff(cuts, prepend=0, append=64, axis=1)


def metric_cases():
    rng = np.random.default_rng(7)
    yield "four classes at random", rng.integers(0, 4, 40), shares(rng, 40, 4)
    yield "two classes", rng.integers(0, 2, 25), shares(rng, 25, 2)
    yield "a class that is never predicted", [0, 1, 2, 2], [[64, 0, 0], [0, 64, 0], [32, 16, 16], [8, 40, 16]]
    yield "a class that is predicted but never true", [0, 0, 1], [[60, 2, 2], [4, 0, 60], [0, 64, 0]]
    yield "a class that is neither", [0, 1, 3, 3], [[64, 0, 0, 0], [0, 64, 0, 0], [0, 10, 0, 54], [33, 0, 0, 31]]
    yield "seven classes at random", np.arange(60) % 7, shares(rng, 60, 7)
    yield "few probabilities, and many that are equal", np.arange(50) % 3, 16 * rng.multinomial(4, [.4, .3, .3], 50)
    yield "sure and wrong", [1, 0], [[64, 0], [48, 16]]
    yield "equal probabilities", [1, 0, 2], [[16, 24, 24], [32, 32, 0], [22, 21, 21]]


CONFIGURATIONS = [
    ("decision_tree {}", tree.DecisionTreeClassifier, {}),
    ("decision_tree { criterion: ENTROPY }", tree.DecisionTreeClassifier, {"criterion": "entropy"}),
    ("decision_tree { max_depth: 4 }", tree.DecisionTreeClassifier, {"max_depth": 4}),
    ("decision_tree { min_samples_leaf: 10 }", tree.DecisionTreeClassifier, {"min_samples_leaf": 10}),
    ("decision_tree { min_samples_split: 40 }", tree.DecisionTreeClassifier, {"min_samples_split": 40}),
    ("decision_tree { max_features: \"sqrt\" }", tree.DecisionTreeClassifier, {"max_features": "sqrt"}),
    ("random_forest { trees: 50 }", ensemble.RandomForestClassifier, {"n_estimators": 50}),
    ("random_forest { trees: 50 criterion: ENTROPY }", ensemble.RandomForestClassifier,
     {"n_estimators": 50, "criterion": "entropy"}),
    ("random_forest { trees: 50 max_depth: 4 }", ensemble.RandomForestClassifier,
     {"n_estimators": 50, "max_depth": 4}),
    ("random_forest { trees: 50 min_samples_leaf: 10 }", ensemble.RandomForestClassifier,
     {"n_estimators": 50, "min_samples_leaf": 10}),
    ("random_forest { trees: 50 max_features: \"all\" }", ensemble.RandomForestClassifier,
     {"n_estimators": 50, "max_features": None}),
    ("random_forest { trees: 50 bootstrap: false }", ensemble.RandomForestClassifier,
     {"n_estimators": 50, "bootstrap": False}),
    ("random_forest { trees: 1 }", ensemble.RandomForestClassifier, {"n_estimators": 1}),
]


def main():
    digits = datasets.load_digits()
    x, y = digits.data[:1000], digits.target[:1000]
    accuracies = []
    for model, maker, options in CONFIGURATIONS:
        values = []
        for seed in SEEDS:
            fitted = maker(random_state=seed, **options).fit(x[:TRAIN_ROWS], y[:TRAIN_ROWS])
            values.append(round(fitted.score(x[TRAIN_ROWS:], y[TRAIN_ROWS:]), 6))
        accuracies.append({"model": model, "test_accuracy": values})
    reference = {
        "metrics": [{
            "case": name,
            "labels": np.array(labels).tolist(),
            "probabilities_in_64ths": np.array(probabilities).tolist(),
            **measured(labels, probabilities)
        } for name, labels, probabilities in metric_cases()],
        "train_rows": TRAIN_ROWS,
        "accuracies": accuracies,
        # A row is its class, a blank, then its 64 grey levels from 0 to 16, one character each: 0-9, a-g.
        "digits": ["%d %s" % (label, "".join("0123456789abcdefg"[int(v)] for v in row)) for row, label in zip(x, y)],
    }
    text = ",\n".join('"%s": %s' % (key, "[\n%s\n]" % ",\n".join(json.dumps(item) for item in value)
                                    if isinstance(value, list) else json.dumps(value))
                      for key, value in reference.items())
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "classification_reference.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n%s\n}\n" % text)


if __name__ == "__main__":
    main()
