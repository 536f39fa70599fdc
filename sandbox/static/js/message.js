// One message: its author, its text or blocks, its marks, and what one can do with it.

import { ask, dismiss, markUnread, openPanel, openThread, order, permalink, react, toast } from "./actions.js";
import { sizeOf } from "./attaching.js";
import { Attachments, Blocks } from "./blocks.js";
import { Composer } from "./composer.js";
import { ago, clock, fullTime } from "./dates.js";
import { FREQUENT, lookup } from "./emoji.js";
import { Form } from "./form.js";
import { classes, html, memo, useEffect, useMemo, useRef, useState } from "./lib.js";
import { EmojiPicker } from "./picker.js";
import { Picture } from "./picture.js";
import { displayName, state, useTopics } from "./store.js";
import { Emoji, Mrkdwn } from "./text.js";
import { Avatar, Dialog, Icon, IconButton, MenuButton, Popover, copyText } from "./ui.js";

const GROUP_SECONDS = 300;
const SYSTEM = new Set([
  "channel_join",
  "channel_leave",
  "channel_topic",
  "channel_purpose",
  "channel_name",
  "channel_archive",
  "channel_convert_to_private",
  "channel_unarchive",
  "bot_add",
  "group_join",
  "group_leave",
  "group_topic",
  "group_purpose",
  "group_name",
  "group_archive",
  "group_unarchive",
  "pinned_item",
  "channel_convert_to_private",
  "reminder_add",
]);

const isSystem = (message) => SYSTEM.has(message.subtype);
const authorKey = (message) => `${message.user ?? message.bot_id}/${message.username ?? ""}`;

/** Say whether the message goes on under the author of the one before it. What stands for itself never does. */
export function continues(message, before) {
  if (!before || standsAlone(message) || standsAlone(before)) return false;
  const near = Number(message.ts) - Number(before.ts) < GROUP_SECONDS;
  return near && authorKey(message) === authorKey(before) && message.subtype === before.subtype;
}

function standsAlone(message) {
  return isSystem(message) || message.is_ephemeral || message.blocks?.some((block) => block.type === "header");
}

const forms = new Map();

function formOf(message) {
  const key = `${message.channel}/${message.ts}`;
  if (!forms.has(key)) forms.set(key, new Form());
  return forms.get(key);
}

/** The surface of a message: where its elements stand and how they act. */
function surfaceOf(message) {
  const where = { channel: message.channel, ts: message.ts };
  const form = formOf(message);
  const blocks = [
    ...(message.blocks ?? []),
    ...(message.attachments ?? []).flatMap((attachment) => attachment.blocks ?? []),
  ];
  return {
    id: `m${message.ts.replace(".", "")}`,
    form,
    act: (payload) => ask("block.act", { ...where, ...payload, values: form.values(blocks) }),
    load: (block, element, query) =>
      ask("options.load", { ...where, block_id: block.block_id, action_id: element.action_id, query }),
  };
}

function authorOf(message) {
  const user = state.users.get(message.user);
  const isApp = Boolean(message.bot_id) || user?.is_bot;
  const name = message.username ?? (user ? displayName(user) : (message.bot_profile?.name ?? "Somebody"));
  const icon = message.icons?.emoji && html`<${Emoji} name=${message.icons.emoji.replace(/:/g, "")} />`;
  return { user, isApp: isApp && message.user !== "USLACKBOT", name, icon };
}

function Time({ ts, channel, thread, short = false }) {
  return html`<a class="time" href=${permalink(channel, ts, thread)} title=${fullTime(ts)} onClick=${(event) => {
    event.preventDefault();
    copyText(permalink(channel, ts, thread)).then(() => toast("Link copied."));
  }}>${short ? clock(ts).replace(/\s?[AP]M/i, "") : clock(ts)}</a>`;
}

const Edited = ({ message }) =>
  message.edited && html`<span class="edited" title=${`Edited ${fullTime(message.edited.ts)}`}> (edited)</span>`;

/** Say whether the mark “edited” finds no text at the end to stand behind, so that it goes beside the time. */
function endsWithoutText({ blocks }) {
  const last = blocks?.at(-1);
  return Boolean(last) && last.type !== "rich_text" && !(last.type === "section" && last.text && !last.fields);
}

