"""The twin of `cavern beam report`: what the earlier Python program does with the wire scans of a folder.

    python folder_twin.py FOLDER --output DIR [--sample 3] [--figures png|svg|none]

analyses a sample of the wire-scan files of a folder, one after another in one process, with the pieces of `ws_twin.py`, and prints the
seconds a file as JSON. A sample suffices: the work on one file does not depend on the others.
"""

import argparse
import contextlib
import io
import json
import os
import time
import types

import ws_twin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--output", required=True)
    parser.add_argument("--sample", type=int, default=3)
    parser.add_argument("--figures", choices=("png", "svg", "none"), default="svg")
    options = parser.parse_args()
    names = sorted(name for name in os.listdir(options.folder) if name.startswith("WS_") and name.endswith(".parquet"))
    step = max(1, len(names) // (4 * options.sample))
    seconds, failed = [], 0
    for name in names[::step]:
        if len(seconds) == options.sample:
            break
        work = types.SimpleNamespace(
            file=os.path.join(options.folder, name), output=os.path.join(options.output, name), figures=options.figures,
            fits="well")
        since = time.perf_counter()
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                ws_twin.analyse(work)
        except Exception:  # A broken file ends the earlier program; here it is passed over.
            failed += 1
            continue
        seconds.append(time.perf_counter() - since)
    print(json.dumps({"files": len(seconds), "failed": failed, "seconds": sum(seconds),
                      "secondsPerFile": sum(seconds) / max(1, len(seconds))}))


if __name__ == "__main__":
    main()
