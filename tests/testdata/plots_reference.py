#!/usr/bin/python3
"""Records what Optuna 3.1.0 (Debian's python3-optuna) computes for its plots, as plots_reference.json beside it.

  tests/testdata/plots_reference.py
"""
import json
import os
import warnings

import numpy as np
import optuna
from optuna._hypervolume import WFG
from optuna.distributions import distribution_to_json
from optuna.importance import FanovaImportanceEvaluator, MeanDecreaseImpurityImportanceEvaluator
from optuna.visualization import (_contour, _edf, _intermediate_values, _optimization_history, _param_importances,
                                  _pareto_front, _slice)

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def one(trial):
    x = trial.suggest_float("x", -2, 3)
    rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    units = trial.suggest_int("units", 2, 9)
    kind = trial.suggest_categorical("kind", ["a", "b", "c"])
    batch = trial.suggest_categorical("batch", [16, 32, 64])
    trial.suggest_categorical("text", ["8", "16"])
    trial.suggest_categorical("mixed", [1, "one", None])
    if kind == "b":
        trial.suggest_float("slope", 0, 1)
    if trial.number % 7 == 3:
        raise optuna.TrialPruned()
    return x * x + 100 * rate + .1 * units + (1 if kind == "c" else 0) + 1 / batch


def two(trial):
    x = trial.suggest_float("x", 0, 2)
    y = trial.suggest_float("y", 0, 2)
    return x, x - y


def shared(trial):
    """Each parameter has another share of the values' variance, all apart."""
    a = trial.suggest_float("a", 0, 1)
    b = trial.suggest_float("b", 1e-3, 1, log=True)
    c = trial.suggest_int("c", 0, 4)
    d = trial.suggest_categorical("d", ["p", "q"])
    trial.suggest_float("e", 0, 1)
    return 6 * a + 3 * b + .9 * c + (1.2 if d == "q" else 0)


def curve(trial):
    x = trial.suggest_float("x", 0, 1)
    if trial.number == 1:
        return x
    for step in (4, 1, 30, 2):
        trial.report(x / (step + 1), step)
    if trial.number == 2:
        raise optuna.TrialPruned()
    if trial.number == 3:
        raise ValueError("fails")
    return x


def trials(study):
    """A distribution only where it is another than in the trial before that has the parameter."""
    recorded, last = [], {}
    for trial in study.trials:
        distributions = {name: distribution_to_json(d) for name, d in trial.distributions.items()}
        recorded.append({"number": trial.number, "state": trial.state.name, "values": trial.values or [],
                         "params": trial.params,
                         "distributions": {name: d for name, d in distributions.items() if last.get(name) != d},
                         "steps": sorted(trial.intermediate_values.items())})
        last.update(distributions)
    return recorded


def importances(study, evaluator):
    info = _param_importances._get_importances_info(study, evaluator(n_trees=64, seed=0), None, None, "value")
    return dict(zip(info.param_names, info.importance_values))


def hypervolumes(study):
    """After each trial, below the worst value of each objective. (Optuna draws them from version 3.3 on.)"""
    signs = [-1 if direction == optuna.study.StudyDirection.MAXIMIZE else 1 for direction in study.directions]
    costs = np.array([trial.values for trial in study.trials]) * signs
    return [float(WFG().compute(costs[:count], costs.max(axis=0))) for count in range(1, len(costs) + 1)]


def main():
    single = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=5))
    single.optimize(one, n_trials=60)
    several = optuna.create_study(directions=["minimize", "maximize"], sampler=optuna.samplers.RandomSampler(seed=6))
    several.optimize(two, n_trials=40)
    clear = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=7))
    clear.optimize(shared, n_trials=300)
    curves = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=8))
    curves.optimize(curve, n_trials=6, catch=(ValueError,))
    edf = _edf._get_edf_info(single)
    contour = _contour._get_contour_info(single)
    axes = {info.xaxis.name: {"range": info.xaxis.range, "log": info.xaxis.is_log, "categorical": info.xaxis.is_cat}
            for info in (rows[0] for rows in zip(*contour.sub_plot_infos))}
    history = _optimization_history._get_optimization_history_info_list(single, None, "value", False)[0]
    front = _pareto_front._get_pareto_front_info(several)
    reference = {
        "single": trials(single),
        "edf": {"x": list(edf.x_values), "y": list(edf.lines[0].y_values)},
        "contour_axes": axes,
        "history": {"numbers": history.trial_numbers, "values": list(history.values_info.values),
                    "best": list(history.best_values_info.values)},
        "slices": [{"parameter": one.param_name, "numbers": one.trial_numbers, "x": one.x, "y": one.y}
                   for one in _slice._get_slice_plot_info(single, None, None, "value").subplots],
        "several": trials(several),
        "hypervolumes": hypervolumes(several),
        "pareto_best": [trial.number for trial, _ in front.best_trials_with_values],
        "clear": trials(clear),
        "fanova": importances(clear, FanovaImportanceEvaluator),
        "mean_decrease_impurity": importances(clear, MeanDecreaseImpurityImportanceEvaluator),
        "curves": trials(curves),
        "intermediate": [{"number": one.trial_number, "steps": one.sorted_intermediate_values}
                         for one in _intermediate_values._get_intermediate_plot_info(curves).trial_infos],
    }
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "plots_reference.json"), "w") as file:
        json.dump(reference, file)


if __name__ == "__main__":
    main()
