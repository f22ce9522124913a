"""The q-Gaussian fit of a profile, three times: as the earlier Python program does it, and twice well written.

`fit_earlier`: area form with the normalising constant from the gamma function itself, numerical Jacobian, start from the
Gaussian fit at q = 1.

`fit_well`: peak form, analytic Jacobian handed to MINPACK without curve_fit's wrapper, what function and Jacobian share
computed once, arrays throughout, starts at five values of q, lowest sum of squares kept. As fast as scipy allows.

`fit_bounded`: the same through the public door: curve_fit with `jac=` and the bounds -3 < q < 2.95, width > 0.
"""

import warnings

import numpy as np
from scipy.optimize import OptimizeWarning, curve_fit, leastsq
from scipy.special import gamma

STARTS = (0.8, 1.02, 1.2, 1.4, 1.6)


# ---- As the earlier program does it


def normalisation(q):
    if abs(q - 1.0) < 5e-4:
        return np.sqrt(np.pi)
    if q < 1.0:
        return (2.0 * np.sqrt(np.pi) * gamma(1.0 / (1.0 - q))) / (
            (3.0 - q) * np.sqrt(1.0 - q) * gamma((3.0 - q) / (2.0 * (1.0 - q))))
    if q < 3.0:
        return (np.sqrt(np.pi) * gamma((3.0 - q) / (2.0 * (q - 1.0)))) / (
            np.sqrt(q - 1.0) * gamma(1.0 / (q - 1.0)))
    return np.nan


def q_exponential(u, q):
    """Sample by sample, which is what makes the earlier program's fit slow."""
    if q == 1.0:
        return np.exp(u)
    values = []
    for sample in u:
        base = 1.0 + (1.0 - q) * sample
        values.append(base ** (1.0 / (1.0 - q)) if base > 0.0 else 0.0)
    return np.array(values)


def q_gaussian(x, mean, q, beta, area, offset):
    return area * np.sqrt(beta) / normalisation(q) * q_exponential(-beta * (x - mean) ** 2, q) + offset


def fit_earlier(x, y, gaussian_parameters):
    """Mean, q, beta, area, offset; NaN when the fit fails."""
    amplitude, mean, sigma, _ = gaussian_parameters
    start = [mean, 1.0, 1.0 / (sigma**2 * 2.0), 2.0 * amplitude, 0.0]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)
        try:
            parameters, _ = curve_fit(q_gaussian, x, y, p0=start)
        except (RuntimeError, ValueError):
            return np.full(5, np.nan)
    return parameters


# ---- As well as can be


class Peak:
    """Residuals and Jacobian of one profile in the parameters peak, mean, width, q, offset; shares what both need."""

    def __init__(self, x, y):
        self.x, self.y = x, y
        self.jacobian = np.empty((5, x.size))
        self.jacobian[4] = 1.0

    def shape(self, parameters):
        _, mean, width, q, _ = parameters
        q = min(max(q, -3.0), 2.95)
        distance = self.x - mean
        u = distance * distance / (width * width)
        delta = 1.0 - q
        if abs(delta) < 1e-4:
            base = 1.0 - delta * u
            logarithm = -u * (1.0 + 0.5 * delta * u)
            slope = 0.5 * u * u
        else:
            base = np.maximum(1.0 - delta * u, 1e-300)
            ln_base = np.log(base)
            logarithm = ln_base / delta
            slope = logarithm / delta + u / (delta * base)
        return distance, u, base, np.exp(logarithm), slope

    def residuals(self, parameters):
        self.last = self.shape(parameters)
        self.last_parameters = parameters.copy()
        return parameters[0] * self.last[3] + parameters[4] - self.y

    def derivatives(self, parameters):
        same = np.array_equal(parameters, self.last_parameters)
        distance, u, base, value, slope = self.last if same else self.shape(parameters)
        peak, _, width, _, _ = parameters
        scaled = (2.0 * peak) * value / base
        scaled[base <= 1e-300] = 0.0
        self.jacobian[0] = value
        self.jacobian[1] = scaled * distance / (width * width)
        self.jacobian[2] = scaled * u / width
        self.jacobian[3] = peak * value * slope
        self.jacobian[3][base <= 1e-300] = 0.0
        return self.jacobian


def half_maximum_start(x, y):
    """Peak, position and full width at half maximum from the samples; baseline from the lower half."""
    offset = np.median(np.sort(y)[: y.size // 2])
    top = int(np.argmax(y))
    peak = y[top] - offset
    above = np.flatnonzero(y - offset > 0.5 * peak)
    left, right = above[0], above[-1]
    width = max(abs(x[right] - x[left]), abs(x[1] - x[0]))
    return peak, x[top], width, offset


def fit_well(x, y):
    """Peak, mean, width, q, offset of the lowest sum of squares over the starts; NaN when none ended."""
    peak, position, full_width, offset = half_maximum_start(x, y)
    problem = Peak(x, y)
    best, lowest = np.full(5, np.nan), np.inf
    for q in STARTS:
        width = 0.5 * full_width / np.sqrt((2.0 ** (q - 1.0) - 1.0) / (q - 1.0))
        start = np.array([peak, position, width, q, offset])
        with np.errstate(all="ignore"):
            found, _, details, _, state = leastsq(
                problem.residuals, start, Dfun=problem.derivatives, col_deriv=True, full_output=True, ftol=1e-10,
                xtol=1e-10, maxfev=400)
        squares = float(details["fvec"] @ details["fvec"])
        if state in (1, 2, 3, 4) and squares < lowest:
            best, lowest = found, squares
    best[2] = abs(best[2])
    return best


def fit_bounded(x, y):
    """As `fit_well`, with curve_fit and bounds."""
    peak, position, full_width, offset = half_maximum_start(x, y)
    problem = Peak(x, y)

    def model(_, *parameters):
        return parameters[0] * problem.shape(parameters)[3] + parameters[4]

    def jacobian(_, *parameters):
        problem.last_parameters = None
        return problem.derivatives(np.array(parameters)).T

    infinite = np.inf
    bounds = ([-infinite, -infinite, 1e-9, -3.0, -infinite], [infinite, infinite, infinite, 2.95, infinite])
    best, lowest = np.full(5, np.nan), np.inf
    for q in STARTS:
        width = 0.5 * full_width / np.sqrt((2.0 ** (q - 1.0) - 1.0) / (q - 1.0))
        try:
            found, _ = curve_fit(
                model, x, y, p0=[peak, position, width, q, offset], jac=jacobian, bounds=bounds, ftol=1e-10, xtol=1e-10)
        except RuntimeError:
            continue
        residuals = model(x, *found) - y
        squares = float(residuals @ residuals)
        if squares < lowest:
            best, lowest = found, squares
    return best


def rms_sigma(width, q):
    """R.m.s. size for q below 5/3, else NaN."""
    return width / np.sqrt(5.0 - 3.0 * q) if q < 5.0 / 3.0 else np.nan
