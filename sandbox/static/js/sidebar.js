// The rail and the column of channels and people.

import {
  become,
  chooseAgain,
  hasFaults,
  openApp,
  openChannel,
  openDialog,
  openDm,
  order,
  togglePanel,
} from "./actions.js";
import { classes, html, useState } from "./lib.js";
import { applyTheme } from "./theme.js";
import { channelTitle, displayName, isBotDm, myself, state, unreadOf, useTopics } from "./store.js";
import { plainClick } from "./text.js";
import { Avatar, Icon, IconButton, MenuButton } from "./ui.js";

const byName = (one, other) => channelTitle(one).localeCompare(channelTitle(other));

function Entry({ channel }) {
  const here = state.place?.kind === "channel" && state.place.id === channel.id;
  const title = channelTitle(channel);
  const isIm = channel.kind === "im";
  const { unread, mentions } = unreadOf(channel);
  const count = isIm ? unread : mentions;
  const icon = { private: "lock", mpim: "people" }[channel.kind] ?? "hash";
  const other = isIm && state.users.get(channel.other);
  return html`<li>
    <a href=${`/archives/${channel.id}`}
      class=${classes("entry", here && "here", unread > 0 && "unread", channel.is_archived && "archived")}
      aria-current=${here ? "page" : undefined} title=${title.length > 22 ? title : undefined}
      data-channel=${channel.id} data-unread=${unread || undefined}
      aria-description=${unread > 0 ? `${unread} unread` : undefined}
      onClick=${plainClick(() => openChannel(channel.id))}>
      ${isIm ? html`<${Avatar} user=${other} size=${20} />` : html`<${Icon} name=${icon} size=${16} />`}
      <span class="entry-name">${title}${
        isIm && channel.other === state.me && html` <span class="you">you</span>`
      }</span>
      ${count > 0 && html`<span class="count" aria-hidden="true">${count > 99 ? "99+" : count}</span>`}
    </a>
  </li>`;
}

function Section({ title, children, onAdd, addLabel }) {
  const [open, setOpen] = useState(true);
  return html`<section class="section-list">
    <h2><button type="button" aria-expanded=${open} onClick=${() => setOpen(!open)}><span
      class=${classes("twist", !open && "closed")}><${Icon} name="chevron" size=${14} /></span>${title}</button>${
        onAdd && html`<${IconButton} icon="plus" size=${15} label=${addLabel} onClick=${onAdd} />`
      }</h2>
    ${open && html`<ul>${children}</ul>`}
  </section>`;
}

function AppEntry() {
  const here = state.place?.kind === "app";
  const { unread } = unreadOf([...state.channels.values()].find(isBotDm));
  const bot = state.users.get(state.app.bot_user);
  const hasHome = state.app.home_tab && state.app.publishes !== false;
  return html`<li><a href="/?place=app" class=${classes("entry", here && "here", unread > 0 && "unread")}
    aria-current=${here ? "page" : undefined}
    onClick=${plainClick(() => openApp({ tab: unread > 0 || !hasHome ? "messages" : "home" }))}>
    <${Avatar} user=${bot} size=${20} /><span class="entry-name">${state.app.name}</span>${
      unread > 0 && html`<span class="count" aria-hidden="true">${unread}</span>`
    }
  </a></li>`;
}

export function Sidebar() {
  useTopics("channels", "place", "directory", "drawer");
  const channels = [...state.channels.values()];
  const here = state.place?.id;
  const rooms = channels
    .filter(
      (channel) =>
        (channel.kind === "public" || channel.kind === "private") &&
        (channel.is_member || channel.id === here) &&
        (!channel.is_archived || channel.id === here),
    )
    .sort(byName);
  const direct = channels
    .filter((channel) => (channel.kind === "im" || channel.kind === "mpim") && !isBotDm(channel))
    .sort(byName);
  const knownPeople = new Set(direct.map((channel) => channel.other));
  const others = [...state.users.values()]
    .filter((user) => !user.is_bot && !user.deleted && user.id !== "USLACKBOT" && !knownPeople.has(user.id))
    .sort((one, other) => displayName(one).localeCompare(displayName(other)));
  return html`<nav class="sidebar" aria-label="Channels and people">
    <div class="workspace"><b>${state.team.name}</b><span class="spacer"></span><${IconButton} icon="search"
      label="Jump to… (Ctrl K)" onClick=${() => openDialog({ kind: "jump" })} /></div>
    <div class="sidebar-scroll">
      <${Section} title="Channels" addLabel="Create or find a channel" onAdd=${() => openDialog({ kind: "browse" })}>
        ${rooms.map((channel) => html`<${Entry} key=${channel.id} channel=${channel} />`)}
        <li><button type="button" class="entry quiet" onClick=${() => openDialog({ kind: "browse" })}><${Icon}
          name="plus" size=${16} /><span class="entry-name">Add channels</span></button></li>
      </${Section}>
      <${Section} title="Direct messages" addLabel="New direct message" onAdd=${() => openDialog({ kind: "new-dm" })}>
        ${direct.map((channel) => html`<${Entry} key=${channel.id} channel=${channel} />`)}
        ${others.map(
          (user) => html`<li key=${user.id}><button type="button" class="entry faded"
          onClick=${() => openDm(user.id)}><${Avatar} user=${user} size=${20} /><span
          class="entry-name">${displayName(user)}${
            user.id === state.me && html` <span class="you">you</span>`
          }</span></button></li>`,
        )}
      </${Section}>
      ${state.app && html`<${Section} title="Apps"><${AppEntry} /></${Section}>`}
    </div>
  </nav>`;
}

