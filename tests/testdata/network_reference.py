#!/usr/bin/python3
"""Records what PyTorch makes of small networks: outputs, loss, gradients, and weights after five steps of optimizers.

  tests/testdata/network_reference.py > tests/testdata/network_reference.json

Weights are listed as Parzen lists them: layer by layer, kernel rows, kernel columns, inputs, outputs; then biases; of a
batch normalisation scales, then shifts. Made with PyTorch 1.13.1.
"""
import json

import numpy
import torch
from torch import nn

ROWS, CLASSES = 6, 3
ACTIVATIONS = {"RELU": nn.ReLU, "LEAKY_RELU": lambda: nn.LeakyReLU(.01), "TANH": nn.Tanh, "SIGMOID": nn.Sigmoid,
               "GELU": nn.GELU, "LINEAR": nn.Identity}
MLP = "mlp { hidden: 7 hidden: 5 activation: %s }"
OPTIMIZERS = {
    "sgd {}": lambda w: torch.optim.SGD(w, lr=.02),
    "sgd { momentum: 0.9 }": lambda w: torch.optim.SGD(w, lr=.02, momentum=.9),
    "sgd { momentum: 0.9 nesterov: true }": lambda w: torch.optim.SGD(w, lr=.02, momentum=.9, nesterov=True),
    "sgd {} weight_decay: 0.01": lambda w: torch.optim.SGD(w, lr=.02, weight_decay=.01),
    "adam {}": lambda w: torch.optim.Adam(w, lr=.02),
    "adam { beta1: 0.8 beta2: 0.9 epsilon: 1e-3 } weight_decay: 0.01":
        lambda w: torch.optim.Adam(w, lr=.02, betas=(.8, .9), eps=1e-3, weight_decay=.01),
    "adamw {} weight_decay: 0.1": lambda w: torch.optim.AdamW(w, lr=.02, weight_decay=.1),
    "rmsprop {}": lambda w: torch.optim.RMSprop(w, lr=.02),
    "rmsprop { momentum: 0.9 decay: 0.9 }": lambda w: torch.optim.RMSprop(w, lr=.02, alpha=.9, momentum=.9),
    "adagrad {}": lambda w: torch.optim.Adagrad(w, lr=.02),
}


class ToImage(nn.Module):
    def __init__(self, height, width, channels):
        super().__init__()
        self.shape = (height, width, channels)

    def forward(self, x):
        return x.reshape(-1, *self.shape).permute(0, 3, 1, 2)


class FromImage(nn.Module):
    def forward(self, x):
        return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)


def listed(tensor):
    """Of a layer's weights or gradients, in our order."""
    if tensor.dim() == 4:
        tensor = tensor.permute(2, 3, 1, 0)
    elif tensor.dim() == 2:
        tensor = tensor.t()
    return tensor.reshape(-1).tolist()


def flat(model, of):
    return [number for parameter in model.parameters() for number in listed(of(parameter))]


def set_weights(model, generator, limit):
    for parameter in model.parameters():
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(generator.uniform(-limit, limit, parameter.shape).astype("float32")))
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            with torch.no_grad():
                module.weight += 1


def loss_of(kind, outputs, labels):
    if kind == "CROSS_ENTROPY":
        return nn.functional.cross_entropy(outputs, labels)
    if kind == "BINARY_CROSS_ENTROPY":
        return nn.functional.binary_cross_entropy_with_logits(outputs[:, 0], labels.float())
    wanted = labels.float()[:, None] if outputs.shape[1] == 1 else nn.functional.one_hot(labels, outputs.shape[1]).float()
    return ((torch.sigmoid(outputs) - wanted) ** 2).sum() / len(labels)


