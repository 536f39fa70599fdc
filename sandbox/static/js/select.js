// One select for all of Slack's: static, external, people, channels; one choice or several. A combobox with a list.

import { classes, debounced, html, useEffect, useId, useMemo, useRef, useState } from "./lib.js";
import { channelTitle, displayName, state, useTopics } from "./store.js";
import { Text, plain } from "./text.js";
import { Avatar, Icon, Popover } from "./ui.js";

const SHOWN = 100;

const optionChoice = (group) => (option) => ({
  key: option.value,
  text: plain(option.text),
  hint: plain(option.description),
  draw: () => html`<${Text} object=${option.text} />`,
  value: option,
  group,
});

function userChoice(id) {
  const user = state.users.get(id);
  return {
    key: id,
    text: user ? displayName(user) : id,
    hint: user && user.real_name !== displayName(user) ? user.real_name : "",
    also: `${user?.name ?? ""} ${user?.real_name ?? ""}`,
    draw: () => html`<${Avatar} user=${user} size=${20} /><span>${user ? displayName(user) : id}</span>`,
    value: id,
  };
}

function channelChoice(id) {
  const channel = state.channels.get(id);
  if (channel?.kind === "im") return { ...userChoice(channel.other), key: id, value: id };
  const title = channel ? channelTitle(channel) : id;
  const icon = channel?.kind === "private" ? "lock" : channel?.kind === "mpim" ? "people" : "hash";
  return {
    key: id,
    text: title,
    hint: "",
    draw: () => html`<${Icon} name=${icon} size=${15} /><span>${title}</span>`,
    value: id,
  };
}

function staticChoices({ options, option_groups: groups }) {
  if (groups) return groups.flatMap((group) => group.options.map(optionChoice(plain(group.label))));
  return (options ?? []).map(optionChoice());
}

function people() {
  return [...state.users.values()]
    .filter((user) => !user.deleted && user.id !== "USLACKBOT")
    .map((user) => userChoice(user.id));
}

function conversations(filter) {
  const wanted = filter?.include ?? ["public", "private", "im", "mpim"];
  return [...state.channels.values()]
    .filter((channel) => wanted.includes(channel.kind) && !channel.is_archived)
    .filter(
      (channel) => !(filter?.exclude_bot_users && channel.kind === "im" && state.users.get(channel.other)?.is_bot),
    )
    .map((channel) => channelChoice(channel.id));
}

/** Return how a select of this type finds, names and reports its choices. */
function kindOf(element) {
  const several = element.type.startsWith("multi_");
  const kind = element.type.replace("multi_", "").replace("_select", "");
  const fields = {
    static: "option",
    external: "option",
    users: "user",
    conversations: "conversation",
    channels: "channel",
  };
  const field = `selected_${fields[kind]}${several ? "s" : ""}`;
  const choice = { users: userChoice, conversations: channelChoice, channels: channelChoice }[kind] ?? optionChoice();
  const all = {
    static: () => staticChoices(element),
    external: () => [],
    users: people,
    conversations: () => conversations(element.filter),
    channels: () => conversations({ include: ["public"] }),
  }[kind];
  return { several, external: kind === "external", field, choice, all };
}

function matching(choices, query) {
  const words = query.trim().toLowerCase();
  if (!words) return choices.slice(0, SHOWN);
  return choices
    .filter((choice) => `${choice.text} ${choice.also ?? ""} ${choice.hint}`.toLowerCase().includes(words))
    .slice(0, SHOWN);
}

/** The choices to show now, and a sentence when there are none. `load` is asked for external selects. */
function useChoices(element, kind, query, open, load) {
  const [found, setFound] = useState({ choices: [], busy: false, error: null });
  const asked = useRef(0);
  const shortest = element.min_query_length ?? 3;
  const ask = useMemo(
    () =>
      debounced(async (text) => {
        const number = (asked.current += 1);
        const answer = await load(text);
        if (number !== asked.current) return;
        setFound({
          choices: answer.ok ? staticChoices(answer) : [],
          busy: false,
          error: answer.ok ? null : (answer.error ?? "The options could not be loaded."),
        });
      }, 180),
    [load],
  );
  useEffect(() => {
    if (!kind.external || !open || query.length < shortest) return;
    setFound((before) => ({ ...before, busy: true }));
    ask(query);
  }, [query, open]);
  if (!kind.external) {
    const choices = open ? matching(kind.all(), query) : [];
    return { choices, note: choices.length === 0 ? "No results" : null };
  }
  if (query.length < shortest)
    return {
      choices: [],
      note: shortest === 1 ? "Start typing to see options" : `Type at least ${shortest} characters`,
    };
  if (found.busy) return { choices: found.choices, note: "Loading…" };
  return { choices: found.choices, note: found.error ?? (found.choices.length === 0 ? "No results" : null) };
}

/**
 * value: Slack's value of the element. onChange gets the new {selected_…}. `removable`: whether one may empty it.
 */
