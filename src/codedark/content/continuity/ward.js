// The ward: who lies where, in the order of the corridor, and what whoever comes in must know first.

/** The beds of the pack, each with its chart if somebody lies in it, and its place in the list. */
function beds() {
  return (state.pack.beds || []).map((bed, place) => ({ place, bed: bed.place || {}, chart: bed.chart }));
}

function taken() {
  return beds().filter((each) => each.chart);
}

/** Room and bed; of a bed that only the model knows, its id without the ward. */
function bedName(place) {
  const { ward, room, bed } = { bed: "", ...place };
  return [room, bed.startsWith(`${ward}-`) ? bed.slice(ward.length + 1) : bed].filter(Boolean).join(" · ") || "?";
}

function fullName(chart) {
  const who = chart.identity || {};
  return [who.family, who.given].filter(Boolean).join(", ") || `(${w("not_recorded")})`;
}

/** A surname without capitals, accents and spaces: people mistake De Smet for Desmet. */
function surname(chart) {
  const family = (chart.identity || {}).family || "";
  return family.normalize("NFD").replace(/[\u0300-\u036f\s'’-]/g, "").toLowerCase();
}

function openVisit(chart) {
  return (chart.visits || []).find((each) => each.state === "in" || each.state === "on-leave") || (chart.visits || [])[0];
}

/** Warnings about mistaking one patient for another. */
function mixUps(here) {
  const others = taken().filter((each) => each.place !== here.place);
  const alike = others.filter((each) => surname(here.chart) && surname(each.chart) === surname(here.chart));
  const together = others.some((each) => bedName(each.bed) === bedName(here.bed));
  const who = alike.map((each) => `${fullName(each.chart)} (${w("bed")} ${bedName(each.bed)})`).join("; ");
  return [alike.length && mark(w("same_surname", { who })), together && mark(w("same_bed"))].filter(Boolean);
}

/** Allergies in one line: what they are, that there are none, or that nobody has told. */
function allergyLine(chart) {
  const told = chart.allergies || [];
  if (told.length) {
    return mark([entry("group.allergies"), ": ", told.map((each) => each.substance).join(", ")].join(""));
  }
  return (chart.none_known || []).includes("allergies") ? h("span", {}, w("none_known.allergies")) : mark(w("allergies_missing"));
}

function alertLine(chart) {
  const told = chart.alerts || [];
  return told.map((each) => h("strong", { class: "alert" }, fixed("alert", each.kind), ": ", said(each.text)));
}

function identityLine(chart) {
  const who = chart.identity || {};
  const born = who.born ? `${w("born")} ${who.born}` : `${w("born")}: ${w("not_recorded")}`;
  return [born, yearsOld(who.born), who.sex && fixed("sex", who.sex), `${w("number")} ${chart.id}`].filter(Boolean).join(" · ");
}

function patientCard(here) {
  const { chart, place } = here;
  const visit = openVisit(chart);
  return h(
    "li",
    { class: "card" },
    h(
      "div",
      {},
      h("a", { href: `#patient/${place}`, class: "who" }, bedLabel(here.bed), h("span", { class: "name" }, said(fullName(chart)))),
      h("p", {}, said(identityLine(chart)), visit && visit.state === "on-leave" && [" ", mark(w("on_leave"))]),
      visit && visit.reason && h("p", {}, w("reason"), ": ", said(visit.reason)),
    ),
    h(
      "div",
      {},
      h("p", {}, allergyLine(chart), mixUps(here), (chart.doubts || []).length > 0 && mark(w("doubts"))),
      h("p", {}, alertLine(chart)),
      nextDose(chart),
    ),
  );
}

function emptyCard(here) {
  return h("li", { class: "card empty" }, h("p", { class: "who" }, bedLabel(here.bed), h("span", {}, w(state.pack.is_told ? "empty_bed" : "untold_bed"))));
}

function bedLabel(place) {
  return h("span", { class: "bed" }, h("span", { class: "unseen" }, w("bed"), " "), said(bedName(place)));
}

/** What the search looks in. */
function searched(here) {
  const who = here.chart.identity || {};
  const numbers = (who.numbers || []).map((each) => each[1]);
  const text = [fullName(here.chart), `${who.given || ""} ${who.family || ""}`, here.chart.id, who.born, bedName(here.bed), ...numbers].join(" ");
  return plain(text);
}

function plain(text) {
  return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
}

function wardView() {
  const list = h("ol", { class: "beds" });
  const fill = (query) => {
    const words = plain(query).split(/\s+/).filter(Boolean);
    const found = beds().filter((each) => (each.chart ? words.every((word) => searched(each).includes(word)) : !words.length));
    list.replaceChildren(...found.map((each) => (each.chart ? patientCard(each) : emptyCard(each))));
    const count = found.filter((each) => each.chart).length;
    announce(words.length ? w(count === 1 ? "page.found_one" : "page.found_many", { count }) : "");
  };
  fill("");
  const box = h("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false", on: { input: (event) => fill(event.target.value) } });
  const search = h("p", { class: "search" }, h("label", { for: "search" }, w("page.search")), box);
  return [heading(w("view.ward")), asOfWard(["visit", "allergies", "alerts"]), search, beds().length ? list : h("p", { class: "nothing" }, w("nothing.beds"))];
}
