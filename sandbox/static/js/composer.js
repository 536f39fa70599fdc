// Where one types: several lines, completion, marks, emoji, files.

import { ask, drafts, order, toast } from "./actions.js";
import { HEAVIEST, packed } from "./attaching.js";
import { html, classes, useEffect, useId, useLayoutEffect, useReducer, useRef, useState } from "./lib.js";
import { EmojiPicker } from "./picker.js";
import { state } from "./store.js";
import { OfferList, offersAria, replace, useCompletion, wrap } from "./typing.js";
import { Icon, IconButton, Popover } from "./ui.js";

const TALLEST = 0.4; // of the window

function fit(area) {
  area.style.height = "0";
  area.style.height = `${Math.min(area.scrollHeight, innerHeight * TALLEST)}px`;
}

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
    if (chosen.size > HEAVIEST) return toast("The sandbox takes files up to 5 MB.", "error");
    await order("file.upload", { channel: channelId, ...(await packed(chosen)), ...(thread && { thread_ts: thread }) });
  };

  const empty = !area.current?.value.trim();
  const tool = (icon, title, mark) => html`<button type="button" class="icon-button" tabIndex=${-1} aria-label=${title}
    title=${title} onMouseDown=${(event) => event.preventDefault()} onClick=${() => wrap(area.current, mark)}><${Icon}
    name=${icon} size=${16} /></button>`;
  return html`<div ref=${frame} class=${classes("composer", disabled && "disabled", onCancel && "editing")}>
    <textarea ref=${area} class="composer-text" rows="1" role="textbox" aria-multiline="true" aria-label=${label}
      placeholder=${placeholder ?? label} disabled=${disabled} spellcheck ...${offersAria(completion, listId)}
      onInput=${input} onKeyDown=${keys}
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
    <${OfferList} completion=${completion} anchor=${frame} id=${listId} />
  </div>`;
}
