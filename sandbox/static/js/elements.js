// Block Kit's interactive elements. A surface says where they stand: {id, form, where, act(payload), load(block, element, query)}.

import { ask } from "./actions.js";
import { HEAVIEST, packed, sizeOf } from "./attaching.js";
import { fromLocalMinute, localMinute } from "./dates.js";
import { classes, debounced, html, useId, useMemo, useReducer, useRef, useState } from "./lib.js";
import { toRichText, toTyped } from "./rich.js";
import { Select } from "./select.js";
import { state } from "./store.js";
import { Text, plain } from "./text.js";
import { OfferList, offersAria, replace, useCompletion, wrap } from "./typing.js";
import { Confirm, Icon, MenuButton } from "./ui.js";

export const elementId = (surface, block, element) => `${surface.id}-${block.block_id}-${element?.action_id}`;

const TEXT_TYPES = { email_text_input: "email", url_text_input: "url", number_input: "text", plain_text_input: "text" };

/** Return [act, busy, failed, dialog]: acting asks the element's confirmation first. */
function useAct(surface, block, element) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(null);
  const [asking, setAsking] = useState(null);
  const send = async (value) => {
    setBusy(true);
    setFailed(null);
    const answer = await surface.act({ block_id: block.block_id, action_id: element.action_id, ...value });
    setBusy(false);
    if (!answer.ok) setFailed(answer.error ?? "Something went wrong.");
    return answer;
  };
  const act = (value, confirm = element.confirm) => (confirm ? setAsking({ value, confirm }) : send(value));
  const dialog =
    asking &&
    html`<${Confirm} confirm=${asking.confirm} Text=${Text} onNo=${() => setAsking(null)} onYes=${() => {
      setAsking(null);
      send(asking.value);
    }} />`;
  return [act, busy, failed, dialog];
}

const Failure = ({ text }) =>
  text && html`<span class="act-failure" role="alert" title=${text}><${Icon} name="info" size=${15} /> ${text}</span>`;

function ButtonElement({ element, block, surface }) {
  const [act, busy, failed, dialog] = useAct(surface, block, element);
  const style = classes(
    "button",
    element.style === "primary" && "primary",
    element.style === "danger" && "danger",
    busy && "busy",
  );
  const label = element.accessibility_label;
  const text = html`<span class="button-text"><${Text} object=${element.text} /></span>`;
  const drawn = element.url
    ? html`<a class=${style} href=${safeUrl(element.url)} target="_blank" rel="noopener" aria-label=${label}
      onClick=${() => act({}, null)}>${text}</a>`
    : html`<button type="button" class=${style} aria-label=${label} aria-busy=${busy || undefined}
      data-action-id=${element.action_id} onClick=${() => !busy && act({})}>${text}</button>`;
  return html`${drawn}<${Failure} text=${failed} />${dialog}`;
}

const safeUrl = (url) => (/^(https?|mailto|tel|slack):/i.test(url) ? url : undefined);

function Overflow({ element, block, surface }) {
  const [act, , failed, dialog] = useAct(surface, block, element);
  const items = () =>
    (element.options ?? []).map((option) => ({
      label: html`<${Text} object=${option.text} />`,
      hint: option.description && plain(option.description),
      href: option.url && safeUrl(option.url),
      onClick: () => act({ selected_option: option }),
    }));
  return html`<${MenuButton} items=${items} label="More options" class="button overflow"><${Icon}
    name="more" /></${MenuButton}><${Failure} text=${failed} />${dialog}`;
}

/**
 * The props every stateful element gets: its value, a setter that keeps it and reports it to the app when it must, and its labels.
 */
function useElement({ element, block, surface, label, labelId, describedBy, invalid }) {
  const [, draw] = useReducer((count) => count + 1, 0);
  const [act, busy, failed, dialog] = useAct(surface, block, element);
  const reports = block.type !== "input" || block.dispatch_action;
  const keep = (value) => surface.form.set(block, element, value);
  return {
    value: surface.form.get(block, element),
    keep,
    reports,
    act,
    set(value) {
      keep(value);
      draw();
      if (reports) act(value);
    },
    tail: html`<${Failure} text=${failed} />${dialog}`,
    busy,
    aria: {
      "aria-label": labelId ? undefined : (label ?? plain(element.placeholder) ?? undefined),
      "aria-labelledby": labelId,
      "aria-describedby": describedBy,
      "aria-invalid": invalid || undefined,
      "aria-required": (block.type === "input" && !block.optional) || undefined,
    },
    focus: element.focus_on_load || undefined,
  };
}

