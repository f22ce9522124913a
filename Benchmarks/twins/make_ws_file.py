"""Makes wire-scanner acquisitions with known true parameters.

As a program it writes the file that the benchmarks measure on: two planes, two scans, 326 rows of 260 samples, 56
bunches in the nominal ion filling scheme. As a module it serves Tools/make-examples.

    python make_ws_file.py OUT.parquet [--rows 326] [--samples 260] [--seed 7] [--truth TRUTH.json]

Same arguments, same bytes: all randomness comes from the seed, and the Parquet writer is pinned in requirements.txt.
"""

import argparse
import datetime
import json
import os
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

# Optics at the SPS wire scanners, Pb-ion lattice of 2021: horizontal and vertical beta in metres, dispersion in metres.
ION_OPTICS = {
    "41677": (38.86661003148736, 61.27022426167166, -0.20341129654358106),
    "41678": (37.32988502967121, 63.492143090085115, -0.20602436851534447),
    "51637": (80.39583232221057, 28.777122757979566, -0.12769409821738095),
    "51638": (77.79285371160151, 29.965804411309563, -0.1308453200696227),
}
# Proton Q26 optics of the two scanners whose numbers are published.
PROTON_OPTICS = {
    "51637": (80.60307779291641, None, -0.1777227398675932),
    "41677": (None, 61.228316124472876, None),
}
MOMENTUM_SPREAD = 1e-3
ION_GAMMA_FLAT_BOTTOM = 7.308828084667012
PROTON_GAMMA_26_GEV = float(np.sqrt((26.0 / 0.93827208816) ** 2 + 1.0))


def ion_scheme_rows(first_row=321, sets=2, batches=7, bunches=4):
    """Rows of the nominal ion filling: counted down from the first injected bunch, ascending in the result.

    From bunch to bunch 4 rows, from the last bunch of a batch to the first of the next 6, between sets 78.
    """
    rows, row = [], first_row
    for one_set in range(sets):
        for batch in range(batches):
            for bunch in range(bunches):
                rows.append(row)
                last_bunch, last_batch = bunch == bunches - 1, batch == batches - 1
                row -= 78 if last_bunch and last_batch else 6 if last_bunch else 4
    return sorted(rows)


def q_exponential(u, q):
    """The q-exponential of u; exp for q = 1, zero outside the support for q < 1."""
    if abs(1.0 - q) < 1e-9:
        return np.exp(u)
    base = 1.0 + (1.0 - q) * u
    return np.where(base > 0.0, np.maximum(base, 1e-300) ** (1.0 / (1.0 - q)), 0.0)


@dataclass
class Plane:
    """What one scanner saw: true beam parameters of one plane and how the detector recorded it."""

    device: str  # for example SPS.BWS.51637.H
    emittance_um: float  # normalised
    amplitude: float = 6000.0
    q: float = 1.0
    mean_mm: float = 0.0
    offset: float = 80.0
    slope_per_mm: float = 0.0
    noise: float = 25.0
    noise_growth: float = 0.35  # standard deviation grows with this times the square root of the signal
    published: bool = True
    saturation: float | None = None  # full scale of the digitiser
    saturated_rows: tuple = ()  # rows whose amplitude is raised above the full scale
    weak_rows: tuple = ()  # rows with a quarter of the charge


@dataclass
class Scan:
    """One acquisition: its planes, filling, time and machine functions."""

    stamp: datetime.datetime  # UTC
    planes: list
    rows: int
    samples: int
    filled: list
    delays_ms: tuple  # incoming, outgoing
    gamma_times_ms: list
    gamma_values: list
    optics: dict = field(default_factory=lambda: ION_OPTICS)
    optics_name: str = "sps-q26-pb-ions"
    selector: str = "SPS.USER.LHCION2"
    channels: int = 1
    best_channel: int = 2
    seed: int = 1
    span_mm: float = 50.0


SCALAR_TYPES = [("acqStamp", pa.int64()), ("cycleStamp", pa.int64()), ("setStamp", pa.int64()),
                ("selector", pa.string()), ("isFirstUpdate", pa.bool_()), ("isImmediateUpdate", pa.bool_())]
