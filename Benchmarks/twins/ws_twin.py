"""The twin of `cavern beam ws fit`: what the earlier Python program does with a wire-scanner file.

    python ws_twin.py analyse FILE --output DIR [--figures png|svg|none] [--fits earlier|well]

reads a file, selects the rows with a bunch, fits Gaussian and q-Gaussian, computes emittances, draws one figure a plane
and scan, and prints what took how long as JSON.

    python ws_twin.py serve FILE

answers the benchmark program: one word a line on standard input, one JSON object a line on standard output, each
with the seconds of processor time that the work took.
"""

import argparse
import json
import os
import sys
import time

# One core, as Cavern in these comparisons.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

import gaussian_twin  # noqa: E402
import q_gaussian_twin  # noqa: E402

THRESHOLD = 0.38
MOMENTUM_SPREAD = 1e-3
# beta in metres by plane, dispersion in metres; Pb-ion optics of 2021.
OPTICS = {
    "41677": {"H": (38.86661003148736, -0.20341129654358106), "V": (61.27022426167166, 0.0)},
    "41678": {"H": (37.32988502967121, -0.20602436851534447), "V": (63.492143090085115, 0.0)},
    "51637": {"H": (80.39583232221057, -0.12769409821738095), "V": (28.777122757979566, 0.0)},
    "51638": {"H": (77.79285371160151, -0.1308453200696227), "V": (29.965804411309563, 0.0)},
}


def load(path):
    """Scanners that published, as nested Python objects, and the gamma function: the earlier program's way of reading."""
    row = pq.read_table(path).to_pylist()[0]
    scanners, gamma = {}, None
    for name, record in row.items():
        value = record["value"]
        if value is None:
            continue
        if "JAPC_FUNCTION" in value:
            times, values = (np.array(value["JAPC_FUNCTION"][axis], float) for axis in ("X", "Y"))
            whole = np.isfinite(values)
            gamma = (times[whole], values[whole])
        else:
            scanners[name] = value
    return scanners, gamma


def profiles(scanner, number):
    """Rows that hold a bunch, with recentred axes: (row, x, y). Channel by the highest sample where four were recorded."""
    axes = scanner[f"projPositionSet{number}"]
    data = scanner[f"projDataSet{number}"]
    rows, integrals = [], []
    for row, (x, y) in enumerate(zip(axes, data)):
        x, y = np.array(x, float), np.array(y, float)
        if y.size > x.size:
            channel = int(np.argmax(y)) // x.size
            y = y[channel * x.size : (channel + 1) * x.size]
        rows.append((row, x, y))
        # The earlier program takes descending positions for granted; the sign would throw every outgoing scan away.
        integrals.append(abs(np.trapezoid(y[::-1], x[::-1])))
    largest = max(integrals)
    return [(row, x - x[np.argmax(y)], y) for (row, x, y), area in zip(rows, integrals) if area >= THRESHOLD * largest]


def emittance_um(device, sigma_mm, gamma):
    number, plane = device.split(".")[2], device.split(".")[3][0]
    beta, dispersion = OPTICS[number][plane]
    betatronic = (sigma_mm * 1e-3) ** 2 - (dispersion * MOMENTUM_SPREAD) ** 2
    return 1e6 * betatronic / beta * np.sqrt(gamma**2 - 1.0)


def draw(path, device, scan, fits, label, resolution=250):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plane = "X" if device.split(".")[3].startswith("H") else "Y"
    figure, axes = plt.subplots(figsize=(6.3, 5.4))
    for row, x, y, gauss, q_curve, _, _ in fits:
        axes.plot(x, y, "b-", lw=0.8, label=f"Data {row}")
        axes.plot(x, gaussian_twin.gaussian(x, *gauss), "r-", lw=0.8, label=f"Gaussian {row}")
        axes.plot(x, q_curve, color="lime", ls="--", lw=0.8, label=f"q-Gaussian {row}")
    emittances = np.array([fit[5] for fit in fits])
    qs = np.array([fit[6] for fit in fits])
    axes.set_xlim(-30, 30)
    axes.set_xlabel("Position (mm)")
    axes.set_ylabel("Amplitude (a.u.)")
    for height, text in ((0.95, plane), (0.90, f"{len(fits)} profiles"), (0.85, label["time"]),
                         (0.80, f"{np.nanmean(emittances):.3f} +- {np.nanstd(emittances):.3f} mm mrad"),
                         (0.75, f"{scan} {label['cycle']:.2f} s"),
                         (0.70, f"q = {np.nanmean(qs):.3f} +- {np.nanstd(qs):.3f}")):
        axes.text(0.98, height, text, ha="right", transform=axes.transAxes)
    axes.legend(fontsize=3, ncol=6, loc="upper left")
    figure.tight_layout()
    figure.savefig(path, dpi=resolution)
    plt.close(figure)


