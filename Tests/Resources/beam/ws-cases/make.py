"""Makes the small wire-scan files beside this script: what can be wrong with an acquisition, one fault a file.

    python3 make.py        (pyarrow and numpy)

Every file holds 8 rows of 80 samples; rows 2 and 6 hold a bunch of sigma 2.5 mm. The bytes depend on the version of
pyarrow, the numbers do not.
"""

import copy
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS, SAMPLES = 8, 80
H, V, GAMMA = "SPS.BWS.51637.H/Acquisition", "SPS.BWS.41677.V/Acquisition", "SPSBEAM/GAMMA"
NUMBERS = pa.list_(pa.float64())
VALUE = pa.struct(
    [
        ("acqTime", pa.string()), ("acqTimeInCycleSet1", pa.float64()), ("acqTimeInCycleSet2", pa.float64()),
        ("bunchSelection", pa.list_(pa.int32())), ("delays", NUMBERS),
        ("pmtSelection", pa.struct([("JAPC_ENUM", pa.struct([("code", pa.int64()), ("string", pa.string())]))])),
        ("projPositionSet1", pa.list_(NUMBERS)), ("projDataSet1", pa.list_(NUMBERS)),
        ("projPositionSet2", pa.list_(NUMBERS)), ("projDataSet2", pa.list_(NUMBERS)),
    ]
)
HEADER = pa.struct([("cycleStamp", pa.int64()), ("selector", pa.string())])
FUNCTION = pa.struct([("JAPC_FUNCTION", pa.struct([("X", NUMBERS), ("Y", NUMBERS)]))])


def column(value):
    return pa.struct([("value", value), ("header", HEADER), ("exception", pa.string())])


def record(value, exception=None):
    header = {"cycleStamp": 1728932853512400000, "selector": "SPS.USER.LHCION3"}
    return {"value": value, "header": header, "exception": exception}


def scan(seed, amplitude=900.0, offset=100.0):
    rng = np.random.default_rng(seed)
    axis = np.round(30 - 60 * np.arange(SAMPLES) / (SAMPLES - 1), 3)
    value = {
        "acqTime": "2024-10-14 19:07:33.512400", "acqTimeInCycleSet1": 12063.27, "acqTimeInCycleSet2": 12363.27,
        "bunchSelection": list(range(1, ROWS + 1)), "delays": [12060000.0, 12360000.0],
        "pmtSelection": {"JAPC_ENUM": {"code": 1, "string": "PM_1"}},
    }
    for number in (1, 2):
        x = axis if number == 1 else axis[::-1]
        data = []
        for row in range(ROWS):
            bunch = amplitude * np.exp(-((x - 0.7) ** 2) / (2 * 2.5**2)) if row % 4 == 2 else 0 * x
            data.append(np.round(offset + bunch + rng.normal(scale=15, size=SAMPLES)).tolist())
        value[f"projPositionSet{number}"] = [x.tolist()] * ROWS
        value[f"projDataSet{number}"] = data
    return value


def gamma(x=(0.0, 60000.0), y=(7.3088, 7.3088)):
    return record({"JAPC_FUNCTION": {"X": list(x), "Y": list(y)}})


def without(value, *names):
    return {k: v for k, v in value.items() if k not in names}


def write(name, records, types=None, **options):
    arrays = {}
    for key, value in records.items():
        rows = value if isinstance(value, list) else [value]
        kind = (types or {}).get(key) or column(FUNCTION if key == GAMMA else VALUE)
        arrays[key] = pa.array(rows, type=kind)
    options.setdefault("compression", "zstd")
    options.setdefault("store_schema", False)
    pq.write_table(pa.table(arrays), os.path.join(HERE, name + ".parquet"), **options)


def lacking(*names):
    return column(pa.struct([field for field in VALUE if field.name not in names]))