HEADER = pa.struct(SCALAR_TYPES)
MATRIX = pa.list_(pa.list_(pa.float64()))
SCANNER_VALUE = pa.struct([
    ("acqTime", pa.string()), ("acqTimeInCycleSet1", pa.float64()), ("acqTimeInCycleSet2", pa.float64()),
    ("bestChannelSet1", pa.int32()), ("bestChannelSet2", pa.int32()), ("bunchSelection", pa.list_(pa.int32())),
    ("delays", pa.list_(pa.float64())), ("nbAcqChannels", pa.int32()),
    ("pmtSelection", pa.struct([("JAPC_ENUM", pa.struct([("code", pa.int64()), ("string", pa.string())]))])),
    ("projDataSet1", MATRIX), ("projDataSet2", MATRIX), ("projPositionSet1", MATRIX), ("projPositionSet2", MATRIX)])
GAMMA_VALUE = pa.struct([("JAPC_FUNCTION", pa.struct([("X", pa.list_(pa.float64())), ("Y", pa.list_(pa.float64()))]))])


def record_type(value):
    return pa.struct([("value", value), ("header", HEADER), ("exception", pa.string())])


def positions(samples, span_mm, row, descending):
    """Wire positions in mm: the speed changes by 3 % along the scan, every row lies 0.5 um further."""
    t = np.linspace(1.0, -1.0, samples)
    x = span_mm * (t + 0.015 * (t * t - 1.0))
    if not descending:
        x = -x
    return np.round(x + 0.0005 * row, 3)


def gamma_at(scan, time_ms):
    times, values = np.array(scan.gamma_times_ms, float), np.array(scan.gamma_values, float)
    whole = np.isfinite(values)
    return float(np.interp(time_ms, times[whole], values[whole]))


def true_sigma_mm(scan, plane, gamma):
    """R.m.s. size from the emittance, the optics and the momentum spread."""
    beta_x, beta_y, dispersion = scan.optics[plane.device.split(".")[2]]
    horizontal = plane.device.split(".")[3].startswith("H")
    beta = beta_x if horizontal else beta_y
    spread = dispersion * MOMENTUM_SPREAD if horizontal else 0.0
    return 1e3 * float(np.sqrt(plane.emittance_um * 1e-6 * beta / np.sqrt(gamma * gamma - 1.0) + spread * spread))


def simulate(scan, plane, generator):
    """The record of one scanner and the truth that went into it."""
    truth = {"device": plane.device, "emittance_um": plane.emittance_um}
    record = {}
    # A bunch is the same bunch in both scans: relative size, change of q, relative amplitude and centre of every row.
    bunches = {row: generator.standard_normal(4) for row in scan.filled}
    for number, name in ((1, "in"), (2, "out")):
        gamma = gamma_at(scan, scan.delays_ms[number - 1])
        sigma_nominal = true_sigma_mm(scan, plane, gamma)
        truth[f"gamma_{name}"] = gamma
        truth[f"sigma_rms_mm_{name}"] = sigma_nominal
        profiles, data, axes = [], [], []
        for row in range(scan.rows):
            x = positions(scan.samples, scan.span_mm, row, descending=number == 1)
            clean = plane.offset + plane.slope_per_mm * x
            signal = np.zeros_like(x)
            if row in scan.filled:
                size, tails, charge, centre = map(float, bunches[row])
                sigma = sigma_nominal * (1.0 + 0.015 * size)
                q = plane.q + (0.01 * tails if plane.q != 1.0 else 0.0)
                amplitude = plane.amplitude * (1.0 + 0.08 * charge)
                mean = plane.mean_mm + 0.15 * centre
                if row in plane.saturated_rows:
                    amplitude = 1.5 * (plane.saturation or plane.amplitude)
                if row in plane.weak_rows:
                    amplitude *= 0.25
                signal = amplitude * q_exponential(-((x - mean) ** 2) / (sigma * sigma * (5.0 - 3.0 * q)), q)
                profiles.append({"row": row, "amplitude": amplitude, "mean_mm": mean, "sigma_rms_mm": sigma, "q": q,
                                 "offset": plane.offset, "slope_per_mm": plane.slope_per_mm,
                                 "saturated": row in plane.saturated_rows, "weak": row in plane.weak_rows})
            channels = []
            for channel in range(1, scan.channels + 1):
                gain = 1.0 if scan.channels == 1 or channel == scan.best_channel else 0.45 / (1 + channel)
                # Only the signal's own fluctuation is attenuated with it; the electronics' noise is not.
                width = np.sqrt(plane.noise**2 + (plane.noise_growth**2) * gain * signal)
                y = clean + gain * signal + width * generator.standard_normal(x.size)
                if plane.saturation is not None:
                    y = np.minimum(y, plane.saturation)
                channels.append(np.round(y))
            axes.append(x.tolist())
            data.append(np.concatenate(channels).tolist())
        truth[name] = profiles
        record[f"projPositionSet{number}"] = axes
        record[f"projDataSet{number}"] = data
        record[f"acqTimeInCycleSet{number}"] = scan.delays_ms[number - 1] + 3.27
        record[f"bestChannelSet{number}"] = 1
    record["acqTime"] = scan.stamp.strftime("%Y-%m-%d %H:%M:%S.%f")
    record["bunchSelection"] = list(range(1, scan.rows + 1))
    record["delays"] = [1000.0 * delay for delay in scan.delays_ms]
    record["nbAcqChannels"] = scan.channels
    all_four = scan.channels == 4
    record["pmtSelection"] = {"JAPC_ENUM": {"code": 5 if all_four else 1, "string": "PM_ALL" if all_four else "PM_1"}}
    return record, truth


