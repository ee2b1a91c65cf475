#!/usr/bin/env python3
"""Writes the colours that Kovesi's colormaps are interpolated between, from the 256 entries that colorcet has of each.

    python3 Scripts/colormaps.py > Sources/Scene/Colormap+KovesiColors.swift

needs colorcet and NumPy. The colours lie evenly between both ends and are those with the least squared deviation from the entries,
rounded to 8 bits; how far the interpolated map is from the entries at most goes to the error output, in 255ths of a channel.
"""
import sys

import colorcet
import numpy as np

COUNT = 65
MAPS = ["CET_D1", "CET_D4", "CET_D6", "CET_CBD1"]


def entries(name):
    colors = colorcet.palette[name]
    return np.array([[int(color[i:i + 2], 16) for i in (1, 3, 5)] for color in colors], dtype=float)


knots = np.linspace(0, 1, COUNT)
weights = np.stack([np.interp(np.arange(256) / 255, knots, row) for row in np.eye(COUNT)], axis=1)
print(f"""\
// Written by Scripts/colormaps.py from colorcet {colorcet.__version__}: do not edit.

/// Colours between which Kovesi's maps are interpolated, evenly from -1 to 1: {COUNT} instead of the original's 256.
/// (c) Peter Kovesi, CC BY 4.0; see NOTICE.
enum KovesiColors {{""")
for index, name in enumerate(MAPS):
    original = entries(name)
    colors = np.rint(np.linalg.lstsq(weights, original, rcond=None)[0]).clip(0, 255).astype(int)
    print(f"{name}: at most {np.abs(weights @ colors - original).max():.2f}", file=sys.stderr)
    words = ["0x%02x%02x%02x," % tuple(color) for color in colors]
    lines = [" ".join(words[i:i + 13]) for i in range(0, COUNT, 13)]
    print(("\n" if index else "") + f"  static let {name.removeprefix('CET_').lower()}: [UInt32] = [")
    print("\n".join("    " + line for line in lines))
    print("  ]")
print("}")
