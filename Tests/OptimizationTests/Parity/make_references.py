"""Writes references.json: parameters after each of twelve steps of PyTorch's optimizers.

    python make_references.py            (needs torch; made with the version the file names)

Computed in float64 from parameters and gradients that float32 holds exactly (multiples of a power of two).
The gradients hold large and tiny values, single zeros, one element that never gets a gradient and two whole
steps of zeros: what a row of an embedding sees that is touched now and then. Settings carry the names of
the training configuration; what a case does not name has PyTorch's default.
"""
import json
import os

import torch

ELEMENTS, STEPS = 20, 12
FALLING = [0.01 * 0.8**step for step in range(STEPS)]
CONSTANT = {"adam": 0.002, "adamw": 0.002, "sgd": 0.1, "rmsprop": 0.01, "adagrad": 0.05, "asgd": 0.1}
CLASSES = {
    "adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad, "asgd": torch.optim.ASGD,
}
CASES = [
    ("adam", "adam", {}),
    ("adam with other settings", "adam", {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}),
    ("adam with weight decay", "adam", {"weight_decay": 0.05}),
    ("adam with a falling learning rate", "adam", {"learning_rates": FALLING}),
    ("adamw", "adamw", {}),
    ("adamw with weight decay", "adamw", {"weight_decay": 0.1}),
    ("adamw with a falling learning rate", "adamw", {"learning_rates": FALLING}),
    ("sgd", "sgd", {}),
    ("sgd with weight decay", "sgd", {"weight_decay": 0.05}),
    ("sgd with momentum", "sgd", {"momentum": 0.9}),
    ("sgd with momentum and a falling learning rate", "sgd", {"momentum": 0.9, "learning_rates": FALLING}),
    ("sgd with momentum and weight decay", "sgd", {"momentum": 0.9, "weight_decay": 0.05}),
    ("sgd with nesterov momentum", "sgd", {"momentum": 0.9, "nesterov": True}),
    ("sgd with nesterov momentum and weight decay", "sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.05}),
    ("rmsprop", "rmsprop", {}),
    ("rmsprop with other settings", "rmsprop", {"alpha": 0.9, "epsilon": 1e-3}),
    ("rmsprop with momentum", "rmsprop", {"momentum": 0.9}),
    ("rmsprop with momentum and a falling learning rate", "rmsprop", {"momentum": 0.9, "learning_rates": FALLING}),
    ("rmsprop with momentum and weight decay", "rmsprop", {"momentum": 0.9, "weight_decay": 0.05}),
    ("adagrad", "adagrad", {}),
    ("adagrad with an initial accumulator", "adagrad", {"initial_accumulator": 0.1}),
    ("adagrad with weight decay", "adagrad", {"weight_decay": 0.05}),
    ("adagrad with a falling learning rate", "adagrad", {"learning_rates": FALLING}),
    ("adam with lazy rows", "adam", {"sparse_rows": "lazy"}),
    ("adam with lazy rows, other settings and a falling learning rate", "adam", {
        "sparse_rows": "lazy", "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "learning_rates": FALLING}),
    ("asgd", "asgd", {"trigger_step": 0}),
    ("asgd with a late trigger and weight decay", "asgd", {"trigger_step": 5, "weight_decay": 0.05}),
]


def draw():
    """Starting parameters [ELEMENTS] and gradients [STEPS, ELEMENTS]."""
    generator = torch.Generator().manual_seed(0)

    def multiples(shape, of):
        return torch.randint(-256, 257, shape, generator=generator).double() * of

    parameters = multiples([ELEMENTS], 2.0**-8)
    gradients = multiples([STEPS, ELEMENTS], 2.0**-8)
    gradients[:, 1] *= 2.0**10
    gradients[:, 2] *= 2.0**-20
    gradients[torch.rand([STEPS, ELEMENTS], generator=generator) < 0.15] = 0
    gradients[:, 3] = 0
    gradients[4:6] = 0
    return parameters, gradients


def arguments(settings):
    """Our names to PyTorch's."""
    names = {
        "epsilon": "eps", "weight_decay": "weight_decay", "momentum": "momentum", "nesterov": "nesterov",
        "alpha": "alpha", "initial_accumulator": "initial_accumulator_value",
    }
    result = {names[name]: value for name, value in settings.items() if name in names}
    if "beta1" in settings:
        result["betas"] = (settings["beta1"], settings["beta2"])
    if "trigger_step" in settings:
        # Without PyTorch's own decays. Its mean begins two steps after t0: with step t0 + 2.
        result.update(lambd=0.0, t0=settings["trigger_step"] - 1)
    return result


def run(name, optimizer, settings, start, gradients):
    settings = dict(settings)
    rates = settings.pop("learning_rates", [CONSTANT[optimizer]] * STEPS)
    parameter = start.clone().requires_grad_()
    is_lazy = "sparse_rows" in settings
    stepper = (
        torch.optim.SparseAdam([parameter], lr=rates[0], **arguments(settings)) if is_lazy
        else CLASSES[optimizer]([parameter], lr=rates[0], foreach=False, **arguments(settings)))
    after, averages = [], []
    for rate, gradient in zip(rates, gradients):
        stepper.param_groups[0]["lr"] = rate
        parameter.grad = gradient.to_sparse() if is_lazy else gradient.clone()
        stepper.step()
        after.append([float(f"{value:.12g}") for value in parameter.detach().tolist()])
        if optimizer == "asgd":
            averages.append([float(f"{value:.12g}") for value in stepper.state[parameter]["ax"].tolist()])
    result = dict(name=name, optimizer=optimizer, settings=settings, learning_rates=rates, parameters=after)
    return result | (dict(averages=averages) if averages else {})


def main():
    torch.set_num_threads(1)
    start, gradients = draw()
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "references.json")
    solved = [run(*case, start, gradients) for case in CASES]
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write('{"torch": %s,\n' % json.dumps(torch.__version__.split("+")[0]))
        file.write('"start": %s,\n"gradients": %s,\n"cases": [\n' % (json.dumps(start.tolist()), json.dumps(gradients.tolist())))
        file.write(",\n".join(json.dumps(case, separators=(",", ":")) for case in solved))
        file.write("\n]}\n")
    print(f"{len(solved)} cases, {os.path.getsize(path) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
