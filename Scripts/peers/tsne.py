"""The t-SNE of openTSNE and FIt-SNE, and the exact neighbours of scikit-learn and faiss, timed and judged on the same digits."""
import contextlib
import importlib.metadata
import os
import subprocess
import sys
import time
from pathlib import Path

import faiss
import fitsne
import numpy as np
import openTSNE
import openTSNE._matrix_mul.matrix_mul
import sklearn.decomposition
import sklearn.neighbors
from openTSNE.affinity import PerplexityBasedNN, joint_probabilities_nn
from openTSNE.initialization import pca
from scipy.spatial import cKDTree

PERPLEXITY, NEIGHBOURS, HELD_OUT = 30, 90, 200
THREADS = min(2, os.cpu_count() or 1)


def measure(data: Path, count: int, ours) -> dict:
    images, labels = digits(data)
    rows, y = images[:count], labels[:count]
    found = {"seconds": {}, "maps": {}, "fft": fft()}
    seconds = found["seconds"]

    def timed(name, work):
        start = time.perf_counter()
        result = work()
        seconds[name] = time.perf_counter() - start
        print(f"{name}: {seconds[name]:.2f} s", file=sys.stderr, flush=True)
        return result

    model = sklearn.decomposition.PCA(50, random_state=1)
    points = timed("components", lambda: model.fit_transform(rows.astype(np.float32) / 255)).astype(np.float32)
    points = np.ascontiguousarray(points)

    faiss.omp_set_num_threads(THREADS)

    def flat():
        index = faiss.IndexFlatL2(points.shape[1])
        index.add(points)
        return index.search(points, NEIGHBOURS + 1)

    timed("faiss flat", flat)
    timed("scikit-learn brute", lambda: sklearn.neighbors.NearestNeighbors(
        n_neighbors=NEIGHBOURS, algorithm="brute", n_jobs=THREADS).fit(points).kneighbors())
    indices, distances = exact(points)

    affinities = timed("openTSNE affinities", lambda: PerplexityBasedNN(points, PERPLEXITY, n_jobs=THREADS, random_state=1))
    embedding = openTSNE.TSNEEmbedding(
        pca(points, random_state=1), affinities, negative_gradient_method="fft", n_jobs=THREADS, random_state=1)
    early = timed("openTSNE early", lambda: embedding.optimize(250, exaggeration=12, momentum=0.8, learning_rate="auto"))
    middle = timed("openTSNE middle", lambda: early.optimize(450, momentum=0.8, learning_rate="auto"))
    final = timed("openTSNE last 50", lambda: middle.optimize(50, momentum=0.8, learning_rate="auto"))
    found["maps"]["openTSNE"] = np.asarray(final, np.float32)
    with quiet():
        found["maps"]["FIt-SNE"] = timed("FIt-SNE", lambda: fitsne.FItSNE(
            points.astype(np.float64), perplexity=PERPLEXITY, max_iter=750, stop_early_exag_iter=250, early_exag_coeff=12,
            nthreads=THREADS, rand_seed=1)).astype(np.float32)
    found["maps"]["Heatlens"] = np.load(ours.map)

    # One P for all, from exact neighbours, and one evaluator with all pairs in Z.
    p = joint_probabilities_nn(indices, distances, [PERPLEXITY], n_jobs=THREADS).tocoo()
    found["quality"] = {name: quality(map, p, indices, y) for name, map in found["maps"].items()}
    found["placing"] = placing(images, labels, min(count, 60_000), data, ours)
    return found


@contextlib.contextmanager
def quiet():
    """FIt-SNE tells its progress on standard output, from C++."""
    kept = os.dup(1)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)


def digits(data: Path) -> tuple[np.ndarray, np.ndarray]:
    from tsne import inflated
    images = b"".join(inflated(data, f"{part}-images-idx3-ubyte", 16) for part in ("train", "t10k"))
    labels = b"".join(inflated(data, f"{part}-labels-idx1-ubyte", 8) for part in ("train", "t10k"))
    return np.frombuffer(images, np.uint8).reshape(-1, 784), np.frombuffer(labels, np.uint8)


