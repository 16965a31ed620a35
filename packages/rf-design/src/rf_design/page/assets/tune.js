// Knobs: order, ripple, values, Q and tolerance, each with the answer at once.

const SERIES = [null, 12, 24, 96];
const RIPPLE = { least: 0.005, most: 3, steps: 200 };

const ripplePosition = (db) =>
  Math.round((RIPPLE.steps * Math.log(db / RIPPLE.least)) / Math.log(RIPPLE.most / RIPPLE.least));
const rippleAt = (position) =>
  Number((RIPPLE.least * (RIPPLE.most / RIPPLE.least) ** (position / RIPPLE.steps)).toPrecision(2));

class Knobs {
  // `turned(options)` is told of every change, `rippled(dB)` of a new ripple.
  constructor(node, turned, rippled) {
    this.node = node;
    this.turned = turned;
    this.rippled = rippled;
    this.options = {};
  }

  build(options) {
    this.options = { ...options };
    fill(this.node, this.orderKnob(), this.rippleKnob(), this.choices("topology", t("knob.topology"),
      [["pi", t("knob.pi")], ["tee", t("knob.tee")]]),
    this.choices("e_series", t("knob.values"), SERIES.map((n) => [n ?? "", n ? `E${n}` : t("knob.exact")])),
    this.number("q_l", t("knob.q_l"), t("knob.lossless")),
    this.number("q_c", t("knob.q_c"), t("knob.lossless")),
    this.number("tolerance_percent", t("knob.tolerance"), "–"));
  }

  set(key, value) {
    this.options = { ...this.options, [key]: value };
    if (value === null) delete this.options[key];
    this.turned(this.options);
  }

  orderKnob() {
    const step = (by, label, sign) => el("button", { type: "button", "aria-label": label,
      onclick: () => this.setOrder(Number($("#knob-order").value) + by) }, sign);
    return el("div", { class: "knob" }, el("label", { for: "knob-order" }, t("knob.order")),
      el("span", { class: "stepper" }, step(-1, t("knob.fewer"), MINUS),
        el("input", { id: "knob-order", type: "number", min: 1, max: 100, inputmode: "numeric",
          onchange: (event) => this.setOrder(Number(event.target.value)) }),
        step(1, t("knob.more"), "+")),
      el("button", { type: "button", class: "quiet", id: "least", onclick: () => this.set("order", null) }));
  }

  setOrder(order) {
    const bounded = Math.max(1, Math.min(100, Math.round(order) || 1));
    $("#knob-order").value = bounded;
    this.set("order", bounded);
  }

  rippleKnob() {
    const slider = el("input", { id: "knob-ripple-slider", type: "range", min: 0, max: RIPPLE.steps,
      "aria-label": t("knob.ripple.slider"), oninput: (event) => {
        const db = rippleAt(Number(event.target.value));
        $("#knob-ripple").value = db;
        this.rippled(db);
      } });
    const field = el("input", { id: "knob-ripple", type: "number", min: RIPPLE.least, step: "any",
      inputmode: "decimal", oninput: (event) => {
        const db = Number(event.target.value);
        if (db > 0) {
          slider.value = ripplePosition(db);
          this.rippled(db);
        }
      } });
    return el("div", { class: "knob wide" }, el("label", { for: "knob-ripple" }, t("knob.ripple")), field, slider);
  }

  choices(key, label, pairs) {
    const chosen = this.options[key] ?? "";
    return el("fieldset", { class: "knob" }, el("legend", {}, label), el("span", { class: "choices" },
      ...pairs.map(([value, text]) => el("label", { class: "choice" },
        el("input", { type: "radio", name: `knob-${key}`, value, checked: String(value) === String(chosen),
          onchange: () => this.set(key, value === "" ? null : value) }), el("span", {}, text)))));
  }

  number(key, label, empty) {
    const id = `knob-${key}`;
    return el("div", { class: "knob" }, el("label", { for: id }, label),
      el("input", { id, type: "number", min: 0, step: "any", inputmode: "decimal", placeholder: empty,
        value: this.options[key] ?? "", oninput: (event) => {
          const value = Number(event.target.value);
          this.set(key, value > 0 ? value : null);
        } }));
  }

  // Where the knobs stand now that there is a design; the one in use is left alone.
  follow(design) {
    const least = design.minimum_order ?? (design.n_exact === null ? null : design.order);
    const idle = (id) => document.activeElement?.id !== id;
    if (idle("knob-order")) $("#knob-order").value = design.order;
    const back = $("#least");
    const bound = this.options.order !== undefined;
    back.textContent = least ? t(bound ? "knob.least.back" : "knob.least", { n: least }) : "";
    back.disabled = !bound;
    const db = design.spec.ripple_db;
    const fixed = design.spec.filter_type === "butterworth" || !db;
    for (const id of ["knob-ripple", "knob-ripple-slider"]) $(`#${id}`).disabled = fixed;
    if (!fixed && idle("knob-ripple")) $("#knob-ripple").value = tidy(db, 4);
    if (!fixed && idle("knob-ripple-slider")) $("#knob-ripple-slider").value = ripplePosition(db);
    if (!this.options.topology) {
      for (const input of this.node.querySelectorAll("[name=knob-topology]")) input.checked = input.value === design.topology;
    }
  }
}
