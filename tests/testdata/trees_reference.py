#!/usr/bin/python3
"""Writes trees_reference.json: how scikit-learn's trees do on the digits and on the diabetes data, option for option.

The tests read the recorded file only. Run this (Debian's python3-sklearn) to make it again. The digits are those of
classification_reference.json.
"""
import json
import os

import numpy as np
from sklearn import datasets, ensemble, tree

SEEDS = range(10)
DIGITS, DIGITS_TRAIN = 1000, 600
DIABETES_TRAIN = 300

FOREST = ensemble.RandomForestClassifier
EXTRA = ensemble.ExtraTreesClassifier
TREE = tree.DecisionTreeClassifier
CLASSIFIERS = [
    ("extra_trees { trees: 50 }", EXTRA, {"n_estimators": 50}),
    ("extra_trees { trees: 50 criterion: ENTROPY }", EXTRA, {"n_estimators": 50, "criterion": "entropy"}),
    ("extra_trees { trees: 50 max_depth: 5 }", EXTRA, {"n_estimators": 50, "max_depth": 5}),
    ("extra_trees { trees: 50 min_samples_leaf: 5 }", EXTRA, {"n_estimators": 50, "min_samples_leaf": 5}),
    ("extra_trees { trees: 50 max_features: \"all\" bootstrap: true out_of_bag: true }", EXTRA,
     {"n_estimators": 50, "max_features": None, "bootstrap": True, "oob_score": True}),
    ("extra_trees { trees: 50 max_leaf_nodes: 40 }", EXTRA, {"n_estimators": 50, "max_leaf_nodes": 40}),
    ("random_forest { trees: 50 out_of_bag: true }", FOREST, {"n_estimators": 50, "oob_score": True}),
    ("random_forest { trees: 50 max_leaf_nodes: 20 }", FOREST, {"n_estimators": 50, "max_leaf_nodes": 20}),
    ("random_forest { trees: 50 min_impurity_decrease: 0.01 }", FOREST,
     {"n_estimators": 50, "min_impurity_decrease": .01}),
    ("random_forest { trees: 50 max_depth: 4 class_weight: BALANCED }", FOREST,
     {"n_estimators": 50, "max_depth": 4, "class_weight": "balanced"}),
    ("decision_tree { max_leaf_nodes: 12 }", TREE, {"max_leaf_nodes": 12}),
    ("decision_tree { max_leaf_nodes: 25 criterion: ENTROPY }", TREE, {"max_leaf_nodes": 25, "criterion": "entropy"}),
    ("decision_tree { min_impurity_decrease: 0.02 }", TREE, {"min_impurity_decrease": .02}),
    ("decision_tree { min_impurity_decrease: 0.05 criterion: ENTROPY }", TREE,
     {"min_impurity_decrease": .05, "criterion": "entropy"}),
    ("decision_tree { max_depth: 5 class_weight: BALANCED }", TREE, {"max_depth": 5, "class_weight": "balanced"}),
    ("decision_tree { max_depth: 5 class_weight: BALANCED criterion: ENTROPY }", TREE,
     {"max_depth": 5, "class_weight": "balanced", "criterion": "entropy"}),
]
REGRESSORS = [
    ("decision_tree { max_depth: 3 }", tree.DecisionTreeRegressor, {"max_depth": 3}),
    ("decision_tree { max_leaf_nodes: 10 }", tree.DecisionTreeRegressor, {"max_leaf_nodes": 10}),
    ("decision_tree { min_samples_leaf: 20 }", tree.DecisionTreeRegressor, {"min_samples_leaf": 20}),
    ("decision_tree { min_impurity_decrease: 60 }", tree.DecisionTreeRegressor, {"min_impurity_decrease": 60}),
    ("random_forest { trees: 50 max_features: \"all\" out_of_bag: true }", ensemble.RandomForestRegressor,
     {"n_estimators": 50, "oob_score": True}),
    ("random_forest { trees: 50 max_features: \"sqrt\" min_samples_leaf: 3 out_of_bag: true }",
     ensemble.RandomForestRegressor,
     {"n_estimators": 50, "max_features": "sqrt", "min_samples_leaf": 3, "oob_score": True}),
    ("random_forest { trees: 50 max_features: \"all\" max_leaf_nodes: 8 }", ensemble.RandomForestRegressor,
     {"n_estimators": 50, "max_leaf_nodes": 8}),
    ("extra_trees { trees: 50 max_features: \"all\" }", ensemble.ExtraTreesRegressor, {"n_estimators": 50}),
    ("extra_trees { trees: 50 max_features: \"0.4\" max_depth: 6 }", ensemble.ExtraTreesRegressor,
     {"n_estimators": 50, "max_features": .4, "max_depth": 6}),
]


def leaves(fitted):
    trees = getattr(fitted, "estimators_", [fitted])
    return int(sum(t.get_n_leaves() for t in trees))


def measured(configurations, x, y, train):
    for model, maker, options in configurations:
        fits = [maker(random_state=seed, **options).fit(x[:train], y[:train]) for seed in SEEDS]
        entry = {
            "model": model,
            "score": [round(fitted.score(x[train:], y[train:]), 6) for fitted in fits],
            "leaves": [leaves(fitted) for fitted in fits],
            "importance": np.mean([fitted.feature_importances_ for fitted in fits], axis=0).round(5).tolist(),
        }
        if options.get("oob_score"):
            entry["out_of_bag"] = [round(fitted.oob_score_, 6) for fitted in fits]
        yield entry


def main():
    digits = datasets.load_digits()
    diabetes = datasets.load_diabetes(scaled=False)
    # Rows of the raw data are sorted by nothing, but a shuffle does no harm; 32-bit numbers are what trees see.
    order = np.random.default_rng(0).permutation(len(diabetes.target))
    x, y = diabetes.data[order].astype(np.float32).astype(float), diabetes.target[order]
    reference = {
        "digits_train": DIGITS_TRAIN,
        "classifiers": list(measured(CLASSIFIERS, digits.data[:DIGITS], digits.target[:DIGITS], DIGITS_TRAIN)),
        "diabetes_train": DIABETES_TRAIN,
        "regressors": list(measured(REGRESSORS, x, y, DIABETES_TRAIN)),
        # Ten features, then the target.
        "diabetes": [[round(float(v), 4) for v in row] + [float(t)] for row, t in zip(diabetes.data[order], y)],
    }
    text = ",\n".join('"%s": %s' % (key, "[\n%s\n]" % ",\n".join(json.dumps(item) for item in value)
                                    if isinstance(value, list) else json.dumps(value))
                      for key, value in reference.items())
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "trees_reference.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n%s\n}\n" % text)


if __name__ == "__main__":
    main()
