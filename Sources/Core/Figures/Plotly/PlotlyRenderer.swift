import Errors
import JSON

/// Draws figures as plotly.js specifications: interactive, with zoom, values under the pointer and a switch to a
/// logarithmic axis where the panel offers one.
///
/// The page that shows them brings plotly.js; nothing here reaches for the network.
public struct PlotlyRenderer: Sendable {
  /// A renderer.
  public init() {}

  /// The figure as `{"data": […], "layout": {…}, "config": {…}}` for `Plotly.newPlot`.
  ///
  /// Numbers are rounded to a hundred-thousandth of the range they lie in; missing ones are `null`. Everything else,
  /// texts included, is escaped so that plotly.js shows it as it is.
  ///
  /// - Throws: as `Figure.check()`.
  public func specification(_ figure: Figure) throws(CavernError) -> JSONValue {
    try figure.check()
    let layout = FigureLayout(figure)
    var plot = PlotlySpecification(figure, layout)
    for (index, panel) in figure.panels.enumerated() where layout.panels.indices.contains(index) {
      plot.add(panel, layout.panels[index], number: index + 1)
    }
    return [
      "data": .array(plot.traces), "layout": .object(plot.layoutObject),
      "config": [
        "displaylogo": false, "responsive": true,
        "toImageButtonOptions": ["format": "svg", "filename": .string(figure.name)],
      ],
    ]
  }

  /// An element for a page: a `div` with the specification in a data block inside, drawn by `Self.pageScript`.
  ///
  /// - Throws: as `Figure.check()`.
  public func fragment(_ figure: Figure) throws(CavernError) -> String {
    let height = Int((figure.size.heightInches * 96).rounded()) + PlotlySpecification.toolRoom
    let width = Int((figure.size.widthInches * 96).rounded())
    return "<div class=\"plotly-figure\" style=\"height:\(height)px;max-width:\(max(width, 960))px\">"
      + "<script type=\"application/json\">" + (try specification(figure)).text() + "</script></div>"
  }

  /// The script that draws all fragments of a page; it belongs after them and after plotly.js.
  ///
  /// A figure is drawn when it comes near the visible part of the page, or before printing.
  public static let pageScript = """
    (function () {
      function draw(box) {
        if (box.dataset.drawn) return;
        box.dataset.drawn = "1";
        var figure = JSON.parse(box.querySelector("script").textContent);
        Plotly.newPlot(box, figure.data, figure.layout, figure.config);
      }
      var boxes = Array.prototype.slice.call(document.querySelectorAll(".plotly-figure"));
      window.addEventListener("beforeprint", function () { boxes.forEach(draw); });
      if (!("IntersectionObserver" in window)) { boxes.forEach(draw); return; }
      var watch = new IntersectionObserver(function (entries) {
        entries.forEach(function (entry) {
          if (entry.isIntersecting) { watch.unobserve(entry.target); draw(entry.target); }
        });
      }, { rootMargin: "600px" });
      boxes.forEach(function (box) { watch.observe(box); });
    })();
    """
}
