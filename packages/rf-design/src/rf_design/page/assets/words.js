// The words of the interface in two languages, and the switch between them.

const FACTS = JSON.parse($("#facts").textContent);
let lang = FACTS.lang || (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

const inLang = (pair) => pair[lang === "zh" ? 1 : 0];

function t(key, values = {}) {
  const pair = FACTS.words[key];
  if (!pair) return key;
  return inLang(pair).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// A key of the call by its name: stop2 is "stop 2".
function callKey(key) {
  const number = key.match(/\d+$/);
  const exact = FACTS.call_keys[key];
  if (exact) return inLang(exact);
  const stem = FACTS.call_keys[key.replace(/\d+$/, "")];
  return stem ? `${inLang(stem)} ${number ? number[0] : ""}`.trim() : key;
}

// Texts that stand in the document itself.
function translate() {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = t(node.dataset.word);
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", t(node.dataset.label));
  }
  const other = $("#lang");
  other.textContent = t("lang.other");
  other.lang = lang === "zh" ? "en" : "zh";
  other.setAttribute("aria-label", t("lang.switch"));
}
