// Where one types: several lines, completion, marks, emoji, files.

import { ask, drafts, order, toast } from "./actions.js";
import { offers, wordAt } from "./completion.js";
import { html, classes, useEffect, useId, useLayoutEffect, useMemo, useReducer, useRef, useState } from "./lib.js";
import { EmojiPicker } from "./picker.js";
import { state } from "./store.js";
import { Avatar, Icon, IconButton, Popover } from "./ui.js";

const TALLEST = 0.4; // of the window

function fit(area) {
  area.style.height = "0";
  area.style.height = `${Math.min(area.scrollHeight, innerHeight * TALLEST)}px`;
}

/** Put text in place of a range, so that the browser's undo still works. */
function replace(area, from, to, text) {
  area.focus();
  area.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, text)) area.setRangeText(text, from, to, "end");
}

function wrap(area, mark) {
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
function useCompletion(area, channel, commands) {
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
let lastTyping = 0;

/**
 * channel: id. label: the accessible name. onSend(text) → answer; a refused text comes back into the box. draftKey keeps what was
 * typed while one looks elsewhere.
 */
export function Composer({
  channel: channelId,
  label,
  placeholder,
  thread = null,
  draftKey = null,
  initial = "",
  onSend,
  onCancel,
  sendLabel = "Send",
  disabled = false,
  autofocus = true,
  foot = null,
}) {
  const area = useRef(null);
  const frame = useRef(null);
  const smile = useRef(null);
  const file = useRef(null);
  const listId = useId();
  const [picking, setPicking] = useState(false);
  const [, draw] = useReducer((count) => count + 1, 0);
  const channel = state.channels.get(channelId);
  const commands = !thread && !onCancel;
  const completion = useCompletion(area, channel, commands);
  const { word, found, at } = completion;

  useLayoutEffect(() => {
    area.current.value = draftKey ? (drafts.get(draftKey) ?? "") : initial;
    fit(area.current);
    if (autofocus && !document.querySelector("dialog[open]") && matchMedia("(pointer: fine)").matches) {
      area.current.focus({ preventScroll: true });
      area.current.setSelectionRange(area.current.value.length, area.current.value.length);
    }
    draw();
  }, [draftKey]);
  useEffect(() => {
    const again = () => area.current && fit(area.current);
    addEventListener("resize", again);
    return () => removeEventListener("resize", again);
  }, []);

  const keep = () => {
    if (draftKey) drafts.set(draftKey, area.current.value);
  };
  const input = () => {
    fit(area.current);
    keep();
    completion.look();
    draw();
    tellTyping();
  };
  const tellTyping = () => {
    if (onCancel || !area.current.value || area.current.value.startsWith("/") || Date.now() - lastTyping < 3000) return;
    lastTyping = Date.now();
    ask("typing", { channel: channelId, ...(thread && { thread_ts: thread }) });
  };
  const send = async () => {
    const text = area.current.value;
    if (!text.trim() || disabled) return;
    const isEdit = Boolean(onCancel);
    if (!isEdit) {
      area.current.value = "";
      input();
    }
    completion.close();
    lastTyping = 0;
    const answer = await onSend(text);
    if (answer && !answer.ok && !isEdit && area.current && !area.current.value) {
      area.current.value = text;
      fit(area.current);
      keep();
      draw();
    }
  };
  const keys = (event) => {
    if (event.isComposing) return;
    if (completion.takes(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const mark =
      (event.metaKey || event.ctrlKey) &&
      !event.altKey &&
      (event.shiftKey ? { x: "~", c: "`" } : { b: "*", i: "_" })[event.key.toLowerCase()];
    if (mark) {
      event.preventDefault();
      wrap(area.current, mark);
    } else if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && onCancel) {
      event.preventDefault();
      onCancel();
    } else if (event.key === "ArrowUp" && !area.current.value && !onCancel) editLast(event);
  };
  /** With an empty box the arrow up edits what one said last, as in Slack. */
  const editLast = (event) => {
    const list = frame.current.closest("main, aside");
    const mine = [...(list?.querySelectorAll(`.message[data-user="${state.me}"]:not(.ephemeral, .system)`) ?? [])].at(
      -1,
    );
    if (!mine) return;
    event.preventDefault();
    mine.dispatchEvent(new CustomEvent("edit-message"));
  };
  const addFile = async (event) => {
    const [chosen] = event.currentTarget.files;
    event.currentTarget.value = "";
    if (!chosen) return;
    if (chosen.size > 5e6) return toast("The sandbox takes files up to 5 MB.", "error");
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    const content = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    await order("file.upload", {
      channel: channelId,
      name: chosen.name,
      content,
      mimetype: chosen.type || "application/octet-stream",
      ...(thread && { thread_ts: thread }),
    });
  };

  const empty = !area.current?.value.trim();
  const tool = (icon, title, mark) => html`<button type="button" class="icon-button" tabIndex=${-1} aria-label=${title}
    title=${title} onMouseDown=${(event) => event.preventDefault()} onClick=${() => wrap(area.current, mark)}><${Icon}
    name=${icon} size=${16} /></button>`;
  return html`<div ref=${frame} class=${classes("composer", disabled && "disabled", onCancel && "editing")}>
    <textarea ref=${area} class="composer-text" rows="1" role="textbox" aria-multiline="true" aria-label=${label}
      placeholder=${placeholder ?? label} disabled=${disabled} spellcheck aria-autocomplete="list"
      aria-expanded=${found.length > 0} aria-controls=${found.length > 0 ? listId : undefined}
      aria-activedescendant=${found.length > 0 ? `${listId}-${at}` : undefined} onInput=${input} onKeyDown=${keys}
      onClick=${completion.look}
      onKeyUp=${(event) => ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key) && completion.look()}
      onBlur=${() => completion.close()}></textarea>
    ${foot}
    <div class="composer-tools">
      <span class="composer-marks">${tool("bold", "Bold", "*")}${tool("italic", "Italic", "_")}${tool("strike", "Strikethrough", "~")}${tool("code", "Code", "`")}</span>
      <button ref=${smile} type="button" class="icon-button" aria-label="Emoji" title="Emoji"
        onClick=${() => setPicking(!picking)}><${Icon} name="smile" /></button>
      <${IconButton} icon="at" label="Mention somebody"
        onClick=${() => replace(area.current, area.current.selectionStart, area.current.selectionEnd, /\S$/.test(area.current.value.slice(0, area.current.selectionStart)) ? " @" : "@")} />
      ${
        !onCancel &&
        html`<input ref=${file} type="file" class="visually-hidden" tabIndex=${-1} aria-label="Attach a file"
        onChange=${addFile} /><${IconButton} icon="clip" label="Attach a file" onClick=${() => file.current.click()} />`
      }
      <span class="spacer"></span>
      ${onCancel && html`<button type="button" class="button small" onClick=${onCancel}>Cancel</button>`}
      ${
        onCancel
          ? html`<button type="button" class="button small primary" onClick=${send}>${sendLabel}</button>`
          : html`<button
        type="button" class=${classes("send", empty && "idle")} aria-label=${sendLabel} title=${`${sendLabel} (Enter)`}
        disabled=${disabled} onClick=${send}><${Icon} name="send" size=${17} /></button>`
      }
    </div>
    ${
      picking &&
      html`<${Popover} anchor=${smile} onClose=${() => setPicking(false)} prefer="above"
        class="picker-popover"><${EmojiPicker} onPick=${(name) => {
          setPicking(false);
          replace(area.current, area.current.selectionStart, area.current.selectionEnd, `:${name}: `);
        }} /></${Popover}>`
    }
    ${
      word &&
      found.length > 0 &&
      html`<${Popover} anchor=${frame} onClose=${completion.close} prefer="above" match class="completion"
      onMouseDown=${(event) => event.preventDefault()}>
      <div class="completion-head">${TITLES[word.kind]}${word.query && html` matching “${word.query}”`}<span>↑↓ choose · Tab or Enter take · Esc close</span></div>
      <div role="listbox" id=${listId} aria-label=${TITLES[word.kind]}>
        ${found.map(
          (offer, index) => html`<div key=${offer.key} id=${`${listId}-${index}`} role="option"
          aria-selected=${index === at} class=${classes("offer", index === at && "at")}
          onMouseMove=${() => index !== at && completion.setAt(index)}
          onClick=${() => completion.choose(offer)}><${Offer} offer=${offer} /></div>`,
        )}
      </div>
    </${Popover}>`
    }
  </div>`;
}
