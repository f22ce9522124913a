import Errors
import Figures
import Foundation
import JSON

extension Report {
  /// The report as one HTML page: styles, scripts, plotly.js and data inside, nothing fetched from anywhere.
  ///
  /// A content security policy in the page forbids the network. Without plotly.js, pictures by gnuplot stand in its
  /// place, and a note says so; without gnuplot too, the note stands alone.
  ///
  /// - Parameter plotly: the text of plotly.js; `nil` looks for the file as `PlotlyLibrary.find()` does.
  /// - Returns: the page, the same bytes for the same report.
  public func html(plotly: String? = nil) -> String {
    String(decoding: htmlPieces(plotly: plotly).joined(), as: UTF8.self)
  }

  /// The bytes of `html(plotly:)` in pieces, for pages that are too long to stand in memory twice.
  public func htmlPieces(plotly: String? = nil) -> [[UInt8]] {
    let library = figures.isEmpty ? nil : (plotly.map { Array($0.utf8) } ?? PlotlyLibrary.load())
    var pictures = FigureBlocks(figures, isInteractive: library != nil)
    var page = HTMLWriter()
    page.raw(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; \
      style-src 'unsafe-inline'; img-src data: blob:; font-src data:; connect-src 'none'; form-action 'none'; \
      base-uri 'none'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">

      """)
    if let refreshSeconds { page.raw("<meta http-equiv=\"refresh\" content=\"\(refreshSeconds)\">\n") }
    page.element("title", title)
    page.raw("\n<style>\n\(ReportAssets.style)\n</style>\n</head>\n<body>\n<header>\n")
    page.element("h1", title)
    page.raw("\n")
    write(facts, to: &page)
    page.raw("</header>\n<main>\n")
    var nextFigure = 0
    for section in sections {
      page.raw("<section>\n")
      page.element("h2", section.title)
      page.raw("\n")
      for block in section.blocks {
        switch block {
        case .paragraph(let text):
          page.element("p", text)
          page.raw("\n")
        case .facts(let facts): write(facts, to: &page)
        case .table(let table): write(table, to: &page)
        case .lights(let lights): page.write(lights)
        case .tiles(let tiles): page.write(tiles)
        case .figure:
          page.raw("<figure>")
          page.raw(pictures.fragment(nextFigure))
          page.raw("</figure>\n")
          nextFigure += 1
        }
      }
      page.raw("</section>\n")
    }
    writeWarnings(warnings + pictures.warnings, to: &page)
    page.raw("</main>\n")
    writeProvenance(to: &page)
    page.raw("<script>\n\(ReportAssets.tableScript)\n</script>\n")
    if let library {
      page.raw("<script>\n")
      page.raw(library)
      page.raw("\n</script>\n<script>\n\(PlotlyRenderer.pageScript)\n</script>\n")
    }
    page.raw("</body>\n</html>\n")
    return page.pieces
  }

  private func write(_ facts: [Fact], to page: inout HTMLWriter) {
    guard !facts.isEmpty else { return }
    page.raw("<dl>\n")
    for fact in facts {
      page.raw("<div>")
      page.element("dt", fact.name)
      page.element("dd", fact.value)
      page.raw("</div>\n")
    }
    page.raw("</dl>\n")
  }

  private func write(_ table: ReportTable, to page: inout HTMLWriter) {
    page.raw("<div class=\"table\">\n<div class=\"tools\">")
    page.element("span", table.title ?? "")
    page.raw(
      "<span class=\"buttons\"><button type=\"button\" data-copy=\"csv\">Copy CSV</button>"
        + "<button type=\"button\" data-copy=\"tsv\">Copy TSV</button></span></div>\n"
        + "<div class=\"scroll\"><table>\n<thead><tr>")
    for (index, column) in table.columns.enumerated() {
      let isNumeric = table.isNumeric(index)
      page.raw("<th scope=\"col\"\(isNumeric ? " class=\"number\"" : "")><button type=\"button\">")
      page.escaped(column.name)
      if let unit = column.unit {
        page.raw(" <span class=\"unit\">[")
        page.escaped(unit)
        page.raw("]</span>")
      }
      page.raw("</button></th>")
    }
    page.raw("</tr></thead>\n<tbody>\n")
    for row in table.rows {
      page.raw("<tr>")
      for cell in row { write(cell, to: &page) }
      page.raw("</tr>\n")
    }
    page.raw("</tbody>\n</table></div>\n</div>\n")
  }

  private func write(_ cell: ReportTable.Cell, to page: inout HTMLWriter) {
    func number(_ value: Double, _ shown: String) {
      // The full number goes with the cell: it is what sorting and copying use.
      page.raw("<td class=\"number\" data-value=\"\(value.isFinite ? value.description : "")\">")
      page.escaped(shown)
      page.raw("</td>")
    }
    switch cell {
    case .text(let text): page.element("td", text)
    case .number(let value, let decimals):
      guard value.isFinite else { return number(.nan, "–") }
      let short = value == value.rounded() && abs(value) < 1e15 ? NumberLabel.fixed(value, decimals: 0) : "\(value)"
      number(value, decimals.map { NumberLabel.fixed(value, decimals: $0) } ?? short)
    case .measured(let value): number(value.value, value.text())
    case .flags(let flags):
      page.raw("<td>")
      for (index, flag) in flags.enumerated() {
        if index > 0 { page.raw(" ") }
        page.raw("<span class=\"flag\">")
        page.escaped(flag)
        page.raw("</span>")
      }
      page.raw("</td>")
    case .level(let word, let level):
      page.raw("<td><span class=\"level \(level.rawValue)\">")
      page.escaped(level.sign + " " + word)
      page.raw("</span></td>")
    case .missing: page.raw("<td class=\"number\" data-value=\"\">–</td>")
    }
  }

  private func writeWarnings(_ warnings: [CavernWarning], to page: inout HTMLWriter) {
    guard !warnings.isEmpty else { return }
    page.raw("<section class=\"warnings\">\n<h2>Warnings and skipped items</h2>\n<ul>\n")
    for warning in warnings {
      page.raw("<li>")
      page.element("code", warning.code)
      page.raw(" ")
      if let file = warning.file {
        page.element("span", file + (warning.line.map { ":\($0)" } ?? ""))
        page.raw(": ")
      }
      page.escaped(warning.message)
      page.raw("</li>\n")
    }
    page.raw("</ul>\n</section>\n")
  }

  private func writeProvenance(to page: inout HTMLWriter) {
    guard let provenance else { return }
    page.raw("<footer>\n<h2>Provenance</h2>\n")
    var facts = [
      Fact("program", provenance.program + " " + provenance.version),
      Fact("command", provenance.commandLine.joined(separator: " ")),
      Fact("settings SHA-256", provenance.settingsDigest),
    ]
    if let time = provenance.timeStamp { facts.append(Fact("made", time)) }
    write(facts, to: &page)
    if !provenance.inputs.isEmpty {
      page.raw(
        "<details><summary>\(provenance.inputs.count) input file\(provenance.inputs.count == 1 ? "" : "s")</summary>\n<ul>\n"
      )
      for input in provenance.inputs {
        page.raw("<li>")
        page.escaped(input.path)
        page.raw(" ")
        page.element("code", input.sha256)
        page.raw("</li>\n")
      }
      page.raw("</ul></details>\n")
    }
    page.raw("<details><summary>Settings</summary>")
    page.element("pre", provenance.settings.text(.pretty))
    page.raw("</details>\n</footer>\n")
  }
}

extension ReportTable {
  /// Whether a column holds numbers, which stand at the right.
  fileprivate func isNumeric(_ column: Int) -> Bool {
    let kinds = rows.compactMap { row -> Bool? in
      guard row.indices.contains(column) else { return nil }
      switch row[column] {
      case .number, .measured: return true
      case .missing: return nil
      case .text, .flags, .level: return false
      }
    }
    return !kinds.isEmpty && kinds.allSatisfy { $0 }
  }
}

/// The figures of a report as elements of its page.
private struct FigureBlocks {
  private let figures: [Figure]
  /// Pictures by gnuplot, drawn together.
  private var pictures: [String]?
  private(set) var warnings: [CavernWarning] = []

  init(_ figures: [Figure], isInteractive: Bool) {
    self.figures = figures
    guard !figures.isEmpty, !isInteractive else { return }
    warnings.append(
      CavernWarning("report.noPlotly", "plotly.min.js was not found, so the figures are pictures without interaction"))
    do {
      let pictures = try GnuplotRenderer().render(figures, as: [.svg])
      // A data address keeps the names inside one picture apart from those of the next.
      self.pictures = zip(figures, pictures).map { figure, files in
        let data = Data(files.first ?? []).base64EncodedString()
        return "<img alt=\"\(HTMLWriter.escape(figure.title))\" src=\"data:image/svg+xml;base64,\(data)\">"
      }
    } catch {
      warnings.append(CavernWarning(error.code, error.message))
      pictures = figures.map { note("Figure '\($0.name)' cannot be drawn: \(error.message)") }
    }
  }

  /// The element of a figure; one for plotly.js is made when it is asked for, so that only one is there at a time.
  mutating func fragment(_ index: Int) -> String {
    if let pictures { return pictures[index] }
    do {
      return try PlotlyRenderer().fragment(figures[index])
    } catch {
      warnings.append(CavernWarning(error.code, error.message))
      return note("The figure cannot be drawn: \(error.message)")
    }
  }
}

private func note(_ text: String) -> String { "<p class=\"note\">" + HTMLWriter.escape(text) + "</p>" }
