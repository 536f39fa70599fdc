// What every box that one writes in shares: marks around words, and the list of what may be meant.

import { offers, wordAt } from "./completion.js";
import { classes, html, useMemo, useRef, useState } from "./lib.js";
import { state } from "./store.js";
import { Avatar, Icon, Popover } from "./ui.js";

/** Put text in place of a range, so that the browser's undo still works. */
export function replace(area, from, to, text) {
  area.focus();
  area.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, text)) area.setRangeText(text, from, to, "end");
}

/** Put the mark on both sides of what is chosen. */
export function wrap(area, mark) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const inner = value.slice(from, to);
  replace(area, from, to, mark + inner + mark);
  if (!inner) area.setSelectionRange(from + mark.length, from + mark.length);
}

function Offer({ offer }) {
  return html`${offer.user && html`<${Avatar} user=${offer.user} size=${22} />`}
    ${
      offer.emoji &&
      (offer.emoji.src
        ? html`<img class="emoji" src=${offer.emoji.src} alt="" />`
        : html`<span class="emoji">${offer.emoji.char}</span>`)
    }
    ${offer.channel && html`<${Icon} name=${offer.channel.kind === "private" ? "lock" : "hash"} size=${16} />`}
    ${offer.icon && html`<${Icon} name=${offer.icon} size=${18} />`}
    <span class="offer-text"><b>${offer.title}</b>${
      offer.usage && html` <span class="usage">${offer.usage}</span>`
    } ${offer.hint && html`<small>${offer.hint}</small>`}</span>
    ${offer.handle && html`<span class="faint">@${offer.handle}</span>`}
    ${offer.note && html`<span class="tag">${offer.note}</span>`}
    ${offer.app && html`<span class="tag">${state.app?.name}</span>`}`;
}

/** The offers for the word under the caret, and the keys that choose among them. */
export function useCompletion(area, channel, commands) {
  const [word, setWord] = useState(null);
  const [at, setAt] = useState(0);
  const closedAt = useRef(null);
  const found = useMemo(() => (word ? offers(word, channel) : []), [word]);
  const look = () => {
    const { value, selectionStart, selectionEnd } = area.current;
    const now = selectionStart === selectionEnd ? wordAt(value, selectionStart, { commands }) : null;
    if (now && closedAt.current === `${now.kind}${now.from}`) return setWord(null);
    if (!now) closedAt.current = null;
    setWord((before) =>
      before && now && before.kind === now.kind && before.query === now.query && before.from === now.from
        ? before
        : now,
    );
    setAt(0);
    return undefined;
  };
  const close = () => {
    const now = area.current && wordAt(area.current.value, area.current.selectionStart, { commands });
    closedAt.current = now ? `${now.kind}${now.from}` : null;
    setWord(null);
  };
  const choose = (offer) => {
    const now = wordAt(area.current.value, area.current.selectionStart, { commands }) ?? word;
    setWord(null);
    const rest = area.current.value.slice(now.to);
    replace(area.current, now.from, now.to, rest.startsWith(" ") ? offer.insert.trimEnd() : offer.insert);
  };
  /** Say whether the key was for the list. What is typed in full already is not completed again: Enter sends it. */
  const takes = (event) => {
    const now = word && wordAt(area.current.value, area.current.selectionStart, { commands });
    const current = now ? (now.query === word.query ? found : offers(now, channel)) : [];
    if (current.length === 0) return false;
    const chosen = current[Math.min(at, current.length - 1)];
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        setAt((at + (event.key === "ArrowDown" ? 1 : -1) + current.length) % current.length);
        return true;
      case "Enter":
        if (event.shiftKey || area.current.value.slice(now.from, now.to).toLowerCase() === chosen.exact.toLowerCase())
          return false;
        choose(chosen);
        return true;
      case "Tab":
        choose(chosen);
        return true;
      case "Escape":
        close();
        return true;
      default:
        return false;
    }
  };
  return { word, found, at, setAt, look, close, choose, takes };
}

const TITLES = { command: "Commands", person: "People", channel: "Channels", emoji: "Emoji" };


/** What may be meant by the word under the caret. `anchor` is the frame of the box; `id` is what the box is `aria-controls` of. */
export function OfferList({ completion, anchor, id }) {
  const { word, found, at } = completion;
  if (!word || found.length === 0) return null;
  return html`<${Popover} anchor=${anchor} onClose=${completion.close} prefer="above" match class="completion"
    onMouseDown=${(event) => event.preventDefault()}>
    <div class="completion-head">${TITLES[word.kind]}${word.query && html` matching “${word.query}”`}<span>↑↓ choose · Tab or Enter take · Esc close</span></div>
    <div role="listbox" id=${id} aria-label=${TITLES[word.kind]}>
      ${found.map(
        (offer, index) => html`<div key=${offer.key} id=${`${id}-${index}`} role="option"
        aria-selected=${index === at} class=${classes("offer", index === at && "at")}
        onMouseMove=${() => index !== at && completion.setAt(index)}
        onClick=${() => completion.choose(offer)}><${Offer} offer=${offer} /></div>`,
      )}
    </div>
  </${Popover}>`;
}

/** What tells a screen reader of the list. */
export const offersAria = ({ found, at }, id) => ({
  "aria-autocomplete": "list",
  "aria-expanded": found.length > 0,
  "aria-controls": found.length > 0 ? id : undefined,
  "aria-activedescendant": found.length > 0 ? `${id}-${at}` : undefined,
});
