// What this window knows, and who wants to hear when it changes. Topics are strings; `changed` draws the components that use one.

import { useLayoutEffect, useReducer } from "./lib.js";

export const state = {
  phase: "loading", // loading, choosing, ready, unreachable
  online: true,
  cast: [],
  team: null,
  app: null,
  me: null,
  users: new Map(),
  groups: new Map(),
  channels: new Map(),
  commands: [],
  shortcuts: [],
  views: [],
  viewErrors: new Map(),
  home: null,
  place: null, // {kind: "channel", id} or {kind: "app"}
  jump: null, // {channel, ts, thread, seq}: the message to show and mark
  reading: null, // the id of the channel whose newest message one sees
  panel: null, // {kind: "thread" | "pins" | "details" | "profile" | "hood" | "faults", …}
  dialog: null, // the client's own dialogs: {kind: "create-channel", …}
  drawer: false,
  theme: "system",
  logs: new Map(),
  threads: new Map(),
  typing: new Map(),
  toasts: [],
  calls: [],
  deliveries: [],
  hood: false,
  faults: null,
  stage: { plays: [], recording: null },
  scripts: null, // null until the panel asked for them
  follow: false, // scripts move this window to what they show
  captionShut: undefined, // the play whose caption was put away
};

const listeners = new Map();
const versions = new Map();

export function changed(...topics) {
  for (const topic of topics) {
    versions.set(topic, (versions.get(topic) ?? 0) + 1);
    for (const listener of listeners.get(topic) ?? []) listener();
  }
}

const versionOf = (topics) => topics.reduce((sum, topic) => sum + (versions.get(topic) ?? 0), 0);

export function subscribe(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
  return () => listeners.get(topic).delete(listener);
}

/** Draw the component again when one of the topics changes. */
export function useTopics(...topics) {
  const [, draw] = useReducer((count) => count + 1, 0);
  const drawn = versionOf(topics);
  useLayoutEffect(() => {
    const ends = topics.map((topic) => subscribe(topic, draw));
    // What changed between drawing and listening would be missed otherwise.
    if (versionOf(topics) !== drawn) draw();
    return () => ends.forEach((end) => end());
  }, [topics.join("\n")]);
}

export const myself = () => state.users.get(state.me);
export const currentChannel = () =>
  state.place?.kind === "channel" ? (state.channels.get(state.place.id) ?? null) : null;

/** Return {unread, mentions} as one sees them: what comes while one looks at it is read, though the server hears of it later. */
export function unreadOf(channel) {
  if (!channel || state.reading === channel.id) return { unread: 0, mentions: 0 };
  return channel;
}

export function setReading(id) {
  if (state.reading === id) return;
  state.reading = id;
  changed("channels");
}

export function displayName(user) {
  if (!user) return "Somebody";
  return user.display_name || user.real_name || user.name;
}

/** Return the channel's name as a person reads it, without the sign. */
export function channelTitle(channel) {
  if (channel.kind === "im") return displayName(state.users.get(channel.other));
  if (channel.kind === "mpim") {
    const others = channel.members.filter((id) => id !== state.me);
    return others.map((id) => displayName(state.users.get(id))).join(", ");
  }
  return channel.name;
}

/** Return "#general", or the people's names of a direct message. */
export function channelLabel(channel) {
  return channel.kind === "public" || channel.kind === "private" ? `#${channel.name}` : channelTitle(channel);
}

export function isBotDm(channel) {
  return channel.kind === "im" && channel.other === state.app?.bot_user;
}
