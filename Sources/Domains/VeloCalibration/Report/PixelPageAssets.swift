/// Style, body and script of the page of pixels.
enum PixelPageAssets {
  static let style = """
    :root { --paper: #fff; --ink: #1b1f24; --soft: #5b6570; --line: #d5dae0; --stripe: #f5f7f9; }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 1280px; padding: 1rem 1.4rem 3rem; background: var(--paper); color: var(--ink);
      font: 14px/1.45 "DejaVu Sans", Verdana, Helvetica, Arial, sans-serif; }
    h1 { font-size: 1.4rem; margin: .3rem 0 .6rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .5rem; }
    dl { display: flex; flex-wrap: wrap; gap: .3rem 1.8rem; margin: .3rem 0 .8rem; }
    dt { font-size: .75rem; color: var(--soft); } dd { margin: 0; }
    .bar { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; align-items: center; margin-bottom: .6rem; }
    select, input, button { font: inherit; padding: .15rem .4rem; }
    input[type=number] { width: 5rem; }
    .panes { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
    .pane { border: 1px solid var(--line); border-radius: 6px; padding: .5rem; background: #fff; color: #1b1f24; }
    canvas { display: block; width: 570px; max-width: 100%; } #map { cursor: crosshair; }
    #numbers { border-collapse: collapse; margin-top: .4rem; font-variant-numeric: tabular-nums; }
    table { border-collapse: collapse; } td, th { padding: .15rem .6rem; border-bottom: 1px solid var(--line);
      text-align: right; } td:first-child, th:first-child { text-align: left; }
    thead { background: var(--stripe); } footer { margin-top: 2rem; color: var(--soft); }
    #hover { min-height: 1.4em; color: var(--soft); }
    """

  static let body = """
    <div class="bar"><label>Scan <select id="scan"></select></label><label>Map <select id="column"></select></label>
    <label>from <input id="low" type="number" step="any"></label><label>to <input id="high" type="number" step="any"></label>
    <button id="reset" type="button">automatic range</button>
    <label>Row <input id="row" type="number" min="0" max="255"></label>
    <label>Column <input id="col" type="number" min="0" max="255"></label>
    <label><input id="log" type="checkbox"> logarithmic flux</label></div>
    <div class="panes"><div class="pane"><canvas id="map" width="590" height="560"></canvas><div id="hover"></div>
    <canvas id="histogram" width="590" height="170"></canvas></div>
    <div class="pane"><canvas id="curve" width="600" height="560"></canvas><table id="numbers"></table></div></div>
    <noscript><p>The maps need a browser that runs scripts; the numbers are in pixels.parquet.</p></noscript>
    """

