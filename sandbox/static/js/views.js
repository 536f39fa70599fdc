// Modals and the App Home: the app's own views.

import { ask, openApp, send } from "./actions.js";
import { Blocks } from "./blocks.js";
import { Composer } from "./composer.js";
import { Form } from "./form.js";
import { Hamburger, Typing } from "./frame.js";
import { classes, html, useEffect, useMemo, useRef, useState } from "./lib.js";
import { Messages } from "./messages.js";
import { state, useTopics } from "./store.js";
import { Text, plain } from "./text.js";
import { Avatar, Dialog, Icon, IconButton } from "./ui.js";

const forms = new Map();

function formOf(id) {
  if (!forms.has(id)) forms.set(id, new Form());
  return forms.get(id);
}

function surfaceOf(view) {
  const form = formOf(view.id);
  return {
    id: view.id,
    form,
    act: (payload) => ask("block.act", { view_id: view.id, ...payload, values: form.values(view.blocks) }),
    load: (block, element, query) =>
      ask("options.load", { view_id: view.id, block_id: block.block_id, action_id: element.action_id, query }),
  };
}

function Modal({ view, depth }) {
  useTopics("views");
  const [errors, setErrors] = useState({});
  const [failure, setFailure] = useState(null);
  const [busy, setBusy] = useState(false);
  const body = useRef(null);
  const surface = useMemo(() => surfaceOf(view), [view]);
  const shown = { ...errors, ...state.viewErrors.get(view.id) };
  const app = state.users.get(state.app?.bot_user);

  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    setErrors({});
    const answer = await ask("view.submit", { view_id: view.id, values: surface.form.values(view.blocks) });
    setBusy(false);
    if (answer.ok) return;
    const wrong = answer.errors ?? {};
    const isShown = (view.blocks ?? []).some((block) => block.block_id in wrong);
    setErrors(wrong);
    setFailure(isShown ? null : (answer.error ?? "That did not work. Try again."));
  };
  // What is wrong is brought into sight and focused.
  useEffect(() => {
    const field = body.current?.querySelector(".input-block.invalid");
    field?.scrollIntoView({ block: "nearest" });
    field?.querySelector("input, textarea")?.focus();
  }, [errors]);

  const close = (all) => {
    forms.delete(view.id);
    ask("view.close", { view_id: view.id, ...(all && { all }) });
  };
  const header = {
    before:
      depth > 0
        ? html`<${IconButton} icon="right" class="back" label="Back" onClick=${() => close(false)} />`
        : html`<${Avatar} user=${app} size=${28} />`,
    onCross: () => close(true),
  };
  return html`<${Dialog} title=${plain(view.title)} onClose=${() => close(false)} class="view" header=${header}>
    <form class="view-form" onSubmit=${submit} noValidate>
      <div ref=${body} class="dialog-body"><${Blocks} blocks=${view.blocks ?? []} surface=${surface}
        errors=${shown} /></div>
      ${failure && html`<div class="view-failure" role="alert">${failure}</div>`}
      <footer class="dialog-foot">
        <button type="button" class="button" onClick=${() => close(false)}><${Text} object=${view.close}
          fallback=${view.submit ? "Cancel" : "Close"} /></button>
        ${
          (view.submit || (view.blocks ?? []).some((block) => block.type === "input")) &&
          html`<button type="submit" class=${classes("button primary", busy && "busy")}
            aria-busy=${busy || undefined}><span
          class="button-text"><${Text} object=${view.submit} fallback="Submit" /></span></button>`
        }
      </footer>
    </form>
  </${Dialog}>`;
}

/** The top of the stack; those below wait with what was typed into them. */
export function Modals() {
  useTopics("views");
  const top = state.views.at(-1);
  return top ? html`<${Modal} key=${top.id} view=${top} depth=${state.views.length - 1} />` : null;
}

function HomeTab() {
  useTopics("home");
  const view = state.home;
  const surface = useMemo(() => view && surfaceOf(view), [view]);
  if (!view)
    return html`<div class="empty-place"><div><p>${state.app.name} has not published a Home tab for you yet.</p><p
    class="faint">It appears here as soon as the app calls views.publish.</p></div></div>`;
  return html`<div class="home-scroll"><div class="home"><${Blocks} blocks=${view.blocks ?? []}
    surface=${surface} /></div></div>`;
}

function MessagesTab({ id }) {
  useTopics(`channel ${id}`, "channels");
  const channel = state.channels.get(id);
  if (!channel) return html`<div class="empty-place">Loading…</div>`;
  return html`<${Messages} key=${id} channel=${channel} /><div class="place-foot"><${Composer} key=${id} channel=${id}
    label=${`Message ${state.app.name}`} draftKey=${id} autofocus=${state.place.focus} onSend=${(text) => send(id, text)} /><${Typing}
    at=${id} /></div>`;
}

const TABS = { home: "Home", messages: "Messages" };

export function AppPlace() {
  useTopics("place", "home", "directory");
  const { tab, channel } = state.place;
  const bot = state.users.get(state.app.bot_user);
  const show = (name, focus) => openApp({ remember: false, tab: name, stay: true, focus });
  const names = state.app.home_tab ? ["home", "messages"] : ["messages"];
  const shown = names.includes(tab) ? tab : "messages";
  const button = (name) => html`<button type="button" key=${name} role="tab" id=${`tab-${name}`} aria-controls="app-tab"
    aria-selected=${shown === name} tabIndex=${shown === name ? 0 : -1} onClick=${() => show(name, true)}>${TABS[name]}</button>`;
  const keys = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = names[(names.indexOf(shown) + step + names.length) % names.length];
    event.currentTarget.querySelector(`#tab-${next}`).focus();
    show(next, false);
  };
  return html`<main class="place" data-channel=${channel}>
    <header class="place-head"><${Hamburger} /><span class="place-title"><${Avatar} user=${bot}
      size=${24} /><h1>${state.app.name}</h1><span class="badge">APP</span></span><span class="spacer"></span>${
        state.app.web_url &&
        html`<a class="head-button" href=${state.app.web_url} target="_blank"
      rel="noopener"><${Icon} name="window" size=${16} /> Web site</a>`
      }</header>
    <div class="tabs" role="tablist" aria-label=${state.app.name} onKeyDown=${keys}>${names.map(button)}</div>
    <div class="tab-panel" role="tabpanel" id="app-tab" aria-labelledby=${`tab-${shown}`}>${
      shown === "home" ? html`<${HomeTab} />` : html`<${MessagesTab} id=${channel} />`
    }</div>
  </main>`;
}