function SelectElement(props) {
  const { id, element, block, surface, label, labelId, describedBy, invalid } = props;
  const { value, set, tail } = useElement(props);
  const load = useMemo(
    () => (query) => surface.load(block, element, query),
    [surface, block.block_id, element.action_id],
  );
  return html`<${Select} id=${id} required=${block.type === "input" && !block.optional} element=${element}
    value=${value}
    onChange=${set} load=${load} label=${label ?? (plain(element.placeholder) || "Choose")} labelId=${labelId}
    describedBy=${describedBy} invalid=${invalid} autofocus=${element.focus_on_load}
    removable=${Boolean(block.optional)} compact=${block.type !== "input"} />${tail}`;
}

function TextInput(props) {
  const { element, id } = props;
  const { value, keep, act, reports, aria, focus, tail } = useElement(props);
  const when = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const reportSoon = useMemo(() => debounced((text) => act({ value: text }), 300), []);
  const [length, setLength] = useState((value.value ?? "").length);
  const keepText = (event) => {
    const text = event.currentTarget.value;
    keep({ value: text === "" ? null : text });
    setLength(text.length);
    if (reports && when.includes("on_character_entered")) reportSoon(text);
  };
  const keys = (event) => {
    if (event.key !== "Enter" || event.isComposing || element.multiline) return;
    if (reports && when.includes("on_enter_pressed")) {
      event.preventDefault();
      act({ value: event.currentTarget.value });
    }
  };
  const common = {
    id,
    ...aria,
    "data-autofocus": focus,
    class: "input",
    placeholder: plain(element.placeholder),
    defaultValue: value.value ?? "",
    onInput: keepText,
    onKeyDown: keys,
    minLength: element.min_length,
    maxLength: element.max_length,
  };
  const left = element.max_length ? element.max_length - length : Infinity;
  const counter =
    left <= Math.max(10, element.max_length * 0.1) && html`<span class="counter" aria-live="polite">${left}</span>`;
  const field = element.multiline
    ? html`<textarea rows="4" ...${common}></textarea>`
    : html`<input type=${TEXT_TYPES[element.type]}
      inputmode=${element.type === "number_input" ? (element.is_decimal_allowed ? "decimal" : "numeric") : undefined}
      autocomplete="off" ...${common} />`;
  return html`<span class="input-wrap">${field}${counter}</span>${tail}`;
}

