// The client's own dialogs: channels, people, topic, bookmark, status.

import { ask, control, openChannel, openDialog, openDm, showMessage, toast } from "./actions.js";
import { clock, dayTitle } from "./dates.js";
import { Form } from "./form.js";
import { Fragment, classes, debounced, html, useEffect, useMemo, useRef, useState } from "./lib.js";
import { Select } from "./select.js";
import { channelLabel, channelTitle, changed, displayName, myself, state, useTopics } from "./store.js";
import { gist } from "./text.js";
import { Avatar, Dialog, Icon } from "./ui.js";

const close = () => openDialog(null);

/** A dialog with a form: fields, one button, the refusal under the fields. `act` gets the form's values and returns the answer. */
function FormDialog({ title, fields, button = "Save", act, danger = false, children }) {
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    const values = Object.fromEntries(new FormData(event.currentTarget));
    setBusy(true);
    const answer = await act(values);
    setBusy(false);
    if (answer.ok) close();
    else setError(answer.error);
  };
  return html`<${Dialog} title=${title} onClose=${close} class="small">
    <form onSubmit=${submit}>
      <div class="dialog-body">
        ${fields?.map(
          (field) => html`<div class="input-block" key=${field.name}>
            <label class="label" for=${`field-${field.name}`}>${field.label}</label>
            ${
              field.area
                ? html`<textarea class="input" id=${`field-${field.name}`} name=${field.name} rows="3"
              maxLength=${field.max}>${field.value ?? ""}</textarea>`
                : html`<input class="input" id=${`field-${field.name}`}
              name=${field.name} defaultValue=${field.value ?? ""} placeholder=${field.placeholder}
              maxLength=${field.max} autocomplete="off" required=${field.required} />`
            }
            ${field.hint && html`<div class="hint">${field.hint}</div>`}
          </div>`,
        )}
        ${children}
        ${error && html`<div class="field-error" role="alert">${error}</div>`}
      </div>
      <footer class="dialog-foot"><button type="button" class="button" onClick=${close}>Cancel</button><button
        type="submit" class=${classes("button", danger ? "danger-fill" : "primary", busy && "busy")}><span
        class="button-text">${button}</span></button></footer>
    </form>
  </${Dialog}>`;
}