def write(scan, path, truth_path=None, note=None):
    """Writes the acquisition as Parquet (one row, one struct column a device) and what is true about it as JSON."""
    generator = np.random.default_rng(scan.seed)
    epoch = datetime.datetime(1970, 1, 1)
    cycle = ((scan.stamp - epoch) // datetime.timedelta(microseconds=1)) * 1000
    header = {"acqStamp": cycle + 120_000_000, "cycleStamp": cycle, "setStamp": 0, "selector": scan.selector,
              "isFirstUpdate": False, "isImmediateUpdate": False}
    names, columns, truths = [], [], []
    for plane in scan.planes:
        record = {"value": None, "header": header, "exception": "Device did not publish: no beam / scanner not fired"}
        if plane.published:
            value, truth = simulate(scan, plane, generator)
            record, truths = {"value": value, "header": header, "exception": None}, truths + [truth]
        names.append(f"{plane.device}/Acquisition")
        columns.append(pa.array([record], record_type(SCANNER_VALUE)))
    gamma = {"JAPC_FUNCTION": {"X": list(map(float, scan.gamma_times_ms)), "Y": list(map(float, scan.gamma_values))}}
    names.append("SPSBEAM/GAMMA")
    columns.append(pa.array([{"value": gamma, "header": header, "exception": None}], record_type(GAMMA_VALUE)))
    pq.write_table(pa.table(columns, names=names), path, compression="snappy")
    truth = {"file": os.path.basename(path), "seed": scan.seed, "optics": scan.optics_name,
             "momentumSpread": MOMENTUM_SPREAD, "filled_rows": list(scan.filled), "planes": truths}
    if note:
        truth["note"] = note
    if truth_path:
        with open(truth_path, "w", encoding="utf-8") as file:
            json.dump(truth, file, indent=1)
            file.write("\n")
    return truth


def ion_gamma():
    """Time in ms and gamma of an ion cycle: flat bottom to 48.7 s, then the ramp; with the gaps (NaN) real ones have."""
    bottom = ION_GAMMA_FLAT_BOTTOM
    times = [0, 1000, 1100, 30000, 48700, 49000, 50000, 52000, 54000, 55000, 56000, 58000, 60000]
    values = [bottom, bottom, float("nan"), bottom, bottom, 7.6, 14.0, 50.0, 110.0, 150.0, 189.0, 189.5, float("nan")]
    return times, values


def benchmark_scan(rows=326, samples=260, seed=7):
    """The acquisition of the benchmarks: a nominal ion filling at flat bottom with slight tails in one plane."""
    times, values = ion_gamma()
    filled = [row for row in ion_scheme_rows() if row < rows]
    if not filled:
        filled = list(range(2, rows, 4))
    return Scan(
        stamp=datetime.datetime(2023, 10, 16, 8, 59, 19, 964739), rows=rows, samples=samples, filled=filled,
        planes=[Plane("SPS.BWS.51637.H", 1.05, amplitude=6200.0, q=1.08, mean_mm=-1.5),
                Plane("SPS.BWS.51638.H", 1.05, published=False),
                Plane("SPS.BWS.41677.V", 0.82, amplitude=7600.0, mean_mm=0.8)],
        delays_ms=(48060.0, 48360.0), gamma_times_ms=times, gamma_values=values, seed=seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output")
    parser.add_argument("--rows", type=int, default=326)
    parser.add_argument("--samples", type=int, default=260)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--truth")
    options = parser.parse_args()
    write(benchmark_scan(options.rows, options.samples, options.seed), options.output, options.truth)


if __name__ == "__main__":
    main()