function RichTextInput(props) {
  const { element, id } = props;
  const { value, keep, act, reports, aria, focus, tail } = useElement(props);
  const area = useRef(null);
  const frame = useRef(null);
  const listId = useId();
  const completion = useCompletion(area, null, false);
  const [before] = useState(() => toTyped(value.rich_text_value));
  const when = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const reportSoon = useMemo(() => debounced((rich_text_value) => act({ rich_text_value }), 300), []);
  const input = () => {
    const rich_text_value = toRichText(area.current.value);
    keep({ rich_text_value });
    completion.look();
    if (reports && when.includes("on_character_entered")) reportSoon(rich_text_value);
  };
  const keys = (event) => {
    if (event.isComposing) return;
    const sends = event.key === "Enter" && !event.shiftKey && reports && when.includes("on_enter_pressed");
    if (completion.takes(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (sends) {
      event.preventDefault();
      act({ rich_text_value: toRichText(area.current.value) });
    }
  };
  const tool = ([icon, title, mark]) => html`<button type="button" key=${icon} class="icon-button" tabIndex=${-1} aria-label=${title}
    title=${title} onMouseDown=${(event) => event.preventDefault()} onClick=${() => wrap(area.current, mark)}><${Icon}
    name=${icon} size=${16} /></button>`;
  const list = (title, mark) => html`<button type="button" class="icon-button list-mark" tabIndex=${-1} aria-label=${title}
    title=${title} onMouseDown=${(event) => event.preventDefault()} onClick=${() => startLine(area.current, mark)}>${mark}</button>`;
  return html`<div ref=${frame} class="rich-input">
      <div class="rich-tools" role="group" aria-label="Marks">${TEXT_TOOLS.map(tool)}${list("Bulleted list", "• ")}${list("Numbered list", "1. ")}${list("Quote", "> ")}</div>
      <textarea ref=${area} id=${id} ...${aria} ...${offersAria(completion, listId)} data-autofocus=${focus} class="input"
        rows=${Math.min(20, Math.max(element.min_lines ?? 4, 2))} placeholder=${plain(element.placeholder)}
        defaultValue=${before} onInput=${input} onKeyDown=${keys} onClick=${completion.look} onBlur=${completion.close}></textarea>
      <${OfferList} completion=${completion} anchor=${frame} id=${listId} />
    </div>${tail}`;
}

const TEXT_TOOLS = [
  ["bold", "Bold", "*"],
  ["italic", "Italic", "_"],
  ["strike", "Strikethrough", "~"],
  ["code", "Code", "`"],
];

/** Put the mark at the beginning of the line that the caret stands in. */
function startLine(area, mark) {
  const at = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const caret = area.selectionStart;
  replace(area, at, at, mark);
  area.setSelectionRange(caret + mark.length, caret + mark.length);
}

function Choices(props) {
  const { element, id } = props;
  const { value, set, aria, tail } = useElement(props);
  const several = element.type === "checkboxes";
  const chosen = several ? value.selected_options : value.selected_option ? [value.selected_option] : [];
  const isChosen = (option) => chosen.some((one) => one.value === option.value);
  const toggle = (option, on) => {
    if (!several) set({ selected_option: option });
    else set({ selected_options: element.options.filter((one) => (one.value === option.value ? on : isChosen(one))) });
  };
  return html`<div class="choices" role=${several ? "group" : "radiogroup"} id=${id} ...${aria}>
      ${element.options.map(
        (option, index) => html`<label class="choice" key=${option.value}>
          <input type=${several ? "checkbox" : "radio"} name=${`${id}-choice`} checked=${isChosen(option)}
            data-autofocus=${(index === 0 && element.focus_on_load) || undefined}
            onChange=${(event) => toggle(option, event.currentTarget.checked)} />
          <span><${Text} object=${option.text} />${
            option.description && html`<small><${Text} object=${option.description} /></small>`
          }</span>
        </label>`,
      )}
    </div>${tail}`;
}

const PICKERS = {
  datepicker: { type: "date", field: "selected_date", show: (value) => value ?? "", read: (text) => text || null },
  timepicker: { type: "time", field: "selected_time", show: (value) => value ?? "", read: (text) => text || null },
  datetimepicker: {
    type: "datetime-local",
    field: "selected_date_time",
    show: (value) => (value ? localMinute(value) : ""),
    read: (text) => (text ? fromLocalMinute(text) : null),
  },
};

function Picker(props) {
  const { element, id } = props;
  const { value, set, aria, focus, tail } = useElement(props);
  const { type, field, show, read } = PICKERS[element.type];
  return html`<input id=${id} class="input picker" type=${type} ...${aria} data-autofocus=${focus}
    value=${show(value[field])} title=${plain(element.placeholder) || undefined}
    onChange=${(event) => set({ [field]: read(event.currentTarget.value) })} />${tail}`;
}

function FileInput(props) {
  const { element, id } = props;
  const { aria, value, set, tail } = useElement(props);
  const [failure, setFailure] = useState(null);
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  const most = element.max_files ?? 10;
  const { files } = value;
  const add = async (chosen) => {
    const wrong = chosen.map((file) => refusal(element, file)).find(Boolean);
    const tooMany = files.length + chosen.length > most;
    setFailure(wrong ?? (tooMany ? `Choose at most ${most} ${most === 1 ? "file" : "files"}.` : null));
    if (wrong || tooMany || chosen.length === 0) return;
    setBusy(true);
    const answers = [];
    for (const file of chosen) answers.push(await ask("file.keep", await packed(file)));
    setBusy(false);
    setFailure(answers.find((answer) => !answer.ok)?.error ?? null);
    set({ files: [...files, ...answers.filter((answer) => answer.ok).map((answer) => answer.file)] });
  };
  const choose = (event) => {
    const chosen = [...event.currentTarget.files];
    event.currentTarget.value = "";
    add(chosen);
  };
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    add([...event.dataTransfer.files]);
  };
  const types = element.filetypes?.map((type) => `.${type}`);
  return html`<div class=${classes("file-input", over && "over")} onDragOver=${(event) => {
    event.preventDefault();
    setOver(true);
  }} onDragLeave=${() => setOver(false)} onDrop=${drop}>
      ${files.map(
        (file) => html`<span key=${file.id} class="file-card"><${Icon} name="file" size=${22} /><span><b>${file.name}</b><small>${sizeOf(file.size)}</small></span><button
        type="button" class="icon-button" aria-label=${`Remove ${file.name}`}
        onClick=${() => set({ files: files.filter((one) => one.id !== file.id) })}><${Icon} name="close" size=${14} /></button></span>`,
      )}
      ${
        files.length < most &&
        html`<label class="file-drop"><input id=${id} type="file" class="visually-hidden" multiple=${most > 1}
        accept=${types?.join(",")} ...${aria} onChange=${choose} /><${Icon} name="clip" size=${16} /><span>${
          busy ? "Sending…" : html`<b>Choose ${most > 1 ? "files" : "a file"}</b> or drop ${most > 1 ? "them" : "it"} here`
        }${types && html`<small>${types.join(", ")}</small>`}</span></label>`
      }
      <${Failure} text=${failure} />
    </div>${tail}`;
}

/** Return why Slack would not take the file, null when it would. */
function refusal(element, file) {
  const type = file.name.split(".").at(-1).toLowerCase();
  if (element.filetypes && !element.filetypes.includes(type))
    return `${file.name} is not of the wanted type: ${element.filetypes.join(", ")}.`;
  return file.size > HEAVIEST ? `${file.name} is too large: the sandbox takes files up to 5 MB.` : null;
}

function FeedbackButtons({ element, block, surface }) {
  const [act, busy, failed] = useAct(surface, block, element);
  const [given, setGiven] = useState(null);
  const button = (kind, icon) => {
    const { text, value, accessibility_label: label } = element[kind];
    return html`<button type="button" class="icon-button feedback" disabled=${busy} aria-pressed=${given === kind}
      aria-label=${label ?? plain(text)} title=${plain(text)} onClick=${() => {
        setGiven(kind);
        act({ value });
      }}>${icon}</button>`;
  };
  return html`<span class="feedbacks">${button("positive_button", "👍")}${button("negative_button", "👎")}</span><${Failure}
    text=${failed} />`;
}

function IconButtonElement({ element, block, surface }) {
  const [act, busy, failed, dialog] = useAct(surface, block, element);
  const seenBy = element.visible_to_user_ids;
  if (seenBy?.length > 0 && !seenBy.includes(state.me)) return null;
  return html`<button type="button" class="icon-button" disabled=${busy}
    aria-label=${element.accessibility_label ?? plain(element.text)} title=${plain(element.text)}
    onClick=${() => act({})}><${Icon} name=${element.icon === "trash" ? "trash" : "more"} /></button><${Failure}
    text=${failed} />${dialog}`;
}

const ELEMENTS = {
  button: ButtonElement,
  workflow_button: ButtonElement,
  overflow: Overflow,
  checkboxes: Choices,
  radio_buttons: Choices,
  plain_text_input: TextInput,
  email_text_input: TextInput,
  url_text_input: TextInput,
  number_input: TextInput,
  rich_text_input: RichTextInput,
  datepicker: Picker,
  timepicker: Picker,
  datetimepicker: Picker,
  file_input: FileInput,
  feedback_buttons: FeedbackButtons,
  icon_button: IconButtonElement,
};

export function Element(props) {
  const { element } = props;
  const Draw = ELEMENTS[element.type] ?? (element.type.endsWith("_select") ? SelectElement : null);
  if (!Draw) return html`<span class="unknown-block">An element of type “${element.type}” is not drawn here.</span>`;
  return html`<${Draw} ...${props} />`;
}
