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
  if (!drug.dose) {
    return drug.unit ? `${w("dose_missing")} (${unit(drug.unit)})` : "";
  }
  const low = doseNumber(drug.dose);
  const number = drug.dose_most ? w("dose_range", { low, high: doseNumber(drug.dose_most) }) : low;
  const written = drug.dose_written ? ` (${w("written", { name: drug.dose_written })})` : "";
  return `${number} ${unit(drug.unit) || w("unit_missing")}${written}`;
}

function route(drug) {
  const told = known("route", drug.route || "");
  return told && told !== drug.route ? `${told} (${drug.route})` : told;
}

function often(frequency, code) {
  const told = known("frequency", frequency);
  const meaning = told === frequency && code ? known("frequency", code) : "";
  if (meaning && meaning !== code) {
    return `${meaning} (${frequency})`;
  }
  const every = told === frequency && /^q(\d{1,3})(h|d|w|min)$/i.exec(frequency.trim());
  const daily = told === frequency && /^([2-9])xday$/i.exec(frequency.trim());
  if (every && Number(every[1]) > 1) {
    return w(`every.${every[2].toUpperCase()}`, { count: Number(every[1]) });
  }
  return daily ? w("times_a_day", { count: Number(daily[1]) }) : told;
}

function frequency(drug) {
  const told = drug.is_own ? drug.frequency : often(drug.frequency || "", drug.often);
  const times = (drug.times || []).length ? w("at_hours", { times: drug.times.join(", ") }) : "";
  const needed = drug.as_needed && told !== w("as_needed") ? w("as_needed") : "";
  return [told, times, needed].filter(Boolean).join(", ");
}

/** A dose that wraps behind its strokes, before it wraps within a word: micrograms/ hour. */
function parted(text) {
  const parts = text.split("/");
  return h("bdi", {}, parts.map((part, place) => (place < parts.length - 1 ? [`${part}/`, h("wbr")] : part)));
}

/** The name with tall-man letters and the original spelling beside it, or as it was written. */
function drugName(drug) {
  return drug.tall ? [said(drug.tall), " ", h("small", {}, w("written", { name: drug.name }))] : said(drug.name);
}

function isActive(drug) {
  return drug.status === "active" && !(drug.end && drug.end < state.pack.built);
}

/** When a drug is due next, in words that say what to do. Told anew each minute. */
function dueText(at, untold) {
  const late = now() - at;
  if (Math.abs(late) < MINUTE * 5) {
    return w("due_now");
  }
  return late > 0 ? w(untold ? "overdue_untold" : "overdue", { span: span(late) }) : age(at);
}

function due(drug) {
  if (!drug.next) {
    return drug.as_needed ? w("as_needed") : "—";
  }
  const made = h("span", { class: "aged" });
  made.tell = () => {
    made.textContent = dueText(drug.next, drug.is_untold);
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
    (drug.cautions || []).map((each) => [h("br"), mark(fixed("caution", each))]),
    drug.status !== "active" && [h("br"), mark(fixed("status", drug.status))],
    drug.begin > state.pack.built && [h("br"), mark(w("not_before", { when: when(drug.begin) }))],
    ended && [h("br"), ended],
    drug.indication && [h("br"), w("indication"), ": ", said(drug.indication)],
    drug.instructions && [h("br"), w("instructions"), ": ", h("span", { class: "lines" }, said(drug.instructions))],
    drug.prescriber && [h("br"), h("small", {}, w("prescriber"), " ", said(drug.prescriber))],
  ];
}

function drugRow(drug) {
  return [
    drugCell(drug),
    h("strong", { class: "dose" }, dose(drug) ? parted(dose(drug)) : mark(w("dose_missing"))),
    [said(route(drug)), drug.is_infusion && [h("br"), w("infusion")]],
    [said(frequency(drug)), drug.end && [h("br"), h("small", {}, w("ends"), " ", when(drug.end))]],
    drug.last ? [when(drug.last), h("br"), aged(drug.last, "bare")] : w(drug.is_untold ? "last_untold" : "never_given"),
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
    told.textContent = dueText(first.next, first.is_untold);
  };
  told.tell();
  return h("p", {}, w("next"), ": ", when(first.next), ", ", drugName(first), " ", said(dose(first)), more > 0 && ` +${more}`, " (", told, ")");
}

/** Whether a drug is to be given at no hour that is known: at meals, or as often as no table understands. */
function isUntimed(drug) {
  const isDone = drug.last && (drug.every || /^(once|stat|now|1x|x1)$/i.test((drug.often || drug.frequency || "").trim()));
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
    h("a", { href: `#patient/${here.place}` }, said(bedName(here.bed)), " ", said(fullName(here.chart)), leave(here.chart)),
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
 * What was overdue already when the page was made stays, as on paper and at the station.
 * Without a next dose none is due: the last one covers what is left until the order's end.
 */
function dueTimes(drug) {
  if (!drug.next) {
    return [];
  }
  const here = now();
  const soon = laterTimes(drug, here).filter((at) => at >= here - 3600 && at < here + DAY && !(drug.end && at >= drug.end));
  const known = !(soon.length && Math.max(drug.next, state.pack.built) < here - DAY / 2);
  return known ? [drug.next, ...soon.filter((at) => at > drug.next)] : soon;
}

/** The moment at which clocks show so many minutes since midnight, also in a night in which they are changed. */
function byTheClock(midnight, minutes) {
  const at = midnight + minutes * MINUTE;
  const off = ((minutes - minutesOfDay(at) + DAY / MINUTE * 1.5) % (DAY / MINUTE)) - DAY / MINUTE / 2;
  return at + off * MINUTE;
}

function laterTimes(drug, here) {
  if (drug.hours) {
    const today = here - (here % MINUTE) - minutesOfDay(here) * MINUTE;
    const hours = drug.hours.map((each) => each.split(":").map(Number));
    return [0, DAY].flatMap((later) => hours.map(([hour, minute]) => byTheClock(today + later, hour * 60 + minute)));
  }
  const skipped = drug.every ? Math.max(0, Math.ceil((here - 3600 - drug.next) / drug.every)) : 0;
  const count = drug.every ? Math.ceil(DAY / drug.every) + 2 : 0;
  return Array.from({ length: Math.min(count, 200) }, (_, place) => drug.next + (skipped + place) * drug.every);
}
