// One patient: what is dangerous first, then what is to be done, then what is known.

/** How much of the screen a patient's name and allergies may take while the rest scrolls. */
const MOST_TOP = 0.4;
/** States of a value or report in which nothing is left to say: HL7 tables 0085 and 0271, and FHIR's word. */
const FINAL = new Set(["", "F", "U", "AU", "LA", "final"]);

function patientView(place) {
  const here = taken().find((each) => each.place === place);
  if (!here) {
    return wardView();
  }
  const { chart } = here;
  const sections = [
    section(chart, "allergies", allergies(chart), { class: "first" }),
    section(chart, "alerts", alerts(chart), { class: "first" }),
    section(chart, "medication", medicationChart(chart)),
    section(chart, "visit", visitFacts(chart)),
    section(chart, "identity", identityFacts(chart)),
    section(chart, "measures", results(chart.measures)),
    section(chart, "problems", coded(chart.problems)),
    section(chart, "devices", coded(chart.devices)),
    section(chart, "administrations", given(chart)),
    section(chart, "vitals", results(chart.vitals)),
    section(chart, "laboratory", results(chart.results)),
    section(chart, "pending", asked(chart)),
    section(chart, "blood-group", results(chart.blood_group)),
    section(chart, "microbiology", reports(chart.microbiology)),
    section(chart, "imaging", reports(chart.imaging)),
    section(chart, "fluids", results(chart.fluids)),
    section(chart, "appointments", appointments(chart)),
    section(chart, "contacts", people(chart.contacts)),
    section(chart, "notes", reports(chart.notes)),
  ];
  return [topOf(here), jumps(sections), ...sections];
}

/** Name, two identifiers, bed and allergies: stays in sight while the rest scrolls. */
function topOf(here) {
  const { chart } = here;
  const all = taken();
  const at = all.findIndex((each) => each.place === here.place);
  const way = (other, sentence) => other && h("a", { class: "button", href: `#patient/${other.place}` }, said(w(sentence, { name: fullName(other.chart) })));
  const died = (chart.identity || {}).died;
  return [
    h("nav", { class: "ways", "aria-label": w("patient") }, h("a", { class: "button", href: "#ward" }, w("page.back")), way(all[at - 1], "page.previous"), way(all[at + 1], "page.next")),
    h(
      "div",
      { class: "top" },
      heading(fullName(chart), w("bed"), " ", bedName(here.bed)),
      h("p", {}, h("strong", {}, said(identityLine(chart))), leave(chart), died && [" ", mark(w("died", { when: when(died) }))]),
      h("p", {}, allergyLine(chart)),
      h("p", { class: "tags" }, alertLine(chart), mixUps(here)),
    ),
    (chart.doubts || []).length ? h("section", { class: "group first" }, h("h2", {}, w("doubts")), h("ul", {}, chart.doubts.map((each) => h("li", {}, said(doubtText(each)))))) : "",
  ];
}

/** What stays in sight leaves most of a screen to the rest: on a small one alerts scroll, and so does a long name. */
function fitTop() {
  const top = main.querySelector(".top");
  if (!top) {
    return;
  }
  const tags = main.querySelector(".tags");
  const isTall = () => top.offsetHeight > innerHeight * MOST_TOP;
  top.classList.remove("loose");
  top.append(tags);
  if (isTall()) {
    top.after(tags);
  }
  top.classList.toggle("loose", isTall());
  const isStuck = getComputedStyle(top).position === "sticky";
  document.documentElement.style.scrollPaddingTop = `${isStuck ? top.offsetHeight + 8 : 8}px`;
}

function doubtText(doubt) {
  return w(`doubt.${doubt.kind}`, { about: doubt.about || "", other: doubt.other || "" });
}

function jumps(sections) {
  const go = (title) => () => {
    title.focus();
    title.scrollIntoView({ block: "start" });
  };
  const titles = sections.map((each) => each.querySelector("h2"));
  return h("nav", { class: "jumps", "aria-label": w("page.jump") }, titles.map((title) => h("button", { type: "button", on: { click: go(title) } }, title.textContent)));
}

function allergies(chart) {
  const rows = (chart.allergies || []).map((each) =>
    h("li", {}, mark(each.substance), each.code && ` (${each.code})`, " · ", fixed("severity", each.severity || "unknown"), each.reaction && [" · ", w("reaction"), ": ", said(each.reaction)], !each.is_certain && ` · ${w("uncertain")}`),
  );
  return rows.length ? h("ul", {}, rows) : [];
}

function alerts(chart) {
  const rows = (chart.alerts || []).map((each) => h("li", {}, h("strong", {}, fixed("alert", each.kind), ": "), said(each.text), each.since && [" · ", w("begins"), " ", when(each.since)]));
  return rows.length ? h("ul", {}, rows) : [];
}

function identityFacts(chart) {
  const who = chart.identity || {};
  return h(
    "dl",
    {},
    fact(w("patient"), said(fullName(chart))),
    fact(w("born"), who.born ? `${who.born} (${yearsOld(who.born) || "?"})` : w("not_recorded")),
    fact(w("number"), chart.id),
    (who.numbers || []).map(([kind, number]) => fact(kind, number)),
    fact(w("address"), who.address && said(who.address)),
    fact(w("phone"), who.phone),
    fact(w("mother"), who.mother),
  );
}

