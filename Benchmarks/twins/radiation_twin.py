"""Inputs for the radiation benchmarks, and the earlier way of doing the same work.

    radiation_twin.py make FOLDER       a FLUKA text of 21 MB, a profile of 80,000 steps, a year and nine years of conditions
    radiation_twin.py fluka FILE        lines to numbers to tables, by particle, as the earlier import did
    radiation_twin.py hamburg FILE N    the exact leakage sum over the first N steps, vectorised over the history

The earlier profile program needs 0.3 s a row (a connection and a query for each value); it is not repeated here.
"""

import datetime
import json
import math
import os
import random
import sqlite3
import sys

import numpy

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FACTS = os.path.join(ROOT, "Sources", "Domains", "PixelMonitoring", "Facts")


def make_fluka(path):
    """Six binnings of 200 by 700 with errors."""
    source = random.Random(1)
    with open(path, "w") as out:
        for number, name in enumerate(["ALLPART", "NEUT", "ANEUT", "PROT", "APROT", "PIONS"], 1):
            out.write('1\n   R - Z     binning n. %3d  "%-10s" , generalized particle n.  236\n' % (number, name))
            out.write("      R coordinate: from  0.0000E+00 to  2.0000E+01 cm,   200 bins ( 1.0000E-01 cm wide)\n"
                      "      Z coordinate: from -3.5000E+02 to  3.5000E+02 cm,   700 bins ( 1.0000E+00 cm wide)\n"
                      "      axis coordinates: X = 0.0000E+00, Y =  0.0000E+00 cm\n"
                      "      Data follow in a matrix A(ir,iz), format (1(5x,1p,10(1x,e11.4)))\n\n"
                      "      this is a track-length binning\n")
            for low, high in ((1e-3, 1.0), (1.0, 5.0)):
                for _ in range(14000):
                    out.write("     " + "".join(" %11.4E" % source.uniform(low, high) for _ in range(10)) + "\n")
                if low < 1:
                    out.write("\n      Percentage errors follow in a matrix A(ir,iz), format (1(5x,1p,10(1x,e11.4)))\n\n")
            out.write("\n")


def make_profile(path, count):
    """Years of hourly steps with beam, cold pauses and warm weeks."""
    with open(path, "w") as out:
        out.write("Fill\tTimestamp [s]\tDuration [s]\tTemperature [K]\tFluence [n_eq/cm2/s]\tLeakage_current [mA/cm2]\n")
        for step in range(count):
            hour = step % 8760
            beam = step % 24 < 14 and hour < 7000
            warm = 8000 < hour < 8300
            out.write("%d\t%d\t3600\t\t%.2f\t\t%10d\t\t-999.00\n" % (
                8000 + step // 24 if beam else -999, 1600000000 + 3600 * (step + 1),
                290 if warm else 255 + 3 * math.sin(step * 0.01), 3e7 if beam else 0))


def text(time):
    """A time as the portable schema has it."""
    return time.strftime("%Y-%m-%d %H:%M:%S.%f")


