"""What dispatch_bench does, with Optuna on SQLite: python3 optuna_peer.py [FOLDER] [TRIALS] [PROCESSES]."""

import multiprocessing
import os
import random
import resource
import sys
import time
import warnings

try:
    import optuna
except ImportError:
    sys.exit("optuna is not importable by this Python; try Debian's python3-optuna")

HISTORY = 1000


def quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")


def space():
    distributions = {f"parameter_{i}": optuna.distributions.FloatDistribution(0.001, 1, log=i % 2 == 1) for i in range(8)}
    distributions["parameter_8"] = optuna.distributions.IntDistribution(1, 100)
    distributions["parameter_9"] = optuna.distributions.CategoricalDistribution(["adam", "sgd", "rmsprop"])
    return distributions


def past_trial():
    params = {f"parameter_{i}": random.uniform(0.001, 1) for i in range(8)}
    params.update(parameter_8=random.randint(1, 100), parameter_9="sgd")
    return optuna.trial.create_trial(value=random.random(), params=params, distributions=space())


def sampler(name):
    if name == "random":
        return optuna.samplers.RandomSampler()
    return optuna.samplers.TPESampler(multivariate=True)  # constant_liar fails beside other processes in 3.1


def do_trials(url, name, count):
    quiet()
    study = optuna.load_study(storage=url, study_name=name, sampler=sampler(name))
    for _ in range(count):
        study.tell(study.ask(space()), random.random())


def processor_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(url, name, history, count, processes):
    study = optuna.create_study(storage=url, study_name=name, sampler=sampler(name))
    study.add_trials([past_trial() for _ in range(history)])
    workers = [multiprocessing.Process(target=do_trials, args=(url, name, count // processes)) for _ in range(processes)]
    start, processor = time.time(), processor_of_children()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=240)
    wall, processor = time.time() - start, processor_of_children() - processor
    for worker in workers:
        worker.kill()
    done = len(study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.COMPLETE])) - history
    cost = 1000 * processor / max(done, 1)
    print(f"| {name} | {history} | {processes} | {done} | {done / wall:.1f} | {cost:.1f} ms |", flush=True)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "."
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    processes = int(sys.argv[3]) if len(sys.argv) > 3 else 4
    quiet()
    path = os.path.join(folder, "optuna_peer.db")
    print(f"optuna {optuna.__version__}\n")
    print("| sampler | history | processes | trials | trials/s | processor a trial |\n|---|---|---|---|---|---|")
    for name, history in (("random", 0), ("tpe", HISTORY)):
        for side_by_side in (1, processes):
            if os.path.exists(path):
                sys.exit(f"{path} exists already; remove it, or choose another folder")
            try:
                measure(f"sqlite:///{path}", name, history, count, side_by_side)
            finally:
                if os.path.exists(path):
                    os.remove(path)


main()
