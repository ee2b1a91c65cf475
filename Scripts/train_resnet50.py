#!/usr/bin/env python3
"""Trains Heatlens' ResNet50 on MNIST and writes Assets/resnet50-mnist.safetensors.

    pip install torch torchvision safetensors numpy
    Scripts/train_resnet50.py --data FOLDER [--epochs 3] [--checkpoint FILE] [--output FILE]

The network is torchvision's ResNet50 with one input channel, ten classes and the shortcut of
"ResNet-D" (He et al. 2019, "Bag of Tricks", section 4.2): where a block halves the picture, the
shortcut averages 2x2 positions before its 1x1 convolution. A strided 1x1 shortcut reads every
second position only, and relevance collapses into one spot.

A checkpoint is saved every few minutes; started again with the same file, training goes on from
there. Weights are averaged over time (an exponential moving average), which is what is evaluated
and written.
"""

import argparse
import copy
import gzip
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from safetensors.torch import save_file
from torch import nn

MEAN, STD, SIZE = 0.1307, 0.3081, 56


def read_idx(folder: Path, name: str) -> np.ndarray:
    path = folder / name
    raw = gzip.open(f"{path}.gz").read() if not path.exists() else path.read_bytes()
    rank = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * d: 8 + 4 * d], "big") for d in range(rank)]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def read_split(folder: Path, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    images = torch.from_numpy(read_idx(folder, f"{split}-images-idx3-ubyte").copy())
    labels = torch.from_numpy(read_idx(folder, f"{split}-labels-idx1-ubyte").copy())
    return images, labels.long()


def resnet50(shortcut: str = "average", classes: int = 10) -> nn.Module:
    """torchvision's ResNet50 for one channel; `average` puts an average pooling before each strided projection."""
    model = torchvision.models.resnet50(num_classes=classes)
    model.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    for module in model.modules():
        if isinstance(module, torchvision.models.resnet.Bottleneck):
            # Full-sized branches make the first gradients explode; branches of zero make relevance avoid them.
            nn.init.constant_(module.bn3.weight, 0.3)
    if shortcut == "average":
        for module in model.modules():
            if isinstance(module, torchvision.models.resnet.Bottleneck) and module.downsample is not None:
                projection, norm = module.downsample
                if projection.stride == (2, 2):
                    plain = nn.Conv2d(projection.in_channels, projection.out_channels, 1, bias=False)
                    pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False)
                    module.downsample = nn.Sequential(pool, plain, norm)
    return model


def enlarge(images: torch.Tensor) -> torch.Tensor:
    """[N, 28, 28] bytes to the network's input [N, 1, 56, 56]."""
    x = images.unsqueeze(1).float() / 255
    x = F.interpolate(x, (SIZE, SIZE), mode="bilinear", align_corners=False)
    return (x - MEAN) / STD