function Body({ message }) {
  const surface = useMemo(() => surfaceOf(message), [message]);
  const edited = endsWithoutText(message) ? null : html`<${Edited} message=${message} />`;
  const { blocks, attachments, files } = message;
  if (message.subtype === "tombstone") return html`<div class="text faint">This message was deleted.</div>`;
  if (message.subtype === "me_message")
    return html`<div class="me-message"><${Mrkdwn} text=${message.text}>${edited}</${Mrkdwn}></div>`;
  return html`
    ${
      blocks?.length
        ? html`<${Blocks} blocks=${blocks} surface=${surface} tail=${edited} />`
        : message.text && html`<${Mrkdwn} text=${message.text}>${edited}</${Mrkdwn}>`
    }
    ${attachments?.length > 0 && html`<${Attachments} attachments=${attachments} surface=${surface} />`}
    ${
      files?.length > 0 &&
      html`<div class="files">${files.map((file) => html`<${File} key=${file.id} file=${file} />`)}</div>`
    }
  `;
}

function File({ file }) {
  const local = localAddress(file.url_private);
  if (file.mimetype?.startsWith("image/") && local)
    return html`<a class="file-picture" href=${local} target="_blank"
    rel="noopener"><${Picture} url=${local} alt=${file.title ?? file.name} /></a>`;
  return html`<a class="file-card" href=${local} target="_blank" rel="noopener"><${Icon} name="file"
    size=${26} /><span><b>${file.title ?? file.name}</b><small>${sizeOf(file.size)}</small></span></a>`;
}

/** Return the address as one of this server, however the server calls itself. */
function localAddress(url) {
  if (!url) return undefined;
  try {
    const { pathname, search } = new URL(url, location.href);
    return pathname + search;
  } catch {
    return undefined;
  }
}

function reactionSentence(reaction) {
  const names = reaction.users.map((id) => (id === state.me ? "You" : displayName(state.users.get(id))));
  const list = names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names[0];
  return `${list} reacted with :${reaction.name}:`;
}

function Reactions({ message }) {
  const [picking, setPicking] = useState(false);
  const anchor = useRef(null);
  if (!message.reactions?.length) return null;
  return html`<div class="reactions">
    ${message.reactions.map(
      (reaction) => html`<button type="button" key=${reaction.name}
        class=${classes("reaction", reaction.users.includes(state.me) && "mine")}
        aria-pressed=${reaction.users.includes(state.me)}
        aria-label=${`:${reaction.name}: ${reaction.count}. ${reactionSentence(reaction)}`}
        title=${reactionSentence(reaction)}
        data-reaction=${reaction.name} onClick=${() => react(message, reaction.name)}>
        <${Emoji} name=${reaction.name} /><span class="count">${reaction.count ?? reaction.users.length}</span>
      </button>`,
    )}
    <button ref=${anchor} type="button" class="reaction add" aria-label="Add reaction" title="Add reaction"
      onClick=${() => setPicking(true)}><${Icon} name="smile" size=${16} /></button>
    ${
      picking &&
      html`<${Popover} anchor=${anchor} onClose=${() => setPicking(false)} class="picker-popover"><${EmojiPicker}
      onPick=${(name) => {
        setPicking(false);
        react(message, name);
      }} /></${Popover}>`
    }
  </div>`;
}

function ThreadFoot({ message }) {
  if (!message.reply_count) return null;
  const people = (message.reply_users ?? []).slice(0, 5);
  return html`<button type="button" class="thread-foot" onClick=${() => openThread(message.channel, message.ts)}>
    <span class="thread-faces">${people.map(
      (id) => html`<${Avatar} key=${id} user=${state.users.get(id)} size=${22} />`,
    )}</span>
    <b>${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}</b>
    ${message.latest_reply && html`<span class="thread-when">Last reply ${ago(message.latest_reply)}</span>`}
  </button>`;
}

// ── What one can do with a message ──────────────────────────────────────────────────────────────────────────────────

function DeleteDialog({ message, onClose }) {
  const remove = async () => {
    onClose();
    await order("message.delete", { channel: message.channel, ts: message.ts });
  };
  return html`<${Dialog} title="Delete message" onClose=${onClose} class="small">
    <div class="dialog-body"><p>Are you sure you want to delete this message? This cannot be undone.</p><div
      class="preview"><${Mrkdwn} text=${message.text} /></div></div>
    <footer class="dialog-foot"><button type="button" class="button" onClick=${onClose}>Cancel</button><button
      type="button" class="button danger-fill" data-autofocus onClick=${remove}>Delete</button></footer>
  </${Dialog}>`;
}

