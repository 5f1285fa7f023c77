// Lists of the whole ward: movements, what is pending, isolation, phones, protocols, reserved numbers.

function listView(name, headings, rows, groups = []) {
  return [heading(w(`view.${name}`)), asOfWard(groups), rows.length ? table(w(`view.${name}`), headings, rows) : h("p", { class: "nothing" }, w(`nothing.${name}`))];
}

/** How old groups of fields are in the whole ward: of each source the oldest, and whether it has stalled for anybody. */
function asOfWard(groups) {
  const told = groups.flatMap((group) => {
    const all = taken().flatMap((here) => (here.chart.as_of || {})[group] || []);
    const sources = [...new Set(all.map((each) => each.source))];
    return sources.map((source) => {
      const heard = all.filter((each) => each.source === source);
      const stalled = heard.some((each) => each.is_stalled) && [" ", mark(w("stalled", { source }))];
      const oldest = Math.min(...heard.map((each) => each.until || 0));
      return h("p", { class: "as-of" }, oldest ? aged(oldest, "as_of_oldest", { group: w(`group.${group}`), source }) : w("as_of_unknown"), stalled);
    });
  });
  return h("div", { class: "ages" }, told.flatMap((each) => [each, " "]));
}

function patientLink(here) {
  return h("a", { href: `#patient/${here.place}` }, said(bedName(here.bed)), " ", said(fullName(here.chart)));
}

function movesView() {
  const rows = (state.pack.movements || []).map((each) => [
    each.at ? aged(each.at, "both") : w("not_recorded"),
    fixed("movement", each.kind),
    said(each.name),
    said(each.from_or_to || ""),
    each.is_expected ? w("expected") : w("done"),
  ]);
  return listView("moves", [w("when"), w("what"), w("patient"), w("from_or_to"), w("flag_title")], rows, ["visit"]);
}

function pendingView() {
  const rows = taken().flatMap((here) => (here.chart.pending || []).map((each) => [patientLink(here), ...pendingRow(each)]));
  return listView("pending", [w("patient"), ...pendingHeadings()], rows, ["pending"]);
}

function isolationView() {
  const rows = taken().flatMap((here) =>
    (here.chart.alerts || []).filter((each) => each.kind === "isolation").map((each) => [patientLink(here), said(each.text), each.since ? aged(each.since, "both") : ""]),
  );
  return listView("isolation", [w("patient"), w("group.alerts"), w("begins")], rows, ["alerts"]);
}

function phonesView() {
  return [heading(w("view.phones")), (state.pack.phones || []).length ? people(state.pack.phones) : h("p", { class: "nothing" }, w("nothing.phones"))];
}

function numbersView() {
  const rows = (state.pack.numbers || []).map((each) => [fixed("number_kind", each.kind), w("from_to", each)]);
  const [title, ...list] = listView("numbers", [w("what"), w("number")], rows);
  return [title, h("p", {}, h("strong", {}, w("numbers_by_hand"))), ...list];
}
