"""The twin of `cavern pixel temperatures groups`: what the earlier Python program does for the groups of some fills.

    python pixel_twin.py DATABASE FILLS --sample 3

asks the database anew, over a new connection, for the sensors and for the bias of each of the 128 readout groups, as the earlier
program does, for a sample of fills, and prints the seconds a fill as JSON. The windows and names are those of the specification of
the barrel; the numbers are not used further.
"""

import argparse
import csv
import datetime
import json
import sqlite3
import time

LAYERS = {1: ("D1", "D2"), 2: ("D1", "D2"), 3: ("D1", "D2", "D3", "D4"), 4: ("D1", "D2", "D3", "D4")}


def ask(path, text, values):
    connection = sqlite3.connect(path)
    rows = connection.execute(text, values).fetchall()
    connection.close()
    return rows


def temperature(path, half, sector, layer, begin, end):
    tubes = LAYERS[layer]
    tube = tubes[(sector - 1) * len(tubes) // 8]
    pattern = f"%PixelBarrel%L{layer}{tube}%{'N' if half.endswith('I') else 'F'}"
    for hours in (0, 10, 20, 30):
        since = (datetime.datetime.fromisoformat(begin) - datetime.timedelta(hours=hours)).isoformat(" ", "microseconds")
        rows = ask(
            path,
            "SELECT a.alias, t.change_date, t.value_converted FROM aliases a JOIN dp_name2id n ON n.dpname || '.' = a.dpe_name"
            " JOIN tkplcreadsensor t ON t.dpid = n.id WHERE a.alias LIKE ? AND t.change_date >= ? AND t.change_date < ?"
            " ORDER BY t.change_date", (pattern, since, end))
        latest = {alias: value for alias, _, value in rows if value is not None and value < 40}
        if len(latest) >= 2:
            return sum(latest.values()) / len(latest)
    return None


def bias(path, half, sector, layer, begin, end):
    cable = f"PixelBarrel_{half}_S{sector}_LAY{'14' if layer in (1, 4) else '23'}/HV{1 if layer in (1, 3) else 2}"
    rows = ask(
        path, "SELECT change_date, vmon FROM v_voltages WHERE cable = ? AND change_date > ? AND change_date < ?"
        " ORDER BY change_date", (cable, begin, end))
    return rows[-1][1] > 0 if rows else False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database")
    parser.add_argument("fills")
    parser.add_argument("--sample", type=int, default=3)
    options = parser.parse_args()
    with open(options.fills, encoding="utf-8") as file:
        fills = list(csv.DictReader(file))[: options.sample]
    since = time.perf_counter()
    for fill in fills:
        begin = fill["start_stable_beam"]
        end = (datetime.datetime.fromisoformat(begin) + datetime.timedelta(seconds=1200)).isoformat(" ", "microseconds")
        for half in ("BmI", "BmO", "BpI", "BpO"):
            for layer in LAYERS:
                for sector in range(1, 9):
                    temperature(options.database, half, sector, layer, begin, end)
                    bias(options.database, half, sector, layer, begin, end)
    print(json.dumps({"seconds": (time.perf_counter() - since) / max(1, len(fills)), "queries": 256}))


if __name__ == "__main__":
    main()
