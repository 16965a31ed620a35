// State, and the way from a sentence or a field to a drawn filter.

const state = {
  call: {}, options: {}, turns: [], replies: [], note: "", status: "", spoken: null, edited: false,
  answer: null, visits: [], unread: [], version: 0, model: "loading", theme: "",
};
const PATIENCE_MS = 45;
const SETTLE_MS = 120;
const MOST_UNREAD = 8;

class PageFailure extends Error {}

async function post(path, body) {
  let response;
  try {
    response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw new PageFailure(t("error.gone"));
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => null);
  throw new PageFailure(told?.error ? told.error[lang] : `HTTP ${response.status}`);
}

const ask = async (path, body) => (await post(path, body)).json();

function complain(text) {
  $("#alert p").textContent = text;
  $("#alert").hidden = !text;
}

// Runs `action`; calls that come meanwhile are answered by one more run with the latest state.
function latest(action) {
  let running = false;
  let again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    while (again) {
      again = false;
      try {
        await action();
      } catch (error) {
        if (!(error instanceof PageFailure)) throw error;
        complain(error.message);
      }
    }
    running = false;
  };
}

const form = new Form($("#form"), (call) => edit({ call }));
const knobs = new Knobs($("#knobs"), (options) => edit({ options }), (db) => {
  const call = { ...state.call, ripple: `${db} dB` };
  for (const key of LEVELS) if (key !== "ripple") delete call[key];
  form.show(call, state.answer?.design.spec || {});
  edit({ call });
});
const chart = new Chart($("#chart"), { viewed: () => look(), pinned: () => look() });

// A field or a knob was changed.
function edit(change) {
  performance.mark("changed");
  Object.assign(state, structuredClone(change));
  state.version += 1;
  if (change.call) Object.assign(state, { edited: true, unread: [] });
  redesign();
}

// A search for values of a series may take longer than a blink: then the exact curve is drawn first,
// and the search begins when the change has settled.
const redesign = latest(async () => {
  const { call, options, version } = state;
  const body = { call, options, view: chart.wanted };
  if (!options.e_series && !options.tolerance_percent) {
    finish(await ask("/api/design", body));
    return;
  }
  const full = searchTook < PATIENCE_MS ? search(body) : null;
  const first = full && (await Promise.race([full, new Promise((done) => setTimeout(done, PATIENCE_MS))]));
  if (first) {
    finish(first);
    return;
  }
  show(await ask("/api/design", { ...body, quick: true }), true);
  if (full) arrive(full, version);
  else setTimeout(() => version === state.version && arrive(search(body), version), SETTLE_MS);
});

let searchTook = Infinity;

async function search(body) {
  const began = performance.now();
  const answer = await ask("/api/design", body);
  searchTook = performance.now() - began;
  return answer;
}

// Values that were searched for meanwhile; nobody wants them if something else was changed.
async function arrive(full, version) {
  try {
    const answer = await full;
    if (version === state.version) finish(answer);
  } catch (error) {
    if (!(error instanceof PageFailure)) throw error;
    complain(error.message);
  }
}

function finish(answer) {
  show(answer, false);
  remember();
}

const look = latest(async () => {
  if (!state.answer?.curves) return;
  const curves = await ask("/api/response", { call: state.call, options: state.options, view: chart.wanted });
  state.answer.curves = curves;
  drawChart(state.answer);
});

// An answer on the page. One without a filter leaves the last one there, faded.
function show(answer, searching) {
  complain("");
  const { design } = answer;
  state.status = design.status;
  if (state.edited) $("#request").value = answer.sentence[state.spoken || lang];
  const told = design.question || design.reason;
  state.note = told ? told[state.spoken || lang] : "";
  drawOpen(design);
  form.judged(design);
  drawAssumed(design);
  const drawn = Boolean(answer.curves);
  $("#results").classList.toggle("stale", !drawn);
  if (drawn) {
    state.answer = answer;
    drawResults(answer, searching);
  } else if (design.status === "designed") {
    complain(t("error.longest"));
  }
  drawDialogue(state);
  performance.measure("redraw", "changed");
}

// What stands in the way of a design, where the design would be.
function drawOpen(design) {
  const open = $("#open");
  open.hidden = !state.note;
  open.className = design.status;
  $("#open-title").textContent = t(`open.${design.status}`);
  $("#open-text").textContent = state.note;
  const missing = new Set((design.missing || []).map((key) => ROW_OF[key]));
  const rows = ["band", "pass", "level", "stop"].filter((row) => missing.has(row));
  fill($("#open-hints"), ...rows.map((row) => el("li", {}, `${t(`why.${row}`)}${lang === "zh" ? "。" : "."} `, row === "level" ? usualRipple() : null)));
}

// For who does not know what to ask for.
function usualRipple() {
  return el("button", { type: "button", class: "quiet", id: "usual-ripple", onclick: () => form.take("ripple", HINTS.ripple) },
    t("usual.ripple", { value: HINTS.ripple }));
}

function drawAssumed(design) {
  const unread = state.unread.slice(0, MOST_UNREAD).join(lang === "zh" ? "、" : ", ");
  $("#unread").textContent = unread && t("unread", { what: unread });
  const names = (design.assumed || []).map((key) => inLang(FACTS.assumed[key] || [key, key]));
  $("#assumed").textContent = names.length ? t("assumed", { what: names.join(lang === "zh" ? "、" : ", ") }) : "";
}

