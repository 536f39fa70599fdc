// What is typed with marks to Slack's rich_text, and back: what an app puts into a rich_text_input, and what it gets.

import { parse } from "./mrkdwn.js";
import { displayName, state } from "./store.js";

const STYLES = { bold: "bold", italic: "italic", strike: "strike" };
const MARKS = { bold: "*", italic: "_", strike: "~", code: "`" };
const FENCE = /(```[\s\S]*?```)/;
const CODE_OR_LINK = /(`[^`\n]+`|<(?:https?|mailto):[^<>\s|]+(?:\|[^<>]*)?>)/;
const ITEM = /^( *)(?:([-•])|(\d+)[.)])\s+(.*)$/;

/** Return the rich_text block, null when nothing was typed. */
export function toRichText(typed) {
  if (!typed.trim()) return null;
  const elements = typed.split(FENCE).flatMap((part, index) => (index % 2 ? [fenced(part)] : chunks(part)));
  return { type: "rich_text", elements: elements.filter((element) => element.elements.length > 0) };
}

const fenced = (part) => ({
  type: "rich_text_preformatted",
  elements: [{ type: "text", text: part.slice(3, -3).replace(/^\n|\n$/g, "") }],
});

/** Return lists, and what stands between them. */
function chunks(text) {
  const found = [];
  let plain = [];
  const flush = () => {
    const between = plain.join("\n").replace(/^\n+|\n+$/g, "");
    if (between) found.push(...paragraphs(between));
    plain = [];
  };
  for (const line of text.split("\n")) {
    const item = line.match(ITEM);
    if (!item) plain.push(line);
    else {
      flush();
      addItem(found, item);
    }
  }
  flush();
  return found;
}

function addItem(found, [, spaces, bullet, , text]) {
  const style = bullet ? "bullet" : "ordered";
  const indent = Math.min(8, spaces.length >> 1);
  const section = { type: "rich_text_section", elements: inline(text) };
  const last = found.at(-1);
  if (last?.type === "rich_text_list" && last.style === style && last.indent === indent) last.elements.push(section);
  else found.push({ type: "rich_text_list", style, indent, elements: [section] });
}

const paragraphs = (text) =>
  parse(tokens(text)).map((block) => ({
    type: block.type === "quote" ? "rich_text_quote" : "rich_text_section",
    elements: partsOf(block.children, {}),
  }));

const inline = (text) => paragraphs(text).flatMap((paragraph) => paragraph.elements);

/** Return the text as Slack writes it: escaped, with ids in place of names. Code means what it says. */
function tokens(text) {
  const names = namesOf();
  return text
    .split(CODE_OR_LINK)
    .map((part, index) => {
      if (index % 2) return part.startsWith("<") ? part : escape(part);
      return escape(part).replace(/(?<![\w@#/.])[@#][\w.-]*\w/g, (name) => names.get(name.toLowerCase()) ?? name);
    })
    .join("");
}

const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function namesOf() {
  const users = [...state.users.values()].map((user) => [`@${user.name}`, `<@${user.id}>`]);
  const groups = [...state.groups.values()].map((group) => [`@${group.handle}`, `<!subteam^${group.id}>`]);
  const channels = [...state.channels.values()]
    .filter((channel) => channel.name)
    .map((channel) => [`#${channel.name}`, `<#${channel.id}>`]);
  const all = ["here", "channel", "everyone"].map((name) => [`@${name}`, `<!${name}>`]);
  return new Map([...users, ...groups, ...channels, ...all]);
}

function partsOf(nodes, style) {
  const parts = [];
  const add = (part) => {
    const last = parts.at(-1);
    const whole = Object.keys(style).length > 0 ? { ...part, style } : part;
    // A line's end does not cut a text in two.
    if (part.type === "text" && last?.type === "text" && last.style === whole.style) last.text += part.text;
    else parts.push(whole);
  };
  for (const node of nodes) {
    if (typeof node === "string") add({ type: "text", text: node });
    else if (node.type === "break") add({ type: "text", text: "\n" });
    else if (node.type in STYLES) parts.push(...partsOf(node.children, { ...style, [STYLES[node.type]]: true }));
    else if (node.type === "code") parts.push({ type: "text", text: node.text, style: { ...style, code: true } });
    else add(partOf(node));
  }
  return parts;
}

function partOf(node) {
  switch (node.type) {
    case "emoji":
      return { type: "emoji", name: node.name };
    case "user":
      return { type: "user", user_id: node.id };
    case "channel":
      return { type: "channel", channel_id: node.id };
    case "group":
      return { type: "usergroup", usergroup_id: node.id };
    case "broadcast":
      return { type: "broadcast", range: node.name };
    default: {
      const [label] = node.children;
      return { type: "link", url: node.url, ...(typeof label === "string" && label !== node.url && { text: label }) };
    }
  }
}

/** Return the block as one would type it. */
export function toTyped(block) {
  return (block?.elements ?? []).map(typedElement).join("\n");
}

function typedElement(element) {
  const own = () => element.elements.map(typedPart).join("");
  switch (element.type) {
    case "rich_text_list":
      return element.elements
        .map((item, index) => {
          const mark = element.style === "ordered" ? `${index + 1}.` : "-";
          return `${"  ".repeat(element.indent ?? 0)}${mark} ${item.elements.map(typedPart).join("")}`;
        })
        .join("\n");
    case "rich_text_quote":
      return own().replace(/^/gm, "> ");
    case "rich_text_preformatted":
      return `\`\`\`\n${own()}\n\`\`\``;
    default:
      return own();
  }
}

function typedPart(part) {
  const text = bare(part);
  const marks = Object.keys(MARKS)
    .filter((name) => part.style?.[name])
    .map((name) => MARKS[name]);
  return marks.join("") + text + marks.reverse().join("");
}

function bare(part) {
  switch (part.type) {
    case "user":
      return `@${state.users.get(part.user_id)?.name ?? displayName(null)}`;
    case "channel":
      return `#${state.channels.get(part.channel_id)?.name ?? part.channel_id}`;
    case "usergroup":
      return `@${state.groups.get(part.usergroup_id)?.handle ?? part.usergroup_id}`;
    case "broadcast":
      return `@${part.range}`;
    case "emoji":
      return `:${part.name}:`;
    case "link":
      return part.text ? `<${part.url}|${part.text}>` : part.url;
    default:
      return part.text ?? part.fallback ?? part.value ?? "";
  }
}