def record(generator, model, text, features, classes=CLASSES, loss="CROSS_ENTROPY", image=None, optimizers=(), limit=.6):
    set_weights(model, generator, limit)
    start = {name: value.clone() for name, value in model.state_dict().items()}
    inputs = torch.from_numpy(generator.normal(size=(ROWS, features)).astype("float32"))
    labels = torch.arange(ROWS) % classes
    case = {"model": text, "loss": loss, "classes": classes, "image": image, "inputs": inputs.reshape(-1).tolist(),
            "labels": labels.tolist(), "weights": flat(model, lambda p: p)}
    outputs = model(inputs)
    value = loss_of(loss, outputs, labels)
    value.backward()
    case.update(outputs=outputs.detach().reshape(-1).tolist(), value=value.item(), gradients=flat(model, lambda p: p.grad))
    model.eval()
    case["outputs_after"] = model(inputs).detach().reshape(-1).tolist()  # with what a batch normalisation remembers now
    model.train()
    case["steps"] = {}
    for name in optimizers:
        model.load_state_dict(start)
        optimizer = OPTIMIZERS[name](model.parameters())
        for _ in range(5):
            optimizer.zero_grad()
            loss_of(loss, model(inputs), labels).backward()
            optimizer.step()
        case["steps"][name] = flat(model, lambda p: p)
    return case


def mlp(kind, outputs=CLASSES, norm=False):
    layers, width = [], 9
    for units in (7, 5):
        layers += [nn.Linear(width, units)] + ([nn.BatchNorm1d(units)] if norm else []) + [ACTIVATIONS[kind]()]
        width = units
    return nn.Sequential(*layers, nn.Linear(width, outputs))


def main():
    generator = numpy.random.default_rng(1)
    cases = [record(generator, mlp(kind), MLP % kind, 9, optimizers=OPTIMIZERS if kind == "TANH" else ())
             for kind in ACTIVATIONS]
    for loss, classes, outputs in (("BINARY_CROSS_ENTROPY", 2, 1), ("SQUARE", 2, 1), ("SQUARE", 3, 3)):
        cases.append(record(generator, mlp("SIGMOID", outputs), MLP % "SIGMOID", 9, classes, loss))
    # Biases before a batch normalisation change nothing: their gradients are rounding, which Adam and the like would make large.
    plain = [name for name in OPTIMIZERS if name.startswith("sgd")]
    cases.append(record(generator, mlp("RELU", norm=True), "mlp { hidden: 7 hidden: 5 batch_norm: true }", 9, optimizers=plain))
    image = [8, 7, 2]
    features = 8 * 7 * 2

    def cnn(*layers):
        return nn.Sequential(ToImage(*image), *layers)

    cases.append(record(generator, cnn(
        nn.Conv2d(2, 5, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(5, 4, 2), nn.Tanh(), FromImage(),
        nn.Linear(3 * 2 * 4, 6), nn.ReLU(), nn.Linear(6, CLASSES)),
        "cnn { block { channels: 5 kernel: 3 padding: 1 pool: 2 } block { channels: 4 kernel: 2 pool: 1 activation: TANH } "
        "dense { units: 6 } }", features, image=image, optimizers=["adam {}"]))
    cases.append(record(generator, cnn(
        nn.Conv2d(2, 3, 3, stride=2, padding=1), nn.Sigmoid(), nn.AvgPool2d(2), FromImage(), nn.Linear(2 * 2 * 3, CLASSES)),
        "cnn { block { channels: 3 stride: 2 padding: 1 activation: SIGMOID pool: 2 pooling: AVERAGE } }", features, image=image))
    cases.append(record(generator, cnn(
        nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), FromImage(), nn.Linear(3 * 2 * 3, CLASSES)),
        "cnn { block { channels: 3 batch_norm: true pool: 2 } }", features, image=image, optimizers=plain))
    cases.append(record(generator, cnn(
        nn.Conv2d(2, 3, 3), nn.GELU(), nn.MaxPool2d(2), FromImage(), nn.Linear(3 * 2 * 3, CLASSES)),
        "cnn { block { channels: 3 activation: GELU pool: 2 } }", features, image=image, optimizers=OPTIMIZERS))
    # Wide enough for the other way to convolve.
    cases.append(record(generator, cnn(
        nn.Conv2d(2, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 18, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), FromImage(),
        nn.Linear(4 * 3 * 18, CLASSES)),
        "cnn { block { channels: 16 padding: 1 pool: 1 } block { channels: 18 padding: 1 pool: 2 } }", features, image=image,
        optimizers=["sgd { momentum: 0.9 }", "adam {}"], limit=.15))
    print(json.dumps({"rows": ROWS, "cases": cases}))


if __name__ == "__main__":
    main()
