/// Style and script of report pages.
enum ReportAssets {
  static let style = """
    :root { --paper: #ffffff; --ink: #1b1f24; --soft: #5b6570; --line: #d5dae0; --stripe: #f5f7f9; --accent: #2f62c8;
      --flag: #fff0d6; --flagInk: #7a4700; --note: #fbeaea; --good: #e3f4e8; --goodInk: #14632f;
      --warning: #fff0d6; --warningInk: #7a4700; --alarm: #c8102e; --alarmInk: #ffffff; --unknown: #e8ebee;
      --unknownInk: #414a54; }
    @media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e6e9ec; --soft: #9aa5b1; --line: #323a43;
      --stripe: #1b2026; --accent: #86aef8; --flag: #4a3510; --flagInk: #ffd591; --note: #41201f; --good: #173a24;
      --goodInk: #a6e3b8; --warning: #4a3510; --warningInk: #ffd591; --alarm: #b3122b; --alarmInk: #ffffff;
      --unknown: #2b333b; --unknownInk: #c0c8d0; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 1180px; padding: 1.2rem 1.6rem 3rem; background: var(--paper); color: var(--ink);
      font: 15px/1.5 "DejaVu Sans", Verdana, Helvetica, Arial, sans-serif; }
    h1 { font-size: 1.55rem; line-height: 1.25; margin: 0.4rem 0 0.8rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.15rem; margin: 2.2rem 0 0.7rem; padding-bottom: 0.25rem; border-bottom: 1px solid var(--line); }
    dl { display: flex; flex-wrap: wrap; gap: 0.4rem 2rem; margin: 0.4rem 0 1rem; }
    dl > div { max-width: 100%; }
    dt { font-size: 0.78rem; color: var(--soft); }
    dd { margin: 0; overflow-wrap: anywhere; }
    figure { margin: 1rem 0; border: 1px solid var(--line); border-radius: 6px; background: #ffffff; overflow-x: auto; }
    figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
    .plotly-figure { min-width: 600px; margin: 0 auto; }
    .table { margin: 1rem 0; }
    .tools { display: flex; align-items: baseline; gap: 1rem; margin-bottom: 0.35rem; font-weight: bold; }
    .buttons { margin-left: auto; white-space: nowrap; }
    .tools button { font: inherit; font-size: 0.78rem; font-weight: normal; color: var(--accent); background: none;
      border: 1px solid var(--line); border-radius: 4px; padding: 0.15rem 0.55rem; margin-left: 0.4rem; cursor: pointer; }
    .scroll { overflow: auto; max-height: 34rem; border: 1px solid var(--line); border-radius: 6px; }
    table { border-collapse: collapse; width: 100%; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
    thead th { position: sticky; top: 0; background: var(--stripe); text-align: left; border-bottom: 1px solid var(--line);
      padding: 0; }
    thead button { font: inherit; font-weight: bold; color: inherit; background: none; border: 0; width: 100%;
      text-align: inherit; padding: 0.4rem 0.7rem; cursor: pointer; white-space: nowrap; }
    thead th.number { text-align: right; }
    th[aria-sort="ascending"] button::after { content: " \\2191"; }
    th[aria-sort="descending"] button::after { content: " \\2193"; }
    .unit { font-weight: normal; color: var(--soft); }
    td { padding: 0.28rem 0.7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
    tbody tr:nth-child(even) { background: var(--stripe); }
    tbody tr:last-child td { border-bottom: 0; }
    td.number { text-align: right; white-space: nowrap; }
    .flag { display: inline-block; background: var(--flag); color: var(--flagInk); border-radius: 9px;
      padding: 0 0.55rem; font-size: 0.8rem; white-space: nowrap; }
    .good { background: var(--good); color: var(--goodInk); }
    .unknown { background: var(--unknown); color: var(--unknownInk); }
    .warning { background: var(--warning); color: var(--warningInk); }
    .alarm { background: var(--alarm); color: var(--alarmInk); }
    .level { display: inline-block; border-radius: 9px; padding: 0 0.55rem; font-size: 0.8rem; white-space: nowrap; }
    .lights { display: flex; flex-wrap: wrap; gap: 0.8rem; margin: 0.6rem 0 1rem; }
    .light { flex: 1 1 15rem; border-radius: 8px; padding: 0.6rem 1rem 0.7rem; border: 1px solid var(--line); }
    .light h3 { margin: 0; font-size: 0.82rem; font-weight: normal; }
    .light strong { display: block; font-size: 1.35rem; line-height: 1.35; }
    .light p { margin: 0.15rem 0 0; font-size: 0.85rem; line-height: 1.35; }
    .tiles { margin: 0.6rem 0 1rem; overflow-x: auto; }
    .row { display: flex; gap: 0.25rem; margin-bottom: 0.25rem; align-items: stretch; }
    .row > span { flex: 0 0 7.5rem; font-size: 0.82rem; align-self: center; }
    .tile { flex: 1 1 0; min-width: 4.4rem; border-radius: 5px; padding: 0.15rem 0.3rem; text-align: center;
      line-height: 1.25; font-size: 0.8rem; }
    .tile i { display: block; font-style: normal; font-size: 0.72rem; }
    @media (max-width: 900px) { .row > span { flex-basis: 4.6rem; } .tile { min-width: 3.6rem; padding: 0.15rem 0.1rem; }
      td { padding: 0.28rem 0.45rem; } thead button { padding: 0.4rem 0.45rem; } }
    .warnings li, footer li { margin: 0.25rem 0; overflow-wrap: anywhere; }
    code, pre { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 0.82rem; }
    pre { overflow-x: auto; background: var(--stripe); padding: 0.7rem; border-radius: 6px; }
    .note { background: var(--note); color: var(--ink); padding: 0.5rem 0.8rem; margin: 0; }
    footer { margin-top: 2.5rem; color: var(--soft); font-size: 0.88rem; }
    @media print {
      :root { --paper: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb; --stripe: #f3f3f3; --flag: #ffffff;
        --flagInk: #000000; }
      body { max-width: none; padding: 0; font-size: 10pt; }
      .buttons { display: none; }
      .scroll { max-height: none; overflow: visible; border: 0; }
      thead th { position: static; }
      figure, tr { break-inside: avoid; }
      .flag, .level, .tile, .light { border: 1px solid #000000; background: #ffffff; color: #000000; }
    }
    """