def augment(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """What hand-drawn input varies in: position, size, slant, rotation and the width of the pen."""
    n, device = len(images), images.device

    def uniform(low: float, high: float) -> torch.Tensor:
        return (torch.rand(n, generator=generator) * (high - low) + low).to(device)

    x = images.unsqueeze(1).float() / 255
    thicker = F.max_pool2d(x, 3, 1, 1)
    thinner = -F.max_pool2d(-x, 3, 1, 1)
    width = uniform(-0.35, 0.7).view(n, 1, 1, 1)
    x = x + width.clamp(min=0) * (thicker - x) - (-width).clamp(min=0) * (x - thinner)
    angle, shear = uniform(-0.21, 0.21), uniform(-0.2, 0.2)
    scale_x, scale_y = uniform(0.86, 1.18), uniform(0.86, 1.18)
    cos, sin = angle.cos(), angle.sin()
    rows = [
        torch.stack([cos / scale_x, (shear * cos - sin) / scale_x, uniform(-0.15, 0.15)], 1),
        torch.stack([sin / scale_y, (shear * sin + cos) / scale_y, uniform(-0.15, 0.15)], 1),
    ]
    grid = F.affine_grid(torch.stack(rows, 1), (n, 1, SIZE, SIZE), align_corners=False)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return (x - MEAN) / STD


@torch.no_grad()
def accuracy(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, device: str) -> float:
    model.eval()
    correct = 0
    for start in range(0, len(images), 500):
        logits = model(enlarge(images[start: start + 500].to(device)).contiguous(memory_format=torch.channels_last))
        correct += (logits.argmax(1).cpu() == labels[start: start + 500]).sum().item()
    return correct / len(images)


def write_weights(model: nn.Module, path: Path, test_accuracy: float, recipe: str) -> None:
    """float16 weights with everything that is needed to use them in the metadata; replaced atomically."""
    tensors = {
        name: tensor.detach().cpu().half().contiguous()
        for name, tensor in model.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    metadata = {
        "architecture": "resnet50",
        "classes": json.dumps([str(digit) for digit in range(10)]),
        "input_size": json.dumps([1, SIZE, SIZE]),
        "mean": json.dumps([MEAN]),
        "std": json.dumps([STD]),
        "shortcut": "average",
        "test_accuracy": f"{test_accuracy:.4f}",
        "recipe": recipe,
    }
    temporary = path.with_suffix(".partial")
    save_file(tensors, str(temporary), metadata)
    os.replace(temporary, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("HEATLENS_MNIST"), help="folder with MNIST's four files")
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--peak", type=float, default=0.05, help="highest learning rate of the one-cycle schedule")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes-between-checkpoints", type=float, default=4)
    parser.add_argument("--checkpoint", type=Path, default=Path("resnet50-mnist.checkpoint"))
    parser.add_argument("--output", type=Path, default=Path("Assets/resnet50-mnist.safetensors"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("name MNIST's folder with --data or HEATLENS_MNIST")
    images, labels = read_split(Path(options.data), "train")
    test_images, test_labels = read_split(Path(options.data), "t10k")

    torch.manual_seed(options.seed)
    device = options.device
    model = resnet50().to(device).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    steps_per_epoch = len(images) // options.batch
    steps = int(options.epochs * steps_per_epoch)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    kept = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": 5e-4}, {"params": kept, "weight_decay": 0}],
        lr=options.peak, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, options.peak, total_steps=steps, pct_start=0.1, div_factor=10, final_div_factor=100)

    step = 0
    if options.checkpoint.exists():
        state = torch.load(options.checkpoint, map_location=device)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        step = state["step"]
        print(f"resumed at step {step} of {steps}", flush=True)

    def save_checkpoint() -> None:
        temporary = options.checkpoint.with_suffix(".partial")
        torch.save({"model": model.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(), "step": step}, temporary)
        os.replace(temporary, options.checkpoint)

    saved, started, first, running = time.time(), time.time(), step, 0.0
    model.train()
    while step < steps:
        epoch, position = divmod(step, steps_per_epoch)
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(options.seed + epoch))
        chosen = order[position * options.batch: (position + 1) * options.batch]
        generator = torch.Generator().manual_seed(options.seed * 1_000_003 + step)
        x = augment(images[chosen].to(device), generator).contiguous(memory_format=torch.channels_last)
        loss = F.cross_entropy(model(x), labels[chosen].to(device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 4.0)
        optimizer.step()
        schedule.step()
        step += 1
        decay = min(0.995, (1 + step) / (10 + step))
        with torch.no_grad():
            for mine, theirs in zip(average.state_dict().values(), model.state_dict().values()):
                if mine.is_floating_point():
                    mine.lerp_(theirs, 1 - decay)
                else:
                    mine.copy_(theirs)
        running = loss.item() if step == first + 1 else 0.95 * running + 0.05 * loss.item()
        if not math.isfinite(running):
            raise SystemExit(f"step {step}: the loss is not finite; lower --peak")
        if step % 10 == 0:
            left = (time.time() - started) / (step - first) * (steps - step) / 60
            print(f"step {step}/{steps}  loss {running:.4f}  {left:.0f} minutes left", flush=True)
        if time.time() - saved > 60 * options.minutes_between_checkpoints:
            save_checkpoint()
            saved = time.time()
        if step % steps_per_epoch == 0 and step < steps:
            print(f"epoch {step // steps_per_epoch}: accuracy on 2,000 of t10k "
                  f"{accuracy(average, test_images[:2000], test_labels[:2000], device):.4f}", flush=True)
            model.train()
    save_checkpoint()
    halved = copy.deepcopy(average)
    halved.load_state_dict({k: v.half().to(v.dtype) if v.is_floating_point() else v for k, v in average.state_dict().items()})
    result = accuracy(halved, test_images, test_labels, device)
    recipe = (f"{options.epochs:g} epochs, batch {options.batch}, SGD Nesterov .9, one cycle to {options.peak:g}, "
              f"weight decay 5e-4, gradient norm 4, branches start at .3, average .995, shift .15, scale .86-1.18, rotation .21, shear .2, pen width")
    write_weights(average, options.output, result, recipe)
    print(f"accuracy on t10k with float16 weights: {result:.4f}; written to {options.output}")


if __name__ == "__main__":
    main()