function drawResults(answer, searching) {
  const { design } = answer;
  $("#results").hidden = false;
  $("#results").classList.toggle("searching", searching);
  knobs.follow(design);
  drawVerdict(design, { takeOrder: (n) => knobs.setOrder(n) });
  drawChart(answer);
  if (searching) return;
  drawParts(design);
  drawChecks(design);
  drawFiles(answer.files, download);
  $("#spoken").textContent = `${t("order")} ${design.order}, ${$("#stamp").textContent.slice(2)}`;
}

function drawChart(answer) {
  const { low, high } = answer.curves.view;
  chart.show(answer.curves, t("chart.label", { low: hertz(low, 4), high: hertz(high, 4), kind: kindOf(answer.design) }));
  drawTools(chart);
  drawMarkers(chart);
}

async function download(name) {
  try {
    const response = await post(`/api/files/${name}`, { call: state.call, options: state.options });
    const url = URL.createObjectURL(await response.blob());
    el("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch (error) {
    complain(error.message);
  }
}

// --- sentences -----------------------------------------------------------------------------

// `turns` is the whole conversation, its last one new.
async function read(turns) {
  const [before, button] = [state.turns, $("#read")];
  document.body.classList.add("reading");
  button.textContent = t("reading.now");
  button.disabled = true;
  complain("");
  address("replaceState", keep({ turns }, true));
  performance.mark("changed");
  try {
    const answer = await ask("/api/read", { turns, options: state.options, view: { preset: "all" } });
    chart.view = { preset: "all" };
    taken(turns, before, answer);
  } catch (error) {
    if (!(error instanceof PageFailure)) throw error;
    complain(error.message);
  } finally {
    document.body.classList.remove("reading");
    button.textContent = t("read");
    button.disabled = false;
  }
}

// The answer to a sentence is now what the page is about.
function taken(turns, before, answer) {
  const { design } = answer;
  const follows = turns.length > 1 && before.every((turn, i) => turn === turns[i]);
  state.replies = [...(follows ? state.replies : turns.slice(0, -1).map(() => "")), design.reply ? design.reply[answer.lang] : ""];
  Object.assign(state, { turns, call: design.call || {}, spoken: answer.lang, edited: false });
  state.unread = design.unread;
  state.version += 1;
  form.show(state.call, design.spec);
  if (!answer.curves) $("#results").hidden = true;
  show(answer, false);
  if (turns.length > 1 && design.status === "designed") $("#request").value = answer.sentence[answer.lang];
  $("#reply").value = "";
  if (design.status === "incomplete") $("#reply").focus();
  remember(true);
}

$("#request-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("#request").value;
  if (text.trim()) read([text]);
});
$("#request").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("#request-form").requestSubmit();
});
$("#reply-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("#reply").value.trim();
  if (!text) return;
  read([...(state.edited || !state.turns.length ? [$("#request").value] : state.turns), text]);
});
$("#fresh").addEventListener("click", () => {
  Object.assign(state, { turns: [], replies: [], note: "", spoken: null, edited: false });
  drawDialogue(state);
  $("#request").value = "";
  $("#request").focus();
});
$("#alert button").addEventListener("click", () => complain(""));

// --- language, theme, examples ---------------------------------------------------------------

function paint(theme) {
  state.theme = theme;
  document.documentElement.dataset.theme = theme;
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  $("#theme").textContent = t(dark ? "theme.light" : "theme.dark");
  $("#theme").dataset.next = dark ? "light" : "dark";
}

// Everything whose words depend on the language.
function rebuild() {
  translate();
  paint(state.theme);
  knobs.build(state.options);
  form.draw();
  drawLamp();
  fill($("#examples"), ...["lp", "hp", "bp", "bs", "ask"].map((kind) =>
    el("button", { type: "button", class: "quiet", "data-example": kind, onclick: () => example(kind) }, t(`example.${kind}`))));
  if (state.answer?.curves) drawResults(state.answer, false);
  if (state.answer) drawAssumed(state.answer.design);
  drawDialogue(state);
  drawVisits(state, revisit);
}

const EXAMPLE = { edge: "30 MHz", return_loss: "20 dB", stop1: "60 MHz", att1: "45 dB" };

function example(kind) {
  $("#request").value = t(`text.${kind}`);
  $("#request-form").requestSubmit();
}

function drawLamp() {
  $("#lamp").dataset.state = state.model;
  $("#lamp").textContent = t(`model.${state.model}`);
  $("#read").disabled = state.model === "off" || state.model === "failed";
}

async function watchModel() {
  try {
    const told = await (await fetch("/api/state")).json();
    if (told.model !== state.model) {
      state.model = told.model;
      drawLamp();
      drawDialogue(state);
    }
  } catch {
    return;
  }
  if (state.model === "loading") setTimeout(watchModel, 500);
}

$("#lang").addEventListener("click", () => {
  lang = lang === "zh" ? "en" : "zh";
  rebuild();
  address("replaceState", keep());
});
$("#theme").addEventListener("click", () => {
  paint($("#theme").dataset.next);
  address("replaceState", keep());
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paint(state.theme));
addEventListener("popstate", () => restore(location.hash));

linkParts();
rebuild();
watchModel();
if (!location.hash || !restore(location.hash)) {
  const zh = lang === "zh";
  state.call = { family: t("report.chebyshev"), band: t("report.lowpass"), ...EXAMPLE };
  state.spoken = zh ? "zh" : "en";
  start(true).then(() => {
    if (matchMedia("(hover: hover)").matches) $("#request").select();
  });
}
