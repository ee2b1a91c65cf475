"""Relevance by Zennit, and the other attributions by Zennit, Captum and PyTorch."""
import copy
import itertools
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field

import captum.attr
import numpy as np
import torch
from torch import nn
from zennit.attribution import Gradient, IntegratedGradients
from zennit.composites import DeconvNet, GuidedBackprop
from zennit.rules import ReLUDeconvNet, ReLUGuidedBackprop
from zennit.core import Composite

from . import composites
from .canonical import canonical

ATTRIBUTIONS = [
    "gradient", "input-x-gradient", "integrated-gradients", "guided-backpropagation", "deconvnet", "grad-cam", "occlusion"]


@dataclass(frozen=True)
class Grid:
    """How finely integrated gradients and occlusion look: steps; side of the window, and from one window to the next."""

    steps: int
    window: int
    stride: int

    def options(self, attribution: str) -> list[str]:
        """Heatlens'."""
        if attribution == "integrated-gradients":
            return ["--steps", str(self.steps)]
        return ["--window", str(self.window), "--stride", str(self.stride)] if attribution == "occlusion" else []


# Heatlens' own choice, and one for pictures of 224 x 224.
FINE, COARSE = Grid(20, 8, 4), Grid(4, 64, 40)


@dataclass
class Relevance:
    input: torch.Tensor
    logits: torch.Tensor
    # What arrives at the output of each layer that was asked for.
    layers: dict[str, torch.Tensor] = field(default_factory=dict)


def chosen_logit(targets: torch.Tensor):
    """What relevance starts with: the logit of each picture's target, and 0 elsewhere."""
    return lambda logits: logits * nn.functional.one_hot(targets, logits.shape[1])


def one(targets: torch.Tensor):
    """What a gradient starts with: 1 at each picture's target."""
    return lambda logits: nn.functional.one_hot(targets, logits.shape[1]).to(logits)


def relevance(model: nn.Module, composite: Composite, inputs: torch.Tensor, targets: torch.Tensor, layers=()) -> Relevance:
    """`model` in canonical form; computed in the precision of its weights."""
    arrived, handles = {}, []

    def watch(name):
        return lambda module, inputs, output: output.register_hook(lambda gradient: arrived.update({name: gradient.detach()})) and None

    for name in layers:
        handles.append(model.get_submodule(name).register_forward_hook(watch(name)))
    try:
        with Gradient(model, composite) as attributor:
            logits, result = attributor(inputs.to(next(model.parameters())), chosen_logit(targets))
    finally:
        for handle in handles:
            handle.remove()
    return Relevance(result.detach(), logits.detach(), arrived)


def attribution(
    name: str, model: nn.Module, canonical: nn.Module, inputs: torch.Tensor, targets: torch.Tensor, black, layer: str, grid: Grid
) -> torch.Tensor:
    """`black`: the input of a black picture, which stands for nothing being there. `layer`: of `model`, for Grad-CAM."""
    inputs = inputs.to(next(canonical.parameters()))
    black = torch.zeros_like(inputs) + torch.as_tensor(black).to(inputs)
    if name == "gradient":
        return Gradient(canonical)(inputs, one(targets))[1]
    if name == "input-x-gradient":
        return inputs * Gradient(canonical)(inputs, one(targets))[1]
    if name == "integrated-gradients":
        # (x - black) * mean of the gradients at black + k / steps * (x - black), k = 1 ... steps.
        path = IntegratedGradients(canonical, baseline_fn=lambda x: black, n_iter=grid.steps)
        return path(inputs, one(targets))[1]
    # Zennit knows torch.nn.ReLU alone as a ReLU: through one that is clipped its guided gradients would be plain ones.
    if name == "guided-backpropagation":
        return Gradient(canonical, GuidedBackprop(layer_map=[(torch.nn.ReLU6, ReLUGuidedBackprop())]))(inputs, one(targets))[1]
    if name == "deconvnet":
        return Gradient(canonical, DeconvNet(layer_map=[(torch.nn.ReLU6, ReLUDeconvNet())]))(inputs, one(targets))[1]
    if name == "grad-cam":
        return captum.attr.LayerGradCam(model, model.get_submodule(layer)).attribute(inputs, targets, relu_attributions=True).detach()
    if name == "occlusion":
        # Of each pixel: the mean, over the windows that cover it, of the target's logit minus that with the window made black. A window
        # takes all channels, which get the same.
        with torch.no_grad():
            return captum.attr.Occlusion(model).attribute(
                inputs, (inputs.shape[1], grid.window, grid.window), (inputs.shape[1], grid.stride, grid.stride), baselines=black,
                target=targets)[:, :1]
    raise ValueError(name)


def path(inputs: torch.Tensor, black, steps: int) -> torch.Tensor:
    """The pictures that integrated gradients looks at: from nearly black to the picture itself."""
    return torch.cat([black + (inputs - black) * (k / steps) for k in range(1, steps + 1)])


def deviations(result: torch.Tensor, reference: torch.Tensor) -> list[float]:
    """max |a - b| / max |b| of each picture; infinite where anything is not finite."""
    a, b = (x.detach().double().flatten(1).numpy() for x in (result, reference))
    with np.errstate(all="ignore"):
        ratio = np.abs(a - b).max(1) / np.abs(b).max(1)
    same = (a == b).all(1)
    return [0.0 if equal else float(value) if np.isfinite(value) else float("inf") for value, equal in zip(ratio, same)]


class Precisions:
    """A network in double precision, and in single precision, which says how exactly its relevance can be known there."""

    def __init__(self, model: nn.Module):
        self.original = copy.deepcopy(model).double()
        self.double = canonical(self.original)
        self.single = copy.deepcopy(self.double).float()

    def relevance(self, name: str, low, high, inputs: torch.Tensor, targets: torch.Tensor, layers=()) -> tuple[Relevance, Relevance]:
        """(single, double)"""
        return tuple(
            relevance(model, composites.composite(name, low, high), inputs, targets, layers) for model in (self.single, self.double))

    def attribution(
        self, name: str, inputs: torch.Tensor, targets: torch.Tensor, black, layer: str = "", grid: Grid = FINE
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(single, double)"""
        models = (copy.deepcopy(self.original).float(), self.single), (self.original, self.double)
        single, double = (attribution(name, *pair, inputs, targets, black, layer, grid) for pair in models)
        return single, double


@contextmanager
def summing(threads: int, with_onednn: bool):
    """Lets PyTorch add in another order: each number of threads cuts sums elsewhere, and oneDNN cuts them otherwise than PyTorch."""
    usual = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="TF32")
            with torch.backends.mkldnn.flags(enabled=with_onednn):
                yield
    finally:
        torch.set_num_threads(usual)


def worst_deviation(compute, inputs: torch.Tensor, targets: torch.Tensor, small: float) -> tuple[torch.Tensor, float]:
    """The result in double precision, and how far single precision gets from it, at most, over eight orders of adding the same numbers.

    `compute`: (inputs, targets) -> (single, double). Where one order deviates by less than `small`, rounding decides little, and it says
    enough.
    """
    single, double = compute(inputs, targets)
    worst = max(deviations(single, double))
    if worst <= small:
        return double, worst
    for threads, with_onednn in itertools.product((1, 2), (True, False)):
        with summing(threads, with_onednn):
            for count in (1, len(inputs)):
                parts = [compute(*pair)[0] for pair in zip(inputs.split(count), targets.split(count))]
                worst = max(worst, *deviations(torch.cat(parts), double))
    return double, worst
