// The response as SVG: traces, mask, cursor. Drawn at the size it has, so that print stays print.

const EDGE = { left: 48, right: 16, top: 14, bottom: 40 };
const DELAY_ROOM = 58;

class Chart {
  // `viewed(view)` is asked for another range, `pinned(pins)` told of new markers.
  constructor(node, { viewed, pinned }) {
    this.node = node;
    this.viewed = viewed;
    this.curves = null;
    this.view = { preset: "all" };
    this.delay = false;
    this.held = null;
    this.cursor = null;
    this.pins = [];
    this.pinned = pinned;
    this.size = { width: 0, height: 0 };
    new ResizeObserver(() => this.draw()).observe(node);
    listenTo(this);
  }

  show(curves, label) {
    this.curves = curves;
    this.label = label;
    this.view = { ...this.view, shown: curves.view };
    this.draw();
  }

  // What to ask the server for: a named range stays one, whatever the filter becomes.
  get wanted() {
    const { preset, range, log } = this.view;
    const wanted = { preset: preset || "all", markers: this.pins };
    if (range) [wanted.low, wanted.high] = range;
    if (log !== undefined) wanted.log = log;
    return wanted;
  }

  choose(preset) {
    this.view = { preset, log: this.view.log };
    if (preset === "pass") delete this.view.log;
    this.viewed();
  }

  zoom(low, high) {
    if (!(high / low > 1 + 1e-7)) return;
    this.view = { ...this.view, range: [Math.max(low, 1e-3), Math.min(high, 9e14)] };
    this.viewed();
  }

  // Zooms by a factor about a frequency, in the scale that is shown.
  zoomBy(factor, about) {
    const { low, high } = this.curves.view;
    const at = about ?? this.cursor ?? this.frequency(this.inner().width / 2 + EDGE.left);
    if (this.curves.view.log) this.zoom(at * (low / at) ** factor, at * (high / at) ** factor);
    else this.zoom(Math.max(at - (at - low) * factor, high * 1e-6), at + (high - at) * factor);
  }

  inner() {
    const right = EDGE.right + (this.delay ? DELAY_ROOM - EDGE.right : 0);
    return {
      width: Math.max(this.size.width - EDGE.left - right, 40),
      height: Math.max(this.size.height - EDGE.top - EDGE.bottom, 40),
    };
  }

  x(f) {
    const { low, high, log } = this.curves.view;
    const part = log ? Math.log(f / low) / Math.log(high / low) : (f - low) / (high - low);
    return EDGE.left + part * this.inner().width;
  }

  frequency(x) {
    const { low, high, log } = this.curves.view;
    const part = Math.min(1, Math.max(0, (x - EDGE.left) / this.inner().width));
    return log ? low * (high / low) ** part : low + part * (high - low);
  }

  y(db) {
    const [bottom, top] = this.levels;
    return EDGE.top + (this.inner().height * (top - Math.max(db, bottom - 30))) / (top - bottom);
  }

  // From and to in dB: the ripple where the pass band is looked at, else all that is specified.
  range() {
    const { mask, s21, f, markers } = this.curves;
    const floor = mask.pass.length ? mask.pass[0][2] : 0.1;
    if (this.view.preset === "pass") {
      const inside = s21.filter((_, i) => mask.pass.some(([low, high]) => f[i] >= low && f[i] <= high));
      const worst = Math.min(...inside, -floor);
      return [worst - 0.7 * -worst, 0.3 * -worst];
    }
    const needs = [...mask.stop.map((area) => -area[2]), ...markers.filter((m) => m.kind === "shown").map((m) => m.s21)];
    return [Math.max(Math.min(...needs, -30) * 1.6, -160), 6];
  }

