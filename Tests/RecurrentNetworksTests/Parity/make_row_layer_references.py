"""Writes row_layers.json: adaptive softmax and layer normalisation as PyTorch computes them, with all gradients.

    python make_row_layer_references.py            (needs torch; made with the version the file names)

Computed in float64 from numbers that float32 holds exactly. Weights are stored [in, out], as this project keeps
them; the loss of an adaptive softmax is the sum over rows of weight times negative log probability.
"""
import json
import os

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
generator = torch.Generator().manual_seed(0)


def numbers(*shape):
    return torch.randint(-256, 257, shape, generator=generator).double() / 256


def flat(tensor):
    return [float(f"{value:.12g}") for value in tensor.detach().contiguous().flatten().tolist()]


def transposed(gradient):
    return None if gradient is None else gradient.t()


def parameter(name, tensor, gradient):
    """A cluster without a target in the batch has no gradient, which is zeros."""
    gradient = torch.zeros_like(tensor) if gradient is None else gradient
    return dict(name=name, shape=list(tensor.shape), values=flat(tensor), gradient=flat(gradient))


def adaptive(rows, width, classes, cutoffs, factor):
    layer = torch.nn.AdaptiveLogSoftmaxWithLoss(width, classes, cutoffs, div_value=factor)
    with torch.no_grad():
        for tensor in layer.parameters():
            tensor.copy_(numbers(*tensor.shape))
    x = (2 * numbers(rows, width)).requires_grad_()
    targets = torch.randint(0, classes, [rows], generator=generator)
    weights = (1 + torch.randint(0, 3, [rows], generator=generator)).double() / 2
    losses = -weights * layer(x, targets).output
    losses.sum().backward()
    parameters = [parameter("softmax/head", layer.head.weight.t(), transposed(layer.head.weight.grad))]
    for number, (projection, weight) in enumerate(layer.tail):
        parameters.append(
            parameter(f"softmax/tail/{number}/projection", projection.weight.t(), transposed(projection.weight.grad)))
        parameters.append(parameter(f"softmax/tail/{number}/weight", weight.weight.t(), transposed(weight.weight.grad)))
    return dict(
        rows=rows, width=width, classes=classes, cutoffs=cutoffs, factor=factor, x=flat(x), targets=targets.tolist(),
        weights=weights.tolist(), losses=flat(losses), log_probabilities=flat(layer.log_prob(x)), input_gradient=flat(x.grad),
        parameters=parameters)


def normalization(rows, width):
    x, gain, bias = (tensor.requires_grad_() for tensor in (3 * numbers(rows, width), numbers(width), numbers(width)))
    above = numbers(rows, width)
    y = torch.nn.functional.layer_norm(x, [width], gain, bias)
    (y * above).sum().backward()
    return dict(
        rows=rows, width=width, x=flat(x), above=flat(above), y=flat(y), input_gradient=flat(x.grad),
        parameters=[parameter("norm_gain", gain, gain.grad), parameter("norm_bias", bias, bias.grad)])


def main():
    result = dict(
        torch=torch.__version__.split("+")[0],
        adaptive=[
            adaptive(9, 8, 11, [4], 4.0), adaptive(13, 12, 40, [5, 20], 2.0), adaptive(7, 6, 30, [1, 2, 29], 4.0 / 3),
            adaptive(21, 20, 100, [33, 60], 4.0)],
        normalization=[normalization(*shape) for shape in [(5, 2), (7, 8), (4, 19), (6, 50)]])
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "row_layers.json")
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        json.dump(result, file, separators=(",", ":"))
        file.write("\n")
    print(f"{os.path.getsize(path) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