  static let script = """
    "use strict";
    (function () {
    var byId = function (id) { return document.getElementById(id); };
    var categories = { "1": "good", "0": "bad", "-1": "not converged", "-2": "too few hits", "-3": "masked",
      "-4": "outside the group", "-5": "noisy" };
    var reasons = [[1, "p-value"], [2, "parameter at its bound"], [4, "E0 outside the scan"], [8, "no covariance"],
      [16, "empty threshold between others"]];
    var units = { E0: "DAC", target: "DAC", s: "DAC", s2: "DAC", K: "e-/DAC", A: "Hz", c: "Hz" };
    var stops = [[68,1,84],[72,40,120],[62,73,137],[49,104,142],[38,130,142],[31,158,137],[53,183,121],[110,206,88],
      [181,222,43],[253,231,37]];
    var scans = [], scan = null, column = "E0", chosen = 127 * 256 + 128, range = [0, 1];

    async function inflate(text, Type) {
      var raw = Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); });
      var stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate"));
      return new Type(await new Response(stream).arrayBuffer());
    }
    async function load(element) {
      var data = JSON.parse(element.textContent);
      element.textContent = "";
      data.category = await inflate(data.category, Int8Array);
      data.reason = await inflate(data.reason, Uint8Array);
      data.counts = await inflate(data.counts, Uint16Array);
      for (var name of Object.keys(data.columns)) {
        var entry = data.columns[name];
        entry.values = await inflate(entry.values, Float32Array);
        if (entry.errors) entry.errors = await inflate(entry.errors, Float32Array);
      }
      return data;
    }
    // erfc by the continued fraction above 2 and the series of erf below.
    function erfc(x) {
      if (x < 0) return 2 - erfc(-x);
      if (x > 26) return 0;
      if (x < 2) {
        var term = x, sum = x;
        for (var n = 1; n < 80; n++) { term *= -x * x / n; var add = term / (2 * n + 1); sum += add;
          if (Math.abs(add) < 1e-17) break; }
        return 1 - 2 / Math.sqrt(Math.PI) * sum;
      }
      var f = 0;
      for (var k = 60; k >= 1; k--) f = k / 2 / (x + f);
      return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + f);
    }
    function flux(equation, p, x) {
      var E0 = p.E0, s = p.s, d = x - E0, z = d / s;
      var tail = "f" in p ? p.f * p.A / 2 : p.A, line = "f" in p ? (1 - p.f) * p.A / 2 : p.B;
      if (equation === "F4") return tail * (s * Math.sqrt(2 / Math.PI) * Math.exp(-z * z / 2) - d * erfc(z / Math.SQRT2))
        + line * Math.sqrt(Math.PI / 2) * s * erfc(z / Math.SQRT2);
      if (equation === "Fdiff") return tail * Math.exp(-z * z / 2) + line * erfc(z / Math.SQRT2);
      var w = "s2" in p ? p.s2 : s, gauss = /_0$/.test(equation) ? s / Math.sqrt(Math.PI) * Math.exp(-z * z) : 0;
      return tail * (gauss - d * erfc(z)) + line * erfc(d / (Math.SQRT2 * w)) / (Math.sqrt(2 * Math.PI) * w);
    }
    function shown(pixel) {
      if (column === "category") return scan.category[pixel];
      if (scan.category[pixel] < 0) return NaN;
      return scan.columns[column].values[pixel];
    }
    function automatic() {
      var list = [];
      for (var i = 0; i < 65536; i++) { var v = shown(i); if (isFinite(v)) list.push(v); }
      list.sort(function (a, b) { return a - b; });
      if (!list.length) return [0, 1];
      var low = list[Math.floor(list.length * 0.005)], high = list[Math.ceil(list.length * 0.995) - 1];
      return low < high ? [low, high] : [low - 0.5, low + 0.5];
    }
    function colour(t) {
      t = Math.max(0, Math.min(1, t)) * (stops.length - 1);
      var i = Math.min(Math.floor(t), stops.length - 2), f = t - i;
      return [0, 1, 2].map(function (k) { return Math.round(stops[i][k] + (stops[i + 1][k] - stops[i][k]) * f); });
    }
    function categoryColour(c) {
      return c === 1 ? [46, 125, 80] : c === 0 ? [228, 37, 54] : c === -1 ? [122, 33, 221] : c === -3 ? [40, 40, 40]
        : c === -5 ? [248, 156, 32] : [240, 240, 240];
    }
    function number(v, digits) {
      if (v === null || !isFinite(v)) return "–";
      return v !== 0 && (Math.abs(v) < 1e-3 || Math.abs(v) >= 1e6) ? v.toExponential(3) : v.toPrecision(digits || 6);
    }
    function fixed(v, e) {
      if (!isFinite(v)) return "–";
      if (!isFinite(e) || e <= 0) return number(v);
      var digits = Math.max(0, Math.min(12, 1 - Math.floor(Math.log10(e))));
      return v.toFixed(digits) + " ± " + e.toFixed(digits);
    }
    function ticks(low, high, count) {
      var raw = (high - low) / count, base = Math.pow(10, Math.floor(Math.log10(raw)));
      var step = [1, 2, 5, 10].map(function (m) { return m * base; }).find(function (s) { return s >= raw; });
      var list = [];
      for (var t = Math.ceil(low / step) * step; t <= high + step * 1e-9; t += step) list.push(Math.abs(t) < step / 1e6 ? 0 : t);
      return list;
    }
    var left = 58, top0 = 14, side = 470;
    function drawMap() {
      var canvas = byId("map"), c = canvas.getContext("2d");
      c.clearRect(0, 0, canvas.width, canvas.height);
      var image = c.createImageData(256, 256);
      for (var row = 0; row < 256; row++) for (var col = 0; col < 256; col++) {
        var v = shown(row * 256 + col), rgb;
        if (column === "category") rgb = categoryColour(v);
        else rgb = isFinite(v) ? colour((v - range[0]) / (range[1] - range[0])) : [240, 240, 240];
        // Row 0 at the bottom.
        var at = ((255 - row) * 256 + col) * 4;
        image.data[at] = rgb[0]; image.data[at + 1] = rgb[1]; image.data[at + 2] = rgb[2]; image.data[at + 3] = 255;
      }
      var small = document.createElement("canvas"); small.width = small.height = 256;
      small.getContext("2d").putImageData(image, 0, 0);
      c.imageSmoothingEnabled = false;
      c.drawImage(small, left, top0, side, side);
      c.strokeStyle = "#000"; c.lineWidth = 1; c.strokeRect(left - .5, top0 - .5, side + 1, side + 1);
      c.fillStyle = "#000"; c.font = "12px sans-serif"; c.textAlign = "center"; c.textBaseline = "top";
      [0, 64, 128, 192, 256].forEach(function (t) {
        c.fillText(t, left + t / 256 * side, top0 + side + 6);
        c.textAlign = "right"; c.textBaseline = "middle";
        c.fillText(t, left - 6, top0 + side - t / 256 * side);
        c.textAlign = "center"; c.textBaseline = "top";
      });
      c.fillText("Pixel columns", left + side / 2, top0 + side + 24);
      c.save(); c.translate(12, top0 + side / 2); c.rotate(-Math.PI / 2); c.fillText("Pixel rows", 0, 0); c.restore();
      if (column !== "category") {
        for (var y = 0; y < side; y++) { var k = colour(1 - y / side);
          c.fillStyle = "rgb(" + k.join(",") + ")"; c.fillRect(left + side + 12, top0 + y, 12, 1); }
        c.fillStyle = "#000"; c.textAlign = "left"; c.textBaseline = "middle"; c.font = "10px sans-serif";
        c.fillText(number(range[1], 4), left + side + 26, top0 + 5); c.fillText(number(range[0], 4), left + side + 26, top0 + side - 5);
      } else {
        c.textAlign = "left"; c.textBaseline = "middle"; var x = left;
        [[1, "good"], [0, "bad"], [-1, "not converged"], [-3, "masked"], [-5, "noisy"]].forEach(function (e) {
          c.fillStyle = "rgb(" + categoryColour(e[0]).join(",") + ")"; c.fillRect(x, top0 + side + 48, 12, 12);
          c.fillStyle = "#000"; c.fillText(e[1], x + 16, top0 + side + 54); x += 34 + c.measureText(e[1]).width;
        });
      }
      var pr = Math.floor(chosen / 256), pc = chosen % 256, size = side / 256;
      c.strokeStyle = "#fff"; c.lineWidth = 3; var mark = [left + (pc - 3) * size, top0 + side - (pr + 4) * size, 7 * size, 7 * size];
      c.strokeRect.apply(c, mark); c.strokeStyle = "#e42536"; c.lineWidth = 1.5; c.strokeRect.apply(c, mark);
      drawHistogram();
    }
    function drawHistogram() {
      var canvas = byId("histogram"), c = canvas.getContext("2d"), bins = new Array(60).fill(0);
      c.clearRect(0, 0, canvas.width, canvas.height);
      if (column === "category") return;
      var sum = 0, squares = 0, n = 0;
      for (var i = 0; i < 65536; i++) { var v = shown(i); if (!isFinite(v)) continue;
        var t = (v - range[0]) / (range[1] - range[0]); if (t < 0 || t >= 1) continue;
        bins[Math.floor(t * 60)]++; sum += v; squares += v * v; n++; }
      var top = Math.max.apply(null, bins) || 1, w = side / 60;
      c.fillStyle = "#5790fc";
      bins.forEach(function (b, i) { c.fillRect(left + i * w, 130 - 110 * b / top, w - .5, 110 * b / top); });
      c.strokeStyle = "#000"; c.strokeRect(left - .5, 15.5, side + 1, 115); c.fillStyle = "#000"; c.font = "12px sans-serif";
      c.textAlign = "center"; c.textBaseline = "top";
      ticks(range[0], range[1], 6).forEach(function (t) { c.fillText(+t.toPrecision(6), left + (t - range[0]) / (range[1] - range[0]) * side, 134); });
      var mean = sum / n, sd = Math.sqrt(Math.max(0, squares / n - mean * mean));
      c.textAlign = "left"; c.fillText(column + (units[column] ? " [" + units[column] + "]" : "") + ": mean " + number(mean) + ", spread " + number(sd, 4) + ", n = " + n, left, 152);
      c.textAlign = "right"; c.textBaseline = "middle"; c.fillText(top, left - 6, 20); c.fillText(0, left - 6, 130);
    }
    function drawCurve() {
      var canvas = byId("curve"), c = canvas.getContext("2d");
      c.clearRect(0, 0, canvas.width, canvas.height);
      var pr = Math.floor(chosen / 256), pc = chosen % 256, points = [], p = {}, fitted = true;
      scan.thresholds.forEach(function (x, k) { var T = scan.live[k]; if (!(T > 0)) return;
        var n = scan.counts[k * 65536 + chosen]; points.push({ x: x, y: n / T, e: Math.sqrt(Math.max(n, 1)) / T, n: n, T: T }); });
      scan.parameters.forEach(function (name) { var entry = scan.columns[name];
        var v = entry ? entry.values[chosen] : NaN; p[name] = v; if (!isFinite(v)) fitted = false; });
      var back = scan.columns.c && isFinite(scan.columns.c.values[chosen]) ? scan.columns.c.values[chosen] : 0;
      var f = function (x) { return flux(scan.equation, p, x) + back; };
      var x0 = scan.thresholds[0], x1 = scan.thresholds[scan.thresholds.length - 1], pad = Math.max(1, (x1 - x0) * .02);
      x0 -= pad; x1 += pad;
      var log = byId("log").checked, high = 1e-9, low = Infinity;
      points.forEach(function (q) { high = Math.max(high, q.y + q.e); if (q.n > 0) low = Math.min(low, q.y); });
      high *= 1.08; low = log ? Math.min(low, high / 10) / 2 : 0;
      var L = 64, R = 588, T0 = 34, B = 360, PT = 380, PB = 500;
      var X = function (x) { return L + (x - x0) / (x1 - x0) * (R - L); };
      var Y = function (y) { return log ? B - (Math.log(Math.max(y, low)) - Math.log(low)) / (Math.log(high) - Math.log(low)) * (B - T0)
        : B - y / high * (B - T0); };
      c.font = "bold 13px sans-serif"; c.fillStyle = "#000"; c.textAlign = "left"; c.textBaseline = "top";
      c.fillText("row " + pr + ", column " + pc + ": " + categories[scan.category[chosen]], L, 10);
      c.font = "12px sans-serif"; c.strokeStyle = "#000"; c.lineWidth = 1;
      c.strokeRect(L + .5, T0 + .5, R - L, B - T0); c.strokeRect(L + .5, PT + .5, R - L, PB - PT);
      c.textAlign = "center";
      ticks(x0, x1, 7).forEach(function (t) { c.fillText(t, X(t), PB + 6);
        [[B, -5], [PB, -5]].forEach(function (g) { c.beginPath(); c.moveTo(X(t), g[0]); c.lineTo(X(t), g[0] + g[1]); c.stroke(); }); });
      c.fillText("Threshold [DAC]", (L + R) / 2, PB + 24);
      c.textAlign = "right"; c.textBaseline = "middle";
      var marks = log ? [1e-4, 1e-3, 1e-2, .1, 1, 10, 100].filter(function (t) { return t >= low && t <= high; }) : ticks(0, high, 6);
      marks.forEach(function (t) { c.fillText(+t.toPrecision(4), L - 7, Y(t)); c.beginPath(); c.moveTo(L, Y(t)); c.lineTo(L + 5, Y(t)); c.stroke(); });
      c.save(); c.translate(12, (T0 + B) / 2); c.rotate(-Math.PI / 2); c.textAlign = "center"; c.fillText("Flux [hits/s]", 0, 0); c.restore();
      c.save(); c.translate(12, (PT + PB) / 2); c.rotate(-Math.PI / 2); c.textAlign = "center"; c.fillText("Pulls", 0, 0); c.restore();
      c.save(); c.beginPath(); c.rect(L, T0, R - L, B - T0); c.clip();
      c.strokeStyle = "#5790fc"; c.fillStyle = "#5790fc";
      points.forEach(function (q) { c.beginPath(); c.moveTo(X(q.x), Y(Math.max(q.y - q.e, 0))); c.lineTo(X(q.x), Y(q.y + q.e)); c.stroke();
        c.beginPath(); c.arc(X(q.x), Y(q.y), 2.4, 0, 7); c.fill(); });
      if (fitted) { c.strokeStyle = "#e42536"; c.lineWidth = 1.6; c.beginPath();
        for (var i = 0; i <= 500; i++) { var x = x0 + (x1 - x0) * i / 500; i ? c.lineTo(X(x), Y(f(x))) : c.moveTo(X(x), Y(f(x))); }
        c.stroke(); }
      c.restore();
      var PY = function (v) { return (PT + PB) / 2 - Math.max(-5, Math.min(5, v)) / 5.5 * (PB - PT) / 2; };
      c.strokeStyle = "#999"; c.lineWidth = 1; c.setLineDash([4, 3]); c.beginPath(); c.moveTo(L, PY(0)); c.lineTo(R, PY(0)); c.stroke(); c.setLineDash([]);
      c.fillStyle = "#000"; [-3, 0, 3].forEach(function (t) { c.fillText(t, L - 7, PY(t)); });
      if (fitted) points.forEach(function (q) { var mu = f(q.x) * q.T, pull = (q.n - mu) / Math.sqrt(Math.max(mu, 1e-9));
        // Below one expected count a pull says little.
        c.fillStyle = mu < 1 ? "#bbb" : "#5790fc"; c.beginPath(); c.arc(X(q.x), PY(pull), 2.4, 0, 7); c.fill(); });
      var rows = [];
      Object.keys(scan.columns).forEach(function (name) { var entry = scan.columns[name], v = entry.values[chosen];
        rows.push([name + (units[name] ? " [" + units[name] + "]" : ""), entry.errors ? fixed(v, entry.errors[chosen]) : number(v)]); });
      var why = reasons.filter(function (r) { return scan.reason[chosen] & r[0]; }).map(function (r) { return r[1]; });
      if (why.length) rows.push(["why", why.join(", ")]);
      rows.push(["hits", points.reduce(function (a, q) { return a + q.n; }, 0)]);
      var table = byId("numbers"); table.textContent = "";
      rows.forEach(function (r) { var tr = table.insertRow(); tr.insertCell().textContent = r[0]; tr.insertCell().textContent = r[1]; });
      byId("row").value = pr; byId("col").value = pc;
    }
    function choose(pixel) { chosen = pixel; drawMap(); drawCurve(); }
    function renew() { range = automatic(); byId("low").value = +range[0].toPrecision(6); byId("high").value = +range[1].toPrecision(6); drawMap(); }
    function at(event) {
      var box = byId("map").getBoundingClientRect(), k = byId("map").width / box.width;
      var x = (event.clientX - box.left) * k - left, y = (event.clientY - box.top) * k - top0;
      var col = Math.floor(x / side * 256), row = 255 - Math.floor(y / side * 256);
      return col >= 0 && col < 256 && row >= 0 && row < 256 ? row * 256 + col : -1;
    }
    function useScan(index) {
      scan = scans[index];
      var menu = byId("column"), names = Object.keys(scan.columns).concat(["category"]);
      menu.textContent = "";
      names.forEach(function (name) { var o = document.createElement("option"); o.textContent = o.value = name; menu.append(o); });
      if (names.indexOf(column) < 0) column = names[0];
      menu.value = column;
      // A pixel with a good fit to begin with.
      if (scan.category[chosen] !== 1) { var best = scan.category.indexOf(1); if (best >= 0) {
        var good = []; for (var i = best; i < 65536; i++) if (scan.category[i] === 1) good.push(i);
        chosen = good[Math.floor(good.length / 2)]; } }
      renew(); drawCurve();
    }
    async function begin() {
      for (var element of document.querySelectorAll("script.scan")) scans.push(await load(element));
      scans.forEach(function (s, i) { var o = document.createElement("option"); o.value = i; o.textContent = s.label; byId("scan").append(o); });
      byId("scan").onchange = function () { useScan(+this.value); };
      byId("column").onchange = function () { column = this.value; renew(); };
      byId("low").onchange = byId("high").onchange = function () { var a = +byId("low").value, b = +byId("high").value;
        if (a < b) { range = [a, b]; drawMap(); } };
      byId("reset").onclick = renew;
      byId("log").onchange = drawCurve;
      byId("row").onchange = byId("col").onchange = function () { var r = +byId("row").value, c = +byId("col").value;
        if (r >= 0 && r < 256 && c >= 0 && c < 256) choose(Math.floor(r) * 256 + Math.floor(c)); };
      byId("map").onclick = function (e) { var pixel = at(e); if (pixel >= 0) choose(pixel); };
      byId("map").onmousemove = function (e) { var pixel = at(e);
        byId("hover").textContent = pixel < 0 ? "" : "row " + Math.floor(pixel / 256) + ", column " + pixel % 256 + ": "
          + (column === "category" ? "" : column + " = " + number(shown(pixel)) + ", ") + categories[scan.category[pixel]]; };
      document.addEventListener("keydown", function (e) { if (/INPUT|SELECT/.test(e.target.tagName)) return;
        var step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: 256, ArrowDown: -256 }[e.key];
        if (step && chosen + step >= 0 && chosen + step < 65536) { e.preventDefault(); choose(chosen + step); } });
      useScan(0);
      document.body.dataset.ready = "1";
    }
    begin();
    })();
    """
}