function visitFacts(chart) {
  const visit = openVisit(chart);
  if (!visit) {
    return [];
  }
  const doctor = visit.attending;
  return h(
    "dl",
    {},
    fact(w("reason"), visit.reason && said(visit.reason)),
    fact(w("place"), visit.place && `${bedName(visit.place)} (${visit.place.ward})`),
    fact(w("previous_place"), visit.previous && `${bedName(visit.previous)} (${visit.previous.ward})`),
    fact(w("attending"), doctor && [said(doctor.name), doctor.role && ` · ${doctor.role}`, " · ", doctor.phone || `${w("phone")}: ${w("not_recorded")}`]),
    fact(w("admitted"), visit.admitted && aged(visit.admitted, "both")),
    fact(w("expected_out"), visit.expected_out && aged(visit.expected_out, "both")),
    fact(w("discharged"), visit.discharged && aged(visit.discharged, "both")),
    fact(w("visit_number"), visit.id, visit.kind && ` · ${fixed("kind", visit.kind)}`),
  );
}

function coded(list) {
  const rows = (list || []).map((each) => h("li", {}, said(each.text), each.code && ` (${each.code})`, each.since && ` · ${w("begins")} ${when(each.since)}`));
  return rows.length ? h("ul", {}, rows) : [];
}

function given(chart) {
  const rows = (chart.given || []).map((each) => [
    [when(each.at), h("br"), aged(each.at, "bare")],
    drugName(each),
    h("strong", {}, said(dose(each))),
    said(route(each)),
    each.status === "given" ? w("status.given") : mark(fixed("status", each.status)),
    said(each.by || ""),
  ]);
  return rows.length ? table(w("group.administrations"), [w("when"), w("medicine"), w("dose"), w("route_title"), w("what"), w("by")], rows) : [];
}

/** Values by test, the latest first in each row, and the earlier ones beside it with their times. */
function results(list) {
  const tests = new Map();
  for (const each of list || []) {
    const key = `${each.code || ""}|${each.name}`;
    tests.set(key, [...(tests.get(key) || []), each]);
  }
  const rows = [...tests.values()].map(([latest, ...earlier]) => [
    [said(latest.name), latest.panel && [h("br"), h("small", {}, said(latest.panel))]],
    [value(latest), latest.note && [h("br"), said(latest.note)]],
    said(latest.range || ""),
    [when(latest.at), h("br"), aged(latest.at, "bare")],
    h("small", {}, earlier.map((each, place) => [place > 0 && h("br"), value(each), " · ", when(each.at)])),
  ]);
  return rows.length ? table(w("value"), [w("test"), w("value"), w("range"), w("when"), w("before")], rows) : [];
}

function value(result) {
  const told = h("strong", {}, said(`${result.value || "?"} ${labUnit(result.unit || "")}`.trim()));
  const flag = result.flag && result.flag !== "N" && ` ${flagSign(result.flag)} ${fixed("flag", result.flag)}`;
  const status = !FINAL.has(result.status || "") && [" ", mark(said(fixed("result_status", result.status)))];
  return [told, flag && h("strong", {}, said(flag)), status];
}

function flagSign(flag) {
  const signs = { L: "↓", LL: "↓↓", LU: "↓↓", D: "↓", H: "↑", HH: "↑↑", HU: "↑↑", U: "↑", "<": "↓↓", ">": "↑↑", NEG: "", ND: "" };
  return signs[flag] ?? "!";
}

/** UCUM as people write it: Cel, mm[Hg], {score}. */
function labUnit(written) {
  const known = { Cel: "°C", "mm[Hg]": "mmHg", "/min": "/min", "{score}": "" };
  return written in known ? known[written] : written.replace(/\{([^}]*)\}/g, "$1").replace(/\*/g, "^");
}

function asked(chart) {
  const rows = (chart.pending || []).map(pendingRow);
  return rows.length ? table(w("group.pending"), pendingHeadings(), rows) : [];
}

function pendingHeadings() {
  return [w("what"), w("accession"), w("specimen"), w("asked"), w("flag_title")];
}

function pendingRow(each) {
  return [
    [said(each.name), h("br"), h("small", {}, fixed("asked_kind", each.kind))],
    said(each.accession || w("not_recorded")),
    said(each.specimen || ""),
    [when(each.at), h("br"), aged(each.at, "bare")],
    said(fixed("status", each.status || "")),
  ];
}

function reports(list) {
  return (list || []).map((each) =>
    h(
      "article",
      {},
      h("h3", {}, said(each.title)),
      h("p", { class: "as-of" }, aged(each.at, "both"), each.by && [" · ", said(each.by)], reportState(each.status)),
      h("p", { class: "text" }, said(ours(each.text || ""))),
    ),
  );
}

/** A report with what we ourselves wrote in it, line by line, in the reader's language. */
function ours(text) {
  return text.split("\n").map((line) => fixed("placeholder", line)).join("\n");
}

/** What a report's state says, where it is not final: a code of HL7 table 0123 or 0271, or FHIR's word. */
function reportState(state) {
  const word = fixed("status", state || "");
  const told = word === state ? fixed("result_status", state) : word;
  return !FINAL.has(state || "") && [" · ", mark(told)];
}

function appointments(chart) {
  const rows = (chart.appointments || []).map((each) => [aged(each.begin, "both"), said(each.what), said(each.where || ""), said(each.who || ""), said(fixed("status", each.status || ""))]);
  return rows.length ? table(w("group.appointments"), [w("when"), w("what"), w("where"), w("who"), w("flag_title")], rows) : [];
}

function people(list) {
  const rows = (list || []).map((each) => [said(each.name), said(each.role || ""), said(each.phone || w("not_recorded"))]);
  return rows.length ? table(w("view.phones"), [w("who"), w("role"), w("phone")], rows) : [];
}
