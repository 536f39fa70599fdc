// Keeps an open page true without ever touching what somebody types. Everything here is a comfort: without it, links
// and forms do the same work.
"use strict";

const LOOK_EVERY = 1000;
const SLOWEST_LOOK = 15000;

// Clocks of browsers go wrong; ours is the server's, as of when it drew the page.
const ahead = Date.parse(document.body.dataset.now) - Date.now();
const now = () => Date.now() + ahead;

// What somebody types -------------------------------------------------------------------------------------------------

const isTyped = (field) =>
  field.type !== "hidden" &&
  (field.type === "radio"
    ? field.checked !== field.defaultChecked
    : field instanceof HTMLSelectElement
    ? [...field.options].some((option) => option.selected !== option.defaultSelected) &&
      !(field.selectedIndex === 0 && ![...field.options].some((option) => option.defaultSelected))
    : "defaultValue" in field && field.value !== field.defaultValue);

const focusFirst = (form) =>
  (form.querySelector(":checked:not(option)") || form.querySelector("textarea, select, input:not([type=hidden])"))?.focus();

const holdsWords = (root) => [...root.querySelectorAll("input, textarea, select")].some(isTyped);

const closeEditor = (form) => {
  const opener = document.getElementById(form.dataset.opener);
  form.remove();
  if (opener) opener.focus({ preventScroll: true });
};

document.addEventListener("click", (event) => {
  const cancel = event.target.closest("[data-cancel]");
  if (!cancel || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  closeEditor(cancel.closest("form"));
});

document.addEventListener("keydown", (event) => {
  const editor = event.target.closest && event.target.closest("form.editor");
  if (event.key === "Escape" && editor && !holdsWords(editor)) closeEditor(editor);
  if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && event.target.form) event.target.form.requestSubmit();
});

// A form with a page of its own is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-once]")) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  lookSoon();
  for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
});

window.addEventListener("beforeunload", (event) => {
  const forms = [...document.querySelectorAll("form.editor, form.add, form.stack")];
  if (forms.some((form) => !form.dataset.sent && holdsWords(form))) event.preventDefault();
});

// "Edit" while its form is open already, with words in it, leads to the form instead of drawing it anew.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.target.matches("a.edit")) return;
  const open = event.detail.target.querySelector("form.editor");
  if (!open || !holdsWords(open)) return;
  event.preventDefault();
  focusFirst(open);
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (!event.detail.target.matches(".slot")) return;
  const form = event.detail.target.querySelector("form.editor");
  if (form) focusFirst(form);
  else document.getElementById(event.detail.requestConfig.elt.dataset.opener)?.focus({ preventScroll: true });
});

// Open folds stay open when their surroundings are drawn anew.
if (window.Idiomorph) {
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
    !(name === "open" && node instanceof HTMLDetailsElement);
}

// Copying --------------------------------------------------------------------------------------------------------------

const select = (element) => getSelection().selectAllChildren(element);

// Without https there is no clipboard but the old way.
const copy = async (element) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
  select(element);
  if (!document.execCommand("copy")) throw new Error("the browser does not let us");
};

for (const button of document.querySelectorAll("[data-copy]")) {
  const element = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", () =>
    copy(element).then(
      () => (button.textContent = "Copied"),
      () => {
        select(element);
        button.textContent = "Press Ctrl+C";
      },
    ));
}

// Looking for news ----------------------------------------------------------------------------------------------------

let failures = 0;
let nextLook = 0;
let isSignedOut = false;

const lost = document.getElementById("lost");

const tell = (sentence) => {
  if (!lost || lost.textContent === sentence) return;
  lost.textContent = sentence;
  lost.hidden = !sentence;
};

const look = () => {
  const live = document.getElementById("live");
  if (!live || !window.htmx || document.hidden || isSignedOut || Date.now() < nextLook) return;
  nextLook = Date.now() + LOOK_EVERY;
  htmx.trigger(live, "look");
};

const lookSoon = () => {
  nextLook = 0;
  look();
};

const failed = (sentence) => {
  failures += 1;
  nextLook = Date.now() + Math.min(LOOK_EVERY * 2 ** failures, SLOWEST_LOOK);
  tell(sentence);
};

document.addEventListener("htmx:sendError", () =>
  failed("No connection. What you see may be old; what you typed stays here. Trying again."));
document.addEventListener("htmx:responseError", (event) =>
  failed(`That did not work (${event.detail.xhr.status}). What you typed is still here.`));

document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL || location.href, location.href);
  isSignedOut = answered.pathname === "/login/";
  if (isSignedOut) {
    event.detail.shouldSwap = false;
    tell("You have been logged out. Log in again in another tab, then come back: what you typed is still here.");
  }
});

document.addEventListener("htmx:afterRequest", (event) => {
  const status = event.detail.xhr.status;
  if (isSignedOut || status === 0 || (status >= 400 && status !== 409 && status !== 422)) return;
  failures = 0;
  tell("");
  if (status === 409) lookSoon();
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  isSignedOut = false;
  tick();
  lookSoon();
});

setInterval(look, LOOK_EVERY / 4);

// Clocks --------------------------------------------------------------------------------------------------------------

// The same words as `in_words` in templatetags/ui.py.
const inWords = (milliseconds) => {
  const minutes = Math.max(Math.floor(milliseconds / 60000), 0);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${rest} min`;
  return rest ? `${rest} min` : "under 1 min";
};

const say = (element, words) => {
  if (element.textContent !== words) element.textContent = words;
};

const tick = () => {
  for (const element of document.querySelectorAll("[data-since]")) {
    say(element, inWords(now() - Date.parse(element.dataset.since)));
  }
  for (const element of document.querySelectorAll("[data-ago]")) {
    say(element, `${inWords(now() - Date.parse(element.dateTime))} ago`);
  }
};

setInterval(() => document.hidden || tick(), 5000);

// Paper has no folds.
window.addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details:not([open])")) fold.open = true;
});
