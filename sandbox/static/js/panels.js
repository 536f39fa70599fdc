// The column at the right: thread, pins, channel details, a person's profile. The panels for developers are in hood.js, faults.js and scripts.js.

import { ask, openDialog, openDm, openPanel, order, send, showMessage, threadOf } from "./actions.js";
import { Composer } from "./composer.js";
import { clock, dayTitle } from "./dates.js";
import { PanelFrame, Typing } from "./frame.js";
import { HoodPanel } from "./hood.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "./lib.js";
import { Message, continues } from "./message.js";
import { channelLabel, currentChannel, displayName, state, useTopics } from "./store.js";
import { Mrkdwn } from "./text.js";
import { Avatar, Icon, IconButton, arrowKeys } from "./ui.js";
import { ScriptsPanel } from "./scripts.js";
import { FaultsPanel } from "./faults.js";

function ThreadPanel({ channel: id, ts }) {
  useTopics(`thread ${id}/${ts}`, `channel ${id}`, "jump");
  const [broadcast, setBroadcast] = useState(false);
  const box = useRef(null);
  const count = useRef(0);
  const channel = state.channels.get(id);
  const log = threadOf(id, ts);
  const messages = log.all();
  const parent = messages[0];
  const replies = messages.slice(1);
  const marked = state.jump?.channel === id && state.jump.parent === ts ? state.jump.ts : null;
  useLayoutEffect(() => {
    const target = marked && marked !== ts && box.current?.querySelector(`[data-ts="${marked}"]`);
    if (target && count.current === 0) target.scrollIntoView({ block: "center" });
    else if (messages.length > count.current && box.current) box.current.scrollTop = box.current.scrollHeight;
    count.current = messages.length;
  }, [messages.length]);
  const canWrite = channel?.is_member && !channel.is_archived;
  const label = channel ? channelLabel(channel) : "";
  const post = (text) => send(id, text, { thread: ts, broadcast });
  const also =
    channel &&
    html`<label class="also"><input type="checkbox" checked=${broadcast}
    onChange=${(event) => setBroadcast(event.currentTarget.checked)} /> Also send to ${label}</label>`;
  return html`<${PanelFrame} title="Thread" subtitle=${label} name="Thread">
    <div ref=${box} class="panel-body thread" data-conversation data-testid="thread" tabIndex="0"
      onKeyDown=${(event) => event.target.matches(".thread, .message") && arrowKeys(event, ".message")}>
      ${parent && html`<${Message} message=${parent} inThread marked=${marked === parent.ts} />`}
      ${
        replies.length > 0 &&
        html`<div
        class="reply-count"><span>${replies.filter((reply) => !reply.is_ephemeral).length} ${replies.length === 1 ? "reply" : "replies"}</span></div>`
      }
      ${replies.map(
        (reply, index) => html`<${Message} key=${reply.ts} message=${reply} inThread
        follows=${continues(reply, replies[index - 1])} marked=${marked === reply.ts} />`,
      )}
      ${!log.loaded && html`<div class="loading">Loading…</div>`}
      ${
        canWrite
          ? html`<div class="thread-foot-box"><${Composer} key=${ts} channel=${id} thread=${ts}
        label=${`Reply to thread in ${label}`} placeholder="Reply…" draftKey=${`${id}/${ts}`} onSend=${post}
        foot=${also} /><${Typing} at=${`${id}/${ts}`} /></div>`
          : null
      }
    </div>
  </${PanelFrame}>`;
}

function PinsPanel() {
  const channel = currentChannel();
  useTopics(`channel ${channel?.id}`, `log ${channel?.id}`, "place");
  const [items, setItems] = useState(null);
  const key = channel?.pins?.map((pin) => pin.ts).join();
  useEffect(() => {
    if (!channel) return;
    ask("pins", { channel: channel.id }).then((answer) => setItems(answer.ok ? answer.items : []));
  }, [channel?.id, key]);
  if (!channel) return null;
  return html`<${PanelFrame} title="Pinned" subtitle=${channelLabel(channel)} name="Pinned messages">
    <div class="panel-body pad" data-testid="pins">
      ${
        items?.length === 0 &&
        html`<p class="faint">Nothing is pinned here yet. Pin what matters for the timeline: it stays easy to find.</p>`
      }
      ${items?.map(({ message, pinned_by: by }) => {
        const author = state.users.get(message.user);
        return html`<article key=${message.ts} class="pin-card" data-ts=${message.ts}>
          <div class="pin-head"><${Avatar} user=${author}
            size=${20} /><b>${message.username ?? displayName(author)}</b><span
            class="faint">${dayTitle(message.ts)} at ${clock(message.ts)}</span><span
            class="spacer"></span><${IconButton} icon="close" size=${14} label="Unpin"
            onClick=${() => order("pin.remove", { channel: channel.id, ts: message.ts })} /></div>
          <${Mrkdwn} text=${message.text} />
          <div class="pin-foot"><span
            class="faint">Pinned by ${by === state.me ? "you" : displayName(state.users.get(by))}</span><button
            type="button" class="link"
            onClick=${() => showMessage(channel.id, message.ts, message.thread_ts)}>View in channel</button></div>
        </article>`;
      })}
    </div>
  </${PanelFrame}>`;
}

