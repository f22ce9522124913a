import Foundation
import JSON
import TestSupport
import Testing

@Suite("cavern fit")
struct FitCommandTests {
  /// A straight line y = 2 + 0.5 x with residuals +d, -d, -d, +d, which leave the line where it is.
  private let line = "x,y,s,n,word\n0,2.1,0.1,3,a\n1,2.4,0.1,5,b\n2,2.9,0.1,,c\n3,3.6,0.1,4,d\n"

  private func run(_ options: String) throws -> Program.Outcome {
    try withTemporaryFolder { folder in
      try Data(line.utf8).write(to: folder.appending(path: "d.csv"))
      return try Program.shell("$CAVERN fit d.csv \(options)", folder: folder)
    }
  }

  @Test("gives values, standard errors and residuals that can be worked out by hand")
  func values() throws {
    let outcome = try run("--model 'a+b*x' --x x --y y --start a=1,b=1 --json")
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    let json = try outcome.json()
    #expect(json["schema"]?.stringValue == "cavern.fit/1")
    let result = try #require(json["result"])
    #expect(result["state"]?.stringValue == "converged")
    // Sum of squares 4 × 0.1² over 2 degrees of freedom; Σ(x - 1.5)² = 5, so that var(b) = 0.02/5 and
    // var(a) = 0.02 (1/4 + 1.5²/5).
    let expected = [("a", 2.0, (0.02 * 0.7).squareRoot()), ("b", 0.5, (0.02 / 5).squareRoot())]
    for (position, (name, value, error)) in expected.enumerated() {
      let parameter = result["parameters"]?[position]
      #expect(parameter?["name"]?.stringValue == name)
      #expect(abs((parameter?["value"]?.doubleValue ?? .nan) - value) < 1e-9)
      #expect(abs((parameter?["standardError"]?.doubleValue ?? .nan) - error) < 1e-9)
    }
    #expect(abs((result["residualSumOfSquares"]?.doubleValue ?? .nan) - 0.04) < 1e-12)
    #expect(result["degreesOfFreedom"]?.intValue == 2)
    #expect((result["covariance"]?[0]?[1]?.doubleValue ?? 0) < 0)
    #expect(result["iterations"]?.intValue != nil)
  }

  @Test("known errors give the absolute standard errors and chi2")
  func sigma() throws {
    let json = try run("--model 'a+b*x' --y y --sigma s --start a=1 --start b=-1 --json").json()
    let slope = json["result"]?["parameters"]?[1]?["standardError"]?.doubleValue ?? .nan
    #expect(abs(slope - (0.01 / 5).squareRoot()) < 1e-9)
    #expect(abs((json["result"]?["goodness"]?["value"]?.doubleValue ?? .nan) - 4) < 1e-9)
  }

  @Test("counts with a gap are fitted by Poisson likelihood, with a warning that names the gap")
  func poisson() throws {
    let outcome = try run("--model 'n=m+0*x' --poisson --start m=1 --json")
    #expect(outcome.status == 0)
    let json = try outcome.json()
    #expect(abs((json["result"]?["parameters"]?[0]?["value"]?.doubleValue ?? .nan) - 4) < 1e-8)
    #expect(json["warnings"]?[0]?["code"]?.stringValue == "fit.rowsLeftOut")
    let text = try run("--model 'n=m+0*x' --poisson --start m=1")
    #expect(text.errors.hasPrefix("warning: 1 of 4 rows"))
    #expect(try run("--model 'n=m+0*x' --poisson --start m=1 --quiet").errors.isEmpty)
  }

  @Test("the table for people and the CSV hold the same numbers")
  func forms() throws {
    let text = try run("--model 'y=a+b*x' --start a=1,b=1")
    #expect(text.output.contains("state      converged"))
    #expect(text.output.contains("parameter"))
    #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let csv = try run("--model 'y=a+b*x' --start a=1,b=1 --csv -o - ")
    #expect(csv.output.hasPrefix("name,value,standardError\na,"))
    #expect(csv.output.split(separator: "\n").count == 3)
  }

