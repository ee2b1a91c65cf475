#!/usr/bin/env python3
"""Writes what the tests of networks compare with, computed by PyTorch in double precision.

    python3 Scripts/golden_networks.py Tests/NetworksTests/Golden

needs PyTorch, NumPy and safetensors. Two small residual networks with bottleneck blocks (plain and averaging shortcuts), their inputs
and logits; and pictures in other sizes, by torch.nn.functional.interpolate.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, outputs, stride, averages):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride > 1 or inputs != outputs:
            norm = nn.BatchNorm2d(outputs)
            if averages:
                pool = nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False) if stride > 1 else nn.Identity()
                self.downsample = nn.Sequential(pool, nn.Conv2d(inputs, outputs, 1, bias=False), norm)
            else:
                self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), norm)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class TinyResNet(nn.Module):
    def __init__(self, channels, stem, stages, classes, averages):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, stem, 7, 2, 3, bias=False), nn.BatchNorm2d(stem)
        inputs = stem
        for number, (width, outputs, count) in enumerate(stages, 1):
            blocks = []
            for block in range(count):
                blocks.append(Bottleneck(inputs, width, outputs, 2 if number > 1 and block == 0 else 1, averages))
                inputs = outputs
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for number in range(1, 5):
            x = getattr(self, f"layer{number}")(x)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def network(folder, name, seed, channels, size, batch, averages):
    torch.manual_seed(seed)
    model = TinyResNet(channels, 4, [(3, 6, 2), (4, 8, 1), (5, 10, 2), (6, 12, 1)], 3, averages).eval()
    for part in model.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(part.weight)
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.uniform_(part.bias, -0.5, 0.5)
            nn.init.uniform_(part.running_mean, -0.5, 0.5)
            nn.init.uniform_(part.running_var, 0.2, 2)
    metadata = {
        "input_size": json.dumps([channels, *size]),
        "mean": json.dumps([0.1 * (c + 1) for c in range(channels)]),
        "std": json.dumps([0.5 + 0.1 * c for c in range(channels)]),
        "classes": json.dumps(["zero", "one", "two"]),
    }
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / f"{name}.safetensors", metadata)
    pictures = torch.randn(batch, channels, *size)
    with torch.no_grad():
        logits = model.double()(pictures.double())
    np.save(folder / f"{name}-input.npy", pictures.numpy())
    np.save(folder / f"{name}-logits.npy", logits.numpy())


def resized(folder, name, seed, source, target, antialias):
    pixels = np.random.default_rng(seed).integers(0, 256, source).astype(np.float32)
    picture = torch.from_numpy(pixels).double()[None, None] / 255
    result = F.interpolate(picture, target, mode="bilinear", align_corners=False, antialias=antialias)
    np.save(folder / f"{name}-source.npy", pixels)
    np.save(folder / f"{name}-result.npy", result[0, 0].numpy())


def main():
    folder = Path(sys.argv[1])
    network(folder, "plain", 1, channels=3, size=(45, 52), batch=1, averages=False)
    network(folder, "averaging", 2, channels=1, size=(75, 67), batch=2, averages=True)
    resized(folder, "enlarged", 3, (28, 28), (56, 56), antialias=False)
    resized(folder, "enlarged-unevenly", 4, (20, 31), (33, 77), antialias=False)
    resized(folder, "shrunk", 5, (100, 70), (56, 32), antialias=True)


main()
