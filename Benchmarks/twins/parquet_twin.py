"""Reads the arrays of a wire-scanner file with pyarrow into numpy: only the columns asked for, flat buffers."""

import pyarrow.parquet as pq

FIELDS = ("projPositionSet1", "projDataSet1", "projPositionSet2", "projDataSet2")


def read(path, devices, fields=FIELDS):
    """Every device's fields as one flat array of doubles each, on one thread."""
    wanted = [f"{device}.value.{field}" for device in devices for field in fields]
    table = pq.ParquetFile(path).read(columns=wanted, use_threads=False)
    arrays = {}
    for device in devices:
        value = table.column(device).combine_chunks().field("value")
        for field in fields:
            # list<list<double>>: the values of the values, without a Python object a sample.
            arrays[device, field] = value.field(field).flatten().flatten().to_numpy(zero_copy_only=False)
    return arrays