  @Test("a fit that does not converge is status 1 and still shows its values")
  func unconverged() throws {
    let options = "--model 'a*exp(b*x^2)' --y y --start a=100,b=-5 --max-iterations 1 --no-restarts --json"
    let outcome = try run(options)
    #expect(outcome.status == 1)
    let json = try outcome.json()
    #expect(json["result"]?["state"]?.stringValue == "maxIterations")
    #expect(json["result"]?["parameters"]?[0]?["value"]?.doubleValue != nil)
    #expect(json["result"]?["parameters"]?[0]?["standardError"] == .null)
  }

  @Test(
    "every fault has its status and code",
    arguments: [
      ("--model 'a+b*z' --y y --start a=1,b=1", 64, "fit.unknownName"),
      ("--model 'a+' --y y --start a=1", 64, nil), ("--model 'a+x' --start a=1", 64, "usage.missingValue"),
      ("--y y --start a=1", 64, "usage.missingValue"), ("--model 'a+x' --y y", 64, "fit.noParameters"),
      ("--model 'a+x' --y y --start a", 64, "usage.badValue"),
      ("--model 'a+x' --y y --sigma s --poisson --start a=1", 64, "usage.conflict"),
      ("--model 'a+x' --y yy --start a=1", 65, "fit.unknownColumn"),
      ("--model 'a+x' --y word --start a=1", 65, "table.notNumeric"),
      ("--model 'a+b*x+c*x^2+d*x^3+e*x^4' --y y --start a=1,b=1,c=1,d=1,e=1", 65, "fit.tooFewSamples"),
      ("extra --model 'a+x' --y y --start a=1", 64, "usage.unexpectedArgument"),
    ] as [(String, Int32, String?)])
  func faults(options: String, status: Int32, code: String?) throws {
    let outcome = try run("\(options) --json")
    #expect(outcome.status == status)
    let json = try outcome.json()
    #expect(json["schema"]?.stringValue == "cavern.error/1")
    if let code { #expect(json["error"]?["code"]?.stringValue == code) }
    let text = try run(options)
    #expect(text.status == status)
    #expect(text.output.isEmpty)
    #expect(text.errors.hasPrefix("cavern: "))
    if code == "table.notNumeric" { #expect(text.errors.contains("' in row 1"), "\(text.errors)") }
  }

  @Test("a file that is not there is status 66, one that is damaged 65, both named")
  func files() throws {
    try withTemporaryFolder { folder in
      try Data("PAR1 is how it begins".utf8).write(to: folder.appending(path: "bad.parquet"))
      for (name, status) in [("none.csv", Int32(66)), ("bad.parquet", 65)] {
        let outcome = try Program.shell("$CAVERN fit \(name) --model 'a+x' --y y --start a=1 --json", folder: folder)
        #expect(outcome.status == status)
        #expect(try outcome.json()["error"]?["file"]?.stringValue == name)
      }
    }
  }
}

@Suite("Ctrl-C")
struct InterruptTests {
  /// Starts a command that waits for its settings in a pipe, interrupts it, and goes on when it has answered.
  private func script(_ rest: String) -> String {
    """
    mkfifo settings errors
    $CAVERN config show beam.dpp --config settings 2>errors & program=$!
    exec 4<errors 3>settings
    kill -INT $program
    read -r empty <&4; read -r notice <&4; echo "$notice" >&2
    \(rest)
    wait $program; echo "status $?"
    """
  }

  @Test("once: the command finishes what it does, reports, and ends with 130")
  func once() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.shell(script("echo 'beam.dpp = 0.25' >&3; exec 3>&-"), folder: folder)
      #expect(outcome.errors == "finishing the current item; press Ctrl-C again to stop at once\n")
      #expect(outcome.output.contains("beam.dpp  0.25"))
      #expect(outcome.output.hasSuffix("status 130\n"))
    }
  }

  @Test("twice: it stops at once with 130 and without a report")
  func twice() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.shell(script("kill -INT $program"), folder: folder)
      #expect(outcome.output == "status 130\n")
    }
  }
}
