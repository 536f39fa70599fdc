// The page: who you are, then the workspace.

import { become, followAddress, neighbour, openDialog, openPanel, start } from "./actions.js";
import { Conversation } from "./conversation.js";
import { OwnDialog } from "./dialogs.js";
import { html, render, useEffect, useState } from "./lib.js";
import { Panel } from "./panels.js";
import { CaptionStrip } from "./scripts.js";
import { Rail, Sidebar } from "./sidebar.js";
import { channelTitle, changed, currentChannel, displayName, state, subscribe, unreadOf, useTopics } from "./store.js";
import { gist } from "./text.js";
import { rememberTheme } from "./theme.js";
import { Avatar, Toasts } from "./ui.js";
import { AppPlace, Modals } from "./views.js";

function Strip() {
  useTopics("online", "phase");
  return html`<div class="strip" role="note">Sandbox: this is not Slack. Nothing leaves this machine.${
    state.phase === "ready" &&
    !state.online &&
    html`<span class="offline" role="status">Connection lost. Trying again…</span>`
  }</div>`;
}

function Chooser() {
  return html`<main class="chooser">
    <div class="chooser-box">
      <h1>Who are you?</h1>
      <p>A pretend workspace to try ${state.team?.name === "Sandbox" ? "the app" : state.team?.name} in. Choose anybody: you can change at any time, and open a second window as somebody else.</p>
      <div class="cast">
        ${state.cast
          .filter((person) => !person.is_bot && !person.deleted && person.id !== "USLACKBOT")
          .map(
            (person) => html`<button
          type="button" key=${person.id} class="cast-card" onClick=${() => become(person.id)}><${Avatar} user=${person}
          size=${52} /><span><b>${person.real_name}</b><small>${[person.title, person.tz].filter(Boolean).join(" · ")}</small></span></button>`,
          )}
      </div>
    </div>
  </main>`;
}

/** What a screen reader hears of new messages in the open conversation. */
function Announcer() {
  const [text, setText] = useState("");
  useEffect(
    () =>
      subscribe("latest", () => {
        const { channel, message } = state.latest;
        if (message.user === state.me || (channel !== state.place?.id && channel !== state.place?.channel)) return;
        setText(
          `${message.is_ephemeral ? "Only visible to you. " : ""}${message.username ?? displayName(state.users.get(message.user))}: ${gist(message.text)}`,
        );
      }),
    [],
  );
  return html`<div class="visually-hidden" aria-live="polite" data-testid="announcer">${text}</div>`;
}

function Place() {
  useTopics("place");
  if (state.place?.kind === "app") return html`<${AppPlace} />`;
  if (state.place) return html`<${Conversation} key=${state.place.id} id=${state.place.id} />`;
  return html`<main class="place"></main>`;
}

function Shell() {
  useTopics("drawer", "panel");
  const shut = () => {
    state.drawer = false;
    changed("drawer");
  };
  return html`<div class=${`shell${state.drawer ? " drawer-open" : ""}${state.panel ? " with-panel" : ""}`}>
    <div class="side"><${Rail} /><${Sidebar} /></div>
    <button type="button" class="shade" aria-label="Close the list of channels" tabIndex=${-1} onClick=${shut}></button>
    <${Place} />
    <${Panel} />
    <${Modals} />
    <${OwnDialog} />
    <${Announcer} />
  </div>`;
}

function App() {
  useTopics("phase");
  const inside = {
    loading: () => html`<main class="empty-place">Opening the workspace…</main>`,
    unreachable: () => html`<main class="empty-place">The sandbox does not answer. Trying again…</main>`,
    choosing: () => html`<${Chooser} />`,
    ready: () => html`<${Shell} key=${state.me} />`,
  }[state.phase];
  return html`<${Strip} />${inside()}<${CaptionStrip} /><${Toasts} />`;
}

function showTitle() {
  const channel = currentChannel();
  const unread = [...state.channels.values()].some((one) => unreadOf(one).unread > 0 && one.is_member);
  const place = channel ? channelTitle(channel) : state.place?.kind === "app" ? state.app.name : "Sandbox";
  document.title = `${unread ? "• " : ""}${place} – ${displayName(state.users.get(state.me))} – Sandbox`;
}

function globalKeys(event) {
  if (state.phase !== "ready" || document.querySelector("dialog[open]")) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openDialog({ kind: "jump" });
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    neighbour(event.key === "ArrowDown" ? 1 : -1, { unreadOnly: event.shiftKey });
  } else if (event.key === "Escape" && !event.defaultPrevented && state.drawer) {
    state.drawer = false;
    changed("drawer");
  } else if (event.key === "Escape" && !event.defaultPrevented && state.panel) openPanel(null);
}

rememberTheme();
for (const topic of ["channels", "place", "phase"]) subscribe(topic, showTitle);
addEventListener("popstate", followAddress);
document.addEventListener("keydown", globalKeys);
render(html`<${App} />`, document.getElementById("app"));
start();
