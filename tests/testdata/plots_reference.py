#!/usr/bin/python3
"""Records what Optuna 3.1.0 (Debian's python3-optuna) computes for its plots, as plots_reference.json beside it.

  tests/testdata/plots_reference.py
"""
import json
import os
import warnings

import optuna
from optuna.distributions import distribution_to_json
from optuna.visualization import _contour, _edf, _optimization_history, _pareto_front

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def one(trial):
    x = trial.suggest_float("x", -2, 3)
    rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    units = trial.suggest_int("units", 2, 9)
    kind = trial.suggest_categorical("kind", ["a", "b", "c"])
    if kind == "b":
        trial.suggest_float("slope", 0, 1)
    if trial.number % 7 == 3:
        raise optuna.TrialPruned()
    return x * x + 100 * rate + .1 * units + (1 if kind == "c" else 0)


def two(trial):
    x = trial.suggest_float("x", 0, 2)
    y = trial.suggest_float("y", 0, 2)
    return x, x - y


def trials(study):
    return [{"number": trial.number, "state": trial.state.name, "values": trial.values, "params": trial.params,
             "distributions": {name: distribution_to_json(d) for name, d in trial.distributions.items()}}
            for trial in study.trials]


def main():
    single = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=5))
    single.optimize(one, n_trials=60)
    several = optuna.create_study(directions=["minimize", "maximize"], sampler=optuna.samplers.RandomSampler(seed=6))
    several.optimize(two, n_trials=40)
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
        "several": trials(several),
        "pareto_best": [trial.number for trial, _ in front.best_trials_with_values],
    }
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "plots_reference.json"), "w") as file:
        json.dump(reference, file)


if __name__ == "__main__":
    main()
