// Words, times and ages in the language of whoever reads. Texts of the source are never translated.

const ALL_WORDS = JSON.parse(document.getElementById("words").textContent);
const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

const state = { pack: null, language: document.documentElement.lang };

/** The entry at a dotted name, or undefined. */
function entry(name) {
  return name.split(".").reduce((found, part) => (found === undefined ? found : found[part]), ALL_WORDS[state.language]);
}

/** The sentence of that name, with what is to be filled in. */
function w(name, given = {}) {
  const sentence = entry(name);
  return sentence.replace(/\{(\w+)\}/g, (whole, key) => (key in given ? String(given[key]) : whole));
}

/** What a fixed code means, or the code itself. `table` is a name of the words. */
function fixed(table, code) {
  const words = entry(table) || {};
  return Object.prototype.hasOwnProperty.call(words, code) ? words[code] : code;
}

function now() {
  return Math.floor(Date.now() / 1000);
}

/** So many of a unit of time: "1 month", "2 months". */
function counted(count, unit) {
  return `${count} ${w(`unit.${unit}.${count === 1 ? 0 : 1}`)}`;
}

/** A length of time by its two largest units: "2 hours 15 minutes". */
function span(seconds) {
  const minutes = Math.floor(Math.abs(seconds) / MINUTE);
  const counts = { day: Math.floor(minutes / 1440), hour: Math.floor((minutes % 1440) / 60), minute: minutes % 60 };
  const told = Object.keys(counts).filter((unit) => counts[unit]);
  return told.slice(0, 2).map((unit) => counted(counts[unit], unit)).join(" ");
}

/** How long ago, or in how long: "2 hours 15 minutes ago". */
function age(at) {
  const passed = now() - at;
  if (Math.abs(passed) < MINUTE) {
    return w("now");
  }
  return w(passed > 0 ? "ago" : "soon", { span: span(passed) });
}

/** A moment in the ward's time zone: "Mon 12 Jan 03:10", with the year where it is not this one's. */
function when(at) {
  const date = new Date(at * 1000);
  const near = Math.abs(at - state.pack.built) < 180 * DAY;
  const shape = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const extra = near ? { weekday: "short" } : { year: "numeric" };
  return new Intl.DateTimeFormat(entry("locale"), { ...shape, ...extra, timeZone: state.pack.time_zone }).format(date);
}

/** Minutes since midnight in the ward's time zone. */
function minutesOfDay(at) {
  const shape = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: state.pack.time_zone };
  const parts = new Intl.DateTimeFormat("en", shape).formatToParts(new Date(at * 1000));
  const part = (type) => Number(parts.find((each) => each.type === type).value);
  return part("hour") * 60 + part("minute");
}

/** How old somebody is: years, months below two years, days below two months. Empty where the date of birth is not fully known, or to come. */
function yearsOld(born) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(born || "")) {
    return "";
  }
  const at = new Date(Math.max(state.pack.built, now()) * 1000);
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: state.pack.time_zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
  const [year, month, day] = today.split("-").map((part, place) => Number(part) - Number(born.split("-")[place]));
  const months = year * 12 + month - (day < 0 ? 1 : 0);
  const days = Math.round((Date.parse(today) - Date.parse(born)) / 1000 / DAY);
  if (!(days >= 0)) {
    return "";
  }
  if (months < 2) {
    return counted(days, "day");
  }
  return months < 24 ? counted(months, "month") : w("age", { years: Math.floor(months / 12) });
}
