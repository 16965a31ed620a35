// Pointer and keys on the chart, its buttons, and the markers as a table.

function listenTo(chart) {
  const { node } = chart;
  let start = null;
  let box = null;
  const xOf = (event) => event.clientX - node.getBoundingClientRect().left;
  node.addEventListener("pointermove", (event) => {
    if (!chart.curves) return;
    const x = xOf(event);
    chart.moveTo(chart.frequency(x));
    if (start === null || Math.abs(x - start) < 6) return;
    const [low, high] = [Math.min(x, start), Math.max(x, start)];
    box ??= svg("rect", { class: "box", y: EDGE.top, height: chart.inner().height });
    box.setAttribute("x", low);
    box.setAttribute("width", high - low);
    chart.layer.append(box);
  });
  node.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && chart.curves) start = xOf(event);
  });
  node.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const [from, to] = [start, xOf(event)].sort((a, b) => a - b).map((x) => chart.frequency(x));
    const dragged = box !== null;
    start = box = null;
    if (dragged) chart.zoom(from, to);
    else chart.pin(roundedFrequency(chart, chart.frequency(xOf(event))));
  });
  node.addEventListener("pointerleave", () => {
    start = box = null;
    if (chart.curves && document.activeElement !== node) {
      chart.cursor = null;
      chart.drawCursor();
      $("#readout").textContent = "";
    }
  });
  node.addEventListener("dblclick", () => chart.choose("all"));
  node.addEventListener("wheel", (event) => {
    if (!chart.curves || !(event.ctrlKey || document.activeElement === node)) return;
    event.preventDefault();
    chart.zoomBy(event.deltaY > 0 ? 1.25 : 0.8, chart.frequency(xOf(event)));
  }, { passive: false });
  node.addEventListener("keydown", (event) => keyOnChart(chart, event));
  node.addEventListener("focus", () => {
    if (chart.curves && chart.cursor === null) step(chart, 0);
  });
}

// A pinned frequency has no more digits than the screen can tell apart.
function roundedFrequency(chart, f) {
  const { low, high } = chart.curves.view;
  const step = 10 ** Math.floor(Math.log10((high - low) / 1000));
  return chart.curves.view.log ? Number(f.toPrecision(3)) : Math.round(f / step) * step || f;
}

function step(chart, pixels) {
  const at = chart.cursor ?? chart.frequency(EDGE.left + chart.inner().width / 2);
  chart.moveTo(chart.frequency(chart.x(at) + pixels));
  speakCursor();
}

const speakCursor = settled(() => {
  $("#spoken").textContent = $("#readout").textContent;
}, 250);

function keyOnChart(chart, event) {
  if (!chart.curves || event.ctrlKey || event.metaKey || event.altKey) return;
  const far = event.shiftKey ? 10 : 1;
  const actions = {
    ArrowLeft: () => step(chart, -4 * far), ArrowRight: () => step(chart, 4 * far),
    Home: () => step(chart, -1e6), End: () => step(chart, 1e6),
    "+": () => chart.zoomBy(0.7), "=": () => chart.zoomBy(0.7), "-": () => chart.zoomBy(1 / 0.7),
    0: () => chart.choose("all"), l: () => toggleLog(chart), d: () => toggleDelay(chart),
    Enter: () => chart.pin(roundedFrequency(chart, chart.cursor)), Delete: () => chart.unpin(nearestPin(chart)),
    Backspace: () => chart.unpin(nearestPin(chart)),
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function nearestPin(chart) {
  const distance = (f) => Math.abs(chart.x(f) - chart.x(chart.cursor));
  return chart.pins.reduce((a, b) => (a === null || distance(b) < distance(a) ? b : a), null);
}

function toggleLog(chart) {
  chart.view.log = !chart.curves.view.log;
  chart.viewed();
}

function toggleDelay(chart) {
  chart.delay = !chart.delay;
  chart.draw();
  drawTools(chart);
}

const readout = ({ f, s21, s11, delay }) => {
  const shown = [hertz(f, 5), `|S21| ${decibels(s21)} dB`, `|S11| ${decibels(s11)} dB`];
  if (delay !== null) shown.push(`${t("marker.delay")} ${seconds(delay)}`);
  return shown.map(together).join("   ");
};

// The buttons above the chart, pressed or not, and the legend below it.
function drawTools(chart) {
  const { curves } = chart;
  const button = (label, pressed, action, name = null) => el("button", {
    type: "button", "aria-pressed": pressed === null ? null : String(pressed), "aria-label": name, onclick: action,
  }, label);
  const preset = (key) =>
    button(t(`view.${key}`), !chart.view.range && (chart.view.preset || "all") === key, () => chart.choose(key));
  const focus = [...$("#tools").children].indexOf(document.activeElement);
  fill($("#tools"), preset("all"), preset("transition"), preset("pass"), el("span", { class: "gap" }),
    button(t("view.log"), curves.view.log, () => toggleLog(chart)),
    button(t("view.delay"), chart.delay, () => toggleDelay(chart)),
    button(t("view.hold"), Boolean(chart.held), () => {
      chart.hold();
      drawTools(chart);
    }),
    el("span", { class: "gap" }),
    button("+", null, () => chart.zoomBy(0.6, null), t("view.in")),
    button(MINUS, null, () => chart.zoomBy(1 / 0.6, null), t("view.out")));
  if (focus >= 0) $("#tools").children[focus].focus();
  const traces = [["s21", true], ["s11", chart.view.preset !== "pass"], ["exact", curves.exact_s21],
    ["held", chart.held], ["delay", chart.delay], ["mask", curves.mask.stop.length + curves.mask.pass.length]];
  fill($("#legend"), ...traces.filter(([, there]) => there).map(([key]) =>
    el("span", { class: `key ${key}` }, t(`trace.${key}`))));
}

function drawMarkers(chart) {
  let pin = 0;
  const rows = chart.curves.markers.map((marker) => {
    if (marker.kind === "pin") pin += 1;
    const name = marker.kind === "pin"
      ? el("span", {}, `M${pin} `, el("button", { type: "button", class: "remove",
        "aria-label": t("marker.remove", { f: hertz(marker.f) }), onclick: () => chart.unpin(marker.f) }, "×"))
      : t(`marker.${marker.kind}`);
    return { cells: [name, together(hertz(marker.f, 7)), decibels(marker.s21), decibels(marker.s11), together(seconds(marker.delay))] };
  });
  table($("#markers"), [t("markers"), t("marker.f"), "|S21|, dB", "|S11|, dB", t("marker.delay")], rows);
}
