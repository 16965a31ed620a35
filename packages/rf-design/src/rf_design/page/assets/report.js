// What a design comes to: verdict with proof, parts, checks, files.

// Its name in a few words: Chebyshev low-pass, ripple 0.1 dB.
function kindOf(design) {
  const { spec } = design;
  const level = spec.filter_type === "butterworth" ? "report.edge_loss" : "report.ripple";
  const db = spec.ripple_db ?? spec.edge_db;
  const gap = lang === "zh" ? "" : " ";
  return `${t(`report.${spec.filter_type}`)}${gap}${t(`report.${spec.filter_band}`)} · ${t(level)} ${together(`${tidy(db, 4)} dB`)}`;
}

// The parts to build from: those of the series where one was asked for.
const judged = (design) => (design.rounded ? design.rounded : { checks: design.checks, pass: design.pass });

function drawVerdict(design, actions) {
  $("#order-word").textContent = t("order");
  $("#order").textContent = design.order;
  const passed = judged(design).pass;
  const short = design.enough === false && design.given_order === design.order;
  const stamp = $("#stamp");
  stamp.className = `stamp ${passed && !short ? "good" : "bad"}`;
  stamp.textContent = (passed ? "✓ " : "✗ ") + t(!passed ? "stamp.fail" : design.losses ? "stamp.ideal" : "stamp.pass")
    + (design.rounded ? ` (${design.rounded.series})` : "");
  $("#kind").textContent = kindOf(design);
  fill($("#because"), because(design), statedOrder(design, actions));
  drawProof(design);
  drawEdges(design);
  drawConcerns(design, actions);
}

// The order that the request names, where the minimum is listed instead of it.
function statedOrder(design, actions) {
  const n = design.given_order;
  if (!n || n === design.order || n > 100) return null;
  return el("button", { type: "button", class: "quiet", id: "stated-order", onclick: () => actions.takeOrder(n) }, t("take", { n }));
}

// The proof in a sentence: what one order less would give where it matters most.
function because(design) {
  const stated = design.given_order !== null && design.minimum_order === undefined && design.reply;
  if (stated && design.n_exact !== null) return design.reply[lang];
  const line = design.proof.find((l) => l.decides && l.attenuation_db !== null);
  if (!line) return "";
  const values = {
    n: design.order, less: design.order - 1, f: together(hertz(line.f)), need: tidy(line.attenuation_db, 5),
    a: decibels(line.at_order_minus_1), b: decibels(line.at_order), least: design.minimum_order,
  };
  if (design.minimum_order && design.minimum_order !== design.order) return t("because.forced", values);
  return t(design.order > 1 ? "because.decides" : "because.first", values);
}

function drawProof(design) {
  const n = design.order;
  $("#proof").parentElement.hidden = !design.proof.length;
  const cell = (value, need) => el("span", { class: need !== null && value !== null && value < need ? "short" : "" }, decibels(value));
  const rows = design.proof.map((line) => ({
    attributes: { class: line.decides ? "decides" : null },
    cells: [el("span", {}, together(hertz(line.f)), line.decides ? el("em", {}, ` ${t("report.decides")}`) : null),
      line.attenuation_db === null ? "" : tidy(line.attenuation_db, 5),
      cell(line.at_order_minus_1, line.attenuation_db), cell(line.at_order, line.attenuation_db),
      cell(line.at_order_plus_1, line.attenuation_db), signed(line.margin_db)],
  }));
  table($("#proof"), [t("report.stop_point"), t("needs.db"), ...[n - 1, n, n + 1].map((order) => t("proof.n", { n: order })), t("margin.db")], rows);
}

