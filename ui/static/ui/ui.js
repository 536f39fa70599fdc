// Keeps an open page true without ever touching what somebody types. Everything here is a comfort: without it, links
// and forms do the same work.
"use strict";

const LOOK_EVERY = 1000;
const WIDE = ".prose pre, .prose table, .operations pre";
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

// What a form warns of is read before its fields.
const focusFirst = (form) =>
  (form.querySelector(".warned") || form.querySelector(":checked:not(option)") || form.querySelector("textarea, select, input:not([type=hidden])"))?.focus();

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

// Focus ---------------------------------------------------------------------------------------------------------------

// A button that did its work may be gone from the page, and with it the focus: it goes on to what is left around it.
let focused = [];

const idsAround = (element) => {
  const ids = [];
  for (let each = element; each; each = each.parentElement) if (each.id && each.id !== "main") ids.push(each.id);
  return ids;
};

document.addEventListener("htmx:beforeSwap", (event) => {
  const here = document.activeElement;
  const opener = document.getElementById(event.detail.requestConfig.elt.dataset.opener);
  focused = here && here !== document.body ? [...idsAround(here), ...idsAround(opener), "main"] : [];
});

document.addEventListener("htmx:afterSettle", () => {
  const here = document.activeElement;
  if (!focused.length || (here && here !== document.body && here.isConnected)) return;
  const left = focused.map((id) => document.getElementById(id)).find((each) => each && each.getClientRects().length);
  focused = [];
  if (!left) return;
  if (left.tabIndex < 0 && !left.hasAttribute("tabindex")) left.tabIndex = -1;
  left.focus({ preventScroll: true });
});

// The same words twice are read out twice.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id !== "live") document.getElementById("announcement").textContent = "";
});

// Open folds stay open when their surroundings are drawn anew, and what scrolls stays reachable.
if (window.Idiomorph) {
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
    !(name === "open" && node instanceof HTMLDetailsElement) &&
    !(name === "tabindex" && (node.matches(WIDE) || node === document.activeElement));
}

// What is wider than its box scrolls: keys must reach it, too. Not every browser sees to that.
const makeReachable = () => {
  for (const box of document.querySelectorAll(WIDE)) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};

document.addEventListener("htmx:afterSettle", makeReachable);
document.addEventListener("toggle", makeReachable, true);
window.addEventListener("resize", makeReachable);
makeReachable();

// The status that is set already can have the focus and needs no second click.
document.addEventListener("click", (event) => {
  if (event.target.closest("[aria-disabled=true]")) event.preventDefault();
});

// Long timelines ------------------------------------------------------------------------------------------------------

// The server draws what this page shows by now, which may be more than its address asked for.
document.addEventListener("htmx:configRequest", (event) => {
  const live = document.getElementById("live");
  if (!live) return;
  const { headers } = event.detail;
  headers["Shown-Entries"] = live.dataset.shown;
  if (event.target === live && isIncomplete) {
    event.detail.path = event.detail.path.replace(/version=\d+/, "version=");
    isIncomplete = false;
  } else if (event.target === live && !hasNews) {
    headers["Shown-Marks"] = "later";
  } else if (event.detail.verb === "post" || event.detail.path.includes("/live/")) {
    headers["Shown-Marks"] = shownMarks();
  }
  if (event.target === live) hasNews = false;
});

// It sends the pieces that this page does not show: the page says which it does, once there is news.
let hasNews = false;
let isIncomplete = false;

const shownMarks = () =>
  [...document.querySelectorAll("[data-mark]")].map((piece) => piece.dataset.mark).join("");

document.addEventListener("news", () => {
  hasNews = true;
  setTimeout(lookSoon); // after the answer that said so
});

const isSame = (node) => node instanceof HTMLElement && "same" in node.dataset;

if (window.Idiomorph) {
  Idiomorph.defaults.callbacks.beforeNodeMorphed = (old, drawn) => !isSame(drawn);
  // What it takes for shown is gone meanwhile, so ask for everything.
  Idiomorph.defaults.callbacks.beforeNodeAdded = (drawn) => {
    if (isSame(drawn)) isIncomplete = true;
    return !isSame(drawn);
  };
}

// Earlier entries come in above: the reader stays with the line that was the first.
let first = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const line = event.detail.requestConfig.elt.id === "show-earlier" && document.querySelector("#timeline .line");
  if (line) first = { id: line.id, top: line.getBoundingClientRect().top };
});

document.addEventListener("htmx:afterRequest", () => {
  const line = first && document.getElementById(first.id);
  if (line) scrollBy({ top: line.getBoundingClientRect().top - first.top, behavior: "instant" });
  first = null;
});

// A link to an entry that is on the page leads there without asking the server.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="?entry="]');
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || !document.getElementById(link.hash.slice(1))) return;
  event.preventDefault();
  location.hash = link.hash;
});

// The server never hears what stands behind the #: ask it for the entry when that is not on the page.
const visitEntry = () => {
  const [, seq] = /^#entry-(\d+)$/.exec(location.hash) || [];
  const isShort = !document.getElementById("show-earlier") && !document.getElementById("show-later");
  if (!seq || isShort || document.getElementById(`entry-${seq}`)) return;
  const asked = new URLSearchParams(location.search);
  if (asked.get("entry") === seq) return;
  const address = new URLSearchParams({ entry: seq });
  if (asked.get("timeline")) address.set("timeline", asked.get("timeline"));
  location.replace(`?${address}${location.hash}`);
};

window.addEventListener("hashchange", visitEntry);
visitEntry();

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
  failed("Connection lost. This page may be out of date; what you typed is still here. Trying to reconnect."));
document.addEventListener("htmx:responseError", (event) =>
  failed(`The request failed (${event.detail.xhr.status}). What you typed is still here.`));

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
