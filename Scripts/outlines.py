#!/usr/bin/env python3
"""Writes the layers of torchvision's networks as Heatlens reads them from ONNX, without their numbers, for the tests of groups.

    python3 Scripts/outlines.py .build/release/heatlens Tests/TestSupport/Outlines

needs PyTorch, torchvision, onnx and onnxscript. Weights are random: only the graph is kept. A file holds one layer a line, as
`heatlens info --format json` tells it, without counts. ResNet50 is exported by PyTorch's older and newer exporter, all others by the older.
"""
import argparse
import json
import subprocess
import tempfile
import warnings
from pathlib import Path

import torch
import torchvision

NAMES = ["resnet18", "resnet50", "resnet152", "vgg11_bn", "googlenet", "densenet121", "squeezenet1_1", "mobilenet_v2"]
KEYS = ["name", "kind", "inputs", "shape", "window"]


def export(name: str, newer: bool, path: Path) -> None:
    settings = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    model = getattr(torchvision.models, name)(weights=None, **settings).eval()
    pictures = torch.zeros(1, 3, 224, 224)
    if newer:
        torch.onnx.export(model, (pictures,), path, dynamo=True, external_data=False)
    else:
        torch.onnx.export(
            model, (pictures,), path, dynamo=False, input_names=["input"], output_names=["logits"],
            dynamic_axes={"input": {0: "n"}, "logits": {0: "n"}})


def layers(heatlens: str, path: Path) -> list[dict]:
    info = json.loads(subprocess.run([heatlens, "info", "--format", "json", path], check=True, capture_output=True).stdout)
    return [{key: layer[key] for key in KEYS if key in layer} for layer in info["layers"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("heatlens", help="the built program")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "network.onnx"
        for name, newer in [(name, False) for name in NAMES] + [("resnet50", True)]:
            torch.manual_seed(0)
            export(name, newer, path)
            rows = ",\n".join(json.dumps(layer, separators=(",", ":")) for layer in layers(arguments.heatlens, path))
            target = arguments.folder / f"{name}{'-newer' if newer else ''}.json"
            target.write_text(f"[\n{rows}\n]\n")
            print(target, len(rows))


if __name__ == "__main__":
    main()
