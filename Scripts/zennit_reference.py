#!/usr/bin/env python3
"""Relevance of the shipped ResNet50 by Zennit (PyTorch), to compare Heatlens with.

    pip install torch torchvision safetensors zennit numpy
    Scripts/zennit_reference.py golden --data FOLDER [--output Tests/RelevanceTests/Golden]
    Scripts/zennit_reference.py time --data FOLDER

`golden` writes the inputs, logits and input relevance of 20 test digits for every composite; `time` measures one picture with
epsilon-plus-flat (forward pass, relevance and Zennit's hooks) and prints the median in milliseconds as JSON.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from zennit.attribution import Gradient
from zennit.composites import (
    EpsilonAlpha2Beta1, EpsilonAlpha2Beta1Flat, EpsilonPlus, EpsilonPlusFlat, SpecialFirstLayerMapComposite, layer_map_base)
from zennit.rules import Epsilon, ZBox, ZPlus
from zennit.torchvision import ResNetCanonizer
from zennit.types import Convolution

from train_resnet50 import MEAN, STD, enlarge, read_split, resnet50

DIGITS = 20


def load_model(path: Path) -> torch.nn.Module:
    model = resnet50()
    missing, unexpected = model.load_state_dict({k: v.float() for k, v in load_file(path).items()}, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    return model.eval()


def composites() -> dict:
    low, high = torch.full((1, 1, 1, 1), (0 - MEAN) / STD), torch.full((1, 1, 1, 1), (1 - MEAN) / STD)
    plus = [(Convolution, ZPlus()), (torch.nn.Linear, Epsilon())]
    make = {
        "epsilon-plus": EpsilonPlus,
        "epsilon-plus-flat": EpsilonPlusFlat,
        "epsilon-plus-box": lambda canonizers: SpecialFirstLayerMapComposite(
            layer_map=layer_map_base() + plus, first_map=[(Convolution, ZBox(low, high))], canonizers=canonizers),
        "epsilon-alpha2-beta1": EpsilonAlpha2Beta1,
        "epsilon-alpha2-beta1-flat": EpsilonAlpha2Beta1Flat,
    }
    return {name: lambda build=build: build(canonizers=[ResNetCanonizer()]) for name, build in make.items()}


def relevance(model: torch.nn.Module, composite, inputs: torch.Tensor, exact: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """(relevance of the input, logits), started at the logit of the predicted class, one picture at a time."""
    maps, logits = [], []
    with Gradient(model, composite) as attributor:
        if exact:
            # Zennit leaves a merged normalization with variance 1 and its epsilon, so that it still divides by sqrt(1 + 1e-5):
            # 53 times 5e-6 in a ResNet50. Without the epsilon it is the identity, and the network is the one that was trained.
            for module in model.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.eps = 0.0
        for x in inputs:
            output, result = attributor(
                x[None], lambda out: torch.zeros_like(out).scatter_(1, out.argmax(1, True), out.max(1, True).values))
            maps.append(result.detach().numpy())
            logits.append(output.detach().numpy())
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1e-5
    return np.concatenate(maps).astype(np.float32), np.concatenate(logits).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["golden", "time"])
    parser.add_argument("--data", type=Path, default=os.environ.get("HEATLENS_MNIST"))
    parser.add_argument("--model", type=Path, default=Path("Assets/resnet50-mnist.safetensors"))
    parser.add_argument("--output", type=Path, default=Path("Tests/RelevanceTests/Golden"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("name MNIST's folder with --data or HEATLENS_MNIST")
    images, _ = read_split(Path(options.data), "t10k")
    inputs = enlarge(images[:DIGITS])
    model = load_model(options.model)
    if options.task == "golden":
        options.output.mkdir(parents=True, exist_ok=True)
        np.save(options.output / "inputs.npy", inputs.numpy())
        for name, make in composites().items():
            maps, logits = relevance(model, make(), inputs)
            as_is, _ = relevance(model, make(), inputs, exact=False)
            deviation = (np.abs(maps - as_is).max((1, 2, 3)) / np.abs(as_is).max((1, 2, 3))).max()
            np.save(options.output / f"{name}.npy", maps)
            np.save(options.output / "logits.npy", logits)
            print(f"{name}: sum {maps.sum((1, 2, 3)).mean():.4f}, logit {logits.max(1).mean():.4f}, "
                  f"Zennit's leftover epsilon moves it by {deviation:.1e} of max |R|")
    else:
        composite = composites()["epsilon-plus-flat"]()
        relevance(model, composite, inputs[:2])
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            relevance(model, composite, inputs[:1])
            seconds.append(time.perf_counter() - start)
        print(json.dumps({"peer": "Zennit", "milliseconds": 1000 * statistics.median(seconds), "threads": torch.get_num_threads()}))


if __name__ == "__main__":
    main()
