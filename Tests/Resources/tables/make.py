#!/usr/bin/env python3
"""Makes the files of this folder: Parquet and Arrow variants and `expected.json` with their values.

Needs pyarrow and numpy. Run it in the folder; equal versions of pyarrow give equal files.
"""
import datetime
import decimal
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

rng = np.random.default_rng(20240117)


def inner(child, large=False):
    make = pa.large_list if large else pa.list_
    return make(pa.field(child, make(pa.field(child, pa.float64()))))


def acquisition(child, large=False):
    text = pa.large_string() if large else pa.string()
    return pa.struct([
        pa.field("value", pa.struct([
            pa.field("projDataSet1", inner(child, large)),
            pa.field("delays", (pa.large_list if large else pa.list_)(pa.field(child, pa.float32()))),
            pa.field("pmtSelection", pa.struct([
                pa.field("JAPC_ENUM", pa.struct([("code", pa.int64()), ("string", text)]))])),
            pa.field("nbAcqChannels", pa.int32()),
        ])),
        pa.field("header", pa.struct([
            ("cycleStamp", pa.int64()), ("selector", text), ("isFirstUpdate", pa.bool_())])),
        pa.field("exception", text),
    ])


def rows():
    """Seven acquisitions with a null at every level."""
    def profile(n, m):
        return [[round(float(v), 3) for v in rng.normal(100, 30, m)] for _ in range(n)]

    def value(**change):
        base = {
            "projDataSet1": profile(3, 12), "delays": [4015.5, 5515.25],
            "pmtSelection": {"JAPC_ENUM": {"code": 3, "string": "PM3 µ"}}, "nbAcqChannels": 1}
        base.update(change)
        return base

    header = {"cycleStamp": 1729000000123456789, "selector": "SPS.USER.LHCION2", "isFirstUpdate": False}
    ragged = [[1.5, None, 2.5], None, [], [0.1]]
    return [
        {"value": value(), "header": header, "exception": None},
        {"value": None, "header": header, "exception": "device did not publish"},
        {"value": value(projDataSet1=None, delays=[]), "header": None, "exception": ""},
        {"value": value(projDataSet1=ragged, pmtSelection=None), "header": header, "exception": None},
        None,
        {"value": value(pmtSelection={"JAPC_ENUM": None}, nbAcqChannels=None, delays=[None, 1.25]),
         "header": {"cycleStamp": None, "selector": None, "isFirstUpdate": True}, "exception": None},
        {"value": value(projDataSet1=[]), "header": header, "exception": None},
    ]


NAME = "SPS.BWS.51637.H/Acquisition"
data = rows()
expected = {}


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.decode()
    return value


def integers(column):
    """Times as counts."""
    t = column.type
    if pa.types.is_timestamp(t) or pa.types.is_duration(t) or pa.types.is_time64(t) or pa.types.is_date64(t):
        return column.combine_chunks().view(pa.int64()).to_pylist()
    if pa.types.is_date32(t) or pa.types.is_time32(t):
        return column.combine_chunks().view(pa.int32()).to_pylist()
    return plain(column.to_pylist())


def note(name, table):
    expected[name] = {
        "rows": table.num_rows, "columns": {n: integers(table.column(n)) for n in table.column_names}}


def write(name, table, **options):
    pq.write_table(table, name, **options)
    note(name, pq.read_table(name))


def nested(child="element", large=False):
    return pa.table({
        NAME: pa.array(data, acquisition(child, large)),
        "__index_level_0__": pa.array(range(len(data)), pa.int64()),
    })


for codec in ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]:
    write(f"codec-{codec}.parquet", nested(), compression=codec)
for child in ["item", "element", "array"]:
    write(f"child-{child}.parquet", nested(child), use_compliant_nested_type=False, compression="snappy")
write("pages-v2.parquet", nested(), data_page_version="2.0", compression="snappy")
write("pages-v2-none.parquet", nested(), data_page_version="2.0", compression="none")
write("pages-small.parquet", nested(), data_page_size=16, write_batch_size=1, dictionary_pagesize_limit=16)
write("groups.parquet", nested(), row_group_size=2, write_page_checksum=True)
write("no-arrow-schema.parquet", nested(), store_schema=False, compression="gzip")
write("no-dictionary.parquet", nested(), use_dictionary=False, compression="none")
write("large.parquet", nested(large=True), compression="snappy")
write("rows-none.parquet", nested().slice(0, 0))