def fft() -> str:
    """Which library openTSNE's transforms come from."""
    linked = subprocess.run(["ldd", openTSNE._matrix_mul.matrix_mul.__file__], stdout=subprocess.PIPE, text=True).stdout
    return "FFTW" if "libfftw3" in linked else "NumPy"


def exact(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest others of every point and how far they are, measured in double precision."""
    index = faiss.IndexFlatL2(points.shape[1])
    index.add(points)
    _, near = index.search(points, NEIGHBOURS + 8)
    indices, distances = np.empty((len(points), NEIGHBOURS), np.int64), np.empty((len(points), NEIGHBOURS))
    for first in range(0, len(points), 1000):
        own = points[first:first + 1000].astype(np.float64)
        others = near[first:first + 1000]
        squared = ((own[:, None] - points[others].astype(np.float64)) ** 2).sum(2)
        squared[others == np.arange(first, first + len(own))[:, None]] = np.inf
        order = np.argsort(squared, 1, kind="stable")[:, :NEIGHBOURS]
        indices[first:first + 1000] = np.take_along_axis(others, order, 1)
        distances[first:first + 1000] = np.sqrt(np.take_along_axis(squared, order, 1))
    return indices, distances


def quality(map: np.ndarray, p, indices: np.ndarray, labels: np.ndarray) -> dict:
    z = 0.0
    x, y = map[:, 0].copy(), map[:, 1].copy()
    for first in range(0, len(map), 250):
        squared = (x[first:first + 250, None] - x) ** 2 + (y[first:first + 250, None] - y) ** 2
        z += float(np.sum(1 / (1 + squared), dtype=np.float64))
    z -= len(map)
    difference = map[p.row].astype(np.float64) - map[p.col]
    values = p.data
    kl = float((values * np.log(values)).sum() + (values * np.log1p((difference ** 2).sum(1))).sum() + values.sum() * np.log(z))
    near = cKDTree(map).query(map, 11, workers=THREADS)[1]
    near = np.array([row[row != own][:10] for own, row in enumerate(near)])
    kept = np.mean([len(np.intersect1d(a, b)) for a, b in zip(near, indices[:, :10])]) / 10
    return {"kl": kl, "kept": float(kept), "labels": float((labels[near] == labels[:, None]).mean())}


def placing(images: np.ndarray, labels: np.ndarray, count: int, data: Path, ours) -> dict:
    """Held-out digits into one map: Heatlens' place against that of openTSNE's transform."""
    file = ours.folder / "reference.safetensors"
    ours.run("--data", data, "--limit", count, "-o", file, "-o", ours.folder / "reference.npy")
    map = np.load(ours.folder / "reference.npy").astype(np.float64)
    held = images[count:count + HELD_OUT]
    truth, known = labels[count:count + HELD_OUT], labels[:count]
    np.save(ours.folder / "held.npy", held.astype(np.float32))
    report = ours.run("--into", file, "--add", ours.folder / "held.npy", "-o", ours.folder / "placed.npy")
    own = np.load(ours.folder / "placed.npy")
    model = sklearn.decomposition.PCA(50, random_state=1)
    points = model.fit_transform(images[:count].astype(np.float32) / 255)
    query = model.transform(held.astype(np.float32) / 255)
    affinities = PerplexityBasedNN(points, PERPLEXITY, method="exact", n_jobs=THREADS, random_state=1)
    places, elapsed = {}, {}
    for method in ("fft", "bh"):
        embedding = openTSNE.TSNEEmbedding(map, affinities, negative_gradient_method=method, n_jobs=THREADS)
        start = time.perf_counter()
        places[method] = np.asarray(embedding.transform(query))
        elapsed[method] = time.perf_counter() - start
        # openTSNE moves the middle of a map's bounds to the origin.
        places[method] = places[method] + (map - np.asarray(embedding)).mean(0)
    theirs = places["bh"]
    span = np.ptp(map, axis=0).max()
    apart = np.linalg.norm(own - theirs, axis=1) / span
    tree = cKDTree(map)

    def share(places):
        return (known[tree.query(places, 10)[1]] == truth[:, None]).mean(1)

    near, better = apart <= 0.01, share(own) > share(theirs)
    milliseconds = [one["milliseconds"] for one in report]
    return {
        "near": float(near.mean()), "near fft": float((np.linalg.norm(own - places["fft"], axis=1) <= 0.01 * span).mean()),
        "fft near bh": float((np.linalg.norm(places["fft"] - theirs, axis=1) <= 0.01 * span).mean()), "near or better": float((near | better).mean()), "median apart": float(np.median(apart)),
        "own class": float(share(own).mean()), "their class": float(share(theirs).mean()),
        "median ms": float(np.median(milliseconds)), "most ms": float(np.max(milliseconds)),
        "their ms": 1000 * elapsed["fft"] / HELD_OUT}


def table(reports: list[dict], found: dict) -> str:
    """Heatlens' times are the means of a run before the peers and one after them."""
    def mean(get):
        return sum(get(report) for report in reports) / len(reports)

    stage = {name: mean(lambda report: report["seconds"][name]) for name in reports[0]["seconds"]}
    late = mean(lambda report: report["milliseconds_per_iteration"])
    seconds, kind = found["seconds"], found["quality"]
    theirs = seconds["openTSNE early"] + seconds["openTSNE middle"] + seconds["openTSNE last 50"]
    whole = seconds["components"] + seconds["openTSNE affinities"] + theirs
    fit = seconds["components"] + seconds["FIt-SNE"]

    def version(package):
        return ".".join(importlib.metadata.version(package).split(".")[:2])

    def three(name, form):
        return [form(kind[program][name]) for program in ("Heatlens", "openTSNE", "FIt-SNE")]

    rows = [
        ["pixels to finished map, s", f"{stage['total']:.1f}", f"{whole:.1f}", f"{fit:.1f}"],
        ["components, s", f"{stage['components']:.2f}", f"{seconds['components']:.2f}", f"{seconds['components']:.2f}"],
        ["neighbours and affinities, s", f"{stage['neighbours'] + stage['affinities']:.2f}", f"{seconds['openTSNE affinities']:.2f}", "-"],
        ["optimization, s", f"{stage['optimization']:.2f}", f"{theirs:.1f}", "-"],
        ["one of the last 50 iterations, ms", f"{late:.1f}", f"{1000 * seconds['openTSNE last 50'] / 50:.0f}", "-"],
        ["KL divergence, one P, exact Z"] + three("kl", "{:.4f}".format),
        ["neighbours kept (k = 10)"] + three("kept", "{:.1%}".format),
        ["label agreement (k = 10)"] + three("labels", "{:.1%}".format),
    ]
    lines = [
        f"| {reports[0]['count']} digits, {THREADS} threads | Heatlens | openTSNE {version('openTSNE')} with {found['fft']} | FIt-SNE {version('fitsne')} with FFTW |",
        "|---|---:|---:|---:|"] + ["| " + " | ".join(row) + " |" for row in rows]
    place = found["placing"]
    totals = " and ".join(f"{report['seconds']['total']:.1f} s" for report in reports)
    lines += [
        "",
        f"Optimization {theirs / stage['optimization']:.1f} times as fast as openTSNE, pixels to map {whole / stage['total']:.1f} times; "
        f"Heatlens' two runs took {totals}.",
        f"Exact {NEIGHBOURS} neighbours: Heatlens {stage['neighbours']:.2f} s, faiss {version('faiss-cpu')} flat "
        f"{seconds['faiss flat']:.2f} s, scikit-learn {version('scikit-learn')} brute {seconds['scikit-learn brute']:.2f} s.",
        f"Force error against the direct sum {reports[0]['force_error']:.1e}; memory at most {reports[0]['peak_megabytes']:.0f} MB.",
        f"A new digit is placed in {place['median ms']:.1f} ms (median; at most {place['most ms']:.1f}; openTSNE {place['their ms']:.1f} ms "
        f"each, {HELD_OUT} at once). {place['near']:.1%} of {HELD_OUT} held-out digits land within 1 % of the map's span of where openTSNE's "
        f"transform by Barnes-Hut puts them ({place['near fft']:.1%} of its transform by FFT, which agrees with the other for "
        f"{place['fft near bh']:.1%}); {place['near or better']:.1%} do or have more of their class among their 10 nearest. Of the 10 "
        f"nearest {place['own class']:.1%} are of the digit's class, at openTSNE's places {place['their class']:.1%}.",
    ]
    return "\n".join(lines)