function facts(node, pairs) {
  node.hidden = !pairs.length;
  fill(node, ...pairs.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function drawEdges(design) {
  const { frequencies: f, spec } = design;
  const list = (values) => values.map((value) => together(hertz(value, 7))).join(" … ");
  const pairs = [[t("fact.ripple_edges"), list(f.ripple_edges)]];
  if (f.half_power) pairs.push([t("fact.half_power"), list(f.half_power)]);
  if (design.rounded?.half_power) pairs.push([`${t("fact.half_power")}, ${design.rounded.series}`, list(design.rounded.half_power)]);
  if (f.geometric_center) {
    pairs.push([t("fact.center"), together(hertz(f.arithmetic_center, 7))], [t("fact.geometric"), together(hertz(f.geometric_center, 7))],
      [t("fact.fbw"), `${tidy(100 * f.fractional_bandwidth, 4)} %`]);
  }
  if (spec.filter_type === "chebyshev") pairs.push([t("fact.return_loss"), together(stated("return_loss", { ripple_db: Number(spec.ripple_db) }).replace(/(\.\d\d)\d+/, "$1"))]);
  pairs.push([t("fact.ports"), together(`${ohms(design.source_ohm)}, ${ohms(design.load_ohm)}`)]);
  if (design.n_exact !== null) pairs.push([t("fact.n"), design.n_exact.toFixed(3)]);
  facts($("#edges"), pairs);
}

function drawConcerns(design, actions) {
  const notes = design.buildable.map((concern) => el("li", {}, concern.text[lang]));
  const even = design.even_order;
  if (even) {
    const take = el("button", { type: "button", class: "quiet", onclick: () => actions.takeOrder(even.offer_order) }, t("take", { n: even.offer_order }));
    notes.unshift(el("li", {}, t("even", { load: together(ohms(even.load_needed_ohm)), stated: together(ohms(even.load_stated_ohm)),
      loss: tidy(even.pass_band_loss_db, 3), other: even.offer_order }), " ", take));
  }
  fill($("#concerns"), ...notes).hidden = !notes.length;
}

const percent = (part) => `${part >= 0 ? "+" : ""}${(100 * part).toFixed(1)}`.replace("-", MINUS);

function drawParts(design) {
  fill($("#schematic"), schematic(design)).setAttribute("aria-label", t("parts"));
  const { rounded } = design;
  const head = [t("part.name"), t("part.place"), t("part.exact")];
  if (rounded) head.push(rounded.series, t("part.change"));
  const rows = design.elements.map((part, index) => {
    const cells = [part.name, t(`report.${part.branch}`), together(partValue(part))];
    if (rounded) {
      const chosen = rounded.elements[index];
      cells.push(together(partValue(chosen, true)), `${percent(chosen.deviation)} %`);
    }
    return { cells, attributes: { "data-part": part.name } };
  });
  table($("#part-list"), head, rows, 2);
}

// The row and the symbol of the part under the pointer stand out together.
function linkParts() {
  $("#parts").addEventListener("pointerover", (event) => {
    const name = event.target.closest("[data-part]")?.dataset.part;
    for (const node of document.querySelectorAll("#parts [data-part]")) {
      node.classList.toggle("lit", node.dataset.part === name);
    }
  });
}

// Half a millionth of a dB is nothing: exact parts touch their limit.
const margin = (db) => (db !== null && Math.abs(db) < 5e-7 ? "0" : signed(db));

function drawChecks(design) {
  const lines = (checks, of) => checks.map((check) => ({
    attributes: { class: check.pass ? "good" : "bad" },
    cells: [el("span", { class: "verdict" }, check.pass ? "✓ " : "✗ ", el("span", { class: "word" }, t(check.pass ? "report.pass" : "report.fail"))),
      t(`report.${check.quantity}`, { f: check.f === undefined ? "" : together(hertz(check.f)) }) + (of ? ` (${of})` : ""),
      decibels(check.value), `${check.quantity === "pass_band_loss_db" ? "≤" : "≥"} ${tidy(check.limit, 4)}`, margin(check.margin)],
  }));
  const { rounded } = design;
  const rows = rounded ? [...lines(rounded.checks, rounded.series), ...lines(design.checks, t("check.of"))] : lines(design.checks);
  table($("#check-list"), ["", t("check.line"), t("check.value"), t("check.limit"), t("margin.db")], rows, 2);
  facts($("#remarks"), remarks(design));
}

function remarks(design) {
  const { losses, tolerance, couplings, unloaded_q_needed: needed } = design;
  const pairs = [];
  if (losses) {
    pairs.push([t("remark.losses"), t("remark.losses.text", { mid: losses.mid_band.loss_db.toFixed(2), edges: losses.edges.map((e) => e.loss_db.toFixed(2)).join(" / ") })]);
  }
  if (tolerance) {
    const share = (part) => (100 * part).toFixed(1);
    pairs.push([t("remark.yield"), t("remark.yield.text", { share: share(tolerance.yield), samples: tolerance.samples,
      tolerance: tidy(100 * tolerance.tolerance, 4), low: share(tolerance.interval_95[0]), high: share(tolerance.interval_95[1]) })]);
  }
  if (couplings) {
    const ks = couplings.k.map((k, i) => together(`k${i + 1}${i + 2} ${k.toPrecision(4)}`));
    pairs.push([t("remark.couplings"), [...ks, together(`Qe ${couplings.q_e.toPrecision(4)}`)].join(", ")]);
  }
  if (needed) pairs.push([t("remark.q_needed"), t("remark.q_needed.text", { q: needed.unloaded_q.toFixed(0), loss: tidy(needed.for_loss_db, 3) })]);
  return pairs;
}

function drawFiles(names, download) {
  fill($("#file-list"), ...names.map((name) => el("li", {},
    el("button", { type: "button", "data-file": name, onclick: () => download(name) },
      el("span", { class: "file" }, name), el("span", { class: "what" }, t(`file.${name}`))))));
}
