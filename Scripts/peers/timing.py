"""How long Zennit takes with the shipped network, used as its users use it: its own classes and canonizer, registered once."""
import importlib.metadata
import statistics
import time
from pathlib import Path

import torch
from zennit.attribution import Gradient
from zennit.composites import EpsilonAlpha2Beta1, EpsilonGammaBox, EpsilonPlusFlat
from zennit.core import Composite
from zennit.torchvision import ResNetCanonizer

from train_resnet50 import enlarge, read_split

from . import composites, networks

BATCHES = [4, 8, 16, 32, 64]


def measure(data: Path, path: Path) -> dict:
    """Milliseconds for one picture, and pictures a second in batches with epsilon-plus-flat; forward pass included."""
    images, _ = read_split(data, "t10k")
    inputs, model = enlarge(images[:max(BATCHES)]), networks.shipped(path)
    low, high = composites.bounds(networks.SHIPPED_MEAN, networks.SHIPPED_STD)
    make = {
        "epsilon-plus-flat": EpsilonPlusFlat,
        "epsilon-alpha2-beta1": EpsilonAlpha2Beta1,
        "epsilon-gamma-box": lambda canonizers: EpsilonGammaBox(low, high, canonizers=canonizers),
    }
    made = {name: build(canonizers=[ResNetCanonizer()]) for name, build in make.items()}
    return {
        "peer": "Zennit " + ".".join(importlib.metadata.version("zennit").split(".")[:2]),
        "threads": torch.get_num_threads(),
        "milliseconds": {name: round(1000 * seconds(model, composite, inputs[:1], 9), 1) for name, composite in made.items()},
        "images_per_second": {
            batch: round(batch / seconds(model, made["epsilon-plus-flat"], inputs[:batch], 3), 2) for batch in BATCHES},
    }


def seconds(model: torch.nn.Module, composite: Composite, inputs: torch.Tensor, repetitions: int) -> float:
    """The median after one run that is not counted."""
    durations = []
    with Gradient(model, composite) as attributor:
        for _ in range(repetitions + 1):
            start = time.perf_counter()
            attributor(inputs, lambda logits: logits * torch.nn.functional.one_hot(logits.argmax(1), logits.shape[1]))
            durations.append(time.perf_counter() - start)
    return statistics.median(durations[1:])
