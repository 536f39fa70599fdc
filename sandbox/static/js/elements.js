// Block Kit's interactive elements. A surface says where they stand: {id, form, where, act(payload), load(block, element, query)}.

import { toast } from "./actions.js";
import { fromLocalMinute, localMinute } from "./dates.js";
import { classes, debounced, html, useMemo, useReducer, useState } from "./lib.js";
import { Select } from "./select.js";
import { Text, plain } from "./text.js";
import { Confirm, Icon, MenuButton } from "./ui.js";

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
  const { value, keep, aria, focus, tail } = useElement(props);
  const text = (value.rich_text_value?.elements ?? [])
    .map((section) => (section.elements ?? []).map((part) => part.text ?? "").join(""))
    .join("\n");
  const keepText = (event) => {
    const typed = event.currentTarget.value;
    keep({
      rich_text_value: typed
        ? { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text: typed }] }] }
        : null,
    });
  };
  return html`<textarea id=${id} ...${aria} data-autofocus=${focus} class="input" rows="5"
    placeholder=${plain(element.placeholder)} defaultValue=${text} onInput=${keepText}></textarea>${tail}`;
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
  const { aria, keep, tail } = useElement(props);
  const choose = (event) => {
    const files = [...event.currentTarget.files].slice(0, element.max_files ?? 10);
    keep({ files: files.map((file) => ({ id: "", name: file.name, size: file.size, mimetype: file.type })) });
    toast("Files in dialogs are only named to the app; their content stays in this browser.");
  };
  return html`<input id=${id} type="file" class="input" multiple=${(element.max_files ?? 10) > 1}
    accept=${element.filetypes?.map((type) => `.${type}`).join(",")} ...${aria} onChange=${choose} />${tail}`;
}

function FeedbackButtons({ element, block, surface }) {
  const [act, busy, failed] = useAct(surface, block, element);
  const button = (kind) =>
    element[kind] &&
    html`<button type="button" class="button small" disabled=${busy}
    aria-label=${element[kind].accessibility_label} onClick=${() => act({ value: element[kind].value })}><${Text}
    object=${element[kind].text} /></button>`;
  return html`${button("positive_button")}${button("negative_button")}<${Failure} text=${failed} />`;
}

function IconButtonElement({ element, block, surface }) {
  const [act, busy, failed, dialog] = useAct(surface, block, element);
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
