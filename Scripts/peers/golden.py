"""Writes the golden files, and compares those that are committed with what is computed anew."""
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from zennit.layer import Sum

from train_resnet50 import enlarge, read_split

from . import composites, explain, networks
from .explain import Precisions

# Of MNIST's test split: two easy ones, and two that the network gets wrong: an 8 that it takes for a 9, a 7 that it takes for a 1.
DIGITS = [0, 15, 947, 1260]
SMALL_COMPOSITES = [
    "epsilon-plus", "epsilon-plus-flat", "epsilon-gamma-box", "epsilon-alpha2-beta1", "epsilon-alpha2-beta1-flat"]
LAYER_COMPOSITES = ["epsilon-plus", "epsilon-alpha2-beta1"]
WELL_CONDITIONED = 1e-5
RELEVANCE, NETWORKS = Path("Tests/RelevanceTests/Golden"), Path("Tests/NetworksTests/Golden")


def write(root: Path, data: Path, model: Path) -> None:
    """All golden files of the project, below `root`."""
    write_networks(root / NETWORKS)
    for name, small in networks.SMALL.items():
        write_small(root / RELEVANCE / name, small)
    write_shipped(root / RELEVANCE / "resnet50-mnist", data, model)


def write_small(folder: Path, small: networks.Small) -> None:
    model = networks.random_model(small.make, small.seed)
    inputs = networks.random_inputs(2, small.size, small.mean, small.std)
    logits = model.double()(inputs.double()).detach()
    save(folder / "input.npy", inputs)
    save(folder / "logits.npy", logits)
    write_model(folder, small, model.float(), inputs, logits)
    # The first picture's best class, and the second's second best.
    targets = torch.stack([logits[0].argmax(), logits[1].argsort()[-2]])
    save_json(folder / "targets.json", {"targets": targets.tolist()})
    both = Precisions(model)
    low, high = composites.bounds(small.mean, small.std)
    worst = {}
    for name in SMALL_COMPOSITES:
        layers = relevant_layers(both.double) if not small.is_onnx and name in LAYER_COMPOSITES else []
        single, double = both.relevance(name, low, high, inputs, targets, layers)
        save(folder / f"{name}.npy", double.input)
        worst[name] = max(explain.deviations(single.input, double.input))
        for layer in layers:
            save(folder / name / f"{layer}.npy", double.layers[layer])
            worst[f"{name}/{layer}"] = max(explain.deviations(single.layers[layer], double.layers[layer]))
    single, double = both.attribution("gradient", inputs, targets, 0)
    save(folder / "gradient.npy", double)
    worst["gradient"] = max(explain.deviations(single, double))
    print(f"{folder.name}: targets {targets.tolist()}, single precision differs by {max(worst.values()):.1e} at most")
    bad = {name: value for name, value in worst.items() if not value <= WELL_CONDITIONED}
    if bad:
        print(f"  ill-conditioned, choose another seed: {bad}")


def write_model(folder: Path, small: networks.Small, model: torch.nn.Module, inputs: torch.Tensor, logits: torch.Tensor) -> None:
    properties = networks.metadata(small.size, small.mean, small.std, [f"class {n}" for n in range(logits.shape[1])])
    if not small.is_onnx:
        networks.save_safetensors(model, folder / "model.safetensors", properties)
        return
    networks.save_onnx(model, folder / "model.onnx", properties)
    difference = np.abs(networks.onnx_logits(folder / "model.onnx", inputs) - logits.numpy()).max()
    assert difference < 1e-5, f"{folder.name}: ONNX Runtime's logits differ by {difference}"


def relevant_layers(model: torch.nn.Module) -> list[str]:
    """Layers with weights, and sums."""
    kinds = (torch.nn.Conv2d, torch.nn.Linear, Sum)
    return [name for name, module in model.named_modules() if isinstance(module, kinds)]


def test_digits(data: Path) -> tuple[torch.Tensor, list[int]]:
    images, labels = read_split(data, "t10k")
    return enlarge(images[DIGITS]), labels[DIGITS].tolist()


def write_shipped(folder: Path, data: Path, path: Path) -> None:
    inputs, labels = test_digits(data)
    both = Precisions(networks.shipped(path))
    logits = both.double(inputs.double()).detach()
    targets = logits.argmax(1)
    save(folder / "inputs.npy", inputs)
    save(folder / "logits.npy", logits)
    save_json(folder / "digits.json", {"indices": DIGITS, "labels": labels, "targets": targets.tolist()})
    low, high = composites.bounds(networks.SHIPPED_MEAN, networks.SHIPPED_STD)
    conditioning = {}
    for name in composites.NAMES:
        single, double = both.relevance(name, low, high, inputs, targets)
        save(folder / f"{name}.npy", double.input)
        report(conditioning, name, single.input, double.input)
    for name in explain.ATTRIBUTIONS:
        single, double = both.attribution(name, inputs, targets, low, "layer4")
        save(folder / "attributions" / f"{name}.npy", double)
        report(conditioning, f"attributions/{name}", single, double)
    save_json(folder / "conditioning.json", conditioning)


