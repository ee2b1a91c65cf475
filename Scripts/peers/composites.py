"""Heatlens' composites, built from Zennit's rules.

Zennit has classes for some of them. Its ExcitationBackprop differs: activations keep their gradient there and `pass` here, which is the
same behind ReLU. Its box composites know a first convolution only; here a first dense layer gets the rule too, as with `flat`.
"""
from dataclasses import dataclass

import torch
from torch import nn
from zennit.composites import LayerMapComposite, SpecialFirstLayerMapComposite, layer_map_base
from zennit.core import Composite, Hook
from zennit.rules import AlphaBeta, Epsilon, Flat, Gamma, WSquare, ZBox, ZPlus
from zennit.types import Convolution, Linear


@dataclass
class Rules:
    convolution: Hook
    dense: Hook
    first: Hook | None = None


def table(low, high) -> dict[str, Rules]:
    """Which rules each composite gives. `low` and `high` bound the input, as numbers or per channel, [1, C, 1, 1]."""
    plus, alpha2, epsilon, flat, box = ZPlus(), AlphaBeta(2, 1), Epsilon(1e-6), Flat(), ZBox(low, high)
    alpha1, strong = AlphaBeta(1, 0), Epsilon(0.1)
    unbiased = AlphaBeta(1, 0, zero_params="bias")
    return {
        "epsilon-plus": Rules(plus, epsilon),
        "epsilon-plus-flat": Rules(plus, epsilon, flat),
        "epsilon-plus-box": Rules(plus, epsilon, box),
        "epsilon-gamma-box": Rules(Gamma(0.25), epsilon, box),
        "epsilon-alpha2-beta1": Rules(alpha2, epsilon),
        "epsilon-alpha2-beta1-flat": Rules(alpha2, epsilon, flat),
        "lrp0": Rules(Epsilon(0), Epsilon(0)),
        "epsilon": Rules(epsilon, epsilon),
        "z-plus": Rules(plus, plus),
        "alpha-beta": Rules(alpha2, alpha2),
        "gamma": Rules(Gamma(0.25), Gamma(0.25)),
        "w-square": Rules(WSquare(), WSquare()),
        "flat": Rules(flat, flat),
        "z-box": Rules(box, box),
        "preset-a": Rules(alpha1, strong),
        "preset-b": Rules(alpha2, strong),
        "preset-a-flat": Rules(alpha1, strong, flat),
        "preset-b-flat": Rules(alpha2, strong, flat),
        "deep-taylor": Rules(unbiased, unbiased),
        "deep-taylor-bounded": Rules(unbiased, unbiased, box),
        "excitation-backprop": Rules(plus, plus),
    }


NAMES = list(table(0.0, 1.0))
# The same rules under another name.
SAME = {"excitation-backprop": "z-plus"}


def composite(name: str, low, high) -> Composite:
    """For a network in canonical form: sums and average pooling `norm`, activations and unmerged normalization `pass`."""
    rules = table(low, high)[name]
    layers = layer_map_base(stabilizer=1e-6) + [(Convolution, rules.convolution), (nn.Linear, rules.dense)]
    if rules.first is None:
        return LayerMapComposite(layers)
    return SpecialFirstLayerMapComposite(layers, [(Linear, rules.first)])


def bounds(mean: list[float], std: list[float]):
    """Black and white after normalization. Numbers for one channel, so that `z-box` can stand in every layer."""
    low, high = [(0 - m) / s for m, s in zip(mean, std)], [(1 - m) / s for m, s in zip(mean, std)]
    if len(mean) == 1:
        return low[0], high[0]
    return tuple(torch.tensor(values, dtype=torch.float64).view(1, -1, 1, 1) for values in (low, high))
