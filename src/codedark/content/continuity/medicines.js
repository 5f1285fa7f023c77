// Drugs and doses as people read them without mistake: leading zero, no trailing zero, units written out.

const DUE_SOON = 30 * MINUTE;

function doseNumber(dose) {
  if (!/^\d+(\.\d+)?$/.test(dose)) {
    return dose;
  }
  const [whole, part] = dose.split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") : whole;
  return part ? grouped + w("decimal") + part : grouped;
}

function unit(written) {
  return (written || "").replace(/\{([^}]*)\}/g, "$1").split("/").map((part) => known("dose_unit", part)).join("/");
}

/** A code in any letters, in words; what is no code stays as it was written. */
function known(table, code) {
  const key = code.trim().toUpperCase();
  const told = fixed(table, key);
  return told === key ? code : told;
}

function dose(drug) {
  return drug.dose ? `${doseNumber(drug.dose)} ${unit(drug.unit)}`.trim() : unit(drug.unit);
}

function route(drug) {
  const told = known("route", drug.route || "");
  return told && told !== drug.route ? `${told} (${drug.route})` : told;
}

function frequency(drug) {
  const every = /^q(\d{1,2})h$/i.exec((drug.frequency || "").trim());
  const told = every ? w("every_hours", { hours: Number(every[1]) }) : known("frequency", drug.frequency || "");
  const times = (drug.times || []).length ? w("at_hours", { times: drug.times.join(", ") }) : "";
  const needed = drug.as_needed && told !== w("as_needed") ? w("as_needed") : "";
  return [told, times, needed].filter(Boolean).join(", ");
}

/** The name with tall-man letters and the original spelling beside it, or as it was written. */
function drugName(drug) {
  return drug.tall ? [said(drug.tall), " ", h("small", {}, w("written", { name: drug.name }))] : said(drug.name);
}

function isActive(drug) {
  return drug.status === "active" && !(drug.end && drug.end < state.pack.built);
}

/** When a drug is due next, in words that say what to do. Told anew each minute. */
function dueText(at) {
  const late = now() - at;
  if (Math.abs(late) < MINUTE * 5) {
    return w("due_now");
  }
  return late > 0 ? w("overdue", { span: span(late) }) : age(at);
}

function due(drug) {
  if (!drug.next) {
    return drug.as_needed ? w("as_needed") : "—";
  }
  const made = h("span", { class: "aged" });
  made.tell = () => {
    made.textContent = dueText(drug.next);
    made.classList.toggle("late", drug.next < now() + DUE_SOON);
  };
  made.tell();
  return [when(drug.next), h("br"), made];
}

function drugCell(drug) {
  const ended = drug.end && drug.end < now() ? mark(w("ended", { when: when(drug.end) })) : "";
  return [
    h("span", { class: "drug" }, drugName(drug)),
    drug.is_high_alert && [h("br"), mark(w("high_alert"))],
    drug.status !== "active" && [h("br"), mark(fixed("status", drug.status))],
    ended && [h("br"), ended],
    drug.indication && [h("br"), w("indication"), ": ", said(drug.indication)],
    drug.instructions && [h("br"), w("instructions"), ": ", said(drug.instructions)],
    drug.prescriber && [h("br"), h("small", {}, w("prescriber"), " ", said(drug.prescriber))],
  ];
}

function drugRow(drug) {
  return [
    drugCell(drug),
    h("strong", { class: "dose" }, dose(drug) ? said(dose(drug)) : mark(w("dose_missing"))),
    [said(route(drug)), drug.is_infusion && [h("br"), w("infusion")]],
    [frequency(drug), drug.end && [h("br"), h("small", {}, w("ends"), " ", when(drug.end))]],
    drug.last ? [when(drug.last), h("br"), aged(drug.last, "bare")] : w("never_given"),
    due(drug),
  ];
}