  static let tableScript = """
    (function () {
      function value(cell) {
        if (!cell) return "";
        return cell.dataset.value !== undefined ? cell.dataset.value : cell.textContent.trim();
      }
      function compare(left, right) {
        // Missing values stay last whichever way is sorted.
        var a = value(left), b = value(right);
        if (a === b) return 0;
        var x = a === "" ? NaN : Number(a), y = b === "" ? NaN : Number(b);
        if (!isNaN(x) && !isNaN(y)) return x - y;
        return a.localeCompare(b, "en", { numeric: true });
      }
      function sort(heading) {
        var table = heading.closest("table"), body = table.tBodies[0], column = heading.cellIndex;
        var isDescending = heading.getAttribute("aria-sort") === "ascending";
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) { cell.removeAttribute("aria-sort"); });
        heading.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
        var rows = Array.prototype.slice.call(body.rows);
        rows.sort(function (first, second) {
          var a = first.cells[column], b = second.cells[column];
          var noA = value(a) === "", noB = value(b) === "";
          if (noA || noB) return noA - noB;
          return isDescending ? -compare(a, b) : compare(a, b);
        });
        rows.forEach(function (row) { body.appendChild(row); });
      }
      function field(text, separator) {
        if (separator === "\\t") return text.replace(/[\\t\\r\\n]+/g, " ");
        return /[",\\r\\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
      }
      function copy(button) {
        var table = button.closest(".table").querySelector("table");
        var separator = button.dataset.copy === "csv" ? "," : "\\t";
        var text = Array.prototype.map.call(table.rows, function (row) {
          return Array.prototype.map.call(row.cells, function (cell) { return field(value(cell), separator); })
            .join(separator);
        }).join("\\n") + "\\n";
        function done(isDone) {
          var label = button.textContent;
          button.textContent = isDone ? "Copied" : "Not allowed";
          setTimeout(function () { button.textContent = label; }, 1200);
        }
        function byHand() {
          var area = document.createElement("textarea");
          area.value = text;
          document.body.appendChild(area);
          area.select();
          var isDone = false;
          try { isDone = document.execCommand("copy"); } catch (error) { isDone = false; }
          area.remove();
          done(isDone);
        }
        if (navigator.clipboard && window.isSecureContext) {
          navigator.clipboard.writeText(text).then(function () { done(true); }, byHand);
        } else { byHand(); }
      }
      document.addEventListener("click", function (event) {
        var button = event.target.closest("button");
        if (!button) return;
        var heading = button.closest("thead th");
        if (heading) sort(heading); else if (button.dataset.copy) copy(button);
      });
    })();
    """
}
