// The reading as a form. Its fields are keys of the call and hold text, as a request states it;
// what they mean is for the solver to judge.

const BANDS = ["lowpass", "highpass", "bandpass", "bandstop"];
const FAMILIES = ["chebyshev", "butterworth"];
const ONE_EDGE = ["edge", "f1+f2"];
const TWO_EDGES = ["f1+f2", "center+width", "center+fbw", "center+q"];
const LEVELS = ["ripple", "return_loss", "vswr", "gamma"];
const STOPS = ["stop", "stop+to", "to", "offset", "multiple"];
const STOP_STEMS = ["stop", "to", "offset", "multiple", "att"];
const MORE = ["order", "z0", "z_source", "z_load", "edge_db", "transition", "att", "other"];
const HINTS = {
  edge: "30 MHz", f1: "60 MHz", f2: "80 MHz", center: "70 MHz", width: "18 MHz", fbw: "5 %", q: "14",
  ripple: "0.1 dB", return_loss: "20 dB", vswr: "1.2", gamma: "0.1", stop: "60 MHz", to: "90 MHz",
  offset: "±20 MHz", multiple: "2fc", att: "40 dB", edge_db: "3 dB", z0: "50 Ω", z_source: "50 Ω",
  z_load: "75 Ω", order: "5", transition: "10 MHz",
};
// Published keys that a result calls missing, and the row of the form that states them.
const ROW_OF = {
  filter_type: "family", filter_band: "band", ripple_db: "level", fc: "pass", f_center: "pass",
  bandwidth: "pass", f1: "pass", f2: "pass", fs: "stop", fs_lower: "stop", fs_upper: "stop",
  La_target: "stop", R0: "more",
};

class Form {
  // `changed(call)` is told of every edit.
  constructor(node, changed) {
    this.node = node;
    this.changed = changed;
    this.call = {};
    this.spec = {};
    this.ways = {};
    this.added = new Set();
    node.addEventListener("submit", (event) => event.preventDefault());
  }

  // A call from elsewhere, with the specification that the solver made of it.
  show(call, spec) {
    this.call = { ...call };
    this.spec = spec;
    this.ways = {};
    this.added.clear();
    this.draw();
  }

  // What the solver says to the call that the form holds; the fields stay as they are.
  judged(design) {
    this.spec = design.spec;
    const missing = new Set((design.missing || []).map((key) => ROW_OF[key]));
    for (const row of this.node.querySelectorAll("[data-row]")) {
      for (const field of row.querySelectorAll("input[type=text]")) {
        const wanted = missing.has(row.dataset.row) && !field.value.trim();
        field.toggleAttribute("data-missing", wanted);
        field.setAttribute("aria-invalid", wanted);
      }
      row.toggleAttribute("data-missing", missing.has(row.dataset.row));
    }
  }

  get band() {
    return this.spec.filter_band || "";
  }

  set(key, value) {
    const text = value.trim();
    if (text) this.call[key] = text;
    else delete this.call[key];
    this.changed(this.call);
  }

  draw() {
    const focus = document.activeElement?.id;
    const shown = new Set(["family", "band"]);
    const rows = [this.bandRow(), this.familyRow(), this.passRow(shown), this.levelRow(shown)];
    fill(this.node, ...rows, this.stopRows(shown), this.moreRows(shown));
    if (focus && this.node.querySelector(`#${CSS.escape(focus)}`)) $(`#${CSS.escape(focus)}`).focus();
  }

  row(name, label, content, choose = null) {
    const why = FACTS.words[`why.${name}`] ? t(`why.${name}`) : null;
    return el("div", { class: "row", "data-row": name, role: "group", "aria-label": label, title: why },
      el("div", { class: "what" }, el("span", { class: "name" }, label), choose), content);
  }

  // A value of another's choice, as if it were typed.
  take(key, value) {
    this.set(key, value);
    this.draw();
  }

  // What a field could hold: of a stop point a frequency outside the pass band.
  hint(key, stem) {
    const { fc, f1 = fc, f2 = fc } = this.spec;
    if (stem === "stop" && f1 && f2) {
      const below = this.band === "highpass" || (this.band === "bandpass" && key === "stop1");
      if (this.band !== "bandstop") return hertz(below ? f1 / 2 : 2 * f2, 2);
    }
    return HINTS[stem] || "";
  }

