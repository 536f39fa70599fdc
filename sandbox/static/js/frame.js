// The frames that places and panels share.

import { openPanel } from "./actions.js";
import { classes, html } from "./lib.js";
import { changed, displayName, state, useTopics } from "./store.js";
import { IconButton } from "./ui.js";

export function PanelFrame({ title, subtitle, children, wide = false, tools = null, name }) {
  return html`<aside class=${classes("panel", wide && "wide")} aria-label=${name ?? title}
    data-panel=${state.panel?.kind}>
    <header class="panel-head"><h2>${title}${subtitle && html`<small>${subtitle}</small>`}</h2><span
      class="spacer"></span>${tools}<${IconButton} icon="close" label=${`Close ${name ?? title}`}
      onClick=${() => openPanel(null)} /></header>
    ${children}
  </aside>`;
}

export function Hamburger() {
  const open = () => {
    state.drawer = !state.drawer;
    changed("drawer");
  };
  return html`<${IconButton} icon="menu" label="Open the list of channels" class="hamburger" onClick=${open} />`;
}

export function Typing({ at }) {
  useTopics(`typing ${at}`);
  const people = [...(state.typing.get(at)?.keys() ?? [])].map((id) => displayName(state.users.get(id)));
  const text =
    people.length === 0
      ? ""
      : people.length === 1
        ? `${people[0]} is typing…`
        : people.length < 4
          ? `${people.slice(0, -1).join(", ")} and ${people.at(-1)} are typing…`
          : "Several people are typing…";
  return html`<div class="typing" aria-live="polite">${text}</div>`;
}
