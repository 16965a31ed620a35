// The history of the visit, and the design in the address: a reload, a bookmark and the arrows of
// the browser work without anything being kept on disk.

function keep(extra = {}, pending = false) {
  const { call, options, turns, replies, spoken, edited, theme } = state;
  const whole = { call, options, turns, replies, spoken, edited, theme, lang, pending, ...extra };
  return `#${encodeURIComponent(JSON.stringify(whole))}`;
}

// A text that is no request need not be in the address.
function address(change, hash) {
  if (hash.length < 20_000) history[change](null, "", hash);
}

const rememberEdit = settled(() => addVisit(), 1200);

function remember(now = false) {
  if (now) {
    address("pushState", keep());
    addVisit();
  } else {
    address("replaceState", keep());
    rememberEdit();
  }
}

function addVisit() {
  const { answer, options } = state;
  if (!answer || state.status !== "designed") return;
  const what = visitOf(answer.design, options);
  const { order } = answer.design;
  const others = state.visits.filter((visit) => visit.what !== what || visit.order !== order);
  state.visits = [{ what, order, hash: keep() }, ...others].slice(0, 30);
  drawVisits(state, revisit);
}

function revisit(visit) {
  address("pushState", visit.hash);
  restore(visit.hash);
}

// The state that an address holds. It may have been written by anybody: only its shape is trusted.
function restore(hash) {
  let kept;
  try {
    kept = JSON.parse(decodeURIComponent(hash.slice(1)));
  } catch {
    return false;
  }
  const texts = (list) => (Array.isArray(list) ? list.filter((text) => typeof text === "string") : []);
  const object = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value : {});
  if (!kept || typeof kept !== "object") return false;
  Object.assign(state, { call: object(kept.call), options: object(kept.options), turns: texts(kept.turns),
    replies: texts(kept.replies), spoken: ["zh", "en"].includes(kept.spoken) ? kept.spoken : null, edited: kept.edited === true, unread: [] });
  if (kept.lang === "zh" || kept.lang === "en") lang = kept.lang;
  paint(["light", "dark"].includes(kept.theme) ? kept.theme : "");
  $("#request").value = state.turns.length ? state.turns[0] : "";
  rebuild();
  if (kept.pending && state.turns.length) read(state.turns);
  else if (Object.keys(state.call).length) start(state.turns.length === 0 || state.turns.length > 1 || state.edited);
  return true;
}

// A design of the call at hand, from outside the form.
async function start(speak) {
  performance.mark("changed");
  state.version += 1;
  chart.view = { preset: "all" };
  let answer;
  try {
    answer = await ask("/api/design", { call: state.call, options: state.options, view: chart.wanted });
  } catch (error) {
    complain(error.message);
    return;
  }
  form.show(state.call, answer.design.spec);
  show(answer, false);
  if (speak) $("#request").value = answer.sentence[state.spoken || lang];
  addVisit();
}
