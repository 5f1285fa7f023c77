// The ward: who lies where, in the order of the corridor, and what whoever comes in must know first.

/** The beds of the pack, each with its chart if somebody lies in it, and its place in the list. */
function beds() {
  return (state.pack.beds || []).map((bed, place) => ({ place, bed: bed.place || {}, chart: bed.chart }));
}

function taken() {
  return beds().filter((each) => each.chart);
}

/** The model's id of the bed without the ward, which is one name whatever the source writes; else room and bed as written. */
function bedName(place) {
  const { ward, room, bed, bed_id: known } = place;
  if (known) return known.startsWith(`${ward}-`) ? known.slice(ward.length + 1) : known;
  return [room, bed].filter(Boolean).join(" · ") || "?";
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

/** Whether one is the other's mother: they may share a bed. */
function isFamily(chart, other) {
  return chart.id === (other.identity || {}).mother || other.id === (chart.identity || {}).mother;
}

let lookedUp = null;

/** The patients by surname and by bed, looked up once a pack: a ward may have hundreds. */
function neighbours() {
  if (!lookedUp || lookedUp.pack !== state.pack) {
    lookedUp = { pack: state.pack, surnames: new Map(), beds: new Map() };
    for (const each of taken()) {
      const [name, bed] = [surname(each.chart), bedName(each.bed)];
      lookedUp.surnames.set(name, [...(lookedUp.surnames.get(name) || []), each]);
      lookedUp.beds.set(bed, [...(lookedUp.beds.get(bed) || []), each]);
    }
  }
  return lookedUp;
}

/** Warnings about mistaking one patient for another. */
function mixUps(here) {
  const others = (those) => (those || []).filter((each) => each.place !== here.place);
  const { surnames, beds: lying } = neighbours();
  const alike = surname(here.chart) ? others(surnames.get(surname(here.chart))) : [];
  const inBed = bedName(here.bed) === "?" ? [] : others(lying.get(bedName(here.bed)));
  const together = inBed.some((each) => !isFamily(here.chart, each.chart));
  const birthday = (chart) => (chart.identity || {}).born;
  const twin = (each) => birthday(here.chart) && birthday(each.chart) === birthday(here.chart);
  const told = (sentence, those) => {
    const who = those.map((each) => `${fullName(each.chart)} (${w("bed")} ${bedName(each.bed)})`).join("; ");
    return those.length && mark(w(sentence, { who }));
  };
  return [told("same_birth", alike.filter(twin)), told("same_surname", alike.filter((each) => !twin(each))), together && mark(w("same_bed"))].filter(Boolean);
}

/** That somebody is on leave: what is due of him is due somewhere else. */
function leave(chart) {
  const visit = openVisit(chart);
  return visit && visit.state === "on-leave" && [" ", mark(w("on_leave"))];
}

/** Allergies in one line: what they are and which are severe, that there are none, or that nobody has told. */
function allergyLine(chart) {
  const told = chart.allergies || [];
  if (told.length) {
    const severe = (each) => (each.severity === "high" ? `${each.substance} (${w("severity.high")})` : each.substance);
    return mark([entry("group.allergies"), ": ", told.map(severe).join(", ")].join(""));
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
      h("p", {}, said(identityLine(chart)), leave(chart)),
      visit && visit.reason && h("p", {}, w("reason"), ": ", said(visit.reason)),
    ),
    h(
      "div",
      {},
      h("p", {}, allergyLine(chart), mixUps(here), (chart.doubts || []).map((each) => mark(said(doubtText(each))))),
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