def make_conditions(folder, name, begin, days, fill_hours, gap_hours, groups, minutes, first_fill):
    """Conditions of some groups over a period, with fills.csv and sections of luminosity."""
    source = random.Random(2)
    cooling = json.load(open(os.path.join(FACTS, "cooling.json")))
    path = os.path.join(folder, name + ".sqlite")
    if os.path.exists(path):
        os.remove(path)
    base = sqlite3.connect(path)
    base.executescript("""
        PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
        CREATE TABLE aliases (alias VARCHAR(256) NOT NULL, dpe_name VARCHAR(256) NOT NULL, since TIMESTAMP NOT NULL, update_count INTEGER);
        CREATE TABLE dp_name2id (id INTEGER NOT NULL, dpname VARCHAR(256) NOT NULL);
        CREATE TABLE fwcaenchannel (dpid INTEGER NOT NULL, change_date TIMESTAMP NOT NULL, actual_imon DOUBLE PRECISION, actual_vmon DOUBLE PRECISION);
        CREATE TABLE tkplcreadsensor (dpid INTEGER NOT NULL, change_date TIMESTAMP NOT NULL, value_converted DOUBLE PRECISION);
        CREATE TABLE v_voltages (cable VARCHAR(128) NOT NULL, change_date TIMESTAMP NOT NULL, vmon DOUBLE PRECISION);
        """)
    since = text(begin - datetime.timedelta(days=30))
    number = 1000

    def name_it(alias):
        nonlocal number
        number += 1
        base.execute("INSERT INTO aliases VALUES (?, ?, ?, 1)", (alias, "dp%d." % number, since))
        base.execute("INSERT INTO dp_name2id VALUES (?, ?)", (number, "dp%d" % number))
        return number

    wanted = {group[8] for group in groups}
    sensors = []
    for loop, entry in cooling["loops"].items():
        half = "BmI" if entry["side"] == "I" else "BmO"
        if loop in wanted:
            sensors += [name_it("CMS_TRACKER/PLC/PixelBarrel_%s_%s" % (half, label)) for label in entry["omds_sensors"]]
    channels = []
    for group in groups:
        cable = group[6]
        head = cable.split("_S")[0]
        channels.append((name_it("CMS_TRACKER/PixelBarrel/%s/%s" % (head, cable)), group[7]))
    fills, now, end = [], begin, begin + datetime.timedelta(days=days)
    while now + datetime.timedelta(hours=fill_hours) < end:
        stop = now + datetime.timedelta(hours=fill_hours)
        fills.append((first_fill + len(fills), now, stop))
        now = stop + datetime.timedelta(hours=gap_hours)
    step, time, rows = datetime.timedelta(minutes=minutes), begin - datetime.timedelta(days=1), []
    while time < end:
        stamp = text(time)
        rows += [(sensor, stamp, -21 + source.gauss(0, 0.3)) for sensor in sensors]
        time += step
    base.executemany("INSERT INTO tkplcreadsensor VALUES (?, ?, ?)", rows)
    currents, volts = [], []
    for _, start, stop in fills:
        time = start
        while time < stop:
            stamp = text(time)
            currents += [(channel, stamp, 80 + source.gauss(0, 1), 300.0) for channel, _ in channels]
            time += step
        for channel, cable in channels:
            volts.append((cable, text(start), 300.0))
            volts.append((cable, text(stop - datetime.timedelta(minutes=3)), 0.0))
    base.executemany("INSERT INTO fwcaenchannel VALUES (?, ?, ?, ?)", currents)
    base.executemany("INSERT INTO v_voltages VALUES (?, ?, ?)", volts)
    base.executescript("""
        CREATE INDEX f ON fwcaenchannel (dpid, change_date); CREATE INDEX t ON tkplcreadsensor (dpid, change_date);
        CREATE INDEX v ON v_voltages (cable, change_date);
        """)
    base.commit()
    base.close()
    with open(os.path.join(folder, name + "_fills.csv"), "w") as out:
        out.write("fill_number,start_stable_beam,end_stable_beam\n")
        out.writelines("%d,%s,%s\n" % (fill, text(start), text(stop)) for fill, start, stop in fills)
    with open(os.path.join(folder, name + "_sections.csv"), "w") as out:
        out.write("#Data tag : 1 , Norm tag: None\n"
                  "#run:fill,ls,time,beamstatus,E(GeV),delivered(/ub),recorded(/ub),avgpu,source\n")
        count, total = 0, 0.0
        for fill, start, stop in fills:
            sections = int((stop - start).total_seconds() / 23.31)
            for section in range(sections):
                when = start + datetime.timedelta(seconds=int(section * 23.31))
                delivered = round(4e5 * math.exp(-section / 2000), 3)
                count, total = count + 1, total + delivered
                out.write("1:%d,%d:%d,%s,STABLE BEAMS,6800,%.3f,0,30,HFET\n" % (
                    fill, section, section, when.strftime("%m/%d/%y %H:%M:%S"), delivered))
        out.write("#Summary:\n#nfill,nrun,nls,ncms,totdelivered(/ub),totrecorded(/ub)\n#%d,1,%d,%d,%.3f,0.0\n" % (
            len(fills), count, count, total))
    print(name, len(fills), "fills,", len(rows), "temperatures,", len(currents), "currents")


def make(folder):
    """Everything."""
    os.makedirs(folder, exist_ok=True)
    groups = json.load(open(os.path.join(FACTS, "readout_groups.json")))["barrel"]
    make_fluka(os.path.join(folder, "usrbin_ascii"))
    make_profile(os.path.join(folder, "profile_80000.txt"), 80000)
    make_conditions(folder, "year", datetime.datetime(2022, 7, 1), 365, 14, 26, groups, 20, 8000)
    make_conditions(folder, "long", datetime.datetime(2022, 7, 1), 3150, 14, 26, groups[:1], 60, 8000)


def fluka(path):
    """Every line split, by particle and row, then summed; errors too."""
    tables, current = [], None
    with open(path) as lines:
        for line in lines:
            if "binning n." in line:
                current = []
                tables.append(current)
            elif line[:5] == "     " and line[5:8].strip()[:1].isdigit():
                current += [float(word) for word in line.split()]
    half = len(tables[0]) // 2
    values = [numpy.array(table[:half]).reshape(700, 200) for table in tables]
    return values[3] + values[4] + values[5]


def hamburg(path, count):
    """Leakage current at 20 °C with every step against all before it."""
    rows = numpy.loadtxt(path, skiprows=1, max_rows=count)
    length, kelvin, weight = rows[:, 2], rows[:, 3], rows[:, 4] * rows[:, 2]
    scaled = length / 60 * numpy.exp(-1.3 / 8.6173303e-5 * (1 / kelvin - 1 / 293.15))
    decay = length * 1.2e13 * numpy.exp(-1.11 / (8.6173303e-5 * kelvin))
    theta = numpy.concatenate([[0], numpy.cumsum(scaled)])
    tau = numpy.concatenate([[0], numpy.cumsum(decay)])
    current = numpy.empty(count)
    for n in range(count):
        parts = 1.23e-17 * numpy.exp(-(tau[n + 1] - tau[:n + 1])) + 7.07e-17
        current[n] = weight[:n + 1] @ (parts - 3.29e-18 * numpy.log(theta[n + 1] - theta[:n + 1]))
    return current


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    elif sys.argv[1] == "fluka":
        fluka(sys.argv[2])
    else:
        hamburg(sys.argv[2], int(sys.argv[3]))
