// What the composer offers while one types /, @, # and :.

import { search as searchEmoji } from "./emoji.js";
import { channelTitle, displayName, state } from "./store.js";

const LIMIT = 10;
const BUILT_IN = [
  { command: "/archive", description: "Archive the channel", usage_hint: "" },
  { command: "/dm", description: "Send somebody a direct message", usage_hint: "@person [message]" },
  { command: "/invite", description: "Invite somebody to the channel", usage_hint: "@person" },
  { command: "/join", description: "Open a channel", usage_hint: "#channel" },
  { command: "/leave", description: "Leave the channel", usage_hint: "" },
  { command: "/me", description: "Say what you are doing", usage_hint: "is looking into it" },
  { command: "/rename", description: "Rename the channel", usage_hint: "new-name" },
  { command: "/shrug", description: "Append ¯\\_(ツ)_/¯", usage_hint: "[message]" },
  { command: "/topic", description: "Set the channel's topic", usage_hint: "[new topic]" },
];

const BROADCASTS = [
  { handle: "here", hint: "Notify everybody who is active in this channel" },
  { handle: "channel", hint: "Notify everybody in this channel" },
];

/** Return {kind, query, from, to} of the word the caret stands in, null when nothing is to be completed. */
export function wordAt(text, caret, { commands = true } = {}) {
  const before = text.slice(0, caret);
  if (commands && /^\/\S*$/.test(before)) return { kind: "command", query: before.slice(1), from: 0, to: caret };
  const match = before.match(/(?:^|[\s(\[*_~"'])([@#:])([^\s@#:]*)$/u);
  if (!match) return null;
  const [, sign, query] = match;
  if (sign === ":" && query.length < 2) return null;
  return {
    kind: { "@": "person", "#": "channel", ":": "emoji" }[sign],
    query,
    from: caret - query.length - 1,
    to: caret,
  };
}

const rank = (query, ...names) => {
  const places = names.filter(Boolean).map((name) => {
    const lower = name.toLowerCase();
    if (lower === query) return 0;
    if (lower.startsWith(query)) return 1;
    if (lower.split(/[\s._-]/).some((word) => word.startsWith(query))) return 2;
    return lower.includes(query) ? 3 : 9;
  });
  return Math.min(9, ...places);
};

const best = (items) =>
  items
    .filter((item) => item.rank < 9)
    .sort((one, other) => one.rank - other.rank || one.title.localeCompare(other.title))
    .slice(0, LIMIT);

/** Return the offers: {key, title, hint, insert, user?, channel?, char?}. */
export function offers(word, channel) {
  const query = word.query.toLowerCase();
  switch (word.kind) {
    case "command":
      return best(
        [...state.commands.map((one) => ({ ...one, app: true })), ...BUILT_IN].map((one) => ({
          key: one.command,
          title: one.command,
          usage: one.usage_hint,
          hint: one.description,
          insert: `${one.command} `,
          exact: one.command,
          app: one.app,
          rank: rank(query, one.command.slice(1)) + (one.app ? 0 : 0.5),
        })),
      );
    case "person":
      return people(query, channel);
    case "channel":
      return best(
        [...state.channels.values()]
          .filter((one) => (one.kind === "public" || one.kind === "private") && !one.is_archived)
          .map((one) => ({
            key: one.id,
            title: one.name,
            hint: one.purpose?.value || one.topic?.value,
            channel: one,
            insert: `#${one.name} `,
            exact: `#${one.name}`,
            rank: rank(query, channelTitle(one)),
          })),
      );
    default:
      return searchEmoji(query, LIMIT).map((one) => ({
        key: one.name,
        title: `:${one.name}:`,
        emoji: one,
        insert: `:${one.name}: `,
        exact: `:${one.name}`,
      }));
  }
}

function people(query, channel) {
  const members = new Set(channel?.members ?? []);
  const persons = [...state.users.values()]
    .filter((user) => !user.deleted && user.id !== "USLACKBOT")
    .map((user) => ({
      key: user.id,
      title: displayName(user),
      hint: user.real_name === displayName(user) ? "" : user.real_name,
      note: user.is_bot
        ? "App"
        : channel && !["im", "mpim"].includes(channel.kind) && !members.has(user.id)
          ? "Not in channel"
          : user.id === state.me
            ? "You"
            : "",
      handle: user.name,
      user,
      insert: `@${user.name} `,
      exact: `@${user.name}`,
      rank: rank(query, user.name, user.display_name, user.real_name),
    }));
  const groups = [...state.groups.values()].map((group) => ({
    key: group.id,
    title: `@${group.handle}`,
    hint: group.name,
    icon: "people",
    insert: `@${group.handle} `,
    exact: `@${group.handle}`,
    rank: rank(query, group.handle, group.name) + 0.5,
  }));
  const broadcasts = query
    ? BROADCASTS.map(({ handle, hint }) => ({
        key: handle,
        title: `@${handle}`,
        hint,
        icon: "at",
        insert: `@${handle} `,
        exact: `@${handle}`,
        rank: rank(query, handle) + 0.5,
      }))
    : [];
  return best([...persons, ...groups, ...broadcasts]);
}
