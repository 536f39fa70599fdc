// Slack's mrkdwn: text to a tree, the tree to elements. The parser knows nothing of the page, so it can be tested alone.

import { lookup } from "./emoji.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const MARKS = { "*": "bold", _: "italic", "~": "strike" };
const WORD = /[\p{L}\p{N}]/u;
const SPACE = /[\s\u200b]/; // also the space of no width, which keeps a mark from being a style
const EMOJI = /:([a-z0-9_+'-]+)(::skin-tone-[2-6])?:/y;
const ADDRESS = /https?:\/\/[^\s<>|`]+/y;

const unescape = (text) => text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);

const parsed = new Map();

/** Return blocks: {type: "text" | "quote", children} and {type: "pre", text}. */
export function parse(text) {
  let blocks = parsed.get(text);
  if (!blocks) {
    if (parsed.size > 3000) parsed.clear();
    blocks = parseBlocks(text).map(({ type, source, text }) =>
      type === "pre" ? { type, text } : { type, children: parseInline(source) },
    );
    parsed.set(text, blocks);
  }
  return blocks;
}

function parseBlocks(text) {
  const blocks = [];
  const parts = text.split("```");
  parts.forEach((part, index) => {
    const fenced = index % 2 === 1 && index < parts.length - 1;
    if (fenced) {
      blocks.push({ type: "pre", text: plainTokens(part.replace(/^\n/, "").replace(/\n$/, "")) });
      return;
    }
    // A fence without an end is text.
    let body = index % 2 === 1 ? `\`\`\`${part}` : part;
    if (blocks.at(-1)?.type === "pre") body = body.replace(/^\n/, "");
    if (index + 1 < parts.length - 1) body = body.replace(/\n$/, "");
    if (body) parseLines(body, blocks);
  });
  return blocks;
}

function parseLines(text, blocks) {
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const rest = lines[index].match(/^(?:&gt;|>){3}\s?(.*)$/);
    if (rest) {
      addLines(blocks, "quote", [rest[1], ...lines.slice(index + 1)].join("\n"));
      return;
    }
    const quoted = lines[index].match(/^(?:&gt;|>)\s?(.*)$/);
    if (quoted) addLines(blocks, "quote", quoted[1]);
    else addLines(blocks, "text", lines[index]);
  }
}

function addLines(blocks, type, text) {
  const last = blocks.at(-1);
  if (last?.type === type) last.source += `\n${text}`;
  else blocks.push({ type, source: text });
}

/** Return nodes: strings, {type: "bold" | "italic" | "strike", children}, {type: "code" | "user" | …}. */
export function parseInline(text) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(unescape(plain));
    plain = "";
  };
  let at = 0;
  while (at < text.length) {
    const found = tokenAt(text, at);
    if (found) {
      flush();
      nodes.push(found.node);
      at = found.end;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}

function tokenAt(text, at) {
  const char = text[at];
  if (char === "<") return angleAt(text, at);
  if (char === "`") return codeAt(text, at);
  if (char in MARKS) return styledAt(text, at);
  if (char === ":") return emojiAt(text, at);
  if (char === "h" && !WORD.test(text[at - 1] ?? "")) return addressAt(text, at);
  if (char === "\n") return { node: { type: "break" }, end: at + 1 };
  return null;
}

function angleAt(text, at) {
  const close = text.indexOf(">", at);
  if (close < 0) return null;
  const node = angle(text.slice(at + 1, close));
  return node && { node, end: close + 1 };
}

function angle(inside) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? null : inside.slice(bar + 1);
  const rest = target.slice(1);
  if (target.startsWith("@")) return { type: "user", id: rest, label };
  if (target.startsWith("#")) return { type: "channel", id: rest, label };
  if (target.startsWith("!date^")) {
    const [, ts, pattern, link] = target.split("^");
    return { type: "date", ts, pattern: unescape(pattern ?? ""), link, fallback: unescape(label ?? "") };
  }
  if (target.startsWith("!subteam^")) return { type: "group", id: target.slice(9), label };
  if (target.startsWith("!")) return { type: "broadcast", name: rest };
  if (/^(https?|mailto|tel|slack):/.test(target)) {
    return {
      type: "link",
      url: unescape(target),
      children: label ? parseInline(label) : [unescape(target).replace(/^(mailto|tel):/, "")],
    };
  }
  return null;
}

function codeAt(text, at) {
  const close = text.indexOf("`", at + 1);
  if (close <= at + 1 || text.slice(at, close).includes("\n")) return null;
  return { node: { type: "code", text: plainTokens(text.slice(at + 1, close)) }, end: close + 1 };
}

function styledAt(text, at) {
  const mark = text[at];
  if (WORD.test(text[at - 1] ?? "") || text[at - 1] === mark) return null;
  if (SPACE.test(text[at + 1] ?? " ") || text[at + 1] === mark) return null;
  let close = at;
  for (;;) {
    close = text.indexOf(mark, close + 1);
    if (close < 0) return null;
    const inner = text.slice(at + 1, close);
    if (inner.includes("\n")) return null;
    if (SPACE.test(inner.at(-1)) || WORD.test(text[close + 1] ?? "") || insideToken(inner)) continue;
    return { node: { type: MARKS[mark], children: parseInline(inner) }, end: close + 1 };
  }
}

/** Say whether the text ends within an open <…> or `…`, where marks mean nothing. */
function insideToken(text) {
  return text.lastIndexOf("<") > text.lastIndexOf(">") || text.split("`").length % 2 === 0;
}

function emojiAt(text, at) {
  EMOJI.lastIndex = at;
  const match = EMOJI.exec(text);
  if (!match) return null;
  const shortcode = match[1] + (match[2] ?? "");
  if (!lookup(shortcode)) return null;
  return { node: { type: "emoji", name: shortcode }, end: at + match[0].length };
}

function addressAt(text, at) {
  ADDRESS.lastIndex = at;
  const match = ADDRESS.exec(text);
  if (!match) return null;
  const found = match[0].replace(/(?:[.,;:!?)'"*_~]|&gt;)+$/, "");
  const url = unescape(found);
  return { node: { type: "link", url, children: [url] }, end: at + found.length };
}

/** Return the text of code, where <url|label> stays readable and entities are decoded. */
function plainTokens(text) {
  return unescape(text.replace(/<(https?:[^|>]+)(?:\|([^>]*))?>/g, (_, url, label) => label ?? url));
}

/** Say whether the nodes are nothing but a few emoji, which Slack draws large. */
export function isJumbo(blocks) {
  if (blocks.length !== 1 || blocks[0].type !== "text") return false;
  const nodes = blocks[0].children;
  const emoji = nodes.filter((node) => node.type === "emoji").length;
  return (
    emoji > 0 &&
    emoji <= 23 &&
    nodes.every(
      (node) =>
        node.type === "emoji" ||
        (typeof node === "string" && /^[\s\p{Extended_Pictographic}\uFE0F\u200D]*$/u.test(node)),
    )
  );
}
