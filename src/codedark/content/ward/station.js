"use strict";
// What the page does beyond its forms: a scanner's Enter goes to the next field, and a screen that nobody watches locks.
// All of it works without: then the station itself locks, and asks for the PIN with the next form.

document.addEventListener("keydown", event => {
  const field = event.target;
  if (event.key !== "Enter" || !(field instanceof HTMLInputElement) || !field.form || field.type === "password") return;
  if (field.form.method === "get" || field.form.id === "unlock") return;
  event.preventDefault();
  const fields = [...field.form.elements].filter(each => each.type !== "hidden" && each.offsetParent !== null);
  const next = fields[fields.indexOf(field) + 1];
  if (next) next.focus();
});

const idleSeconds = Number(document.body.dataset.idle || 0);
let lastMove = Date.now();

function moved() { lastMove = Date.now(); }

function lock() {
  const locked = document.getElementById("locked");
  if (!locked || !locked.hidden) return;
  for (const each of document.querySelectorAll("main, header")) each.hidden = true;
  document.title = locked.getAttribute("aria-label");
  locked.hidden = false;
  document.getElementById("unlock-pin").focus();
  fetch("/lock", { method: "POST", redirect: "manual" }).catch(() => undefined);
}

async function unlock(event) {
  event.preventDefault();
  const form = event.target, wrong = document.getElementById("unlock-wrong");
  let isIn = false;
  try {
    const answer = await fetch("/sign-in", { method: "POST", headers: { Accept: "text/plain" }, body: new URLSearchParams(new FormData(form)) });
    isIn = answer.status === 204;
  } catch { isIn = false; }
  document.getElementById("unlock-pin").value = "";
  wrong.textContent = isIn ? "" : wrong.dataset.said;
  if (!isIn) return;
  for (const each of document.querySelectorAll("main, header")) each.hidden = false;
  document.getElementById("locked").hidden = true;
  moved();
}

if (idleSeconds) {
  for (const kind of ["keydown", "pointerdown", "pointermove", "scroll"]) document.addEventListener(kind, moved, { passive: true });
  setInterval(() => { if (Date.now() - lastMove > idleSeconds * 1000) lock(); }, 1000);
  document.getElementById("unlock").addEventListener("submit", unlock);
}
