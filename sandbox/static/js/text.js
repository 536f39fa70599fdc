// Text as people see it: mrkdwn, Slack's text objects, rich_text, Markdown blocks.

import { followLink, openChannel, openPanel } from "./actions.js";
import { dateToken, fullTime } from "./dates.js";
import { lookup } from "./emoji.js";
import { Fragment, classes, html } from "./lib.js";
import { isJumbo, parse, parseInline } from "./mrkdwn.js";
import { displayName, state, useTopics } from "./store.js";

export function Emoji({ name, large = false }) {
  const found = lookup(name);
  if (!found) return `:${name}:`;
  if (found.src)
    return html`<img class=${classes("emoji", large && "large")} src=${found.src} alt=":${name}:" title=":${name}:" />`;
  return html`<span class=${classes("emoji", large && "large")} role="img" aria-label=${name.replace(/_/g, " ")}
    title=":${name}:">${found.char}</span>`;
}

/** Show text in which only :shortcodes: mean something. */
function WithEmoji({ text }) {
  const parts = text.split(/(:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:)/);
  return parts.map((part, index) => (index % 2 === 1 ? html`<${Emoji} name=${part.slice(1, -1)} />` : part));
}

/** Return what stands after the @. An app is mentioned by the handle that people type, not by the name it signs with. */
function mentionName(user, { id, label }) {
  if (!user) return label ?? id;
  return user.is_bot ? user.name : displayName(user);
}

function UserMention({ id, label }) {
  useTopics("directory");
  const user = state.users.get(id);
  return html`<button type="button" class=${classes("mention", id === state.me && "mine")}
    onClick=${() => user && openPanel({ kind: "profile", user: id })}>@${mentionName(user, { id, label })}</button>`;
}

function ChannelMention({ id, label }) {
  useTopics(`channel ${id}`, "channels");
  const channel = state.channels.get(id);
  const name = channel?.name ?? label;
  if (!channel)
    return html`<span class="mention dead"
    title="A channel you cannot see">${name ? `#${name}` : "🔒 private-channel"}</span>`;
  return html`<a class="mention channel" href=${`/archives/${id}`}
    onClick=${plainClick(() => openChannel(id))}>#${name}</a>`;
}

/** Return a click handler that leaves clicks for a new tab or window to the browser. */
export function plainClick(act) {
  return (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    if (act(event) !== false) event.preventDefault();
  };
}

export function Link({ url, children }) {
  const safe = /^(https?|mailto|tel|slack):/i.test(url) ? url : undefined;
  return html`<a href=${safe} target="_blank" rel="noopener noreferrer"
    onClick=${plainClick(() => followLink(url))}>${children}</a>`;
}

function Group({ id, label }) {
  const group = state.groups.get(id);
  const mine = group?.users?.includes(state.me);
  return html`<span class=${classes("mention", mine && "mine")}
    title=${group?.name}>@${group?.handle ?? label?.replace(/^@/, "") ?? id}</span>`;
}

const TAGS = { bold: "b", italic: "i", strike: "s" };

function Nodes({ nodes, large = false }) {
  return nodes.map((node) => {
    if (typeof node === "string") return node;
    switch (node.type) {
      case "bold":
      case "italic":
      case "strike":
        return html`<${TAGS[node.type]}><${Nodes} nodes=${node.children} /></>`;
      case "code":
        return html`<code>${node.text}</code>`;
      case "break":
        return html`<br />`;
      case "emoji":
        return html`<${Emoji} name=${node.name} large=${large} />`;
      case "user":
        return html`<${UserMention} id=${node.id} label=${node.label} />`;
      case "channel":
        return html`<${ChannelMention} id=${node.id} label=${node.label} />`;
      case "group":
        return html`<${Group} id=${node.id} label=${node.label} />`;
      case "broadcast":
        return html`<span class="mention mine">@${node.name}</span>`;
      case "date":
        return html`<${DateText} ...${node} />`;
      default:
        return html`<${Link} url=${node.url}><${Nodes} nodes=${node.children} /></${Link}>`;
    }
  });
}

