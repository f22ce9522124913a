"""The Gaussian fit of a profile with scipy's curve_fit, as the earlier Python program does it (specification 4.5)."""

import numpy as np
from scipy.optimize import curve_fit
from scipy.signal import savgol_filter


def gaussian(x, amplitude, mean, sigma, offset):
    return amplitude * np.exp(-((x - mean) ** 2) / (2.0 * sigma**2)) + offset


def fit(x, y):
    """Amplitude, mean, |sigma|, offset and their covariance; infinite when the fit fails."""
    smooth = savgol_filter(y, 21, 2)
    start = [y.max() - y.min(), x[np.argmax(y)], 1.0, smooth.min()]
    try:
        parameters, covariance = curve_fit(gaussian, x, y, p0=start)
    except RuntimeError:
        return np.full(4, np.inf), np.full((4, 4), np.inf)
    parameters[2] = abs(parameters[2])
    return parameters, covariance
