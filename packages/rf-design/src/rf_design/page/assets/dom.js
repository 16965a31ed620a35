// Elements. Text only ever becomes text nodes, so what a request or a model holds is never markup.

const $ = (selector, root = document) => root.querySelector(selector);
const SVG = "http://www.w3.org/2000/svg";

function dressed(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const el = (tag, attributes = {}, ...children) =>
  dressed(document.createElement(tag), attributes, children);

const svg = (tag, attributes = {}, ...children) =>
  dressed(document.createElementNS(SVG, tag), attributes, children);

function fill(node, ...children) {
  node.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// A table of texts or nodes; columns after the first `left` are numbers.
function table(node, head, rows, left = 1) {
  const kind = (index) => (index < left ? null : "number");
  const cells = (row, tag) =>
    row.map((cell, index) => el(tag, { class: kind(index), scope: tag === "th" ? "col" : null }, cell));
  return fill(
    node,
    el("thead", {}, el("tr", {}, ...cells(head, "th"))),
    el("tbody", {}, ...rows.map((row) => el("tr", row.attributes || {}, ...cells(row.cells, "td")))),
  );
}

// A function that runs again after `wait` ms without another call.
function settled(action, wait) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, wait);
  };
}
