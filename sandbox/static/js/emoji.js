// Shortcodes to characters, as Slack names them.

import table from "../vendor/emoji.js";

const SKIN_TONES = ["\u{1F3FB}", "\u{1F3FC}", "\u{1F3FD}", "\u{1F3FE}", "\u{1F3FF}"];
const byName = new Map();
const custom = new Map();

export const categories = table.map(([title, rows]) => ({
  title,
  emoji: rows.split("\n").map((row) => {
    const [char, ...names] = row.split(" ");
    const toned = names.at(-1) === "!";
    if (toned) names.pop();
    const emoji = { char, names, name: names[0], toned };
    for (const name of names) byName.set(name, emoji);
    return emoji;
  }),
}));

const ALIASES = {
  thumbs_up: "+1",
  thumbsup: "+1",
  thumbsdown: "-1",
  simple_smile: "slightly_smiling_face",
  slack: null,
};

/** Learn the workspace's own emoji: {name: "https://…" | "data:…" | "alias:other"}. */
export function learnCustom(emoji) {
  for (const [name, address] of Object.entries(emoji ?? {})) custom.set(name, address);
}

/** Return {char} or {src} for "wave" or "wave::skin-tone-3", null when nobody knows it. */
export function lookup(shortcode) {
  const [name, tone] = shortcode.split("::skin-tone-");
  const own = custom.get(name);
  if (own?.startsWith("alias:")) return lookup(own.slice(6));
  if (own) return { src: own };
  const emoji = byName.get(name) ?? byName.get(ALIASES[name] ?? "");
  if (!emoji) return null;
  const tint = emoji.toned && tone ? SKIN_TONES[Number(tone) - 2] : "";
  return { char: tint ? emoji.char.replace(/\uFE0F?$/, "") + tint : emoji.char };
}

/** Return up to `limit` emoji whose name starts with, then contains, the text. */
export function search(text, limit = 8) {
  const wanted = text.toLowerCase();
  const starting = [];
  const containing = [];
  for (const name of custom.keys()) if (name.includes(wanted)) starting.push({ name, ...lookup(name) });
  for (const [name, emoji] of byName) {
    if (name.startsWith(wanted)) starting.push({ name, char: emoji.char });
    else if (containing.length < limit && name.includes(wanted)) containing.push({ name, char: emoji.char });
  }
  starting.sort((one, other) => one.name.length - other.name.length);
  const seen = new Set();
  return [...starting, ...containing]
    .filter(({ name, char, src }) => {
      const key = char ?? src ?? name;
      return seen.has(key) ? false : seen.add(key);
    })
    .slice(0, limit);
}

export const FREQUENT = ["eyes", "white_check_mark", "+1", "pray", "tada", "rotating_light"];