function Person({ user, note, onRemove }) {
  return html`<li class="person"><button type="button" class="person-button"
    onClick=${() => openPanel({ kind: "profile", user: user.id })}><${Avatar} user=${user}
    size=${32} /><span><b>${displayName(user)}</b>${
      user.is_bot && html`<span class="badge">APP</span>`
    }<small>${user.real_name !== displayName(user) ? user.real_name : user.title}</small></span></button>${
      note && html`<span class="tag">${note}</span>`
    }${
      onRemove &&
      html`<${IconButton} icon="close" size=${14} label=${`Remove ${displayName(user)}`} onClick=${onRemove} />`
    }</li>`;
}

function DetailsPanel() {
  const channel = currentChannel();
  useTopics(`channel ${channel?.id}`, "place", "directory");
  if (!channel) return null;
  const members = channel.members.map((id) => state.users.get(id)).filter(Boolean);
  const isRoom = channel.kind === "public" || channel.kind === "private";
  const line = (label, value, kind) => html`<button type="button" class="detail" disabled=${!isRoom}
    onClick=${() => openDialog({ kind, channel: channel.id })}><span><b>${label}</b><small>${
      value ? html`<${Mrkdwn} text=${value} />` : html`<span class="faint">Add one</span>`
    }</small></span>${isRoom && html`<${Icon} name="edit" size=${15} />`}</button>`;
  return html`<${PanelFrame} title="Details" subtitle=${channelLabel(channel)} name="Channel details">
    <div class="panel-body pad">
      ${
        isRoom &&
        html`<div
        class="card">${line("Topic", channel.topic?.value, "topic")}${line("Description", channel.purpose?.value, "purpose")}</div>`
      }
      <h3>Members <span class="faint">${members.length}</span></h3>
      ${
        isRoom &&
        channel.is_member &&
        html`<button type="button" class="button wide"
        onClick=${() => openDialog({ kind: "invite", channel: channel.id })}><${Icon} name="plus"
        size=${15} /> Invite people</button>`
      }
      <ul class="people" data-testid="members">${members.map(
        (user) => html`<${Person} key=${user.id} user=${user} note=${user.id === state.me ? "You" : ""}
        onRemove=${isRoom && !channel.is_general && user.id !== state.me && channel.is_member ? () => order("channel.kick", { channel: channel.id, member: user.id }) : null} />`,
      )}</ul>
      <p class="faint small-print">Channel ID: ${channel.id}</p>
    </div>
  </${PanelFrame}>`;
}

function localTime(user) {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: user.tz,
      weekday: "short",
      hour: "numeric",
      minute: "2-digit",
    }).format(new Date());
  } catch {
    return "";
  }
}

function ProfilePanel({ user: id }) {
  useTopics("directory");
  const user = state.users.get(id);
  if (!user) return null;
  const fact = (label, value) => value && html`<div class="fact"><small>${label}</small><span>${value}</span></div>`;
  return html`<${PanelFrame} title="Profile" name="Profile">
    <div class="panel-body pad profile">
      <${Avatar} user=${user} size=${112} />
      <h3>${user.real_name}${user.is_bot && html` <span class="badge">APP</span>`}</h3>
      ${user.title && html`<p>${user.title}</p>`}
      ${user.status_text && html`<p>${user.status_text}</p>`}
      ${user.deleted && html`<p class="faint">This account is deactivated.</p>`}
      <div class="row">
        ${
          user.id !== "USLACKBOT" &&
          html`<button type="button" class="button" onClick=${() => openDm(user.id)}><${Icon}
          name="reply" size=${15} /> Message</button>`
        }
        ${
          user.id === state.me &&
          html`<button type="button" class="button" onClick=${() => openDialog({ kind: "status" })}>Set status</button>`
        }
      </div>
      ${fact("Display name", user.display_name)}
      ${fact("Handle", `@${user.name}`)}
      ${!user.is_bot && fact("Local time", `${localTime(user)} (${user.tz})`)}
      ${fact("Email", user.email)}
      ${fact("Member ID", user.id)}
    </div>
  </${PanelFrame}>`;
}

const PANELS = {
  thread: ThreadPanel,
  pins: PinsPanel,
  details: DetailsPanel,
  profile: ProfilePanel,
  hood: HoodPanel,
  faults: FaultsPanel,
  scripts: ScriptsPanel,
};

export function Panel() {
  useTopics("panel", "place");
  const { panel } = state;
  if (!panel) return null;
  const Draw = PANELS[panel.kind];
  return html`<${Draw} key=${`${panel.kind}${panel.ts ?? ""}${panel.user ?? ""}`} ...${panel} />`;
}