# Small enough to damage every byte of it in several ways.
tiny = pa.table({"d/A": pa.array(
    [{"value": {"data": [[1.5, None], [2.5]]}, "exception": None}, {"value": None, "exception": "off"}],
    pa.struct([("value", pa.struct([("data", inner("item"))])), ("exception", pa.string())]))})
write("tiny.parquet", tiny, store_schema=False, use_compliant_nested_type=False, compression="snappy")

n = 6
numbers = {}
for bits in (8, 16, 32, 64):
    for kind in ("int", "uint"):
        info = np.iinfo(f"{kind}{bits}")
        low = int(info.min)
        high = int(info.max) if (kind, bits) != ("uint", 64) else 2**63
        numbers[f"{kind}{bits}"] = pa.array([low, high, 0, None, 1, 100], getattr(pa, f"{kind}{bits}")())
numbers["half"] = pa.array(np.array([1.5, -0.25, 65504, 6e-8, 0, 1], np.float16), pa.float16())
numbers["float"] = pa.array([0.1, -1e30, None, 3.5, 0, 1], pa.float32())
numbers["double"] = pa.array([0.1, -1e300, None, 5e-324, 0, 1], pa.float64())
numbers["bool"] = pa.array([True, False, None, True, True, False])
numbers["decimal"] = pa.array([decimal.Decimal(x) for x in ["123.456", "-0.001", "0", "99999999.999", "1", "-1"]],
                              pa.decimal128(15, 3))
numbers["decimal256"] = pa.array(
    [decimal.Decimal("12345678901234567890123456789012345678901234.5"), None, decimal.Decimal("-0.5")] * 2,
    pa.decimal256(60, 1))
numbers["text"] = pa.array(["a", "", None, "µm", "a,b\n", "z"])
numbers["bytes"] = pa.array([b"abc", b"", None, b"x", b"y", b"z"])
numbers["fixed"] = pa.array([b"abc", b"def", None, b"xyz", b"uvw", b"rst"], pa.binary(3))
numbers["dictionary"] = pa.array(["H", "V", None, "H", "H", "V"]).dictionary_encode()
numbers["codes"] = pa.array([7, 9, None, 7, 7, 9]).dictionary_encode()
numbers["date"] = pa.array([19000, 0, None, -1, 1, 2], pa.date32())
numbers["tod"] = pa.array([1, 2, None, 86399999, 0, 5], pa.time32("ms"))
for unit in ("s", "ms", "us", "ns"):
    numbers[f"time_{unit}"] = pa.array([1_700_000_000, 0, None, -1, 5, 9], pa.timestamp(unit, tz="UTC"))
numbers["local"] = pa.array([1_700_000_000_000_001, 0, None, -1, 5, 9], pa.timestamp("us"))
numbers["span"] = pa.array([5, 0, None, -1, 5, 9], pa.duration("ns"))
numbers["nothing"] = pa.nulls(n)
table = pa.table(numbers).replace_schema_metadata({"session": "MD 7003", "note": "ü"})
write("types.parquet", table, compression="snappy")
write("types-groups.parquet", table, row_group_size=2, compression="zstd")
times = pa.table({"stamp": pa.array([1_700_000_000_123_456_789, 0, None, -1_000_000_000], pa.timestamp("ns"))})
write("int96.parquet", times, use_deprecated_int96_timestamps=True, store_schema=False)
names = pa.table({"plane": pa.array(["H", "V"] * 2000 + [None]), "slot": pa.array(list(range(50)) * 80 + [7], pa.int32())})
# Dictionary pages that fill up: the writer falls back to plain encoding inside one chunk.
wide = pa.table({"word": pa.array([f"bunch {i * 7919 % 3000}" for i in range(600)])})
write("dictionary-fallback.parquet", wide, dictionary_pagesize_limit=512, data_page_size=512, write_batch_size=32)
write("dictionary-long.parquet", names, row_group_size=1500)

with pa.OSFile("types.arrow", "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
    writer.write_table(table, max_chunksize=4)
note("types.arrow", table)
with pa.OSFile("nested.arrows", "wb") as sink, pa.ipc.new_stream(sink, nested().schema) as writer:
    writer.write_table(nested(), max_chunksize=3)
note("nested.arrows", nested())
options = pa.ipc.IpcWriteOptions(compression="lz4")
with pa.OSFile("nested-lz4.arrow", "wb") as sink, pa.ipc.new_file(sink, nested().schema, options=options) as writer:
    writer.write_table(nested())
note("nested-lz4.arrow", nested())

with open("expected.json", "w") as file:
    json.dump(expected, file, ensure_ascii=False, allow_nan=False, sort_keys=True)
    file.write("\n")
