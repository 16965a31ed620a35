// The circuit as a drawing: a rail from source to load, a branch after the other.

const RAIL = 52;
const GROUND = 168;
const SYMBOL = 48;

const COIL = `M0 0h6${"a4.5 4.5 0 0 1 9 0".repeat(4)}h6`;
const PLATES = "M0 0h21M21 -9v18M27 -9v18M27 0h21";

// One part; `down` turns it by a right angle. Labels are (x, y, anchor) from its start.
function symbol(part, x, y, down, label, value) {
  const turn = down ? " rotate(90)" : "";
  const text = (dy, words, kind) =>
    svg("text", { x: x + label.x, y: y + label.y + dy, "text-anchor": label.anchor, class: kind }, words);
  return svg("g", { class: "part", "data-part": part.name },
    svg("title", {}, `${part.name} ${value}`),
    svg("path", { class: "hit", d: "M0 -14h48v28h-48z", transform: `translate(${x} ${y})${turn}` }),
    svg("path", { d: part.kind === "inductor" ? COIL : PLATES, transform: `translate(${x} ${y})${turn}` }),
    text(0, part.name, "part-name"), text(13, value, "part-value"));
}

const wire = (d) => svg("path", { class: "wire", d });
const ground = (x) => wire(`M${x} ${GROUND}v6M${x - 8} ${GROUND + 6}h16M${x - 5} ${GROUND + 9.5}h10M${x - 2} ${GROUND + 13}h4`);
const dot = (x, y) => svg("circle", { class: "dot", cx: x, cy: y, r: 2.4 });

function shuntBranch(x, parts, stacked, values) {
  const nodes = [];
  const label = { x: 15, y: 21, anchor: "start" };
  const columns = stacked ? [parts] : parts.map((part) => [part]);
  columns.forEach((column, index) => {
    const at = x + 14 + index * 84;
    const free = GROUND - RAIL - column.length * SYMBOL;
    let y = RAIL + free / 2;
    nodes.push(dot(at, RAIL), wire(`M${at} ${RAIL}V${y}`));
    for (const part of column) {
      nodes.push(symbol(part, at, y, true, label, values(part)));
      y += SYMBOL;
    }
    nodes.push(wire(`M${at} ${y}V${GROUND}`), ground(at));
  });
  const width = 84 * columns.length + 6;
  return { nodes: [wire(`M${x} ${RAIL}h${width}`), ...nodes], width };
}

function seriesBranch(x, parts, parallel, values) {
  if (!parallel) {
    const nodes = parts.map((part, index) =>
      symbol(part, x + 10 + index * 68, RAIL, false, { x: 24, y: -28, anchor: "middle" }, values(part)));
    const width = 10 + 68 * parts.length;
    const gaps = parts.map((_, index) => wire(`M${x + 58 + index * 68} ${RAIL}h20`));
    return { nodes: [wire(`M${x} ${RAIL}h10`), ...nodes, ...gaps], width };
  }
  const [coil, plates] = parts;
  const at = x + 18;
  return {
    nodes: [wire(`M${x} ${RAIL}h18M${at + SYMBOL} ${RAIL}h18M${at - 6} ${RAIL}v-24h6M${at + SYMBOL} ${RAIL - 24}h6v24`),
      dot(at - 6, RAIL), dot(at + SYMBOL + 6, RAIL),
      symbol(coil, at, RAIL, false, { x: 24, y: 18, anchor: "middle" }, values(coil)),
      symbol(plates, at, RAIL - 24, false, { x: 24, y: -25, anchor: "middle" }, values(plates))],
    width: 84,
  };
}

// Branches in their order, each with its parts.
function branchesOf(design) {
  const branches = [];
  for (const part of design.elements) {
    const last = branches[branches.length - 1];
    if (last && last.number === part.resonator) last.parts.push(part);
    else branches.push({ number: part.resonator, place: part.branch, parts: [part] });
  }
  return branches;
}

// The drawing with the values to build from.
function schematic(design) {
  const rounded = design.rounded && new Map(design.rounded.elements.map((part) => [part.name, part]));
  const values = (part) => (rounded ? partValue(rounded.get(part.name), true) : partValue(part));
  const stop = design.spec.filter_band === "bandstop";
  const nodes = [...source(design.source_ohm)];
  let x = 118;
  for (const branch of branchesOf(design)) {
    const drawn = branch.place === "shunt"
      ? shuntBranch(x, branch.parts, stop, values)
      : seriesBranch(x, branch.parts, stop, values);
    nodes.push(...drawn.nodes);
    x += drawn.width;
  }
  nodes.push(...load(x, design.load_ohm));
  const width = x + 92;
  return svg("svg", { viewBox: `0 -8 ${width} 200`, width, height: 200, role: "img",
    "aria-label": t("schematic", { what: branchesOf(design).map((b) =>
      `${t(`report.${b.place}`)} ${b.parts.map((p) => `${p.name} ${values(p)}`).join(", ")}`).join("; ") }) }, ...nodes);
}

function source(ohm) {
  return [wire(`M24 ${RAIL}h20M92 ${RAIL}h26M24 ${RAIL}V94M24 122V${GROUND}`), ground(24),
    svg("circle", { class: "outline", cx: 24, cy: 108, r: 14 }),
    wire("M16 108c3 -8 5 -8 8 0s5 8 8 0"),
    svg("rect", { class: "outline", x: 44, y: RAIL - 8, width: 48, height: 16 }),
    svg("text", { x: 68, y: RAIL - 15, "text-anchor": "middle", class: "part-value" }, ohms(ohm))];
}

function load(x, ohm) {
  const middle = (RAIL + GROUND) / 2;
  return [wire(`M${x} ${RAIL}h24V${middle - 24}M${x + 24} ${middle + 24}V${GROUND}`), ground(x + 24),
    svg("rect", { class: "outline", x: x + 16, y: middle - 24, width: 16, height: 48 }),
    svg("text", { x: x + 38, y: middle + 4, "text-anchor": "start", class: "part-value" }, ohms(ohm))];
}