  field(key, label, unseen = true) {
    const stem = key.replace(/\d+$/, "");
    const value = this.call[key] ?? (stem === "att" ? this.call.att : "") ?? "";
    const input = el("input", {
      type: "text", id: `field-${key}`, value, placeholder: this.hint(key, stem), maxlength: 200,
      oninput: (event) => this.typed(key, stem, event.target.value),
    });
    return el("label", {}, el("span", { class: unseen ? "unseen" : "" }, label), input);
  }

  // An attenuation stated once for all stop points becomes one for each when one is changed.
  typed(key, stem, value) {
    if (stem === "att" && key !== "att" && this.call.att) {
      for (const n of this.numbers()) this.call[`att${n}`] ??= this.call.att;
      delete this.call.att;
    }
    this.set(key, value);
  }

  select(label, options, value, change) {
    const list = options.map(([key, text]) => el("option", { value: key, selected: key === value }, text));
    return el("select", { "aria-label": label, onchange: (event) => change(event.target.value) }, ...list);
  }

  bandRow() {
    const chosen = this.call.band || this.spec.filter_band ? this.band : "";
    const choices = BANDS.map((band) =>
      el("label", { class: "choice" },
        el("input", { type: "radio", name: "band", value: band, checked: band === chosen,
          onchange: () => this.chooseBand(band) }),
        el("span", {}, t(`report.${band}`))));
    return this.row("band", t("form.band"), el("span", { class: "choices four" }, ...choices));
  }

  chooseBand(band) {
    const two = (b) => b === "bandpass" || b === "bandstop";
    if (two(band) !== two(this.band)) {
      for (const key of ["edge", "f1", "f2", "center", "width", "fbw", "q"]) delete this.call[key];
    }
    this.spec = { ...this.spec, filter_band: band };
    this.set("band", t(`report.${band}`));
    this.draw();
  }

  familyRow() {
    const read = this.call.family;
    const known = read && this.spec.filter_type;
    const options = [["", t("form.auto")], ...FAMILIES.map((f) => [f, t(`report.${f}`)])];
    if (read && !known) options.push(["other", read]);
    const value = read ? (known || "other") : "";
    return this.row("family", t("form.family"), this.select(t("form.family"), options, value, (v) => {
      if (v !== "other") this.set("family", v ? t(`report.${v}`) : "");
    }));
  }

  // Which of several ways of stating something the call uses, or the user chose.
  way(name, ways, number = "") {
    const fit = (way) => {
      const keys = way.split("+").map((key) => key + number);
      const held = keys.filter((key) => key in this.call).length;
      return 2 * held + (held === keys.length);
    };
    return this.ways[name + number] ?? ways.reduce((a, b) => (fit(b) > fit(a) ? b : a));
  }

  wayRow(name, label, ways, shown, number = "", rest = []) {
    const way = this.way(name, ways, number);
    const keys = way.split("+").map((key) => key + number);
    keys.forEach((key) => shown.add(key));
    const said = (w) => (FACTS.words[`way.${w}`] ? t(`way.${w}`) : callKey(w));
    const choose = this.select(`${label}, ${t("form.way")}`, ways.map((w) => [w, said(w)]), way,
      (chosen) => this.restate(name, number, way, chosen));
    return this.row(name, label, el("span", { class: "values" },
      ...keys.map((key) => this.field(key, callKey(key))), ...rest), choose);
  }

  // The same thing stated in another way, as far as the solver knows it.
  restate(name, number, before, after) {
    for (const key of before.split("+")) {
      if (!after.split("+").includes(key)) delete this.call[key + number];
    }
    for (const key of after.split("+")) {
      const known = stated(key, this.spec);
      if (known && !number) this.call[key] ??= known;
    }
    this.ways[name + number] = after;
    this.draw();
    this.changed(this.call);
  }

  passRow(shown) {
    const two = this.band === "bandpass" || this.band === "bandstop" || "center" in this.call;
    return this.wayRow("pass", t("form.pass"), two ? TWO_EDGES : ONE_EDGE, shown);
  }

  levelRow(shown) {
    return this.wayRow("level", t("form.level"), LEVELS, shown);
  }

