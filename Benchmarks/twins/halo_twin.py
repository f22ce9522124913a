"""Decodes, cleans, calibrates and bins the hits of a capture as a numpy program over lines does it.

Usage: halo_twin.py FOLDER   prints seconds, hits and hits by region.
"""

import re
import sys
import time
from pathlib import Path

import numpy as np

HEADER = re.compile(rb"--- START \S+ (\d+), \S+ (\d+), \S+ (\d+), \S+ (\d+)")
ORBIT_S = 26659 / 299792458
FIBRES = [(3, 4), (4, 4), (5, 2), (6, 4), (7, 4), (8, 2)]


def decode(path):
    """Columns event, bx, orbit, run, fibre, channel, tdc, tdc2, peak of the hits of a file, line by line."""
    rows = []
    skip = False
    pending = None
    event = bx = orbit = run = 0
    with open(path, "rb") as lines:
        for line in lines:
            if line.startswith(b"--- START"):
                event, bx, orbit, run = map(int, HEADER.match(line).groups())
                skip = True
            elif skip:
                skip = False
            elif line.startswith(b"---"):
                pending = None
            elif pending is None:
                pending = list(map(int, line.split()))
            else:
                times = list(map(int, line.split()))
                if 1 <= len(times) <= 2:
                    second = times[1] if len(times) == 2 else -1
                    rows.append((event, bx, orbit, run, pending[0], pending[1], times[0], second, max(pending[2:22])))
                pending = None
    return np.array(rows, dtype=np.int64).reshape(-1, 9)


def analyse(hits):
    """Hits left after the cuts, and hits by region, with the classic windows of each channel."""
    code = 10 * hits[:, 4] + hits[:, 5]
    hits = hits[~np.isin(code, [52, 53, 82, 83]) & (hits[:, 7] != 62) & (hits[:, 6] < 50)]
    tdc, peak = hits[:, 6], hits[:, 8]
    hits = hits[~((tdc == 25) & (peak == 188)) & ~((tdc == 0) & (peak == 124))]
    code, tdc, peak = 10 * hits[:, 4] + hits[:, 5], hits[:, 6], hits[:, 8]
    signal = np.zeros(len(hits), bool)
    mapped = np.zeros(len(hits), bool)
    for channel in [10 * fibre + number for fibre, count in FIBRES for number in range(count)]:
        own = code == channel
        mapped |= own
        table, _, _ = np.histogram2d(tdc[own], peak[own], bins=[np.arange(16), np.r_[np.arange(128, 179), 180]])
        time_peak, column = np.unravel_index(np.argmax(table), table.shape)
        row = table[time_peak]
        low, high = max(0, column - 15), min(50, column + 16)
        total = row[low:high].sum()
        left = right = column
        while total and row[left + 1 : right].sum() / total < 0.68:
            left -= left >= low
            right += right < high
        while total and row[left + 1] == 0:
            left += 1
        signal |= own & (abs(tdc - time_peak) <= 1) & (peak >= 128 + left)
    collisions = mapped & (tdc >= 29) & (tdc <= 33) & (peak >= 81) & (peak <= 139)
    regions = {"SR": mapped & signal, "CP": collisions, "BR": mapped & ~signal, "AR": mapped & ~signal & ~collisions}
    times = hits[:, 2] * ORBIT_S
    counts = {}
    for name, chosen in regions.items():
        own = np.sort(times[chosen])
        edges = np.arange(own[0], own[-1] + 23.5, 23.5) if len(own) > 1 else np.array([0, 1])
        np.histogram(own, edges)
        counts[name] = int(chosen.sum())
    return len(hits), counts


def main():
    start = time.perf_counter()
    total = 0
    for path in sorted(Path(sys.argv[1]).glob("uHTR*.txt")):
        hits = decode(path)
        left, counts = analyse(hits)
        total += len(hits)
        print(path.name, len(hits), left, counts)
    print(f"{time.perf_counter() - start:.3f} s, {total} hits")


main()