def analyse(options):
    clock = time.perf_counter
    begin = clock()
    spent = {"load": 0.0, "select": 0.0, "gaussian": 0.0, "qGaussian": 0.0, "figures": 0.0}

    def lap(name, since):
        spent[name] += clock() - since

    since = clock()
    scanners, gamma_function = load(options.file)
    lap("load", since)
    os.makedirs(options.output, exist_ok=True)
    result = []
    for device, scanner in scanners.items():
        for number, scan in ((1, "in"), (2, "out")):
            since = clock()
            chosen = profiles(scanner, number)
            lap("select", since)
            gamma = float(np.interp(scanner["delays"][number - 1] / 1000.0, *gamma_function))
            fits = []
            for row, x, y in chosen:
                since = clock()
                gauss, _ = gaussian_twin.fit(x, y)
                lap("gaussian", since)
                since = clock()
                if options.fits == "earlier":
                    parameters = q_gaussian_twin.fit_earlier(x, y, gauss)
                    q = parameters[1]
                else:
                    parameters = q_gaussian_twin.fit_well(x, y)
                    q = parameters[3]
                lap("qGaussian", since)
                with np.errstate(all="ignore"):
                    if options.fits == "earlier":
                        curve = q_gaussian_twin.q_gaussian(x, *parameters)
                    else:
                        curve = parameters[0] * q_gaussian_twin.Peak(x, y).shape(parameters)[3] + parameters[4]
                fits.append((row, x, y, gauss, curve, emittance_um(device, gauss[2], gamma), q))
            if options.figures != "none":
                since = clock()
                label = {"time": scanner["acqTime"], "cycle": scanner[f"acqTimeInCycleSet{number}"] / 1000.0}
                name = f"{device.split('/')[0]}-{scan}.{options.figures}"
                draw(os.path.join(options.output, name), device, scan, fits, label)
                lap("figures", since)
            emittances = np.array([fit[5] for fit in fits])
            result.append({
                "device": device.split("/")[0], "scan": scan, "n": len(fits),
                "meanEmittance_um": float(np.nanmean(emittances)),
                "standardDeviation_um": float(np.nanstd(emittances)),
                "meanQ": float(np.nanmean([fit[6] for fit in fits]))})
    with open(os.path.join(options.output, "result.json"), "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
    print(json.dumps({"seconds": clock() - begin, "steps": spent, "summaries": result}))


def finite(values):
    return [float(value) if np.isfinite(value) else None for value in values]


def serve(path):
    """Answers `profiles`, `gaussian`, `earlier`, `well`, `bounded`, `parquet`, `load` until the input ends."""
    import parquet_twin

    scanners, _ = load(path)
    devices = list(scanners)
    chosen = [(x, y) for device in devices for number in (1, 2) for _, x, y in profiles(scanners[device], number)]
    starts = [gaussian_twin.fit(x, y)[0] for x, y in chosen]
    # The earlier program's fit takes long; a quarter of the profiles, spread over planes and scans, is enough.
    some = list(range(0, len(chosen), 4))
    # Processor time, all threads together, as on the other side: what other processes take away does not count.
    clock = time.process_time

    def gaussian():
        return {"count": len(chosen), "sigma": finite(gaussian_twin.fit(x, y)[0][2] for x, y in chosen)}

    def earlier():
        fits = [q_gaussian_twin.fit_earlier(*chosen[i], starts[i]) for i in some]
        return {"count": len(some), "q": finite(fit[1] for fit in fits)}

    def well():
        fits = [q_gaussian_twin.fit_well(x, y) for x, y in chosen]
        return {"count": len(chosen), "q": finite(fit[3] for fit in fits)}

    def bounded():
        fits = [q_gaussian_twin.fit_bounded(*chosen[i]) for i in some]
        return {"count": len(some), "q": finite(fit[3] for fit in fits)}

    def parquet():
        arrays = parquet_twin.read(path, devices)
        return {"count": 1, "samples": sum(array.size for array in arrays.values()),
                "sum": float(sum(array.sum() for array in arrays.values()))}

    def nested():
        return {"count": 1, "devices": len(load(path)[0])}

    def hand_over():
        return {"count": len(chosen), "devices": devices, "x": [x.tolist() for x, _ in chosen],
                "y": [y.tolist() for _, y in chosen]}

    work = {"profiles": hand_over, "gaussian": gaussian, "earlier": earlier, "well": well,
            "bounded": bounded, "parquet": parquet, "load": nested}
    for line in sys.stdin:
        since = clock()
        answer = work[line.strip()]()
        answer["seconds"] = clock() - since
        print(json.dumps(answer), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("analyse")
    one.add_argument("file")
    one.add_argument("--output", required=True)
    one.add_argument("--figures", choices=("png", "svg", "none"), default="png")
    one.add_argument("--fits", choices=("earlier", "well"), default="earlier")
    server = commands.add_parser("serve")
    server.add_argument("file")
    options = parser.parse_args()
    if options.command == "analyse":
        analyse(options)
    else:
        serve(options.file)


if __name__ == "__main__":
    main()
