// One channel or direct message: head, bookmarks, messages, composer.

import { openDialog, openPanel, order, send, toast, togglePanel } from "./actions.js";
import { Composer } from "./composer.js";
import { Hamburger, Typing } from "./frame.js";
import { classes, html } from "./lib.js";
import { Messages } from "./messages.js";
import { channelLabel, channelTitle, displayName, state, useTopics } from "./store.js";
import { Emoji, InlineMrkdwn, Link } from "./text.js";
import { Avatar, Icon, MenuButton, copyText } from "./ui.js";

function Title({ channel }) {
  if (channel.kind === "im") {
    const user = state.users.get(channel.other);
    return html`<button type="button" class="place-title"
      onClick=${() => openPanel({ kind: "profile", user: channel.other })}><${Avatar} user=${user}
      size=${24} /> <h1>${displayName(user)}</h1>${user?.is_bot && html`<span class="badge">APP</span>`}</button>`;
  }
  const icon = { private: "lock", mpim: "people" }[channel.kind] ?? "hash";
  return html`<button type="button" class="place-title" title="Channel details"
    onClick=${() => togglePanel({ kind: "details" })}><${Icon} name=${icon}
    size=${19} /> <h1>${channelTitle(channel)}</h1></button>`;
}

function channelItems(channel) {
  const isRoom = channel.kind === "public" || channel.kind === "private";
  const act = (verb) => order(verb, { channel: channel.id });
  return [
    { label: "Details and members", icon: "info", onClick: () => openPanel({ kind: "details" }) },
    {
      label: "Copy link",
      icon: "link",
      onClick: () => copyText(`${location.origin}/archives/${channel.id}`).then(() => toast("Link copied.")),
    },
    {
      label: "Copy channel ID",
      icon: "copy",
      hint: channel.id,
      onClick: () => copyText(channel.id).then(() => toast("Channel ID copied.")),
    },
    isRoom && "-",
    isRoom &&
      channel.is_member && {
        label: "Invite people…",
        icon: "people",
        onClick: () => openDialog({ kind: "invite", channel: channel.id }),
      },
    isRoom && { label: "Set topic…", icon: "edit", onClick: () => openDialog({ kind: "topic", channel: channel.id }) },
    isRoom && {
      label: "Rename channel…",
      icon: "edit",
      onClick: () => openDialog({ kind: "rename", channel: channel.id }),
    },
    isRoom && {
      label: "Add a bookmark…",
      icon: "bookmark",
      onClick: () => openDialog({ kind: "bookmark", channel: channel.id }),
    },
    isRoom && "-",
    isRoom &&
      channel.is_member &&
      !channel.is_general && {
        label: "Leave channel",
        icon: "leave",
        danger: true,
        onClick: () => act("channel.leave"),
      },
    isRoom &&
      !channel.is_general &&
      (channel.is_archived
        ? { label: "Unarchive channel", icon: "redo", onClick: () => act("channel.unarchive") }
        : { label: "Archive channel", icon: "trash", danger: true, onClick: () => act("channel.archive") }),
  ];
}

function Head({ channel }) {
  useTopics("directory");
  const isRoom = channel.kind !== "im";
  const topic = channel.topic?.value;
  return html`<header class="place-head">
    <${Hamburger} />
    <${Title} channel=${channel} />
    ${
      isRoom &&
      html`<button type="button" class=${classes("topic", !topic && "empty")} title=${topic || "Add a topic"}
      aria-label=${topic ? "Topic, edit" : "Add a topic"} data-testid="topic"
      onClick=${(event) => event.target.tagName !== "A" && openDialog({ kind: "topic", channel: channel.id })}>
      ${topic ? html`<${InlineMrkdwn} text=${topic} />` : "Add a topic"}
    </button>`
    }
    <span class="spacer"></span>
    ${
      isRoom &&
      html`<button type="button" class="head-button" aria-label=${`${channel.members.length} members`} title="Members"
      onClick=${() => togglePanel({ kind: "details" })}><${Icon} name="people"
      size=${17} /> ${channel.members.length}</button>`
    }
    <button type="button" class="head-button" aria-label=${`Pins (${channel.pins?.length ?? 0})`}
      title="Pinned messages" onClick=${() => togglePanel({ kind: "pins" })}><${Icon} name="pin"
      size=${17} /> ${channel.pins?.length || ""}</button>
    <${MenuButton} icon="more" label="Channel actions" items=${() => channelItems(channel)} />
  </header>`;
}

function Bookmarks({ channel }) {
  if (!channel.bookmarks?.length) return null;
  const remove = (bookmark) => order("bookmark.remove", { channel: channel.id, bookmark_id: bookmark.id });
  return html`<nav class="bookmarks" aria-label="Bookmarks">
    ${channel.bookmarks.map(
      (bookmark) => html`<span class="bookmark" key=${bookmark.id}>
        <${Link} url=${bookmark.link}>${
          bookmark.emoji
            ? html`<${Emoji} name=${bookmark.emoji.replace(/:/g, "")} />`
            : html`<${Icon} name="link" size=${14} />`
        } ${bookmark.title}</${Link}>
        <${MenuButton} icon="chevron" class="bookmark-more" label=${`Bookmark ${bookmark.title}`} align="start"
          items=${() => [
            {
              label: "Copy link",
              icon: "copy",
              onClick: () => copyText(bookmark.link).then(() => toast("Link copied.")),
            },
            { label: "Remove", icon: "trash", danger: true, onClick: () => remove(bookmark) },
          ]}><${Icon} name="chevron" size=${13} /></${MenuButton}>
      </span>`,
    )}
    <button type="button" class="bookmark-add" aria-label="Add a bookmark" title="Add a bookmark"
      onClick=${() => openDialog({ kind: "bookmark", channel: channel.id })}><${Icon} name="plus" size=${14} /></button>
  </nav>`;
}

function Foot({ channel }) {
  if (channel.is_archived) {
    return html`<div class="join-bar">You are viewing <b>${channelLabel(channel)}</b>, an archived channel. <button
      type="button" class="button small"
      onClick=${() => order("channel.unarchive", { channel: channel.id })}>Unarchive</button></div>`;
  }
  if (!channel.is_member) {
    return html`<div class="join-bar">You are viewing <b>${channelLabel(channel)}</b>. <button type="button"
      class="button primary"
      onClick=${() => order("channel.join", { channel: channel.id })}>Join channel</button></div>`;
  }
  return html`<${Composer} key=${channel.id} channel=${channel.id} label=${`Message ${channelLabel(channel)}`}
    draftKey=${channel.id} onSend=${(text) => send(channel.id, text)} />`;
}

export function Conversation({ id }) {
  useTopics(`channel ${id}`, "channels");
  const channel = state.channels.get(id);
  if (!channel)
    return html`<main class="place"><header class="place-head"><${Hamburger} /></header><div
    class="empty-place">This channel is not here any more.</div></main>`;
  return html`<main class="place" data-channel=${channel.id}>
    <${Head} channel=${channel} />
    <${Bookmarks} channel=${channel} />
    <${Messages} key=${id} channel=${channel} />
    <div class="place-foot" data-conversation-foot><${Foot} channel=${channel} /><${Typing} at=${id} /></div>
  </main>`;
}
