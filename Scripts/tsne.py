"""Measures `heatlens embed`: one map of all digits, growth with their number and, with --peers, other programs' maps of the same."""
import argparse
import gzip
import json
import math
import statistics
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

GROWTH = [5_000, 10_000, 20_000, 40_000, 70_000, 140_000, 280_000]
LARGE = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--limit", type=int, default=70_000, help="digits of the one map; fewer for a trial")
    parser.add_argument("--no-growth", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        ours = Ours(arguments.program, folder)
        first = ours.embed(arguments.data, limit=arguments.limit, name="ours.npy")
        if arguments.peers:
            from peers import tsne
            found = tsne.measure(arguments.data, arguments.limit, ours)
            # Once more after the peers: a machine whose speed drifted would show.
            reports = [first, ours.embed(arguments.data, limit=arguments.limit, name="again.npy")]
            print(tsne.table(reports, found), flush=True)
        else:
            print(alone(first), flush=True)
        if not arguments.no_growth:
            print("\n" + growth(ours, arguments.data, folder), flush=True)


class Ours:
    def __init__(self, program: str, folder: Path) -> None:
        self.program, self.folder = program, folder

    def embed(self, data: Path, limit: int, name: str, *more: str) -> dict:
        self.map = self.folder / name
        return self.run("--data", data, "--limit", limit, "--check-forces", "-o", self.map, *more)

    def run(self, *options) -> dict:
        command = [self.program, "embed", *map(str, options), "--format", "json"]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)


def alone(report: dict) -> str:
    seconds = report["seconds"]
    rows = [
        ("pixels to finished map, s", f"{seconds['total']:.1f}"),
        ("of these: components, neighbours, affinities, s",
         f"{seconds['components']:.2f}, {seconds['neighbours']:.2f}, {seconds['affinities']:.2f}"),
        ("optimization, s", f"{seconds['optimization']:.2f}"),
        ("one of the last 50 iterations, ms", f"{report['milliseconds_per_iteration']:.1f}"),
        ("KL divergence", f"{report['kl_divergence']:.4f}"),
        ("neighbours kept (k = 10)", f"{100 * report['neighbours_kept']:.1f} %"),
        ("label agreement (k = 10)", f"{100 * report['label_agreement']:.1f} %"),
        ("force error against the direct sum", f"{report['force_error']:.1e}"),
        ("memory at most, MB", f"{report['peak_megabytes']:.0f}"),
    ]
    return "\n".join([f"| {report['count']} digits | Heatlens |", "|---|---:|"] + [f"| {name} | {value} |" for name, value in rows])


def growth(ours: Ours, data: Path, folder: Path) -> str:
    """Time and memory over the number of digits, and the slopes of straight lines through their logarithms."""
    lines = ["| digits | neighbours, s | affinities, s | one late iteration, ms | optimization, s | memory, MB |", "|---:|---:|---:|---:|---:|---:|"]
    reports = []
    for count in GROWTH:
        source = data if count <= 70_000 else augmented(data, folder / str(count), count // 70_000)
        report = ours.run("--data", source, "--limit", count, "-o", folder / "map.npy")
        reports.append(report)
        seconds = report["seconds"]
        lines.append(
            f"| {count} | {seconds['neighbours']:.2f} | {seconds['affinities']:.2f} | {report['milliseconds_per_iteration']:.1f} |"
            f" {seconds['optimization']:.1f} | {report['peak_megabytes']:.0f} |")
    values = [
        [report["seconds"]["neighbours"] for report in reports], [report["seconds"]["affinities"] for report in reports],
        [report["milliseconds_per_iteration"] for report in reports], [report["seconds"]["optimization"] for report in reports],
        [report["peak_megabytes"] for report in reports]]
    # Few digits cost what the mesh costs, which their number does not change.
    for name, first in (("slope", 0), (f"slope from {GROWTH[LARGE]} on", LARGE)):
        lines.append(f"| {name} | " + " | ".join(f"{slope(GROWTH[first:], column[first:]):.2f}" for column in values) + " |")
    return "\n".join(lines)


def slope(x: list, y: list) -> float:
    a, b = [math.log(value) for value in x], [math.log(value) for value in y]
    return statistics.linear_regression(a, b).slope


def augmented(data: Path, folder: Path, times: int) -> Path:
    """MNIST's 70,000 digits and, up to three times, the same moved by one pixel: up, down, or to the left."""
    folder.mkdir()
    images = b"".join(inflated(data, f"{part}-images-idx3-ubyte", 16) for part in ("train", "t10k"))
    labels = b"".join(inflated(data, f"{part}-labels-idx1-ubyte", 8) for part in ("train", "t10k"))
    # The outermost pixels of all digits are empty: what leaves one picture enters the next as nothing.
    moved = [images, images[28:] + bytes(28), bytes(28) + images[:-28], images[1:] + bytes(1)][:times]
    count = len(labels) * times
    (folder / "train-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, count, 28, 28) + b"".join(moved))
    (folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, count) + labels * times)
    return folder


def inflated(data: Path, name: str, header: int) -> bytes:
    plain = data / name
    return (plain.read_bytes() if plain.exists() else gzip.decompress((data / f"{name}.gz").read_bytes()))[header:]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