def report(conditioning: dict, name: str, single: torch.Tensor, double: torch.Tensor) -> None:
    """One row of the README's table, as it comes."""
    deviations = explain.deviations(single, double)
    conditioning[name] = [float(f"{value:.1e}") for value in deviations]
    sums = " / ".join(f"{value:.4g}" for value in double.flatten(1).sum(1).tolist())
    print(f"| {name} | {sums} | " + " | ".join(f"{value:.1e}" for value in deviations) + " |", flush=True)


def write_networks(folder: Path) -> None:
    """What the tests of networks read: two small residual networks, their inputs and logits; and pictures in other sizes."""
    write_resnet(folder, "plain", 1, channels=3, size=(45, 52), batch=1, averages=False)
    write_resnet(folder, "averaging", 2, channels=1, size=(75, 67), batch=2, averages=True)
    write_resized(folder, "enlarged", 3, (28, 28), (56, 56), antialias=False)
    write_resized(folder, "enlarged-unevenly", 4, (20, 31), (33, 77), antialias=False)
    write_resized(folder, "shrunk", 5, (100, 70), (56, 32), antialias=True)


def write_resnet(folder: Path, name: str, seed: int, channels: int, size, batch: int, averages: bool) -> None:
    stages = [(3, 6, 2), (4, 8, 1), (5, 10, 2), (6, 12, 1)]
    model = networks.random_model(lambda: networks.SmallResNet(networks.Bottleneck, channels, 4, stages, 3, averages), seed)
    mean, std = [0.1 * (c + 1) for c in range(channels)], [0.5 + 0.1 * c for c in range(channels)]
    folder.mkdir(parents=True, exist_ok=True)
    networks.save_safetensors(model, folder / f"{name}.safetensors", networks.metadata(size, mean, std, ["zero", "one", "two"]))
    pictures = torch.randn(batch, channels, *size)
    save(folder / f"{name}-input.npy", pictures)
    save(folder / f"{name}-logits.npy", model.double()(pictures.double()), np.float64)


def write_resized(folder: Path, name: str, seed: int, source, target, antialias: bool) -> None:
    pixels = torch.from_numpy(np.random.default_rng(seed).integers(0, 256, source).astype(np.float32))
    picture = pixels.double()[None, None] / 255
    save(folder / f"{name}-source.npy", pixels)
    result = F.interpolate(picture, target, mode="bilinear", align_corners=False, antialias=antialias)
    save(folder / f"{name}-result.npy", result[0, 0], np.float64)


def save(path: Path, values: torch.Tensor, precision=np.float32) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, values.detach().numpy().astype(precision))


def save_json(path: Path, value: dict) -> None:
    path.write_text("{\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(item)}" for key, item in value.items()) + "\n}\n")


def update(root: Path, data: Path, model: Path) -> None:
    """Replaces the files that are not what is computed now. Rounding alone replaces nothing."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), data, model)
        for path in differences(root, Path(name)):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(name) / path, root / path)
            print(f"{path}: written")


def check(root: Path, data: Path, model: Path) -> bool:
    """Whether the files are what is computed now."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), data, model)
        paths = differences(root, Path(name))
    for path in paths:
        print(f"{path}: missing, or not what is computed anew")
    print(f"{len(paths)} golden files differ" if paths else "The golden files are what is computed anew.")
    return not paths


def differences(root: Path, anew: Path) -> list[Path]:
    """What was computed and is not there, or differs by more than rounding."""
    names = sorted(file.relative_to(anew) for file in anew.rglob("*") if file.is_file())
    return [name for name in names if not (root / name).exists() or not same(root / name, anew / name)]


def same(committed: Path, anew: Path) -> bool:
    if committed.name == "conditioning.json":
        # Rounding errors themselves: another processor makes others.
        return json.loads(committed.read_text()).keys() == json.loads(anew.read_text()).keys()
    if committed.suffix == ".npy":
        return close(np.load(committed), np.load(anew))
    if committed.suffix == ".safetensors":
        return all_close(load_file(committed), load_file(anew))
    if committed.suffix == ".onnx":
        return all_close(initializers(committed), initializers(anew)) and operators(committed) == operators(anew)
    return committed.read_bytes() == anew.read_bytes()


def close(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and bool(np.abs(a - b).max(initial=0) <= 1e-5 * np.abs(a).max(initial=0))


def all_close(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(close(np.asarray(a[key]), np.asarray(b[key])) for key in a)


def initializers(path: Path) -> dict[str, np.ndarray]:
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}


def operators(path: Path) -> list[str]:
    return [node.op_type for node in onnx.load(path).graph.node]
