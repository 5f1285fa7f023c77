// The page: asks for the passphrase, then shows one view at a time. The address after # says which.

const VIEWS = { ward: wardView, due: dueView, moves: movesView, pending: pendingView, isolation: isolationView, phones: phonesView, protocols: protocolsView, numbers: numbersView };
const LANGUAGE_KEY = "codedark-language";

const bar = document.getElementById("bar");
const main = document.getElementById("main");
const built = main.querySelector("p").textContent;

/** The heading of a view: it takes the focus, so that keyboard and screen reader begin there. */
function heading(text, ...more) {
  return h("h1", { tabindex: "-1" }, said(text), more.length > 0 && [" ", h("span", { class: "bed" }, more)]);
}

/** Says something to whoever cannot see the page. */
function announce(text) {
  document.getElementById("said").textContent = text;
}

function chosenLanguage() {
  let kept = "";
  try {
    kept = sessionStorage.getItem(LANGUAGE_KEY) || "";
  } catch (error) {
    kept = ""; // A browser may keep nothing for a file; then its own language is taken.
  }
  const wanted = [kept, ...(navigator.languages || [])].map((each) => each.slice(0, 2));
  return wanted.find((each) => each in ALL_WORDS) || document.documentElement.lang;
}

function speak(language) {
  state.language = language;
  document.documentElement.lang = language;
  try {
    sessionStorage.setItem(LANGUAGE_KEY, language);
  } catch (error) {
    announce(""); // As above: the choice lasts until the page is closed.
  }
  show();
}

function languageChoice() {
  const options = Object.keys(ALL_WORDS).map((each) => h("option", { value: each, lang: each, selected: each === state.language }, ALL_WORDS[each].name));
  const change = (event) => {
    speak(event.target.value);
    document.getElementById("language").focus();
  };
  return h("p", { class: "language" }, h("label", { for: "language" }, w("page.language")), h("select", { id: "language", on: { change } }, options));
}

function show() {
  if (!state.pack) {
    showLocked();
    return;
  }
  const [view, place] = location.hash.slice(1).split("/");
  document.title = `${state.pack.ward_name} · ${state.pack.hospital}`;
  drawBar(view in VIEWS ? view : view === "patient" ? "" : "ward");
  main.className = view;
  fill(main, view === "patient" ? patientView(Number(place)) : (VIEWS[view] || wardView)());
  announce("");
  fitTop();
}

function fill(parent, children) {
  parent.replaceChildren();
  add(parent, [children]);
}

function drawBar(view) {
  const { pack } = state;
  const link = (name) => h("a", { href: `#${name}`, class: "button", "aria-current": name === view && "page" }, w(`view.${name}`));
  const verify = h("span", { class: "aged verify" });
  verify.tell = () => {
    verify.replaceChildren(now() > pack.verify_after ? mark(w("verify_now")) : document.createTextNode(w("verify_after", { when: when(pack.verify_after) })));
  };
  verify.tell();
  const data = h("p", { class: "aged data" });
  data.tell = () => {
    const [newest, oldest] = [pack.newest, pack.oldest].map((at) => at && w("both", { when: when(at), age: age(at) }));
    const text = oldest ? w("data", { newest, oldest }) : w("data_unknown");
    data.replaceChildren(!pack.oldest || now() - pack.oldest > pack.loud_after ? mark(`${w("data_old")} ${text}`) : document.createTextNode(text));
  };
  data.tell();
  const newer = h("p", { class: "aged newer" });
  newer.tell = () => {
    newer.replaceChildren(...(now() - pack.built > pack.no_newer_after ? [mark(w("no_newer", { age: age(pack.built) }))] : []));
  };
  newer.tell();
  const earlier = now() < pack.built - 5 * MINUTE && h("p", {}, mark(w("page.clock_wrong")));
  const silent = (pack.silences || []).map(({ source, since }) => h("p", {}, aged(since, "silence_aged", { source })));
  fill(bar, [
    h("p", { id: "printed" }),
    h("a", { href: "#main", class: "skip", on: { click: skip } }, w("page.skip")),
    h(
      "div",
      { class: "line" },
      h("p", {}, h("strong", { id: "ward" }, pack.ward_name), " ", h("span", {}, pack.hospital), h("br"), w("pack", { counter: pack.counter, when: when(pack.built) }), " (", aged(pack.built, "bare"), "). ", verify),
      languageChoice(),
      h("button", { type: "button", on: { click: () => print() } }, w("page.print")),
      h("button", { type: "button", on: { click: lockAgain } }, w("page.lock")),
    ),
    newer,
    data,
    earlier,
    silent.length ? h("div", { class: "stalled" }, h("p", {}, mark(w("silences"))), silent) : "",
    h("nav", { "aria-label": w("page.views") }, Object.keys(VIEWS).map(link)),
  ]);
}

function skip(event) {
  event.preventDefault();
  main.focus();
}

function lockAgain() {
  state.pack = null;
  location.hash = "";
  location.reload();
}

function showLocked() {
  const wrong = h("p", { id: "wrong", role: "alert" });
  const field = h("input", { type: "password", id: "passphrase", autocomplete: "off", autocapitalize: "none", spellcheck: "false", "aria-describedby": "how wrong", required: true });
  const reveal = (event) => {
    field.type = event.target.checked ? "text" : "password";
  };
  const button = h("button", { type: "submit" }, w("page.unlock"));
  const submit = (event) => {
    event.preventDefault();
    open(field, button, wrong);
  };
  fill(bar, [h("div", { class: "line" }, h("p", {}, h("strong", {}, built)), languageChoice())]);
  fill(main, [
    h(
      "form",
      { class: "locked", on: { submit } },
      h("h1", {}, w("page.locked")),
      h("p", { id: "how" }, w("page.unlock_how")),
      h("p", {}, h("label", { for: "passphrase" }, w("page.passphrase")), field),
      h("p", {}, h("label", { class: "check" }, h("input", { type: "checkbox", on: { change: reveal } }), w("page.show"))),
      wrong,
      button,
    ),
  ]);
  field.focus();
}

async function open(field, button, wrong) {
  if (button.disabled) {
    return;
  }
  button.disabled = true;
  wrong.textContent = "";
  announce(w("page.opening"));
  button.textContent = w("page.opening");
  try {
    state.pack = await unlocked(JSON.parse(document.getElementById("lock").textContent), field.value);
  } catch (error) {
    const kinds = [[WrongPassphrase, "wrong"], [Damaged, "damaged"], [TooOld, "too_old"]];
    const kind = kinds.find(([each]) => error instanceof each);
    wrong.textContent = `⚠ ${w(`page.${kind ? kind[1] : "damaged"}`)}`;
    announce("");
    button.disabled = false;
    button.textContent = w("page.unlock");
    field.select();
    field.focus();
    return;
  }
  show();
  main.querySelector("h1").focus();
}

window.addEventListener("hashchange", () => {
  show();
  const title = main.querySelector("h1");
  if (state.pack && title) {
    title.focus();
  }
  window.scrollTo(0, 0);
});
window.addEventListener("resize", fitTop);
window.addEventListener("beforeprint", () => {
  const line = document.getElementById("printed");
  if (line) {
    tellAges();
    line.textContent = w("page.printed", { when: when(now()) });
  }
});
setInterval(tellAges, 30 * 1000);
state.language = chosenLanguage();
document.documentElement.lang = state.language;
show();
