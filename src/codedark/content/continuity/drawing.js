// How elements are made. Text only ever becomes a text node, so that nothing of a source can become markup.

/** More marks on one letter no language has; a hundred of them cover the lines above and below. */
const MOST_MARKS = 4;

/** Text with what hides or reorders it made visible (Unicode TR 36): an override could turn a dose around. */
function shown(text) {
  const hiding = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
  const escaped = (letter) => `\\u${letter.codePointAt(0).toString(16).padStart(4, "0")}`;
  const stacked = (marks) => [...marks].map((mark, place) => (place < MOST_MARKS ? mark : escaped(mark))).join("");
  return String(text).normalize("NFC").replace(hiding, escaped).replace(/\p{Mn}{5,}/gu, stacked);
}

/** An element with attributes and children; children are elements, texts, lists of them, or nothing. */
function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      Object.entries(value).forEach(([event, act]) => made.addEventListener(event, act));
    } else if (value !== false && value !== undefined) {
      made.setAttribute(name, value === true ? "" : value);
    }
  }
  add(made, children);
  return made;
}

function add(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child instanceof Node) {
      parent.append(child);
    } else if (child !== undefined && child !== null && child !== "" && child !== false) {
      parent.append(shown(child));
    }
  }
}

/** A text of the source, kept apart so that its direction of writing changes nothing around it. */
function said(text) {
  return h("bdi", {}, text);
}

/** What must not be overlooked: a sign and words, never colour alone. */
function mark(text) {
  return h("strong", { class: "mark" }, "⚠ ", text);
}

/** A name and what it says, for a list of facts; nothing where there is nothing to say. */
function fact(name, ...told) {
  const held = told.flat(Infinity).filter((each) => each !== "" && each !== undefined && each !== false);
  return held.length ? [h("dt", {}, name), h("dd", {}, held)] : [];
}

/** A table with a heading for each column. Rows are lists of cells; the first cell of a row names it. */
function table(name, headings, rows) {
  const cells = (row) => row.map((cell, place) => h(place ? "td" : "th", place ? { "data-name": headings[place] } : { scope: "row" }, cell));
  return h(
    "table",
    { "aria-label": name },
    h("thead", {}, h("tr", {}, headings.map((heading) => h("th", { scope: "col" }, heading)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, cells(row)))),
  );
}

/** A time whose age is told anew each minute. */
function aged(at, sentence, given = {}) {
  const made = h("span", {});
  const tell = () => {
    made.textContent = shown(w(sentence, { when: when(at), age: age(at), ...given }));
  };
  tell();
  made.tell = tell;
  made.classList.add("aged");
  return made;
}

/** Tells all ages on the page anew. */
function tellAges() {
  document.querySelectorAll(".aged").forEach((each) => each.tell());
}

/** How old a group of fields is, and whether its source has fallen silent. */
function asOf(chart, group) {
  const heard = (chart.as_of || {})[group] || [];
  if (!heard.length) {
    return h("p", { class: "as-of" }, w("as_of_unknown"));
  }
  return heard.map((each) =>
    h(
      "p",
      { class: "as-of" },
      each.until ? aged(each.until, "as_of_source", { source: each.source }) : `${each.source}: ${w("as_of_unknown")}`,
      each.is_stalled && [" ", mark(w("stalled", { source: each.source }))],
    ),
  );
}

/** "Not recorded", or "none known" where somebody said so. */
function nothing(chart, group) {
  const none = (chart.none_known || []).includes(group);
  return h("p", { class: "nothing" }, none ? entry(`none_known.${group}`) || w("none_known.default") : w("not_recorded"));
}

/** A section of a chart with its heading, its age, and what it holds or that it holds nothing. */
function section(chart, group, content, extra = {}) {
  const id = `group-${group}`;
  const body = content && content.length !== 0 ? content : nothing(chart, group);
  return h(
    "section",
    { "aria-labelledby": id, class: `group ${extra.class || ""}` },
    h("h2", { id, tabindex: "-1" }, w(`group.${group}`)),
    asOf(chart, group),
    body,
  );
}
