// The emoji picker.

import { FREQUENT, categories, lookup, search } from "./emoji.js";
import { html, useMemo, useRef, useState } from "./lib.js";

function Cells({ emoji, onPick }) {
  return emoji.map(
    ({ name, char, src }) => html`<button type="button" key=${name} class="emoji-cell"
    aria-label=${name.replace(/_/g, " ")} title=${`:${name}:`}
    onClick=${() => onPick(name)}>${src ? html`<img class="emoji" src=${src} alt="" />` : char}</button>`,
  );
}

export function EmojiPicker({ onPick }) {
  const [query, setQuery] = useState("");
  const box = useRef(null);
  const found = query.trim() ? search(query.trim().replace(/:/g, ""), 80) : null;
  const everything = useMemo(
    () =>
      categories.map(
        ({ title, emoji }) => html`<section key=${title} class="emoji-section"><h3>${title}</h3><div
      class="emoji-grid"><${Cells} emoji=${emoji} onPick=${onPick} /></div></section>`,
      ),
    [],
  );
  const keys = (event) => {
    if (event.key === "Enter" && found?.[0]) {
      event.preventDefault();
      onPick(found[0].name);
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      box.current.querySelector(".emoji-cell")?.focus();
    }
  };
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
    if (!step) return;
    const cells = [...box.current.querySelectorAll(".emoji-cell")];
    event.preventDefault();
    cells[Math.max(0, Math.min(cells.length - 1, cells.indexOf(document.activeElement) + step))]?.focus();
  };
  return html`<div class="picker">
    <input ref=${(input) => input && !input.dataset.focused && ((input.dataset.focused = "1"), input.focus())}
      type="search" class="input" aria-label="Search emoji" placeholder="Search emoji" value=${query}
      onInput=${(event) => setQuery(event.currentTarget.value)} onKeyDown=${keys} />
    <div ref=${box} class="picker-body" onKeyDown=${move}>
      ${
        found
          ? html`<div class="emoji-grid">${
              found.length > 0
                ? html`<${Cells} emoji=${found} onPick=${onPick} />`
                : html`<p class="faint">No emoji called that.</p>`
            }</div>`
          : html`<section><h3>Quick</h3><div class="emoji-grid"><${Cells}
          emoji=${FREQUENT.map((name) => ({ name, ...lookup(name) }))} onPick=${onPick} /></div></section>${everything}`
      }
    </div>
  </div>`;
}
