"""Longitudinal phase space: Cavern beside CERN's longitudinal-tomography package on the same frames.

    python3 -m venv /tmp/venv-tomo && /tmp/venv-tomo/bin/pip install longitudinal-tomography
    /tmp/venv-tomo/bin/python Benchmarks/twins/tomography_twin.py .build/release/cavern

Bunches with a known phase space are tracked with numpy in double precision (nothing of either program is used), written in the
tomoscope's text format, and given to both. Printed for each case: the r.m.s. emittance and energy spread over the true ones, the
distance of the distribution from the true one (half the sum of absolute differences on a common grid, 0 is perfect, 1 has nothing
in common), the root mean square of measured minus projected frames, and the wall-clock time from file to result, best of three.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

C = 299792458.0
BINS, FRAMES, TURNS, WIDTH = 160, 100, 8, 2e-9
MACHINE = dict(voltage=120e3, h=8, field=0.1013, radius=100.0, bend=70.079, gt=6.1, rest=0.938272e9, charge=1.0)


def machine_numbers(m):
    p = 0.299792458 * m["charge"] * m["field"] * m["bend"] * 1e9
    energy = np.hypot(p, m["rest"])
    beta = p / energy
    gamma = energy / m["rest"]
    eta = 1 / m["gt"] ** 2 - 1 / gamma**2
    omega = beta * C / m["radius"]
    return beta, energy, eta, omega


def track(mismatch, shift, noise, seed, second=0.0, filling=0.6, mu=1.5, side=700):
    """Frames and the true particles at frame 0."""
    m = MACHINE
    beta, energy, eta, omega = machine_numbers(m)
    slip = 2 * np.pi * m["h"] * eta / (beta**2 * energy)
    v1, v2 = m["charge"] * m["voltage"], m["charge"] * second

    def potential(phi):
        return v1 * np.cos(phi) + v2 / 2 * np.cos(2 * phi)

    edge = filling * np.pi
    # G = |slip| E^2/2 - U grows outwards below transition.
    inner, outer = -potential(0.0), -potential(edge)
    emax = np.sqrt(2 * (outer - inner) / abs(slip))
    phi, e = np.meshgrid(edge * 1.02 * np.linspace(-1, 1, side), emax * 1.02 * np.linspace(-1, 1, side))
    share = 1 - (abs(slip) * e**2 / 2 - potential(phi) - inner) / (outer - inner)
    keep = share > 0
    phi, e, w = phi[keep] + shift, e[keep] * mismatch, share[keep] ** mu
    start = (phi.copy(), e.copy(), w)
    centre = (BINS - 1) / 2
    to_bin = 1 / (m["h"] * omega * WIDTH)
    rng = np.random.default_rng(seed)
    frames = []
    for frame in range(FRAMES):
        place = phi * to_bin + centre
        low = np.floor(place).astype(int)
        part = place - low
        ok = (low >= 0) & (low + 1 < BINS)
        profile = np.bincount(low[ok], w[ok] * (1 - part[ok]), BINS)
        profile += np.bincount(low[ok] + 1, w[ok] * part[ok], BINS)
        frames.append(profile)
        if frame + 1 < FRAMES:
            for _ in range(TURNS):
                phi += slip * e
                e += v1 * np.sin(phi) + (v2 * np.sin(2 * phi) if v2 else 0)
    frames = np.array(frames)
    frames *= 1000 / frames[0].max()
    frames += 20 + noise * rng.standard_normal(frames.shape)
    t = start[0] / (m["h"] * omega)
    return frames, (t, start[1], w)


def write(path, frames, second):
    m = MACHINE
    lines = ["!"] * 98
    values = {13: "pipe", 15: "./", 17: FRAMES, 19: 0, 21: BINS, 23: WIDTH, 25: TURNS, 27: 0, 29: 0, 32: 0, 35: 0, 37: 1,
              40: BINS / 2, 42: -1.0, 44: 1, 46: 1, 48: 1, 50: 20, 52: 4, 54: 0, 56: 1, 58: 1, 62: m["voltage"], 64: 0.0,
              66: second, 68: 0.0, 70: m["h"], 72: 2, 74: 0.0, 76: m["field"], 78: 0.0, 80: m["radius"], 82: m["bend"],
              84: m["gt"], 86: m["rest"], 88: m["charge"], 92: 0, 94: 0.0, 96: 0.0, 98: 1.0}
    for line, value in values.items():
        lines[line - 1] = str(value)
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
        np.savetxt(file, frames.ravel(), fmt="%.4f")


def moments(t, e, w):
    w = w / w.sum()
    mt, me = (w * t).sum(), (w * e).sum()
    tt, ee, te = (w * (t - mt) ** 2).sum(), (w * (e - me) ** 2).sum(), (w * (t - mt) * (e - me)).sum()
    return np.pi * np.sqrt(tt * ee - te**2), np.sqrt(ee)


def image(t, e, w, edges):
    found = np.histogram2d(t, e, bins=edges, weights=w)[0]
    return found / found.sum()


def cern(path):
    from longitudinal_tomography import shortcuts
    from longitudinal_tomography.data import data_treatment
    from longitudinal_tomography.tomography import tomography
    from longitudinal_tomography.tracking import Tracking, particles
    from longitudinal_tomography.utils import tomo_input

    begin = time.perf_counter()
    raw_parameters, raw_data = tomo_input.get_user_input(path)
    machine, frames = tomo_input.txt_input_to_machine(raw_parameters)
    machine.values_at_turns()
    waterfall = frames.to_waterfall(raw_data)
    profiles = tomo_input.raw_data_to_profiles(waterfall, machine, frames.rebin, frames.sampling_time)
    profiles.calc_profilecharge()
    if profiles.machine.synch_part_x < 0:
        machine.load_fitted_synch_part_x_ftn(data_treatment.fit_synch_part_x(profiles))
    tracker = Tracking(machine)
    xp, yp = tracker.track(machine.filmstart)
    xp, yp = particles.physical_to_coords(xp, yp, machine, tracker.particles.xorigin, tracker.particles.dEbin)
    xp, yp = particles.ready_for_tomography(xp, yp, machine.nbins)
    tomo = tomography.Tomography(profiles.waterfall, xp, yp)
    tomo.run(niter=20)
    t, e, density = data_treatment.phase_space(tomo, machine, machine.filmstart)
    seconds = time.perf_counter() - begin
    t = t + 0.5 * machine.dtbin
    tt, ee = np.meshgrid(t, e, indexing="ij")
    return tt.ravel(), ee.ravel(), density.ravel(), tomo.diff[-1], seconds, tomo.nparts


def cavern(program, path, threads):
    best = None
    for _ in range(3):
        begin = time.perf_counter()
        subprocess.run([program, "beam", "tomoscope", path, "--reconstruct", "--threads", str(threads), "--quiet"],
                       capture_output=True, check=True)
        seconds = time.perf_counter() - begin
        best = seconds if best is None else min(best, seconds)
    words = [program, "beam", "tomoscope", path, "--reconstruct", "--image", "--json", "--threads", str(threads)]
    result = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)["result"]["reconstruction"]
    rows, columns = result["rows"], result["columns"]
    t = (result["firstBin"] + np.arange(columns) - result["synchronousBin"]) * result["binWidth_ns"] * 1e-9
    e = (np.arange(rows) - rows // 2) * result["rowHeight_MeV"] * 1e6
    ee, tt = np.meshgrid(e, t, indexing="ij")
    return tt.ravel(), ee.ravel(), np.array(result["distribution"]).ravel(), result, best


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else ".build/release/cavern"
    cases = {
        "matched": dict(mismatch=1.0, shift=0.0, noise=0.0),
        "matched, noise 1 %": dict(mismatch=1.0, shift=0.0, noise=10.0),
        "mismatched 1.4": dict(mismatch=1.4, shift=0.0, noise=0.0, filling=0.45),
        "mismatched, noise 1 %": dict(mismatch=1.4, shift=0.0, noise=10.0, filling=0.45),
        "off centre by 0.5 rad": dict(mismatch=1.0, shift=0.5, noise=5.0, filling=0.45),
        "two harmonics": dict(mismatch=1.2, shift=0.0, noise=5.0, second=-50e3, filling=0.5),
    }
    import longitudinal_tomography
    print(f"longitudinal-tomography {longitudinal_tomography.__version__}, {os.cpu_count()} processors")
    print(f"{'case':24s} {'program':8s} {'emittance':>10s} {'spread':>8s} {'distance':>9s} {'discrepancy':>12s} {'seconds':>8s}")
    with tempfile.TemporaryDirectory() as folder:
        for name, case in cases.items():
            path = os.path.join(folder, "frames.dat")
            frames, (t, e, w) = track(seed=1, **case)
            write(path, frames, case.get("second", 0.0))
            truth = moments(t, e, w)
            edges = [np.linspace(-1.05, 1.05, 61) * np.abs(t).max() * 1.15, np.linspace(-1.05, 1.05, 61) * np.abs(e).max() * 1.15]
            wanted = image(t, e, w, edges)
            theirs = min((cern(path) for _ in range(3)), key=lambda r: r[4])
            ours = cavern(program, path, 2)
            for label, (x, y, z), discrepancy, seconds in [
                ("CERN", theirs[:3], theirs[3], theirs[4]),
                ("Cavern", ours[:3], ours[3]["discrepancies"][-1], ours[4]),
            ]:
                z = np.clip(z, 0, None)
                found = moments(x, y, z)
                # Each cell is spread over its own area before it is put on the common grid.
                dx, dy = np.diff(np.unique(x))[0], np.diff(np.unique(y))[0]
                keep = z > 0
                offsets = (np.arange(4) + 0.5) / 4 - 0.5
                spread = [(x[keep] + i * dx, y[keep] + j * dy, z[keep]) for i in offsets for j in offsets]
                mine = image(*(np.concatenate(p) for p in zip(*spread)), edges)
                distance = np.abs(mine - wanted).sum() / 2
                print(f"{name:24s} {label:8s} {found[0] / truth[0]:10.4f} {found[1] / truth[1]:8.4f} {distance:9.4f} "
                      f"{discrepancy:12.3e} {seconds:8.3f}", flush=True)


if __name__ == "__main__":
    main()