def main():
    h, v = scan(1), scan(2)
    both = {H: record(h), V: record(v), GAMMA: gamma()}
    write("whole", both)
    write("no-rows", {key: [] for key in both})
    write("two-rows", {H: [record(h), record(scan(3))], GAMMA: [gamma(), gamma(y=(7.5, 7.5))]})
    write("null-plane", {**both, V: record(None, "device timed out")})
    write("null-plane-untyped", {**both, V: record(None, "device timed out")}, {V: column(pa.null())})
    write("nothing-published", {H: record(None, "no beam"), V: record(None), GAMMA: gamma()})
    write("no-gamma", {H: both[H], V: both[V]})
    write("gamma-nan", {**both, GAMMA: gamma(y=(float("nan"), float("nan")))})
    write("gamma-empty", {**both, GAMMA: gamma(x=(), y=())})
    write("gamma-ramp", {**both, GAMMA: gamma(x=(0.0, 12000.0, 12100.0), y=(7.3, 7.3, 8.3))})
    write("no-scan-time", {
        H: record(without(h, "delays", "acqTimeInCycleSet1", "acqTimeInCycleSet2")), GAMMA: gamma()},
        {H: lacking("delays", "acqTimeInCycleSet1", "acqTimeInCycleSet2")})
    write("missing-field", {**both, V: record(without(v, "projDataSet1"))}, {V: lacking("projDataSet1")})
    write("outgoing-only", {H: record(without(h, "projDataSet1", "projPositionSet1")), GAMMA: gamma()},
          {H: lacking("projDataSet1", "projPositionSet1")})
    fewer = copy.deepcopy(h)
    fewer["projDataSet1"] = fewer["projDataSet1"][:5]
    fewer["projDataSet2"][6] = fewer["projDataSet2"][6][:-3]
    write("lengths", {H: record(fewer), GAMMA: gamma()})
    jumps = copy.deepcopy(h)
    order = np.random.default_rng(4).permutation(SAMPLES)
    for name in ("projPositionSet1", "projDataSet1"):
        jumps[name] = [[row[i] for i in order] for row in jumps[name]]
    write("jumps", {H: record(jumps), GAMMA: gamma()})
    odd = copy.deepcopy(h)
    odd["projDataSet1"][2][5] = float("nan")
    odd["projDataSet1"][2][30] = float("inf")
    odd["projDataSet1"][3][9] = float("nan")
    odd["projDataSet1"][6] = [float("nan")] * (SAMPLES - 5) + odd["projDataSet1"][6][-5:]
    odd["projDataSet2"][0] = [0.0] * SAMPLES
    odd["projDataSet2"][1] = [57.0] * SAMPLES
    write("not-finite-and-empty", {H: record(odd), GAMMA: gamma()})
    write("no-bunches", {H: record(scan(5, amplitude=0.0)), GAMMA: gamma()})
    write("unknown-scanner", {"SPS.BWS.99999.H/Acquisition": record(h), GAMMA: gamma()},
          {"SPS.BWS.99999.H/Acquisition": column(VALUE)})
    write("time-unreadable", {H: record({**h, "acqTime": "yesterday"}), GAMMA: gamma()})
    mask = copy.deepcopy(h)
    mask["bunchSelection"] = [-(1 << 31), 0, 0b1111111]
    write("bit-mask", {H: record(mask), GAMMA: gamma()})
    shared = copy.deepcopy(h)
    for name in ("projPositionSet1", "projPositionSet2"):
        shared[name] = [[1000 * x for x in shared[name][0]]]
    ring = "BR3.BWS.2L1.H_ROT/Acquisition"
    write("micrometres-one-axis", {ring: record(shared), GAMMA: gamma()}, {ring: column(VALUE)})
    spike = copy.deepcopy(h)
    spike["projDataSet1"][2][10] = 30000.0
    spike["projDataSet1"][6][70] += 400.0
    write("spikes", {H: record(spike), GAMMA: gamma()})

    write("damaged-page", both, compression="none")
    path = os.path.join(HERE, "damaged-page.parquet")
    chunk = [
        c for c in (pq.ParquetFile(path).metadata.row_group(0).column(i) for i in range(pq.ParquetFile(path).metadata.num_columns))
        if c.path_in_schema.startswith(V) and "projDataSet1" in c.path_in_schema][0]
    with open(path, "r+b") as file:
        file.seek(chunk.data_page_offset if chunk.dictionary_page_offset is None else chunk.dictionary_page_offset)
        file.write(b"\xff" * 24)


if __name__ == "__main__":
    main()
