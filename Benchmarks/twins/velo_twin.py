"""The fit of a pixel's flux with scipy's curve_fit, as the earlier Python program does it (specification 7.1).

Usage: velo_twin.py [PIXELS]   prints fits a second of one core on simulated pixels with 121 thresholds.
"""

import sys
import time

import numpy as np
from scipy.optimize import curve_fit
from scipy.special import erfc


def flux(x, f, A, s, E0):
    d = x - E0
    tail = s / np.sqrt(np.pi) * np.exp(-((d / s) ** 2)) - d * erfc(d / s)
    line = erfc(d / (np.sqrt(2) * s)) / (np.sqrt(2 * np.pi) * s)
    return f * A / 2 * tail + (1 - f) * A / 2 * line


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    random = np.random.default_rng(7)
    thresholds = np.arange(1480.0, 1601.0)
    seconds = 262.1
    pixels = []
    for _ in range(count):
        truth = (
            0.0011 + 0.00008 * random.standard_normal(),
            8.0 * np.exp(-0.3 * random.random()),
            6.5 + 0.5 * random.standard_normal(),
            1551 + 5.8 * random.standard_normal(),
        )
        pixels.append(random.poisson(seconds * flux(thresholds, *truth)))
    start = time.process_time()
    fitted = 0
    for counts in pixels:
        y = counts / seconds
        # A point without counts gets the error of one count, so that every pixel is really fitted.
        u = np.sqrt(np.maximum(counts, 1)) / seconds
        try:
            curve_fit(flux, thresholds, y, p0=(0.0009, 8, 12, 1551), sigma=u)
            fitted += 1
        except RuntimeError:
            pass
    spent = time.process_time() - start
    print(f"{count} pixels, {fitted} converged, {count / spent:.0f} fits a second of processor time")


if __name__ == "__main__":
    main()