function DateText({ ts, pattern, link, fallback }) {
  const text = dateToken(ts, pattern, fallback);
  const time = html`<time title=${Number.isFinite(Number(ts)) ? fullTime(ts) : fallback}>${text}</time>`;
  return link ? html`<${Link} url=${link}>${time}</${Link}>` : time;
}

/** mrkdwn with quotes and preformatted blocks. */
export function Mrkdwn({ text, children }) {
  const blocks = parse(text ?? "");
  const large = isJumbo(blocks);
  const last = blocks.length - 1;
  const drawn = blocks.map((block, index) => {
    const tail = index === last ? children : null;
    if (block.type === "pre") return html`<pre>${block.text}</pre>${tail}`;
    if (block.type === "quote") return html`<blockquote><${Nodes} nodes=${block.children} /></blockquote>${tail}`;
    return html`<div class="line"><${Nodes} nodes=${block.children} large=${large} />${tail}</div>`;
  });
  return html`<div class="text">${drawn}${last < 0 && children}</div>`;
}

/** mrkdwn in one line: topics, context, labels. */
export function InlineMrkdwn({ text }) {
  return html`<${Nodes} nodes=${parseInline(text ?? "")} />`;
}

/** One of Slack's text objects ({type: "plain_text" | "mrkdwn", text}). */
export function Text({ object, block = false, fallback = "", tail = null }) {
  if (!object) return fallback;
  if (typeof object === "string") return object;
  if (object.type === "mrkdwn" && block) return html`<${Mrkdwn} text=${object.text}>${tail}</${Mrkdwn}>`;
  if (object.type === "mrkdwn") return html`<${InlineMrkdwn} text=${object.text} />`;
  const text = object.emoji === false ? object.text : html`<${WithEmoji} text=${object.text ?? ""} />`;
  return block ? html`<div class="text plain">${text}${tail}</div>` : text;
}

/** The text of a text object without its marks, for labels and searching. */
export function plain(object) {
  if (!object) return "";
  const text = typeof object === "string" ? object : (object.text ?? "");
  return text.replace(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/g, (whole, name) => lookup(name)?.char ?? whole);
}

/** A message's text in one line, without marks: for previews and screen readers. */
export function gist(text) {
  const flat = (nodes) =>
    nodes
      .map((node) => {
        if (typeof node === "string") return node;
        if (node.children) return flat(node.children);
        if (node.type === "user") return `@${mentionName(state.users.get(node.id), node)}`;
        if (node.type === "channel") return `#${state.channels.get(node.id)?.name ?? node.label ?? "private-channel"}`;
        if (node.type === "emoji") return lookup(node.name)?.char ?? `:${node.name}:`;
        if (node.type === "break") return " ";
        return node.text ?? node.fallback ?? node.name ?? node.label ?? "";
      })
      .join("");
  return parse(text ?? "")
    .map((block) => block.text ?? flat(block.children))
    .join(" ");
}

// ── rich_text ───────────────────────────────────────────────────────────────────────────────────────────────────────

export function RichText({ block, tail = null }) {
  const last = block.elements.length - 1;
  return html`<div class="text rich">
    ${block.elements.map(
      (element, index) => html`<${RichElement} element=${element} tail=${index === last ? tail : null}
      large=${isJumboRich(block)} />`,
    )}
  </div>`;
}

function isJumboRich(block) {
  if (block.elements.length !== 1 || block.elements[0].type !== "rich_text_section") return false;
  const parts = block.elements[0].elements;
  const emoji = parts.filter((part) => part.type === "emoji").length;
  return (
    emoji > 0 &&
    emoji <= 23 &&
    parts.every((part) => part.type === "emoji" || (part.type === "text" && !part.text.trim()))
  );
}

function RichElement({ element, tail, large }) {
  switch (element.type) {
    case "rich_text_section":
      return html`<div class="line"><${RichParts} parts=${element.elements} large=${large} />${tail}</div>`;
    case "rich_text_quote":
      return html`<blockquote><${RichParts} parts=${element.elements} /></blockquote>${tail}`;
    case "rich_text_preformatted":
      return html`<pre><${RichParts} parts=${element.elements} /></pre>${tail}`;
    case "rich_text_list":
      return html`<${RichList} list=${element} />${tail}`;
    default:
      return null;
  }
}

