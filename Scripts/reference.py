#!/usr/bin/env python3
"""What Zennit, Captum and PyTorch say about networks, to compare Heatlens with.

    Scripts/reference golden                     writes the golden files of the tests, where they are not what they should be
    Scripts/reference check                      computes them anew and compares them with those that are there
    Scripts/reference compare --heatlens PATH    lets Heatlens explain torchvision's networks and the shipped one, and compares
    Scripts/reference time                       how long Zennit takes with the shipped network, as JSON

`Scripts/reference` installs what is needed and runs this file. MNIST is read from --data or HEATLENS_MNIST.
"""
import argparse
import json
import os
import sys
import warnings
from pathlib import Path

import torch

from peers import compare, golden, timing

ROOT = Path(__file__).resolve().parent.parent


def arguments() -> argparse.Namespace:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, default=os.environ.get("HEATLENS_MNIST"), help="folder with MNIST's files")
    common.add_argument("--model", type=Path, default=ROOT / "Assets/resnet50-mnist.safetensors", help="the shipped network")
    common.add_argument("--threads", type=int, default=2)
    parser = argparse.ArgumentParser(
        prog="Scripts/reference", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = parser.add_subparsers(dest="task", required=True)
    for task in ("golden", "check", "time"):
        tasks.add_parser(task, parents=[common])
    comparison = tasks.add_parser("compare", parents=[common])
    comparison.add_argument("--heatlens", type=Path, required=True, help="the program")
    comparison.add_argument("--networks", nargs="+", choices=compare.NAMES, default=compare.NAMES, metavar="NAME", help="only these")
    comparison.add_argument("--work", type=Path, help="folder in which the exported networks are kept")
    options = parser.parse_args()
    if options.data is None:
        parser.error("name MNIST's folder with --data or HEATLENS_MNIST")
    return options


def main() -> int:
    options = arguments()
    torch.set_num_threads(options.threads)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    data = Path(options.data)
    if options.task == "golden":
        golden.update(ROOT, data, options.model)
    elif options.task == "check":
        return 0 if golden.check(ROOT, data, options.model) else 1
    elif options.task == "compare":
        return 0 if compare.compare(options.heatlens.resolve(), options.networks, data, options.model, options.work) else 1
    else:
        print(json.dumps(timing.measure(data, options.model)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