  draw() {
    if (!this.curves) return;
    this.size = { width: this.node.clientWidth, height: this.node.clientHeight };
    if (!this.size.width) return;
    this.levels = this.range();
    const { width, height } = this.size;
    this.layer = svg("g", { class: "cursor-layer" });
    const plot = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
      this.definitions(), ...this.axes(),
      svg("g", { "clip-path": "url(#plot-area)" }, ...this.mask(), ...this.traces()),
      ...this.marks(), this.layer);
    fill(this.node, plot);
    this.node.setAttribute("aria-label", this.label);
    this.drawCursor();
  }

  definitions() {
    const { width, height } = this.inner();
    return svg("defs", {},
      svg("clipPath", { id: "plot-area" }, svg("rect", { x: EDGE.left, y: EDGE.top, width, height })),
      svg("pattern", { id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        svg("line", { class: "hatch", x1: 0, y1: 0, x2: 0, y2: 7 })));
  }

  axes() {
    const { width, height } = this.inner();
    const bottom = EDGE.top + height;
    const nodes = [svg("rect", { class: "frame", x: EDGE.left, y: EDGE.top, width, height })];
    for (const db of niceTicks(...this.levels, Math.max(3, height / 52))) {
      const y = this.y(db);
      nodes.push(svg("line", { class: Math.abs(db) < 1e-9 ? "grid zero" : "grid", x1: EDGE.left, x2: EDGE.left + width, y1: y, y2: y }),
        svg("text", { class: "tick", x: EDGE.left - 7, y: y + 4, "text-anchor": "end" }, tidy(db, 6).replace("-", MINUS)));
    }
    const [scale, unit] = this.unit();
    for (const { f, major } of this.ticks(width)) {
      const x = this.x(f);
      nodes.push(svg("line", { class: major ? "grid" : "grid minor", x1: x, x2: x, y1: EDGE.top, y2: bottom }));
      if (major) nodes.push(svg("text", { class: "tick", x, y: bottom + 16, "text-anchor": "middle" }, tidy(f / scale, 8)));
    }
    nodes.push(svg("text", { class: "tick", x: EDGE.left + width, y: bottom + 33, "text-anchor": "end" }, `${t("chart.frequency")}, ${unit}`),
      svg("text", { class: "tick", x: EDGE.left - 7, y: bottom + 16, "text-anchor": "end" }, "dB"));
    if (this.delay) nodes.push(...this.delayAxis(width));
    return nodes;
  }

  unit() {
    return scaleFor(this.curves.view.high, "Hz");
  }

  ticks(width) {
    const { low, high, log } = this.curves.view;
    const room = Math.max(2, Math.floor(width / 78));
    if (!log || high / low < 6) return niceTicks(low, high, room).filter((f) => f > 0 || !log).map((f) => ({ f, major: true }));
    const all = logTicks(low, high);
    const sparse = all.filter((tick) => tick.major).length > room;
    return all.map(({ f, major }) => ({ f, major: major && (!sparse || /^1(\.0*)?e/.test(f.toExponential(3))) }));
  }

  mask() {
    const { pass } = this.curves.mask;
    const stop = joined(this.curves.mask.stop);
    const area = (low, high, from, to) => {
      const [x1, x2] = [low, high].map((f) => Math.min(Math.max(this.x(f || 1e-9), EDGE.left), EDGE.left + this.inner().width));
      return svg("rect", { class: "forbidden", x: x1, width: Math.max(x2 - x1, 0), y: this.y(to), height: Math.max(this.y(from) - this.y(to), 0) });
    };
    return [...stop.map(([low, high, db]) => area(low, high, -db, this.levels[1])),
      ...pass.map(([low, high, db]) => area(low, high, this.levels[0], -db))];
  }

  line(f, values, kind, y = (v) => this.y(v)) {
    let d = "";
    let pen = "M";
    for (let i = 0; i < f.length; i += 1) {
      if (values[i] === null) pen = "M";
      else {
        d += `${pen}${this.x(f[i]).toFixed(1)} ${y(values[i]).toFixed(1)}`;
        pen = "L";
      }
    }
    return svg("path", { class: `trace ${kind}`, d });
  }

  traces() {
    const { f, s21, s11, exact_s21: exact, delay } = this.curves;
    const nodes = [];
    if (this.delay) nodes.push(this.line(f, delay, "delay", this.delayY));
    if (this.held) nodes.push(this.line(this.held.f, this.held.s21, "held"));
    if (exact) nodes.push(this.line(f, exact, "exact"));
    if (this.view.preset !== "pass") nodes.push(this.line(f, s11, "s11"));
    nodes.push(this.line(f, s21, "s21"));
    return nodes;
  }

  delayAxis(width) {
    const { delay, s21 } = this.curves;
    // Where next to nothing comes through nobody minds the delay: a trap's would dwarf the rest.
    const most = Math.max(1e-15, ...delay.filter((d, i) => d !== null && s21[i] > -20));
    const [scale, unit] = scaleFor(most, "s");
    const height = this.inner().height;
    this.delayY = (d) => EDGE.top + height * (1 - Math.max(-0.1, Math.min(d / (1.15 * most), 1.1)));
    return [...niceTicks(0, (1.12 * most) / scale, Math.max(3, height / 60)).map((value) =>
      svg("text", { class: "tick right", x: EDGE.left + width + 7, y: this.delayY(value * scale) + 4 }, tidy(value, 6))),
    svg("text", { class: "tick right", x: EDGE.left + width + 7, y: EDGE.top + height + 16 }, unit)];
  }

  // Circles at the specified frequencies, numbered flags at the pinned ones.
  marks() {
    const { view, markers } = this.curves;
    let pin = 0;
    return markers.flatMap((marker) => {
      if (marker.kind === "pin") pin += 1;
      if (marker.f < view.low || marker.f > view.high) return [];
      const [x, y] = [this.x(marker.f), Math.min(this.y(marker.s21), EDGE.top + this.inner().height)];
      if (marker.kind !== "pin") return [svg("circle", { class: "mark", cx: x, cy: y, r: 3.5 })];
      return [svg("path", { class: "flag", d: `M${x} ${y}l-6 -11h12z` }),
        svg("text", { class: "flag-name", x, y: y - 15, "text-anchor": "middle" }, `M${pin}`)];
    });
  }

  drawCursor() {
    const { view } = this.curves;
    if (this.cursor === null || this.cursor < view.low || this.cursor > view.high) {
      fill(this.layer);
      return;
    }
    const x = this.x(this.cursor);
    const at = valuesAt(this.curves, this.cursor);
    const circle = (db, kind) => svg("circle", { class: `spot ${kind}`, cx: x, cy: this.y(db), r: 4, "clip-path": "url(#plot-area)" });
    fill(this.layer,
      svg("line", { class: "cursor", x1: x, x2: x, y1: EDGE.top, y2: EDGE.top + this.inner().height }),
      this.view.preset === "pass" ? null : circle(at.s11, "s11"), circle(at.s21, "s21"));
  }

  moveTo(f) {
    this.cursor = f;
    this.drawCursor();
    $("#readout").textContent = readout({ f, ...valuesAt(this.curves, f) });
  }

  pin(f) {
    if (this.pins.length < 20) this.pins = [...this.pins, f];
    this.pinned();
  }

  unpin(f) {
    this.pins = this.pins.filter((pin) => pin !== f);
    this.pinned();
  }

  hold() {
    this.held = this.held ? null : { f: this.curves.f, s21: this.curves.s21 };
    this.draw();
  }
}

// Areas that touch at the same level are one: the two halves of a stop band.
function joined(areas) {
  return [...areas].sort((a, b) => a[0] - b[0]).reduce((found, area) => {
    const last = found[found.length - 1];
    if (last && last[1] === area[0] && last[2] === area[2]) last[1] = area[1];
    else found.push([...area]);
    return found;
  }, []);
}

// Between two points of the curves the values lie on a straight line.
function valuesAt(curves, f) {
  const { f: grid } = curves;
  let [low, high] = [0, grid.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (grid[middle] <= f) low = middle;
    else high = middle;
  }
  const part = Math.min(1, Math.max(0, (f - grid[low]) / (grid[high] - grid[low])));
  const between = (values) =>
    values[low] === null || values[high] === null ? null : values[low] + part * (values[high] - values[low]);
  return { s21: between(curves.s21), s11: between(curves.s11), delay: between(curves.delay) };
}