  // The numbers of the stop points that have a row.
  numbers() {
    const used = [];
    for (let n = 1; n <= FACTS.most_stop_points; n += 1) {
      if (this.added.has(n) || STOP_STEMS.some((stem) => stem + n in this.call)) used.push(n);
    }
    if (!used.length) used.push(1);
    const sides = ["offset1", "multiple1", "to1", "transition"].some((key) => key in this.call);
    if (this.band === "bandpass" && used.length === 1 && !sides) used.push(used[0] === 1 ? 2 : 1);
    return used.sort((a, b) => a - b);
  }

  stopRows(shown) {
    const used = this.numbers();
    const ways = this.band === "bandstop" ? ["stop+to", ...STOPS.filter((w) => w !== "stop+to")] : STOPS;
    const rows = used.map((n) => {
      shown.add(`att${n}`);
      const label = used.length > 1 ? `${t("form.stop")} ${n}` : t("form.stop");
      const remove = used.length > 1 && this.remover(label, () => this.removeStop(n));
      return this.wayRow("stop", label, ways, shown, String(n),
        [this.field(`att${n}`, `${label}: ${t("field.att")}`), remove || null]);
    });
    // An attenuation for all of them stands in each of their rows.
    if (Object.keys(this.call).some((key) => /^(stop|to|offset|multiple)\d$/.test(key))) shown.add("att");
    const free = used.length < FACTS.most_stop_points;
    const add = free && el("button", { type: "button", class: "quiet", id: "add-stop",
      onclick: () => this.addStop(used) }, t("form.add_stop"));
    return el("div", { class: "stops" }, ...rows, el("div", { class: "row bare" }, add || ""));
  }

  addStop(used) {
    for (const n of used) this.added.add(n);
    let n = 1;
    while (this.added.has(n)) n += 1;
    this.added.add(n);
    this.draw();
    $(`#field-stop${n}`)?.focus();
  }

  removeStop(n) {
    this.typed(`att${n}`, "att", "");
    for (const stem of STOP_STEMS) delete this.call[stem + n];
    this.added.delete(n);
    delete this.ways[`stop${n}`];
    this.draw();
    this.changed(this.call);
  }

  remover(what, action) {
    return el("button", { type: "button", class: "remove", "aria-label": t("form.remove", { what }),
      onclick: action }, "×");
  }

  // Whatever else the call states, and what could be stated as well.
  moreRows(shown) {
    const present = Object.keys(this.call).filter((key) => !shown.has(key));
    const wanted = [...this.added].filter((key) => typeof key === "string" && !present.includes(key));
    const rows = [...present, ...wanted].map((key) =>
      this.row("more", callKey(key), el("span", { class: "values" }, this.field(key, callKey(key)),
        this.remover(callKey(key), () => this.drop(key)))));
    const free = MORE.filter((key) => !present.includes(key) && !wanted.includes(key) && !shown.has(key));
    const add = this.select(t("form.add"), [["", t("form.add")], ...free.map((key) => [key, callKey(key)])],
      "", (key) => this.add(key));
    return el("div", {}, ...rows, el("div", { class: "row bare" }, add));
  }

  add(key) {
    this.added.add(key);
    this.draw();
    $(`#field-${key}`)?.focus();
  }

  drop(key) {
    this.added.delete(key);
    this.set(key, "");
    this.draw();
  }
}

// A quantity of the specification as text for a key of the call; "" where it is not known.
function stated(key, spec) {
  const ripple = spec.ripple_db;
  const gamma = ripple ? Math.sqrt(1 - 10 ** (-ripple / 10)) : 0;
  const found = {
    edge: spec.fc && hertz(spec.fc, 10), f1: spec.f1 && hertz(spec.f1, 10), f2: spec.f2 && hertz(spec.f2, 10),
    center: spec.f_center && hertz(spec.f_center, 10), width: spec.bandwidth && hertz(spec.bandwidth, 10),
    fbw: spec.bandwidth && `${tidy((100 * spec.bandwidth) / spec.f_center, 8)} %`,
    q: spec.bandwidth && tidy(spec.f_center / spec.bandwidth, 8),
    ripple: ripple && `${tidy(ripple, 6)} dB`,
    return_loss: ripple && `${tidy(-20 * Math.log10(gamma), 6)} dB`,
    vswr: ripple && tidy((1 + gamma) / (1 - gamma), 6),
    gamma: ripple && tidy(gamma, 6),
  };
  return found[key] || "";
}
