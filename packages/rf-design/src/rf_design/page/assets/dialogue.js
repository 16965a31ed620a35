// The conversation: what was said, what was answered, and the field for the next turn.

function drawDialogue(state) {
  const said = state.turns.map((turn, i) => [["you", turn], ["answer", state.replies[i]]]).flat();
  if (state.note && state.replies[state.turns.length - 1] !== state.note) said.push(["answer", state.note]);
  const open = said.length > 0;
  $("#dialogue").hidden = !open;
  if (!open) return;
  fill($("#turns"), ...said.filter(([, text]) => text).map(([who, text]) =>
    el("li", { class: who }, el("span", { class: "who" }, t(who)), el("span", { class: "said" }, text))));
  // One sentence and its design are on the page already.
  $("#dialogue").classList.toggle("brief", said.length <= 2 && state.status === "designed");
  const asked = state.status === "incomplete";
  const reply = $("#reply");
  reply.placeholder = t(asked ? "reply.answer" : "reply.change");
  $("#dialogue").classList.toggle("asking", asked);
  $("#reply-form").classList.toggle("no-model", state.model === "off" || state.model === "failed");
}

function drawVisits(state, back) {
  $("#history").hidden = state.visits.length < 2;
  fill($("#visits"), ...state.visits.map((visit) => el("li", {},
    el("button", { type: "button", onclick: () => back(visit) },
      el("span", { class: "n" }, String(visit.order)), el("span", {}, visit.what)))));
}

// A design in the words of the history: low-pass 30 MHz, E24.
function visitOf(design, options) {
  const edges = design.frequencies.ripple_edges.map((f) => hertz(f, 4)).join("–");
  const extras = [options.e_series && `E${options.e_series}`, options.q_l && `Q ${options.q_l}`, `${tidy(design.spec.ripple_db ?? design.spec.edge_db, 3)} dB`];
  return `${t(`report.${design.spec.filter_band}`)} ${edges}, ${extras.filter(Boolean).join(", ")}`;
}