function medicationChart(chart) {
  const headings = ["medicine", "dose", "route_title", "frequency_title", "last", "next"].map((name) => w(name));
  const drugs = chart.drugs || [];
  const active = drugs.filter(isActive);
  const rest = drugs.filter((drug) => !isActive(drug));
  return [
    active.length ? table(w("group.medication"), headings, active.map(drugRow)) : [],
    rest.length ? [h("h3", {}, w("stopped_title")), table(w("stopped_title"), headings.slice(0, 5), rest.map((drug) => drugRow(drug).slice(0, 5)))] : [],
  ].flat();
}

/** The line of a bed's card: the next timed dose. */
function nextDose(chart) {
  const timed = (chart.drugs || []).filter((drug) => isActive(drug) && drug.next).sort((one, other) => one.next - other.next);
  if (!timed.length) {
    return "";
  }
  const first = timed[0];
  const more = timed.filter((drug) => drug.next === first.next).length - 1;
  const told = h("span", { class: "aged" });
  told.tell = () => {
    told.textContent = dueText(first.next);
  };
  told.tell();
  return h("p", {}, w("next"), ": ", when(first.next), ", ", drugName(first), " ", said(dose(first)), more > 0 && ` +${more}`, " (", told, ")");
}

/** Whether a drug is to be given at no hour that is known: at meals, or as often as no table understands. */
function isUntimed(drug) {
  const isDone = drug.last && /^(once|stat|now|1x|x1)$/i.test((drug.frequency || "").trim());
  return !drug.as_needed && !drug.is_infusion && !drug.next && !drug.hours && !(drug.end && drug.end < now()) && !isDone;
}

/**
 * All timed doses of the ward, the earliest first. Orders that name hours come back each day. Behind them, so that
 * nobody forgets them, drugs without an hour.
 */
function dueView() {
  const rows = [];
  for (const here of taken()) {
    for (const drug of (here.chart.drugs || []).filter(isActive)) {
      for (const at of isUntimed(drug) ? [Infinity] : dueTimes(drug)) {
        rows.push({ at, here, drug });
      }
    }
  }
  rows.sort((one, other) => (one.at === other.at ? one.here.place - other.here.place : one.at - other.at));
  const told = rows.map(({ at, here, drug }) => [
    at === Infinity ? said(frequency(drug) || "—") : due({ ...drug, next: at }),
    h("a", { href: `#patient/${here.place}` }, said(bedName(here.bed)), " ", said(fullName(here.chart))),
    [drugName(drug), drug.is_high_alert && [h("br"), mark(w("high_alert"))]],
    h("strong", {}, dose(drug) ? said(dose(drug)) : mark(w("dose_missing"))),
    said(route(drug)),
    allergyLine(here.chart),
  ]);
  const headings = [w("next"), w("patient"), w("medicine"), w("dose"), w("route_title"), w("group.allergies")];
  return listView("due", headings, told, ["medication", "administrations"]);
}

/**
 * The next due time, and those of the 24 hours from now: at the hours of the day that the order means, or in steps of
 * its interval. In a downtime of days the next dose as the systems knew it is long past: then only the hours count.
 */
function dueTimes(drug) {
  const here = now();
  const soon = laterTimes(drug, here).filter((at) => at >= here - 3600 && at < here + DAY && !(drug.end && at >= drug.end));
  const known = drug.next && !(soon.length && drug.next < here - DAY / 2);
  return known ? [drug.next, ...soon.filter((at) => at > drug.next)] : soon;
}

function laterTimes(drug, here) {
  if (drug.hours) {
    const today = here - (here % MINUTE) - minutesOfDay(here) * MINUTE;
    const hours = drug.hours.map((each) => each.split(":").map(Number));
    return [0, DAY].flatMap((later) => hours.map(([hour, minute]) => today + later + hour * 3600 + minute * MINUTE));
  }
  const begin = drug.next && drug.every ? drug.next : 0;
  const skipped = begin ? Math.max(0, Math.ceil((here - 3600 - begin) / drug.every)) : 0;
  const count = begin ? Math.ceil(DAY / drug.every) + 2 : 0;
  return Array.from({ length: Math.min(count, 200) }, (_, place) => begin + (skipped + place) * drug.every);
}