const BULLETS = ["disc", "circle", "square"];
const NUMBERS = ["decimal", "lower-alpha", "lower-roman"];

function RichList({ list }) {
  const level = list.indent ?? 0;
  const ordered = list.style === "ordered";
  const style = { marginLeft: `${level * 24}px`, listStyleType: (ordered ? NUMBERS : BULLETS)[level % 3] };
  const items = list.elements.map((item) => html`<li><${RichParts} parts=${item.elements} /></li>`);
  const extra = classes("rich-list", list.border && "bordered");
  return ordered
    ? html`<ol class=${extra} style=${style} start=${(list.offset ?? 0) + 1}>${items}</ol>`
    : html`<ul class=${extra} style=${style}>${items}</ul>`;
}

function RichParts({ parts, large = false }) {
  return parts.map((part) => styled(part.style, richPart(part, large)));
}

function styled(style, content) {
  if (!style) return content;
  let drawn = content;
  if (style.code) drawn = html`<code>${drawn}</code>`;
  if (style.strike) drawn = html`<s>${drawn}</s>`;
  if (style.underline) drawn = html`<u>${drawn}</u>`;
  if (style.italic) drawn = html`<i>${drawn}</i>`;
  if (style.bold) drawn = html`<b>${drawn}</b>`;
  if (style.highlight || style.client_highlight) drawn = html`<mark>${drawn}</mark>`;
  return drawn;
}

function richPart(part, large) {
  switch (part.type) {
    case "text":
      return withBreaks(part.text);
    case "link":
      return html`<${Link} url=${part.url}>${part.text || part.url}</${Link}>`;
    case "user":
      return html`<${UserMention} id=${part.user_id} />`;
    case "channel":
      return html`<${ChannelMention} id=${part.channel_id} />`;
    case "usergroup":
      return html`<${Group} id=${part.usergroup_id} />`;
    case "broadcast":
      return html`<span class="mention mine">@${part.range}</span>`;
    case "emoji":
      return html`<${Emoji} name=${part.skin_tone ? `${part.name}::skin-tone-${part.skin_tone}` : part.name}
        large=${large} />`;
    case "date":
      return html`<${DateText} ts=${part.timestamp} pattern=${part.format ?? "{date}"} link=${part.url}
        fallback=${part.fallback ?? ""} />`;
    case "color":
      return html`<span class="swatch" style=${{ background: part.value }}></span>${part.value}`;
    case "team":
      return state.team?.name ?? part.team_id;
    default:
      return part.text ?? "";
  }
}

function withBreaks(text) {
  const lines = text.split("\n");
  if (lines.length === 1) return text;
  return lines.map((line, index) => html`<${Fragment}>${index > 0 && html`<br />`}${line}</${Fragment}>`);
}

// ── Markdown blocks ─────────────────────────────────────────────────────────────────────────────────────────────────