function moreItems(message, { edit, remove, inThread }) {
  const { channel, ts, thread_ts: thread } = message;
  const mine = message.user === state.me && !message.bot_id;
  const pinned = message.pinned_to?.includes(channel);
  const shortcuts = state.shortcuts.filter((shortcut) => shortcut.type === "message");
  return [
    !inThread && { label: "Reply in thread", icon: "reply", onClick: () => openThread(channel, thread ?? ts) },
    {
      label: "Copy link",
      icon: "link",
      onClick: () => copyText(permalink(channel, ts, thread)).then(() => toast("Link copied.")),
    },
    { label: "Mark unread from here", icon: "eye", onClick: () => markUnread(channel, ts) },
    {
      label: pinned ? "Unpin from channel" : "Pin to channel",
      icon: "pin",
      onClick: () => order(pinned ? "pin.remove" : "pin.add", { channel, ts }),
    },
    "-",
    ...shortcuts.map((shortcut) => ({
      label: shortcut.name,
      hint: state.app?.name,
      icon: "bolt",
      onClick: () => order("shortcut.run", { callback_id: shortcut.callback_id, channel, ts }),
    })),
    shortcuts.length > 0 && "-",
    {
      label: "Copy message ID",
      icon: "copy",
      hint: ts,
      onClick: () => copyText(ts).then(() => toast("Message ID copied.")),
    },
    mine && { label: "Edit message", icon: "edit", onClick: edit },
    mine && { label: "Delete message…", icon: "trash", danger: true, onClick: remove },
  ];
}

function Toolbar({ message, edit, remove, inThread, hold }) {
  const [picking, setPicking] = useState(false);
  const anchor = useRef(null);
  const pinned = message.pinned_to?.includes(message.channel);
  const pick = (open) => {
    setPicking(open);
    hold(open);
  };
  if (message.is_ephemeral || message.subtype === "tombstone") return null;
  return html`<div class="toolbar-place"><div class="toolbar" role="group" aria-label="Message actions">
    ${FREQUENT.slice(0, 3).map(
      (name) => html`<button type="button" key=${name} class="icon-button quick"
      aria-label=${`React with ${name.replace(/_/g, " ")}`} title=${`:${name}:`}
      onClick=${() => react(message, name)}>${lookup(name).char}</button>`,
    )}
    <button ref=${anchor} type="button" class="icon-button" aria-label="Find another reaction"
      title="Find another reaction" onClick=${() => pick(true)}><${Icon} name="smile" /></button>
    ${
      !inThread &&
      html`<${IconButton} icon="reply" label="Reply in thread"
      onClick=${() => openThread(message.channel, message.thread_ts ?? message.ts)} />`
    }
    <${IconButton} icon="pin" class=${pinned && "on"} label=${pinned ? "Unpin from channel" : "Pin to channel"}
      onClick=${() => order(pinned ? "pin.remove" : "pin.add", { channel: message.channel, ts: message.ts })} />
    <${MenuButton} icon="more" label="More actions" onToggle=${hold}
      items=${() => moreItems(message, { edit, remove, inThread })} />
    ${
      picking &&
      html`<${Popover} anchor=${anchor} onClose=${() => pick(false)} align="end" class="picker-popover"><${EmojiPicker}
      onPick=${(name) => {
        pick(false);
        react(message, name);
      }} /></${Popover}>`
    }
  </div></div>`;
}

function EditBox({ message, onDone }) {
  const [draft, setDraft] = useState(null);
  useMemo(async () => {
    const answer = await ask("draft.text", { channel: message.channel, ts: message.ts });
    setDraft(answer.ok ? answer.text : message.text);
  }, []);
  if (draft === null) return null;
  const save = async (text) => {
    if (text === draft) return onDone();
    const answer = await order("message.edit", { channel: message.channel, ts: message.ts, text });
    if (answer.ok) onDone();
    return answer;
  };
  return html`<${Composer} channel=${message.channel} label="Edit message" initial=${draft} onSend=${save}
    onCancel=${onDone} sendLabel="Save" />`;
}

function PinnedBy({ message }) {
  const by = message.pinned_info?.pinned_by;
  if (!message.pinned_to?.includes(message.channel)) return null;
  return html`<div class="above pinned"><${Icon} name="pin"
    size=${13} /> Pinned${by && html` by ${by === state.me ? "you" : displayName(state.users.get(by))}`}</div>`;
}

function SystemMessage({ message, marked }) {
  const { user, name } = authorOf(message);
  const text = message.text?.replace(/^<@[^>]+>\s*/, "") ?? "";
  return html`<div class=${classes("message system", marked && "marked")} data-ts=${message.ts}
    data-subtype=${message.subtype}>
    <div class="gutter"><${Avatar} user=${user} size=${20} /></div>
    <div class="content"><span class="system-text">${
      message.user &&
      html`<button type="button" class="author"
      onClick=${() => user && openPanel({ kind: "profile", user: user.id })}>${name}</button>`
    } <${Mrkdwn} text=${text} /></span> <${Time} ts=${message.ts} channel=${message.channel} /></div>
  </div>`;
}