function meItems() {
  const people = [...state.users.values()].filter((user) => !user.is_bot && !user.deleted && user.id !== "USLACKBOT");
  return [
    { heading: "Be somebody else in this window" },
    ...people.map((user) => ({
      label: displayName(user),
      hint: user.title,
      avatar: html`<${Avatar} user=${user} size=${24} />`,
      checked: user.id === state.me,
      onClick: () => user.id !== state.me && become(user.id),
    })),
    "-",
    { heading: "Open a second window as" },
    ...people
      .filter((user) => user.id !== state.me)
      .map((user) => ({ label: user.real_name, icon: "window", href: `/?as=${user.name}` })),
    "-",
    { label: "Set your status…", icon: "smile", onClick: () => openDialog({ kind: "status" }) },
    { label: "Show everybody to choose from", icon: "people", onClick: chooseAgain },
    { label: "Reset the workspace…", icon: "redo", danger: true, onClick: () => openDialog({ kind: "reset" }) },
  ];
}

const THEMES = {
  system: ["sun", "Theme: as the system"],
  light: ["sun", "Theme: light"],
  dark: ["moon", "Theme: dark"],
};

export function Rail() {
  useTopics("directory", "panel", "place", "theme", "channels", "faults", "stage");
  const isFaulty = state.faults && hasFaults(state.faults);
  const me = myself();
  const globals = state.shortcuts.filter((shortcut) => shortcut.type === "global");
  const button = (icon, label, on, onClick, hint = null) => html`<button type="button"
    class=${classes("rail-button", on && "on", hint && "warned")} aria-pressed=${on} title=${hint ?? label}
    onClick=${onClick}><${Icon} name=${icon} size=${20} /><small>${label}</small></button>`;
  const themeItems = () =>
    Object.entries({ system: "As the system", light: "Light", dark: "Dark" }).map(([theme, label]) => ({
      label,
      checked: state.theme === theme,
      onClick: () => applyTheme(theme),
    }));
  return html`<div class="rail" role="group" aria-label="Workspace">
    <span class="team-mark" aria-hidden="true">${state.team.name[0]}</span>
    ${
      globals.length > 0 &&
      html`<${MenuButton} label="Shortcuts" class="rail-button" align="start"
      items=${() => [{ heading: "Shortcuts" }, ...globals.map((shortcut) => ({ label: shortcut.name, hint: shortcut.description ?? state.app.name, icon: "bolt", onClick: () => order("shortcut.run", { callback_id: shortcut.callback_id }) }))]}><${Icon}
      name="bolt" size=${20} /><small>Shortcuts</small></${MenuButton}>`
    }
    ${button("gauge", "Under the hood", state.panel?.kind === "hood", () => togglePanel({ kind: "hood" }))}
    ${button("warning", "Faults", state.panel?.kind === "faults", () => togglePanel({ kind: "faults" }), isFaulty ? "Simulated faults are on" : null)}
    ${button("play", "Scripts", state.panel?.kind === "scripts", () => togglePanel({ kind: "scripts" }), state.stage.recording ? "Recording what people do: see here" : null)}
    <span class="spacer"></span>
    <${MenuButton} label=${THEMES[state.theme][1]} class="rail-button" align="start" prefer="above"
      items=${themeItems}><${Icon} name=${THEMES[state.theme][0]} size=${20} /><small>Theme</small></${MenuButton}>
    <${MenuButton} label=${`You are ${me?.real_name}. Switch person`} class="me-button" align="start" prefer="above"
      items=${meItems}><${Avatar} user=${me} size=${36} /></${MenuButton}>
  </div>`;
}
