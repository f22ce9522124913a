"""Makes the example acquisitions: one ion study session, one file with tails, one with protons, one cut short.

    python make-examples.py FOLDER

Called by Tools/make-examples. Everything is drawn from fixed seeds; Examples/README.md describes the files.
"""

import datetime
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Benchmarks" / "twins"))

from make_ws_file import (  # noqa: E402
    PROTON_GAMMA_26_GEV, PROTON_OPTICS, Plane, Scan, ion_gamma, ion_scheme_rows, write)

LOCAL_MINUS_UTC = datetime.timedelta(hours=2)  # Geneva in summer time, when all of these were "taken"

# True emittances in um at time t (seconds) after injection: growth by intra-beam scattering, a straight line here.
HORIZONTAL = (0.92, 0.0060)
VERTICAL = (0.71, 0.0042)


def growing(line, seconds):
    return line[0] + line[1] * seconds


def ion_scan(stamp, delay_s, seed, **changes):
    """An ion cycle scanned `delay_s` seconds after its start, outgoing scan 0.3 s later; injection at 0."""
    times, values = ion_gamma()
    horizontal = dict(amplitude=6200.0, mean_mm=-1.4)
    vertical = dict(amplitude=7400.0, mean_mm=0.7)
    horizontal.update(changes.pop("horizontal", {}))
    vertical.update(changes.pop("vertical", {}))
    settings = dict(rows=36, samples=200, filled=ion_scheme_rows(first_row=32, sets=1, batches=2))
    settings.update(changes)
    return Scan(
        stamp=stamp, delays_ms=(1000.0 * delay_s, 1000.0 * delay_s + 300.0), gamma_times_ms=times,
        gamma_values=values, seed=seed,
        planes=[Plane("SPS.BWS.51637.H", growing(HORIZONTAL, delay_s), **horizontal),
                Plane("SPS.BWS.51638.H", growing(HORIZONTAL, delay_s), published=False),
                Plane("SPS.BWS.41677.V", growing(VERTICAL, delay_s), **vertical)],
        **settings)


def session():
    """The files: acquisition and a sentence on what is special about it."""
    start = datetime.datetime(2023, 10, 17, 12, 20, 19, 164739)

    def at(minutes, microseconds):
        return start + datetime.timedelta(minutes=minutes, microseconds=microseconds)

    yield ion_scan(at(0, 0), 6.06, 101), "ions at flat bottom, scanned at 6 s"
    yield ion_scan(at(2, 113_000), 20.06, 102), "ions at flat bottom, scanned at 20 s"
    yield (ion_scan(at(4, 257_500), 34.06, 103, horizontal=dict(weak_rows=(14,)), vertical=dict(weak_rows=(14,))),
           "ions at flat bottom, scanned at 34 s; the bunch in row 14 has a quarter of the charge")
    yield (ion_scan(at(6, 20_250), 48.06, 104, vertical=dict(amplitude=2900.0, saturation=4095.0, saturated_rows=(20,))),
           "ions at flat bottom, scanned at 48 s; in the vertical plane row 20 exceeds the digitiser's 4095")
    yield (ion_scan(
        datetime.datetime(2024, 10, 15, 18, 42, 7, 312400), 12.06, 105, selector="SPS.USER.LHCION3", rows=20,
        samples=160, filled=[4, 8, 12, 16], channels=4, horizontal=dict(q=1.28, noise=15.0, amplitude=5200.0),
        vertical=dict(q=1.20, noise=15.0, amplitude=5600.0)),
        "ions with tails (q = 1.28 and 1.20), all four photomultipliers recorded; the second one sees the full signal")
    times = [0, 100, 11000, 11200, 15000, 19000, 20000]
    values = [PROTON_GAMMA_26_GEV] * 3 + [30.0, 240.0, 479.6, float("nan")]
    yield (Scan(
        stamp=datetime.datetime(2022, 6, 22, 9, 14, 45, 335000), rows=24, samples=200, filled=[3, 7, 11, 15, 19],
        planes=[Plane("SPS.BWS.51637.H", 2.35, amplitude=5400.0, mean_mm=2.1, slope_per_mm=0.25),
                Plane("SPS.BWS.41677.V", 2.05, amplitude=6100.0, mean_mm=-0.6)],
        delays_ms=(10015.0, 10215.0), gamma_times_ms=times, gamma_values=values, optics=PROTON_OPTICS,
        optics_name="sps-q26-protons", selector="SPS.USER.MD5", seed=106),
        "protons at 26 GeV/c, one batch, a slight slope under the horizontal profiles")


def main(folder):
    folder = Path(folder)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    for scan, note in session():
        name = "WS_" + (scan.stamp + LOCAL_MINUS_UTC).strftime("%Y.%m.%d.%H.%M.%S.%f")
        write(scan, str(folder / f"{name}.parquet"), str(folder / "truth" / f"{name}.json"), note)
    # The last file of the session lost its second half on the way: no Parquet trailer, nothing can be read.
    stamp = datetime.datetime(2023, 10, 17, 12, 28, 20, 401000)
    name = "WS_" + (stamp + LOCAL_MINUS_UTC).strftime("%Y.%m.%d.%H.%M.%S.%f")
    path = folder / f"{name}.parquet"
    write(ion_scan(stamp, 48.06, 107, samples=120), str(path))
    whole = path.stat().st_size
    os.truncate(path, whole // 2)
    truth = {"file": path.name, "note": "cut short: the first half of an acquisition, to show how a damaged input is "
             "reported", "bytes": whole // 2, "wholeBytes": whole}
    (folder / "truth" / f"{name}.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
