import Foundation
import JSON
import TestSupport
import Testing

/// Whole sessions, from generated files to the result folder, as scripts meet them.
@Suite("Session commands", .serialized)
struct SessionCommandTests {
  /// A small mixed session with broken files in `S` of a fresh folder.
  static func withSession(_ body: (URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let made = try Program.shell(
        "$CAVERN beam simulate session -o S --files 22 --rows 24 --samples 120 --batches 2 --seed 5 --quiet",
        folder: folder)
      try #require(made.status == 0, "\(made.errors)")
      try body(folder)
    }
  }

  @Test("a mixed folder gives the same bytes for one and two threads, with what was skipped and why")
  func threads() throws {
    try Self.withSession { folder in
      let one = try Program.shell("$CAVERN beam report S -o R1 --threads 1 --json", folder: folder)
      let two = try Program.shell("$CAVERN beam report S -o R2 --threads 2 --json", folder: folder)
      #expect(one.status == 2)
      #expect(two.status == 2)
      let same = try Program.shell(
        "diff -r R1 R2 -x provenance.json -x report.html -x manifest.jsonl && echo same", folder: folder)
      #expect(same.output == "same\n", "\(same.output)")
      let result = try #require(try one.json()["result"])
      let counted = ["done", "partial", "skipped", "failed"].compactMap { result[$0]?.intValue }.reduce(0, +)
      #expect(counted == result["total"]?.intValue)
      #expect(result["skipped"]?.intValue ?? 0 > 0)
      #expect(result["failed"]?.intValue == 0)
      let page = try String(contentsOf: folder.appending(path: "R1/report.html"), encoding: .utf8)
      #expect(!page.contains("http://") || !page.contains("<script src"))
    }
  }

  @Test("a run that was killed goes on where it was and ends with the same bytes")
  func killed() throws {
    try Self.withSession { folder in
      let run = try Program.shell(
        """
        $CAVERN beam report S -o whole --threads 1 --quiet >/dev/null
        $CAVERN beam report S -o cut --threads 1 --quiet >/dev/null & pid=$!
        for i in $(seq 600); do [ "$(wc -l < cut/manifest.jsonl 2>/dev/null || echo 0)" -ge 3 ] && break; sleep 0.01; done
        kill -9 $pid; wait $pid 2>/dev/null
        $CAVERN beam report S -o cut --threads 1 --json > cut.json
        diff -r whole cut -x provenance.json -x report.html && echo same
        """, folder: folder)
      #expect(run.output.hasSuffix("same\n"), "\(run.output)")
      let json = try JSONValue(parsing: Array(try Data(contentsOf: folder.appending(path: "cut.json"))))
      #expect(json["result"]?["reused"]?.intValue ?? 0 > 0)
    }
  }

  @Test("a second run on a folder in use is told whose it is and touches nothing there; afterwards leftovers go")
  func inUse() throws {
    try withTemporaryFolder { folder in
      let run = try Program.shell(
        """
        mkdir S; : > S/a.parquet
        $CAVERN beam report S -o R --quiet >/dev/null
        echo half > R/.result.json.0123ABCD.tmp
        exec 9>R/.cavern.lock; flock 9; echo 'process 77 on elsewhere' >&9
        for kind in report 'ws batch' 'fbct batch'; do $CAVERN beam $kind S -o R --json; echo $?; done
        cat R/.result.json.0123ABCD.tmp
        exec 9>&-
        $CAVERN beam report S -o R --quiet >/dev/null
        ls -A R
        """, folder: folder)
      #expect(run.output.ranges(of: "process 77 on elsewhere writes to this folder").count == 3, "\(run.output)")
      #expect(run.output.ranges(of: "}\n75\n").count == 3)
      #expect(run.output.contains("75\nhalf\n"))
      #expect(!run.output.contains(".tmp") && !run.output.contains(".lock"))
    }
  }

  @Test("folders behind links are walked once, and results below the input do not become input")
  func links() throws {
    try Self.withSession { folder in
      let run = try Program.shell(
        """
        mkdir T && mv S T/real && ln -s real T/again && ln -s . T/loop && ln -s T/real L
        $CAVERN beam ws batch T -o T/out --no-figures --json > first.json
        $CAVERN beam ws batch T -o T/out --no-figures --json > second.json
        $CAVERN beam ws batch L -o out --no-figures --json > linked.json
        $CAVERN beam ws batch T -o T --no-figures --json > refused.json; echo $?
        """, folder: folder)
      #expect(run.output == "64\n")
      func json(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: Array(try Data(contentsOf: folder.appending(path: name))))
      }
      let total = try #require(try json("first.json")["result"]?["total"]?.intValue)
      #expect(try json("second.json")["result"]?["total"]?.intValue == total)
      #expect(try json("linked.json")["result"]?["total"]?.intValue == total)
      #expect(try json("refused.json")["error"]?["code"]?.stringValue == "output.isInput")
    }
  }

  @Test("watch gives the results of report on the same files, and takes up what arrives")
  func watch() throws {
    try Self.withSession { folder in
      let run = try Program.shell(
        """
        $CAVERN beam report S -o R --quiet > /dev/null
        mkdir IN
        $CAVERN beam watch IN -o W --interval 20ms --settle 300ms --patience 500ms --quiet > /dev/null 2>&1 & pid=$!
        for f in S/*.*; do cp "$f" IN/; done
        for i in $(seq 3000); do
          [ "$(grep -o '"key":"[^"]*"' W/manifest.jsonl 2>/dev/null | sort -u | wc -l)" -ge $(ls S/*.* | wc -l) ] \\
            && [ -e W/report.html ] && break
          sleep 0.01
        done
        kill -INT $pid; wait $pid; echo $?
        diff -r R W -x provenance.json -x report.html -x manifest.jsonl -x truth && echo same
        """, folder: folder)
      #expect(run.output.hasPrefix("130\n"), "\(run.output)")
      #expect(run.output.hasSuffix("same\n"), "\(run.output.prefix(600))")
    }
  }

  @Test("scans are joined with the intensities of their cycle")
  func join() throws {
    try Self.withSession { folder in
      let run = try Program.shell("$CAVERN beam join S --json --quiet", folder: folder)
      #expect([0, 2].contains(run.status), "\(run.errors)\(run.output.prefix(300))")
      let pairs = try run.json()["result"]?["scans"]?.arrayValue ?? []
      #expect(!pairs.isEmpty)
    }
  }
}
