#!/usr/bin/python3
"""Parzen's networks against PyTorch's on MNIST, in turns in one run; prints Markdown tables.

  bench/networks/compare.py MNIST_FOLDER [--threads 2] [--seeds 5] [--only words ...] [--part nets batches threads]

One epoch each. Best time and mean accuracy of the seeds, with the median where some seeds do not learn at all. For each
seed both begin with the same weights and take the rows in the same order, which are ours; what is dropped is drawn by
each. Where PyTorch cannot be imported, our side stands alone.
"""
import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BYTES = "transform { scale { divide_by: 255 } } "
SIGNED = "transform { scale { subtract: 127.5 divide_by: 127.5 } } "
# One core's 32-bit product of large matrices.
LIMIT = 105
RATE = 1e-3
NO_RATE = 1e-30  # leaves weights as they were drawn


def mlp(units, dropout):
    return "mlp { %s dropout: %g training { epochs: 1 batch_size: %%d learning_rate: %%g } }" % (
        " ".join("hidden: %d" % unit for unit in units), dropout)


SMALL = ("cnn { block { channels: 32 dropout: 0.25 } dense { units: 128 dropout: 0.5 } "
         "training { epochs: 1 batch_size: %d learning_rate: %g } }")
DEEP = "cnn { %s training { epochs: 1 batch_size: %%d learning_rate: %%g initializer: FAN_IN_UNIFORM } }" % " ".join(
    "block { channels: %d padding: 1 }" % channels for channels in (140, 100, 70, 10))


def dense(inputs, outputs):
    return 2 * inputs * outputs


def conv(pixels, inputs, outputs):
    return 2 * pixels * 9 * inputs * outputs


# Of a row, forwards and backwards: thrice the operations forwards, less the first layer's gradient of its inputs.
def work(layers):
    return 3 * sum(layers) - layers[0]


# By name: transforms, spec, their net, batch, rows, goal in seconds, floating point operations of a row.
NETS = {
    "mlp 128": (BYTES, mlp([128], 0), "mlp:128:0", 128, 0, .5, work([dense(784, 128), dense(128, 10)])),
    "mlp 512-512, dropout": (BYTES, mlp([512, 512], .2), "mlp:512,512:0.2", 128, 0, 2.2,
                             work([dense(784, 512), dense(512, 512), dense(512, 10)])),
    "cnn 32, dense 128, dropout": (BYTES, SMALL, "small_cnn", 128, 0, 5,
                                   work([conv(26 * 26, 1, 32), dense(13 * 13 * 32, 128), dense(128, 10)])),
    "cnn 140-100-70-10": (SIGNED, DEEP, "deep_cnn", 64, 12800, 14,
                          work([conv(784, 1, 140), conv(196, 140, 100), conv(49, 100, 70), conv(9, 70, 10),
                                dense(10, 10)])),
}


class Bench:
    def __init__(self, data):
        self.data = data
        root = os.path.join(HERE, "..", "..")
        subprocess.run(["bazel", "build", "//bench/models:model_bench"], cwd=root, check=True, stdout=sys.stderr)
        self.binary = os.path.join(root, "bazel-bin/bench/models/model_bench")
        self.has_peer = importlib.util.find_spec("torch") is not None

    def run(self, command, seed, threads, rows):
        common = ["--data", self.data, "--seed", str(seed), "--threads", str(threads), "--rows", str(rows)]
        return json.loads(subprocess.run(command + common, check=True, stdout=subprocess.PIPE, text=True).stdout)

    def both(self, net, seeds, threads, batch=None):
        """Runs of ours and of theirs, in turns."""
        scale, spec, theirs, usual, rows, _, _ = NETS[net]
        ours, others = [], []
        batch = batch or usual
        for seed in range(1, seeds + 1):
            with tempfile.NamedTemporaryFile() as weights, tempfile.NamedTemporaryFile() as order:
                ours.append(self.run([self.binary, "--spec", scale + spec % (batch, RATE), "--order", order.name],
                                     seed, threads, rows))
                if self.has_peer:
                    self.run([self.binary, "--spec", scale + spec % (batch, NO_RATE), "--weights", weights.name],
                             seed, threads, batch)
                    others.append(self.run(
                        [sys.executable, os.path.join(HERE, "network_torch.py"), "--net", theirs, "--batch", str(batch),
                         "--weights", weights.name, "--order", order.name], seed, threads, rows))
        return ours, others


def seconds(runs):
    return min(min(run["epoch_seconds"]) for run in runs)


def accuracy(runs):
    values = [run["accuracy"] for run in runs]
    mean, median = statistics.mean(values), statistics.median(values)
    return "%.4f" % mean if abs(mean - median) < .01 else "%.4f (median %.4f)" % (mean, median)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="folder with the four IDX files of MNIST, gzip")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="*", help="only nets whose name contains one of these")
    parser.add_argument("--part", nargs="*", default=["nets", "batches", "threads"])
    arguments = parser.parse_args()
    bench = Bench(arguments.data)
    nets = [net for net in NETS if not arguments.only or any(word in net for word in arguments.only)]

    def row(net, name, ours, theirs, threads, goal):
        rows = NETS[net][4] or 60000
        speed = NETS[net][6] * rows / seconds(ours) / 1e9
        print("| %s | %s | %.2f s | %s | %s | %.0f | %.0f%% | %s | %s | %d MiB | %s |" % (
            name, goal, seconds(ours), "%.2f s" % seconds(theirs) if theirs else "",
            "%.1fx" % (seconds(theirs) / seconds(ours)) if theirs else "", speed, 100 * speed / LIMIT / threads,
            accuracy(ours), accuracy(theirs) if theirs else "", max(run["peak_mib"] for run in ours),
            "%d MiB" % max(run["peak_mib"] for run in theirs) if theirs else ""), flush=True)

    def head(what):
        print("| %s | to reach | Parzen | PyTorch | ratio | GFLOP/s of plain sums | of the limit | accuracy: ours | theirs | memory: ours | "
              "theirs |" % what)
        print("|---" * 11 + "|", flush=True)

    print("MNIST, one epoch of 60,000 images (12,800 for the deep cnn), Adam, %d threads, best of %d, in turns.\n" % (
        arguments.threads, arguments.seeds))
    if "nets" in arguments.part:
        head("net")
        for net in nets:
            row(net, net, *bench.both(net, arguments.seeds, arguments.threads), arguments.threads, "%g s" % NETS[net][5])
        print()
    if "batches" in arguments.part:
        head("small batches")
        for net in nets:
            for batch in (16, 32):
                row(net, "%s, batches of %d" % (net, batch), *bench.both(net, 1, arguments.threads, batch),
                    arguments.threads, "")
        print()
    if "threads" in arguments.part:
        head("threads")
        for net in nets:
            for threads in (1, 2):
                row(net, "%s, %d" % (net, threads), *bench.both(net, 1, threads), threads, "")
        print()


if __name__ == "__main__":
    main()
