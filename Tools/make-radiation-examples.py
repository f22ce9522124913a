#!/usr/bin/env python3
"""Makes Examples/pixel-radiation: a small fluence field in FLUKA's form, pieces of a radiation profile, and a scenario.

Needs nothing but Python; the same bytes on every run.
"""

import math
import os
import random

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "Examples", "pixel-radiation")
R_BINS, R_TO = 36, 18.0
Z_BINS, Z_TO = 30, 60.0


def matrix(values):
    """Ten numbers a line, over the ends of rows."""
    return "".join(
        "     " + "".join(" %10.4E" % value if value >= 0 else " %10.3E" % value for value in values[i:i + 10]) + "\n"
        for i in range(0, len(values), 10))


def field(path):
    """Six binnings of a field that falls with r and is flat in z, with statistical errors."""
    source = random.Random(5)
    shares = {"ALLPART": 1.0, "NEUT": 0.16, "ANEUT": 0.008, "PROT": 0.11, "APROT": 0.013, "PIONS": 0.56}
    with open(path, "w") as out:
        out.write("\n *****  Example field, made up  *****\n\n")
        for number, (name, share) in enumerate(shares.items(), 1):
            out.write('1\n   R - Z     binning n. %3d  "%-10s" , generalized particle n.  236\n' % (number, name))
            out.write("      R coordinate: from  0.0000E+00 to  %.4E cm, %5d bins ( %.4E cm wide)\n"
                      % (R_TO, R_BINS, R_TO / R_BINS))
            out.write("      Z coordinate: from -%.4E to  %.4E cm, %5d bins ( %.4E cm wide)\n"
                      % (Z_TO, Z_TO, Z_BINS, 2 * Z_TO / Z_BINS))
            out.write("      axis coordinates: X = 0.0000E+00, Y =  0.0000E+00 cm\n")
            out.write("      Data follow in a matrix A(ir,iz), format (1(5x,1p,10(1x,e11.4)))\n\n")
            out.write("      this is a track-length binning\n")
            values, errors = [], []
            for z_bin in range(Z_BINS):
                z = -Z_TO + (z_bin + 0.5) * 2 * Z_TO / Z_BINS
                for r_bin in range(R_BINS):
                    r = (r_bin + 0.5) * R_TO / R_BINS
                    error = source.uniform(1.5, 4.0)
                    value = share * (0.55 * r ** -1.9 + 0.004) * (1 + 0.3 / (1 + (z / 25) ** 2))
                    values.append(value * (1 + error / 100 * source.gauss(0, 1)))
                    errors.append(error)
            out.write(matrix(values))
            out.write("\n      Percentage errors follow in a matrix A(ir,iz), format (1(5x,1p,10(1x,e11.4)))\n\n")
            out.write(matrix(errors) + "\n")


def rows():
    """Forty days of one inner group: a fill of fourteen hours, then ten hours of pause, and a week without beam."""
    source = random.Random(8)
    rows, now, fluence = [], 1656633600, 0.0
    for day in range(40):
        has_beam = not 24 <= day < 31
        for hour in range(24):
            now += 3600
            in_fill = has_beam and hour < 14
            rate = int(7e7 * math.exp(-hour / 16) * (0.9 + 0.2 * source.random())) if in_fill else 0
            fluence += rate * 3600
            temperature = (257.2 if in_fill else 252.4) + 0.3 * math.sin(now / 40000)
            # Leakage per volume at 0 °C, taken to the temperature of the sensor; 48 chips of 0.0187 cm³.
            current = -999.0
            if in_fill:
                at_zero = 1.17e-17 * fluence * 1e6
                scale = (temperature / 273.15) ** 2 * math.exp(-7020.7 * (1 / temperature - 1 / 273.15))
                current = at_zero * scale * 48 * 0.01869885 * (1 + 0.015 * source.gauss(0, 1)) + 0.3
            rows.append("%d\t%d\t%d\t\t%4.2f\t\t%10d\t\t%6.2f\n"
                        % (8000 + day if in_fill else -999, now, 3600, temperature, rate, current))
    return rows


def main():
    """Writes everything."""
    os.makedirs(os.path.join(FOLDER, "pieces"), exist_ok=True)
    field(os.path.join(FOLDER, "usrbin_example_ascii"))
    every = rows()
    head = "Fill\tTimestamp [s]\tDuration [s]\tTemperature [K]\tFluence [n_eq/cm2/s]\tLeakage_current [mA/cm2]\n"
    # The second piece begins before the end of the first; between second and third a night is missing.
    for name, part in (("b.txt", every[:400]), ("a.txt", every[360:700]), ("c.txt", every[708:])):
        with open(os.path.join(FOLDER, "pieces", name), "w") as out:
            out.write(head + "".join(part))
    with open(os.path.join(FOLDER, "scenario.csv"), "w") as out:
        out.write("from,to,temperature_K,luminosity_fb\n"
                  "2022-08-10,2022-12-01,258,20\n2022-12-01,2023-02-01,278.15,0\n2023-02-01,2023-02-08,293.15,0\n"
                  "2023-02-08,2023-04-01,263.15,0\n2023-04-01,2023-12-01,258,60\n")


if __name__ == "__main__":
    main()
