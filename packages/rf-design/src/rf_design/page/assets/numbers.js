// Numbers as engineers print them: 11.31 nH, 2.4 GHz, -54.1 dB.

const PREFIXES = { "-15": "f", "-12": "p", "-9": "n", "-6": "µ", "-3": "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T" };
const MINUS = "\u2212";

function withPrefix(value, unit, digits = 4, trim = false) {
  if (!Number.isFinite(value) || value === 0) return `${value} ${unit}`;
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const power = Math.max(-15, Math.min(12, 3 * Math.floor(Number(exponent) / 3)));
  const shift = Number(exponent) - power;
  let number = (Number(mantissa) * 10 ** shift).toFixed(Math.max(0, digits - 1 - shift));
  if (trim && number.includes(".")) number = number.replace(/\.?0+$/, "");
  return `${number} ${PREFIXES[power]}${unit}`.trim();
}

// The power of ten and the unit in which numbers up to `most` are printed: [1e6, "MHz"].
function scaleFor(most, unit) {
  const power = Math.max(-15, Math.min(12, 3 * Math.floor(Math.log10(most) / 3 + 1e-12)));
  return [10 ** power, `${PREFIXES[power]}${unit}`];
}

const hertz = (f, digits = 6) => withPrefix(f, "Hz", digits, true);
const ohms = (r) => withPrefix(r, "Ω", 5, true);
const partValue = (part, trim = false) =>
  withPrefix(part.value, part.kind === "inductor" ? "H" : "F", trim ? 3 : 4, trim);
const seconds = (d) => (d === null ? "–" : withPrefix(d, "s", 4).replace("-", MINUS));

// Digits that suit the size: 54.10, 0.0436.
function decibels(value, digits = 2) {
  if (value === null) return "∞";
  if (Math.abs(value) < 5e-4) return (0).toFixed(digits);
  const shown = Math.abs(value) < 0.995 && value !== 0 ? tidy(value, 3) : value.toFixed(digits);
  return shown.replace("-", MINUS);
}

function tidy(value, digits) {
  if (Math.abs(value) < 5e-5) return "0";
  return String(Number(value.toPrecision(digits)));
}

const signed = (value) => (value === null ? "" : (value >= 0 ? "+" : "") + decibels(value));

// A number and its unit are never parted by the end of a line.
const together = (text) => text.replace(/ /g, "\u00a0");

// Ticks at 1, 2 or 5 times a power of ten, about `wanted` of them.
function niceTicks(low, high, wanted) {
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) ticks.push(k * step);
  return ticks;
}

function logTicks(low, high) {
  const ticks = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e += 1) {
    for (let m = 1; m < 10; m += 1) {
      const f = m * 10 ** e;
      if (f >= low * (1 - 1e-9) && f <= high * (1 + 1e-9)) ticks.push({ f, major: m === 1 || m === 2 || m === 5 });
    }
  }
  return ticks;
}