/** Return the name as Slack wants it: lower case, no spaces. */
const channelName = (text) =>
  text
    .trim()
    .toLowerCase()
    .replace(/^#/, "")
    .replace(/[\s.]+/g, "-");

function CreateChannel({ name = "" }) {
  const create = async (values) => {
    const answer = await ask("channel.create", { name: channelName(values.name), private: values.private === "on" });
    if (answer.ok) {
      state.channels.set(answer.channel.id, answer.channel);
      changed("channels");
      openChannel(answer.channel.id);
    }
    return answer;
  };
  return html`<${FormDialog} title="Create a channel" button="Create" act=${create}
    fields=${[{ name: "name", label: "Name", value: name, placeholder: "e.g. plan-budget", max: 80, required: true, hint: "Channels are where conversations happen around a topic." }]}>
    <label class="choice"><input type="checkbox"
      name="private" /><span>Private<small>Only people who are invited see it.</small></span></label>
  </${FormDialog}>`;
}

function Topic({ channel: id, kind }) {
  const channel = state.channels.get(id);
  const isTopic = kind === "topic";
  const text = gistOfTokens((isTopic ? channel.topic : channel.purpose)?.value ?? "");
  return html`<${FormDialog} title=${isTopic ? "Edit topic" : "Edit description"}
    act=${(values) => ask(isTopic ? "channel.set_topic" : "channel.set_purpose", { channel: id, text: values.text })}
    fields=${[{ name: "text", label: isTopic ? "Topic" : "Description", value: text, max: 250, area: true, hint: isTopic ? `Say what ${channelLabel(channel)} is busy with now.` : "Say what this channel is for." }]} />`;
}

/** Return tokens as one would type them: links as their address. */
const gistOfTokens = (text) =>
  text
    .replace(/<(https?:[^|>]+)(?:\|[^>]*)?>/g, "$1")
    .replace(/<@([^>|]+)[^>]*>/g, (_, id) => `@${state.users.get(id)?.name ?? id}`)
    .replace(/<#([^>|]+)[^>]*>/g, (_, id) => `#${state.channels.get(id)?.name ?? id}`)
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&amp;/g, "&");

function Rename({ channel: id }) {
  return html`<${FormDialog} title="Rename channel" button="Rename"
    act=${(values) => ask("channel.rename", { channel: id, name: channelName(values.name) })}
    fields=${[{ name: "name", label: "Name", value: state.channels.get(id).name, max: 80, required: true }]} />`;
}

function Bookmark({ channel: id }) {
  return html`<${FormDialog} title="Add a bookmark" button="Add"
    act=${(values) => ask("bookmark.add", { channel: id, title: values.title || values.link, link: values.link })}
    fields=${[
      { name: "link", label: "Link", placeholder: "https://", required: true },
      { name: "title", label: "Name" },
    ]} />`;
}

function Status() {
  const me = myself();
  const save = (values) =>
    ask("profile.set", {
      status_text: values.text,
      status_emoji: values.emoji && `:${values.emoji.replace(/:/g, "")}:`,
    });
  return html`<${FormDialog} title="Set your status" act=${save} fields=${[
    { name: "text", label: "Status", value: me.status_text, max: 100, placeholder: "What are you doing?" },
    { name: "emoji", label: "Emoji", value: me.status_emoji, placeholder: ":coffee:" },
  ]} />`;
}

function Reset() {
  const act = async () => {
    const answer = await control("reset", {});
    if (answer.ok) toast("The workspace is as new.");
    return answer;
  };
  return html`<${FormDialog} title="Reset the workspace" button="Reset everything" danger
    act=${act}><p>Every channel, message and dialog of the sandbox goes, and the seeded workspace comes back. The app is not told.</p></${FormDialog}>`;
}

/** Several people in one field. */
function PeopleDialog({ title, button, act, leaveOut = [] }) {
  const form = useMemo(() => new Form(), []);
  const element = {
    type: "multi_users_select",
    action_id: "people",
    placeholder: { type: "plain_text", text: "Names" },
  };
  const block = { block_id: "people" };
  const [value, setValue] = useState(form.get(block, element));
  return html`<${FormDialog} title=${title} button=${button}
    act=${() => act(value.selected_users.filter((id) => !leaveOut.includes(id)))}>
    <div class="input-block"><label class="label" id="people-label" for="people-input">People</label><${Select}
      id="people-input" element=${element} value=${value} onChange=${setValue} labelId="people-label" autofocus /></div>
  </${FormDialog}>`;
}

function Invite({ channel: id }) {
  const channel = state.channels.get(id);
  return html`<${PeopleDialog} title=${`Invite people to ${channelLabel(channel)}`} button="Invite"
    leaveOut=${channel.members}
    act=${(users) => (users.length > 0 ? ask("channel.invite", { channel: id, users }) : { ok: false, error: "Choose somebody who is not in the channel yet." })} />`;
}

function NewDm() {
  const open = async (users) => {
    if (users.length === 0) return { ok: false, error: "Choose at least one person." };
    const answer = await ask("channel.open_dm", { users });
    if (answer.ok) {
      state.channels.set(answer.channel.id, answer.channel);
      changed("channels");
      openChannel(answer.channel.id);
    }
    return answer;
  };
  return html`<${PeopleDialog} title="New direct message" button="Go" act=${open} />`;
}

// ── Lists to choose from ────────────────────────────────────────────────────────────────────────────────────────────

/** A dialog with a search box above a list: arrow keys move, Enter takes. rows: {key, draw(), take(), note?}. */
function ListDialog({ title, placeholder, rowsFor, foot }) {
  useTopics("channels", "directory");
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef(null);
  const rows = rowsFor(query.trim().toLowerCase());
  useEffect(() => setAt(0), [query]);
  useEffect(() => list.current?.querySelector(".at")?.scrollIntoView({ block: "nearest" }), [at]);
  const take = (row) => {
    if (!row) return;
    close();
    row.take();
  };
  const keys = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setAt((at + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % Math.max(1, rows.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(rowsFor(event.currentTarget.value.trim().toLowerCase())[at]);
    }
  };
  return html`<${Dialog} title=${title} onClose=${close} class="list-dialog">
    <div class="dialog-body">
      <input class="input" type="text" role="combobox" aria-expanded="true" aria-controls="dialog-list"
        aria-activedescendant=${rows[at] && `dialog-row-${at}`} aria-label=${placeholder} placeholder=${placeholder}
        autocomplete="off" onInput=${(event) => setQuery(event.currentTarget.value)} onKeyDown=${keys} />
      <div ref=${list} id="dialog-list" class="list-rows" role="listbox" aria-label=${title}>
        ${rows.map(
          (row, index) => html`<div key=${row.key} id=${`dialog-row-${index}`} role="option"
          aria-selected=${index === at} class=${classes("list-row", index === at && "at")}
          onMouseMove=${() => index !== at && setAt(index)}
          onClick=${() => take(row)}>${row.draw()}${row.note && html`<span class="tag">${row.note}</span>`}</div>`,
        )}
        ${rows.length === 0 && html`<p class="faint pad">Nothing found.</p>`}
      </div>
      ${foot?.(query)}
    </div>
  </${Dialog}>`;
}

const channelRow = (channel, take) => ({
  key: channel.id,
  draw: () => html`${
    channel.kind === "im"
      ? html`<${Avatar} user=${state.users.get(channel.other)} size=${22} />`
      : html`<${Icon} name=${{ private: "lock", mpim: "people" }[channel.kind] ?? "hash"} size=${17} />`
  }<span
    class="list-text"><b>${channelTitle(channel)}</b>${channel.purpose?.value && html`<small>${channel.purpose.value}</small>`}</span>`,
  note: channel.is_archived ? "archived" : channel.is_member ? "" : "not joined",
  take,
});

function Browse() {
  const rowsFor = (query) =>
    [...state.channels.values()]
      .filter((channel) => (channel.kind === "public" || channel.kind === "private") && channel.name.includes(query))
      .sort((one, other) => one.is_archived - other.is_archived || one.name.localeCompare(other.name))
      .map((channel) => ({
        ...channelRow(channel, () => openChannel(channel.id)),
        note: channel.is_archived ? "archived" : channel.is_member ? "joined" : "",
      }));
  const foot = (query) => html`<button type="button" class="button wide"
    onClick=${() => openDialog({ kind: "create-channel", name: query })}><${Icon} name="plus"
    size=${15} /> Create a channel</button>`;
  return html`<${ListDialog} title="Channels" placeholder="Find a channel" rowsFor=${rowsFor} foot=${foot} />`;
}

/** Ctrl K: channels, people, and messages that hold the words. */
function Jump() {
  const [found, setFound] = useState({ query: "", messages: [] });
  const look = useMemo(
    () =>
      debounced(async (query) => {
        const answer = await ask("search.messages", { query, limit: 12 });
        setFound({ query, messages: answer.ok ? answer.messages : [] });
      }, 200),
    [],
  );
  const asked = useRef("");
  const rowsFor = (query) => {
    if (query.length > 2 && asked.current !== query) {
      asked.current = query;
      look(query);
    }
    const places = [...state.channels.values()]
      .filter((channel) => channelTitle(channel).toLowerCase().includes(query))
      .sort(
        (one, other) => (other.unread > 0) - (one.unread > 0) || channelTitle(one).localeCompare(channelTitle(other)),
      );
    const known = new Set(places.map((channel) => channel.other).filter(Boolean));
    const people = query
      ? [...state.users.values()].filter(
          (user) =>
            !user.deleted &&
            user.id !== "USLACKBOT" &&
            !known.has(user.id) &&
            `${displayName(user)} ${user.real_name} ${user.name}`.toLowerCase().includes(query),
        )
      : [];
    const messages = query.length > 2 && found.query === query ? found.messages : [];
    return [
      ...places.slice(0, 10).map((channel) => ({
        ...channelRow(channel, () => openChannel(channel.id)),
        note: channel.unread > 0 ? `${channel.unread} unread` : "",
      })),
      ...people.slice(0, 6).map((user) => ({
        key: user.id,
        draw: () => html`<${Avatar} user=${user} size=${22} /><span
        class="list-text"><b>${displayName(user)}</b><small>${user.real_name}</small></span>`,
        take: () => openDm(user.id),
      })),
      ...messages.map((message) => ({
        key: `${message.channel}${message.ts}`,
        draw: () => html`<${Icon} name="reply" size=${17} /><span class="list-text"><span
          class="one-line">${gist(message.text)}</span><small>${displayName(state.users.get(message.user))} in ${state.channels.has(message.channel) ? channelLabel(state.channels.get(message.channel)) : "…"}, ${dayTitle(message.ts)} ${clock(message.ts)}</small></span>`,
        take: () => showMessage(message.channel, message.ts, message.thread_ts),
      })),
    ];
  };
  return html`<${ListDialog} title="Jump to…" placeholder="Find channels, people and messages" rowsFor=${rowsFor} />`;
}

const DIALOGS = {
  "create-channel": CreateChannel,
  topic: Topic,
  purpose: Topic,
  rename: Rename,
  bookmark: Bookmark,
  status: Status,
  reset: Reset,
  invite: Invite,
  "new-dm": NewDm,
  browse: Browse,
  jump: Jump,
};

export function OwnDialog() {
  useTopics("dialog");
  const { dialog } = state;
  if (!dialog) return null;
  const Draw = DIALOGS[dialog.kind];
  return html`<${Fragment}><${Draw} key=${dialog.kind} ...${dialog} /></${Fragment}>`;
}
