"""Lets Heatlens explain torchvision's networks and the shipped one, and compares with PyTorch, Zennit and Captum."""
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from . import composites, explain, golden, networks
from .explain import Precisions

SHIPPED = "resnet50-mnist"
NAMES = [*networks.TORCHVISION, SHIPPED]
TOLERANCE = 1e-4


class Heatlens:
    def __init__(self, program: Path, model: Path, inputs: Path):
        self.command = [str(program), "explain", str(inputs), "--model", str(model)]
        self.result = inputs.with_name("heatlens.npy")

    def run(self, *arguments: str) -> str:
        outcome = subprocess.run(self.command + list(arguments), capture_output=True, text=True)
        if outcome.returncode != 0:
            raise RuntimeError(outcome.stderr.strip() or f"exit status {outcome.returncode}")
        return outcome.stdout

    def logits(self) -> torch.Tensor:
        reports = json.loads(self.run("--format", "json"))
        return torch.tensor([report["logits"] for report in (reports if isinstance(reports, list) else [reports])])

    def array(self, *arguments: str) -> torch.Tensor:
        self.result.unlink(missing_ok=True)
        self.run(*arguments, "-o", str(self.result))
        return torch.from_numpy(np.load(self.result))


@dataclass
class Row:
    network: str
    what: str
    # Of the largest magnitude; of logits above 1, absolute. The peer's own: see `explain.worst_deviation`.
    deviation: float
    own: float
    fault: str = ""

    @property
    def allowed(self) -> float:
        """Where single precision itself is further off than the tolerance, Heatlens may be as far."""
        return max(TOLERANCE, self.own)

    @property
    def is_miss(self) -> bool:
        return bool(self.fault) or not self.deviation <= self.allowed

    def __str__(self) -> str:
        verdict = self.fault.splitlines()[0] if self.fault else "miss" if self.is_miss else "agrees"
        if not self.fault and self.allowed > TOLERANCE:
            verdict += f" within {self.allowed:.0e} (ill-conditioned)"
        return f"{self.network:<16}{self.what:<28}{self.deviation:>10.1e}{self.own:>10.1e}  {verdict}"


def compare(program: Path, names: list[str], data: Path, model: Path, work: Path | None) -> bool:
    """Prints one row a comparison; whether all agree."""
    print(f"{'network':<16}{'what':<28}{'heatlens':>10}{'zennit':>10}")
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        for name in names:
            folder = (work or Path(temporary)) / name
            folder.mkdir(parents=True, exist_ok=True)
            for row in shipped_rows(program, data, model, folder) if name == SHIPPED else torchvision_rows(program, name, folder):
                print(row, flush=True)
                rows.append(row)
    misses = sum(row.is_miss for row in rows)
    print(f"{len(rows)} comparisons, {misses} misses")
    return misses == 0


def torchvision_rows(program: Path, name: str, folder: Path):
    model, inputs = networks.torchvision_model(name)
    mean, std, size = networks.TORCHVISION_MEAN, networks.TORCHVISION_STD, (224, 224)
    classes = [str(number) for number in range(1000)]
    networks.save_onnx(model, folder / "network.onnx", networks.metadata(size, mean, std, classes))
    np.save(folder / "input.npy", inputs.numpy())
    heatlens = Heatlens(program, folder / "network.onnx", folder / "input.npy")
    both = Precisions(model)
    yield logits_row(name, heatlens, both, inputs)
    # Of three channels each has bounds of its own: only the first layer can have the box rule.
    yield from relevance_rows(name, heatlens, both, inputs, mean, std, [name for name in composites.NAMES if name != "z-box"])
    yield from attribution_rows(name, heatlens, both, inputs, mean, std, networks.TORCHVISION[name], explain.COARSE)


def shipped_rows(program: Path, data: Path, model: Path, folder: Path):
    inputs, _ = golden.test_digits(data)
    np.save(folder / "input.npy", inputs.numpy())
    heatlens = Heatlens(program, model, folder / "input.npy")
    both = Precisions(networks.shipped(model))
    yield logits_row(SHIPPED, heatlens, both, inputs)
    mean, std = networks.SHIPPED_MEAN, networks.SHIPPED_STD
    yield from relevance_rows(SHIPPED, heatlens, both, inputs, mean, std, composites.NAMES)
    yield from attribution_rows(SHIPPED, heatlens, both, inputs, mean, std, "layer4", explain.FINE)


def relevance_rows(network: str, heatlens: Heatlens, both: Precisions, inputs: torch.Tensor, mean, std, names: list[str]):
    low, high = composites.bounds(mean, std)
    targets, known = predicted(both, inputs), {}
    for name in names:
        peer = composites.SAME.get(name, name)
        if peer not in known:

            def compute(*pictures):
                return [result.input for result in both.relevance(peer, low, high, *pictures)]

            known[peer] = explain.worst_deviation(compute, inputs, targets, TOLERANCE / 10)
        yield row(network, name, lambda: heatlens.array("--composite", name), *known[peer])


def attribution_rows(
    network: str, heatlens: Heatlens, both: Precisions, inputs: torch.Tensor, mean, std, layer: str, grid: explain.Grid):
    black, targets = composites.bounds(mean, std)[0], predicted(both, inputs)
    for name in explain.ATTRIBUTIONS:

        def compute(*pictures):
            return both.attribution(name, *pictures, black, layer, grid)

        double, own = explain.worst_deviation(compute, inputs, targets, TOLERANCE / 10)
        if double.shape[2:] != inputs.shape[2:]:
            # Grad-CAM's map is as coarse as its layer; Heatlens writes it enlarged.
            double = torch.nn.functional.interpolate(double, inputs.shape[2:], mode="bilinear", align_corners=False)
        options = grid.options(name)
        if name == "grad-cam" and "." in layer:
            # What several layers make has no name; where that is asked for, it is the last one with positions, which Heatlens takes.
            options = ["--cam-layer", layer]
        yield row(network, name, lambda: heatlens.array("--attribution", name, *options), double, own)


def predicted(both: Precisions, inputs: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return both.double(inputs.double()).argmax(1)


def logits_row(network: str, heatlens: Heatlens, both: Precisions, inputs: torch.Tensor) -> Row:
    with torch.no_grad():
        expected = both.original(inputs.double())
        scale = min(1, expected.abs().max().item())
        own = (both.single(inputs) - expected).abs().max().item() / scale
    try:
        theirs = heatlens.logits()
        if theirs.shape != expected.shape:
            return Row(network, "logits", float("nan"), own, f"shape {list(theirs.shape)} instead of {list(expected.shape)}")
        return Row(network, "logits", (theirs - expected).abs().max().item() / scale, own)
    except (RuntimeError, OSError, ValueError, KeyError) as error:
        return Row(network, "logits", float("nan"), own, str(error))


def row(network: str, what: str, run, double: torch.Tensor, own: float) -> Row:
    """`run` lets Heatlens compute."""
    try:
        result = run()
        if result.shape != double.shape:
            return Row(network, what, float("nan"), own, f"shape {list(result.shape)} instead of {list(double.shape)}")
        return Row(network, what, max(explain.deviations(result, double)), own)
    except (RuntimeError, OSError, ValueError) as error:
        return Row(network, what, float("nan"), own, str(error))