export function Select({
  id,
  element,
  value,
  onChange,
  load,
  label,
  labelId,
  describedBy,
  invalid,
  required,
  autofocus,
  removable = false,
  compact = false,
}) {
  useTopics("directory", "channels");
  const kind = kindOf(element);
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const box = useRef(null);
  const input = useRef(null);
  const listId = useId();
  const { choices, note } = useChoices(element, kind, query, open, load);
  const chosen = (kind.several ? (value?.[kind.field] ?? []) : value?.[kind.field] ? [value[kind.field]] : []).map(
    kind.choice,
  );
  const isChosen = (choice) => chosen.some((one) => one.key === choice.key);
  const most = element.max_selected_items ?? Infinity;

  useEffect(() => {
    const index = choices.findIndex(isChosen);
    setAt(!kind.several && !query && index > 0 ? index : 0);
  }, [open, query, choices.length]);
  useEffect(() => {
    if (open) document.getElementById(`${listId}-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at, open]);

  const show = () => setOpen(true);
  const hide = () => {
    setOpen(false);
    setQuery("");
  };
  const choose = (choice) => {
    if (!choice) return;
    if (!kind.several) {
      onChange({ [kind.field]: choice.value });
      hide();
      return;
    }
    const without = chosen.filter((one) => one.key !== choice.key);
    if (without.length === chosen.length && chosen.length >= most) return;
    onChange({
      [kind.field]: (without.length < chosen.length ? without : [...chosen, choice]).map((one) => one.value),
    });
    setQuery("");
    input.current.value = "";
    input.current.focus();
  };
  const keys = (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) show();
      else setAt((at + (event.key === "ArrowDown" ? 1 : -1) + choices.length) % Math.max(1, choices.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      // Whoever types quickly presses it before the list is drawn for what they typed.
      const ahead = !kind.external && input.current.value !== (shownText ?? query);
      if (ahead) choose(matchingNow()[0]);
      else if (open) choose(choices[at]);
      else show();
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      hide();
    } else if (event.key === "Delete" && removable && !kind.several && !open && chosen[0]) {
      event.preventDefault();
      onChange({ [kind.field]: null });
    } else if (event.key === "Tab") hide();
    else if (event.key === "Backspace" && kind.several && !event.currentTarget.value && chosen.length > 0)
      choose(chosen.at(-1));
  };
  const matchingNow = () => matching(kind.all(), input.current.value);
  const shownText = !kind.several && chosen[0] && !open ? chosen[0].text : null;
  const placeholder =
    !kind.several && chosen[0] ? chosen[0].text : plain(element.placeholder) || defaultPlaceholder(element);

  let group = null;
  return html`<div ref=${box}
    class=${classes("select", compact && "compact", kind.several && "several", open && "open", invalid && "invalid")}
    onFocusOut=${(event) => !box.current.contains(event.relatedTarget) && hide()}>
    ${
      kind.several &&
      chosen.map(
        (choice) => html`<span key=${choice.key} class="chip">${choice.draw()}<button type="button"
      aria-label=${`Remove ${choice.text}`} onClick=${() => choose(choice)}><${Icon} name="close"
      size=${12} /></button></span>`,
      )
    }
    <input ref=${input} id=${id} type="text" role="combobox" autocomplete="off" spellcheck=${false}
      aria-label=${labelId ? undefined : label} aria-labelledby=${labelId} aria-describedby=${describedBy}
      aria-invalid=${invalid || undefined} aria-required=${required || undefined} aria-expanded=${open}
      aria-controls=${listId}
      aria-autocomplete="list" aria-activedescendant=${open && choices[at] ? `${listId}-${at}` : undefined}
      data-autofocus=${autofocus || undefined} value=${shownText ?? query}
      placeholder=${kind.several && chosen.length > 0 ? "" : placeholder}
      class=${!kind.several && chosen[0] ? "filled" : ""} onInput=${(event) => {
        show();
        setQuery(event.currentTarget.value);
      }} onClick=${show} onKeyDown=${keys} />
    ${
      removable &&
      !kind.several &&
      chosen[0] &&
      html`<button type="button" class="select-clear" aria-label="Clear" tabindex="-1"
      onClick=${() => onChange({ [kind.field]: null })}><${Icon} name="close" size=${13} /></button>`
    }
    <span class="select-mark"><${Icon} name="chevron" size=${16} /></span>
    ${
      open &&
      html`<${Popover} anchor=${box} onClose=${hide} match class="options"
        onMouseDown=${(event) => event.preventDefault()}>
      <div role="listbox" id=${listId} aria-label="Options" aria-multiselectable=${kind.several || undefined}>
        ${choices.map((choice, index) => {
          const heading =
            choice.group &&
            choice.group !== group &&
            html`<div class="options-group" role="presentation">${choice.group}</div>`;
          group = choice.group;
          return html`${heading}<div key=${choice.key} id=${`${listId}-${index}`} role="option"
            aria-selected=${isChosen(choice)}
            class=${classes("option", index === at && "at")} onMouseMove=${() => index !== at && setAt(index)}
            onClick=${() => choose(choice)}>
            <span class="option-text">${choice.draw()}${choice.hint && html`<small>${choice.hint}</small>`}</span>${
              isChosen(choice) && html`<${Icon} name="check" size=${16} />`
            }
          </div>`;
        })}
      </div>
      ${note && html`<div class="options-note" role="status">${note}</div>`}
    </${Popover}>`
    }
  </div>`;
}

function defaultPlaceholder({ type }) {
  if (type.includes("users")) return "Choose a person";
  if (type.includes("channels")) return "Choose a channel";
  if (type.includes("conversations")) return "Choose a conversation";
  return type.startsWith("multi") ? "Choose options" : "Choose an option";
}
