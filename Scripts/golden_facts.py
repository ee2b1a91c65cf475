#!/usr/bin/env python3
"""Writes what other programs count of networks, for the tests of parameters, operations and statistics.

    python3 Scripts/golden_facts.py Assets/resnet50-mnist.safetensors Tests/NetworksTests/Golden

needs PyTorch, torchvision, safetensors and NumPy. `resnet50-counts.json`: parameters by `numel()`, operations by
`torch.utils.flop_counter`, which counts two for a multiplication and an addition. `resnet50-mnist-statistics.json`: NumPy's statistics of
the shipped network's weights, with batch normalization merged in double precision: w' = w gamma / sqrt(variance + 1e-5).
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torchvision
from safetensors.numpy import load_file
from torch.utils.flop_counter import FlopCounterMode

NORMALIZED = {"conv1": "bn1", "layer2.0.conv2": "layer2.0.bn2", "layer4.2.conv3": "layer4.2.bn3"}
BINS = 32


def normalization(name: str) -> str | None:
    """The normalization behind a convolution of torchvision's ResNet."""
    if name == "fc":
        return None
    return name.replace("downsample.0", "downsample.1") if "downsample" in name else name.replace("conv", "bn")


def counts() -> dict:
    model = torchvision.models.resnet50(weights=None).eval()
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model(torch.zeros(1, 3, 224, 224))
    modules = dict(model.named_modules())
    layers = {}
    for name, module in modules.items():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            behind = normalization(name)
            parameters = list(module.parameters()) + (list(modules[behind].parameters()) if behind else [])
            operations = sum(counter.get_flop_counts()[f"ResNet.{name}"].values())
            layers[name] = {"parameters": sum(p.numel() for p in parameters), "macs": operations // 2}
    return {
        "source": f"torchvision {torchvision.__version__} resnet50 at 224 x 224; torch {torch.__version__} torch.utils.flop_counter",
        "parameters": sum(p.numel() for p in model.parameters()), "macs": counter.get_total_flops() // 2, "layers": layers}


def statistics(values: np.ndarray) -> dict:
    values = values.astype(np.float32).astype(np.float64).ravel()
    histogram, _ = np.histogram(values, bins=BINS)
    return {
        "count": values.size, "minimum": values.min(), "maximum": values.max(), "mean": values.mean(), "standard_deviation": values.std(),
        "zero_share": (values == 0).mean(), "histogram": histogram.tolist()}


def weights(model: Path) -> dict:
    tensors = {name: tensor.astype(np.float64) for name, tensor in load_file(model).items()}
    found = {}
    for name, norm in NORMALIZED.items():
        scale = tensors[f"{norm}.weight"] / np.sqrt(tensors[f"{norm}.running_var"] + 1e-5)
        found[name] = statistics(tensors[f"{name}.weight"] * scale[:, None, None, None])
    found["fc"] = statistics(tensors["fc.weight"])
    return {"source": f"numpy {np.__version__}", "layers": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    for name, facts in (("resnet50-counts", counts()), ("resnet50-mnist-statistics", weights(arguments.model))):
        # A layer a line.
        rows = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in facts["layers"].items())
        head = ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in facts.items() if key != "layers")
        (arguments.folder / f"{name}.json").write_text(f"{{{head}, \"layers\": {{\n{rows}\n}}}}\n")


if __name__ == "__main__":
    main()
