"""Reads ROOT files that Cavern wrote and writes others for it: `uproot_peer.py FOLDER`.

FOLDER/ours-*.root are read; what is in them goes to FOLDER/seen.json. FOLDER/theirs-*.root are written, with their contents
in FOLDER/theirs.json.
"""

import glob
import json
import os
import sys

import numpy
import uproot
from uproot.writing.identify import to_TAxis, to_TH1x, to_TH2x, to_TProfile


def flat(array):
    """Numbers as a plain list."""
    return [float(value) for value in numpy.asarray(array).ravel()]


def seen(path):
    """What uproot finds in a file."""
    file = uproot.open(path)
    result = {"objects": {}, "streamers": {}}
    for key, name in file.classnames(cycle=False).items():
        item = file[key]
        entry = {"class": name, "title": item.title, "entries": float(item.member("fEntries"))}
        axes = item.axes if hasattr(item, "axes") and not callable(item.axes) else [item.axis()]
        entry["edges"] = [flat(axis.edges()) for axis in axes]
        if name == "TProfile":
            entry["values"] = flat(item.values(flow=True))
            entry["errors"] = flat(item.errors(flow=True))
            entry["counts"] = flat(item.counts(flow=True))
        else:
            entry["values"] = flat(item.values(flow=True))
            entry["variances"] = flat(item.variances(flow=True))
        labels = axes[0].labels()
        if labels is not None:
            entry["labels"] = list(labels)
        result["objects"][key] = entry
    for name, versions in file.file.streamers.items():
        for version, streamer in versions.items():
            result["streamers"]["%s %d" % (name, version)] = streamer.member("fCheckSum")
    return result


def axis(name, edges, regular):
    """An axis as ROOT has it."""
    edges = numpy.asarray(edges, dtype=numpy.float64)
    return to_TAxis(
        name, name, len(edges) - 1, edges[0], edges[-1],
        fXbins=numpy.array([], dtype=numpy.float64) if regular else edges,
    )


def write(folder):
    """Writes histograms of all kinds with uproot, packed in all ways."""
    random = numpy.random.default_rng(7)
    packings = {
        "none": None, "zlib": uproot.ZLIB(4), "lz4": uproot.LZ4(4), "zstd": uproot.ZSTD(5),
    }
    expected = {}
    for packing, compression in packings.items():
        path = os.path.join(folder, "theirs-%s.root" % packing)
        content = {}
        with uproot.recreate(path, compression=compression) as file:
            x = axis("x", numpy.linspace(-2, 3, 41), True)
            odd = axis("x", [0, 1, 3, 7, 20], False)
            y = axis("y", numpy.linspace(0, 1, 6), True)
            for name, kind in (("f", numpy.float32), ("d", numpy.float64)):
                data = random.normal(10, 3, 42).astype(kind)
                file["one_" + name] = to_TH1x(
                    None, "one", data, 400, 1, 1, 1, 1, random.uniform(0, 5, 42), x)
                plane = random.normal(10, 3, 42 * 7).astype(kind)
                file["folder/two_" + name] = to_TH2x(
                    None, "two", plane, 500, 1, 1, 1, 1, 1, 1, 1, random.uniform(0, 5, 42 * 7), x, y)
            file["odd"] = to_TH1x(
                None, "odd", random.poisson(5, 6).astype(numpy.float64), 30, 1, 1, 1, 1,
                numpy.array([], dtype=numpy.float64), odd)
            entries = random.integers(1, 9, 6).astype(numpy.float64)
            means = random.normal(2, 1, 6)
            file["profile"] = to_TProfile(
                None, "profile", means * entries, 30, 1, 1, 1, 1, 1, 1,
                entries * (means**2 + 1), entries, numpy.array([], dtype=numpy.float64), odd)
            file["text"] = "not a histogram"
        reading = uproot.open(path)
        for key, name in reading.classnames(cycle=False).items():
            if not name.startswith("T") or name in ("TDirectory", "TObjString"):
                continue
            item = reading[key]
            content[key] = {
                "class": name, "values": flat(item.values(flow=True)),
                "entries": float(item.member("fEntries")),
                "variances": flat(item.variances(flow=True) if name != "TProfile" else item.errors(flow=True)),
            }
        expected[packing] = content
    return expected


if __name__ == "__main__":
    target = sys.argv[1]
    with open(os.path.join(target, "seen.json"), "w") as output:
        json.dump({os.path.basename(p): seen(p) for p in sorted(glob.glob(target + "/ours-*.root"))}, output)
    with open(os.path.join(target, "theirs.json"), "w") as output:
        json.dump(write(target), output)