const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(?:\[([ xX])\]\s+)?(.*)$/;
const RULE = /^\s*(-{3,}|\*{3,}|_{3,})\s*$/;
const COLUMNS = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Draw the `markdown` block: headings, lists, tasks, tables, quotes, fences, and the inline marks of Markdown. */
export function Markdown({ text }) {
  const drawn = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const heading = line.match(/^(#{1,6})\s+(.*)$/);
    const take = (test) => {
      const from = at;
      while (at + 1 < lines.length && test(lines[at + 1])) at += 1;
      return lines.slice(from, at + 1);
    };
    if (line.startsWith("```")) {
      const from = at + 1;
      take((next) => !next.startsWith("```"));
      drawn.push(html`<pre>${lines.slice(from, at + 1).join("\n")}</pre>`);
      at += 1;
    } else if (heading)
      drawn.push(html`<div class=${`md-heading md-h${heading[1].length}`} role="heading"
      aria-level=${heading[1].length + 2}><${MarkdownInline} text=${heading[2]} /></div>`);
    else if (RULE.test(line)) drawn.push(html`<hr />`);
    else if (ITEM.test(line)) drawn.push(html`<${MarkdownItems} items=${take((next) => ITEM.test(next))} />`);
    else if (line.includes("|") && COLUMNS.test(lines[at + 1] ?? ""))
      drawn.push(html`<${MarkdownTable} rows=${take((next) => next.includes("|"))} />`);
    else if (line.startsWith(">"))
      drawn.push(
        html`<blockquote>${take((next) => next.startsWith(">")).map(
          (quoted) => html`<div><${MarkdownInline} text=${quoted.replace(/^>\s?/, "")} /></div>`,
        )}</blockquote>`,
      );
    else if (line.trim()) drawn.push(html`<div class="line"><${MarkdownInline} text=${line} /></div>`);
    else drawn.push(html`<div class="md-gap"></div>`);
  }
  return html`<div class="text markdown">${drawn}</div>`;
}

/** Neighbouring items, cut into lists where their kind or depth changes. */
function MarkdownItems({ items }) {
  const lists = [];
  for (const item of items) {
    const [, spaces, mark, task, text] = item.match(ITEM);
    const kind = { indent: spaces.length >> 1, ordered: /\d/.test(mark) };
    const last = lists.at(-1);
    const goesOn = last && last.indent === kind.indent && last.ordered === kind.ordered;
    if (!goesOn) lists.push({ ...kind, start: Number.parseInt(mark, 10) || 1, items: [] });
    lists.at(-1).items.push({ task, text });
  }
  return lists.map(({ indent, ordered, start, items: own }) => {
    const drawn = own.map(
      ({ task, text }) => html`<li class=${classes(task !== undefined && "task-item")}>${
        task !== undefined &&
        html`<input type="checkbox" disabled checked=${task !== " "} aria-label=${task === " " ? "To do" : "Done"} /> `
      }<${MarkdownInline} text=${text} /></li>`,
    );
    const style = { marginLeft: `${indent * 24}px` };
    return ordered
      ? html`<ol class="rich-list" style=${style} start=${start}>${drawn}</ol>`
      : html`<ul class="rich-list" style=${style}>${drawn}</ul>`;
  });
}

function MarkdownTable({ rows: [head, columns, ...rows] }) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, "|"));
  const sides = cells(columns).map((mark) => (/^:-+:$/.test(mark) ? "center" : mark.endsWith(":") ? "right" : "left"));
  const style = (index) => ({ textAlign: sides[index] });
  const inside = (text) => html`<${MarkdownInline} text=${text ?? ""} />`;
  return html`<div class="table-block"><table>
    <thead><tr>${cells(head).map((cell, index) => html`<th scope="col" style=${style(index)}>${inside(cell)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => {
      const own = cells(row);
      return html`<tr>${sides.map((_, index) => html`<td style=${style(index)}>${inside(own[index])}</td>`)}</tr>`;
    })}</tbody>
  </table></div>`;
}

const MARKDOWN_INLINE =
  /(`[^`]+`)|!?\[([^\]]+)\]\((https?:[^)\s]+)\)|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|\*(.+?)\*|\b_(.+?)_\b/;

function MarkdownInline({ text }) {
  const match = text.match(MARKDOWN_INLINE);
  if (!match) return html`<${InlineMrkdwn} text=${text} />`;
  const [whole, code, label, url, bold, bold2, strike, italic, italic2] = match;
  const inner = (inside) => html`<${MarkdownInline} text=${inside} />`;
  const drawn = code
    ? html`<code>${code.slice(1, -1)}</code>`
    : label
      ? html`<${Link} url=${url}>${inner(label)}</${Link}>`
      : (bold ?? bold2)
        ? html`<b>${inner(bold ?? bold2)}</b>`
        : strike
          ? html`<s>${inner(strike)}</s>`
          : html`<i>${inner(italic ?? italic2)}</i>`;
  return html`<${InlineMrkdwn} text=${text.slice(0, match.index)} />${drawn}<${MarkdownInline}
    text=${text.slice(match.index + whole.length)} />`;
}