/** What is said above a message: that only one sees it, that it is pinned, that it belongs to a thread. */
function Above({ message, broadcast }) {
  const thread = () => openThread(message.channel, message.thread_ts);
  return html`
    ${message.is_ephemeral && html`<div class="above"><${Icon} name="eye" size=${14} /> Only visible to you</div>`}
    <${PinnedBy} message=${message} />
    ${
      broadcast &&
      html`<div class="above">
        <${Icon} name="reply" size=${13} /> replied to a thread
        <button type="button" class="link" onClick=${thread}>Open thread</button>
      </div>`
    }
  `;
}

function Head({ message, author: { user, isApp, name }, profile, edited }) {
  const { channel, ts, thread_ts: thread } = message;
  const status = user?.status_emoji?.replace(/:/g, "");
  return html`<div class="head">
    <button type="button" class="author" onClick=${profile}>${name}</button>
    ${isApp && html`<span class="badge">APP</span>`}
    ${status && html`<span title=${user.status_text}><${Emoji} name=${status} /></span>`}
    <${Time} ts=${ts} channel=${channel} thread=${thread} />
    ${edited && html`<${Edited} message=${message} />`}
  </div>`;
}

/** `follows`: drawn under the same author, without head. */
export const Message = memo(function Message({ message, follows = false, marked = false, inThread = false }) {
  useTopics("directory");
  const [editing, setEditing] = useState(false);
  const [removing, setRemoving] = useState(false);
  const [held, setHeld] = useState(false);
  const box = useRef(null);
  useEffect(() => {
    const edit = () => setEditing(true);
    box.current?.addEventListener("edit-message", edit);
    return () => box.current?.removeEventListener("edit-message", edit);
  }, []);
  const [near, setNear] = useState(false); // the pointer or the focus is here, so the toolbar is worth drawing
  const author = authorOf(message);
  const { user, name, icon } = author;
  if (isSystem(message)) return html`<${SystemMessage} message=${message} marked=${marked} />`;
  const pinned = message.pinned_to?.includes(message.channel);
  const broadcast = message.subtype === "thread_broadcast" && !inThread;
  const editedAbove = message.edited && endsWithoutText(message);
  const bare = follows && !pinned && !broadcast && !editedAbove;
  const profile = () => user && openPanel({ kind: "profile", user: user.id });
  return html`<div ref=${box}
    class=${classes("message", bare && "follows", marked && "marked", pinned && "is-pinned", message.is_ephemeral && "ephemeral", held && "held", editing && "editing")}
    data-ts=${message.ts} data-user=${message.user} data-ephemeral=${message.is_ephemeral || undefined} role="article"
    aria-label=${`${name}, ${clock(message.ts)}`} tabIndex=${-1} onPointerEnter=${() => setNear(true)}
    onPointerLeave=${() => setNear(false)} onFocusIn=${() => setNear(true)}
    onFocusOut=${(event) => !event.currentTarget.contains(event.relatedTarget) && setNear(false)}>
    <${Above} message=${message} broadcast=${broadcast} />
    <div class="gutter">
      ${
        bare
          ? html`<${Time} ts=${message.ts} channel=${message.channel} thread=${message.thread_ts} short />`
          : html`<button
        type="button" class="face" tabIndex=${-1} aria-hidden="true" onClick=${profile}><${Avatar} user=${user}
        icon=${icon} /></button>`
      }
    </div>
    <div class="content">
      ${!bare && html`<${Head} message=${message} author=${author} profile=${profile} edited=${editedAbove} />`}
      ${
        editing
          ? html`<${EditBox} message=${message} onDone=${() => setEditing(false)} />`
          : html`<${Body} message=${message} />`
      }
      <${Reactions} message=${message} />
      ${!inThread && html`<${ThreadFoot} message=${message} />`}
      ${
        message.is_ephemeral &&
        html`<button type="button" class="link dismiss" onClick=${() => dismiss(message)}>Dismiss message</button>`
      }
    </div>
    ${
      !editing &&
      (near || held) &&
      html`<${Toolbar} message=${message} edit=${() => setEditing(true)}
      remove=${() => setRemoving(true)} inThread=${inThread} hold=${setHeld} />`
    }
    ${removing && html`<${DeleteDialog} message=${message} onClose=${() => setRemoving(false)} />`}
  </div>`;
});
