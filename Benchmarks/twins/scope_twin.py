"""Reads a LeCroy waveform with lecroyparser, line by line as told: `decode` answers with its seconds and a sum of the volts."""

import json
import sys
import time

import lecroyparser


def main():
    path = sys.argv[2]
    for line in sys.stdin:
        if line.strip() != "decode":
            continue
        begin = time.perf_counter()
        data = lecroyparser.ScopeData(path)
        seconds = time.perf_counter() - begin
        print(json.dumps({"seconds": seconds, "count": 1, "sum": float(data.y.sum())}), flush=True)


main()
