#!/usr/bin/python3
"""Trains one network on MNIST with PyTorch, as model_bench does with Parzen's; prints one line of JSON.

  bench/networks/network_torch.py --data MNIST_FOLDER --net mlp:512,512:0.2 [--batch 128] [--threads 2] [--seed 1]
      [--rows N] [--weights FILE] [--order FILE]

Nets: mlp:UNITS,...:DROPOUT, small_cnn (32 filters, 128 units, both with dropout), deep_cnn (140, 100, 70, 10 filters).
Weights to begin with, and the order of the rows in the first epoch: as model_bench --weights and --order write them.
"""
import argparse
import gzip
import json
import os
import resource
import time

import numpy
import torch
from torch import nn


def idx(folder, name):
    with gzip.open(os.path.join(folder, name)) as file:
        data = file.read()
    header = 4 + 4 * data[3]
    return numpy.frombuffer(data, numpy.uint8, offset=header)


def images(folder, name, rows):
    return idx(folder, name).reshape(-1, 1, 28, 28)[:rows or None]


def mlp(text):
    units, dropout = text.split(":")
    layers, inputs = [nn.Flatten()], 784
    for outputs in map(int, units.split(",")):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        if float(dropout) > 0:
            layers.append(nn.Dropout(float(dropout)))
        inputs = outputs
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


def small_cnn():
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Dropout(.25), nn.Flatten(),
                         nn.Linear(13 * 13 * 32, 128), nn.ReLU(), nn.Dropout(.5), nn.Linear(128, 10))


def deep_cnn():
    layers, inputs = [], 1
    for outputs in (140, 100, 70, 10):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.MaxPool2d(2), nn.ReLU()]
        inputs = outputs
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(10, 10))


def set_weights(model, path):
    """From what NetworkModel::Save writes: layer by layer kernel rows, kernel columns, inputs, outputs; then biases.

    Ours count the channels of a pixel first.
    """
    with open(path, "rb") as file:
        numbers = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8)
    shape_and_scale = 3 * 8 + 2 * 8
    count = int.from_bytes(bytes(numbers[shape_and_scale:shape_and_scale + 8].tolist()), "little")
    rest = numbers[shape_and_scale + 8:shape_and_scale + 8 + 4 * count].view(torch.float32)
    channels = 1
    with torch.no_grad():
        for layer in model:
            if not isinstance(layer, (nn.Conv2d, nn.Linear)):
                continue
            weight, size = layer.weight, layer.weight.numel()
            if isinstance(layer, nn.Conv2d):
                outputs, channels = weight.shape[0], weight.shape[0]
                weight.copy_(rest[:size].view(*weight.shape[2:], -1, outputs).permute(3, 2, 0, 1))
            else:
                outputs = weight.shape[0]
                weight.copy_(rest[:size].view(-1, channels, outputs).permute(2, 1, 0).reshape(outputs, -1))
                channels = 1
            layer.bias.copy_(rest[size:size + outputs])
            rest = rest[size + outputs:]
    assert len(rest) == 0, "weights of another net"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--net", required=True)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--weights")
    parser.add_argument("--order")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)

    deep = arguments.net == "deep_cnn"
    scale = (lambda x: (x - 127.5) / 127.5) if deep else (lambda x: x / 255)
    x = torch.from_numpy(scale(images(arguments.data, "train-images-idx3-ubyte.gz", arguments.rows).astype("float32")))
    y = torch.from_numpy(idx(arguments.data, "train-labels-idx1-ubyte.gz")[:len(x)].astype("int64"))
    x_test = torch.from_numpy(scale(images(arguments.data, "t10k-images-idx3-ubyte.gz", 0).astype("float32")))
    y_test = torch.from_numpy(idx(arguments.data, "t10k-labels-idx1-ubyte.gz").astype("int64"))
    model = deep_cnn() if deep else small_cnn() if arguments.net == "small_cnn" else mlp(arguments.net[4:])
    if arguments.weights:
        set_weights(model, arguments.weights)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)

    first_order = torch.randperm(len(x))
    if arguments.order:
        first_order = torch.from_numpy(numpy.fromfile(arguments.order, dtype="int64"))
    assert len(first_order) == len(x), "an order of other rows"
    seconds = []
    for epoch in range(arguments.epochs):
        start = time.perf_counter()
        order = first_order if epoch == 0 else torch.randperm(len(x))
        for first in range(0, len(x), arguments.batch):
            rows = order[first:first + arguments.batch]
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
        seconds.append(time.perf_counter() - start)
    model.eval()
    with torch.no_grad():
        predicted = torch.cat([model(x_test[first:first + 500]).argmax(1) for first in range(0, len(x_test), 500)])
    print(json.dumps({"epoch_seconds": seconds, "accuracy": (predicted == y_test).float().mean().item(),
                      "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


if __name__ == "__main__":
    main()
