// Small parts used everywhere: icons, avatars, popovers, menus, dialogs.

import { classes, html, useEffect, useId, useLayoutEffect, useRef, useState } from "./lib.js";
import { displayName, state, useTopics } from "./store.js";

// Drawn by hand on a 20 × 20 grid, one stroke.
const ICONS = {
  hash: "M7.5 3 6 17M14 3l-1.500 14M3.500 7.500h13.500M3 12.500h13.500",
  lock: "M5 9h10v7.500H5zM7 9V6.500a3 3 0 0 1 6 0V9",
  people:
    "M7.500 9.500a2.750 2.750 0 1 0 0-5.500 2.750 2.750 0 0 0 0 5.500zM2.500 16c0-2.700 2.200-4.300 5-4.300s5 1.600 5 4.300M13 4.300a2.600 2.600 0 0 1 0 5M14.500 12c1.900.500 3 1.900 3 4",
  person:
    "M10 10a3.200 3.200 0 1 0 0-6.400A3.200 3.200 0 0 0 10 10zM3.800 16.800c0-3 2.800-4.800 6.200-4.800s6.200 1.800 6.200 4.800",
  plus: "M10 4v12M4 10h12",
  close: "m5 5 10 10M15 5 5 15",
  menu: "M3.500 5.500h13M3.500 10h13M3.500 14.500h13",
  smile:
    "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7.200 11.800c.600 1.200 1.600 1.800 2.800 1.800s2.200-.600 2.800-1.800M7.600 8v.300M12.400 8v.300",
  reply: "M4 4.500h12v8.500H9.500L6 16v-3H4z",
  pin: "M7 3.500h6l-.700 5 2.200 2.500H5.500L7.700 8.500zM10 11v6",
  more: "M4.500 10h.020M10 10h.020M15.500 10h.020",
  bookmark: "M5.500 3.500h9v13l-4.500-3.300-4.500 3.300z",
  chevron: "m5.500 7.500 4.500 4.500 4.500-4.500",
  right: "m7.500 5 5 5-5 5",
  send: "M3.500 3.800 17 10 3.500 16.200 5.500 10zM5.500 10H17",
  info: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9.200v4.300M10 6.500v.200",
  eye: "M2.500 10S5.200 5 10 5s7.500 5 7.500 5-2.700 5-7.500 5-7.500-5-7.500-5zM10 12.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400z",
  gauge: "M3 14.500a7 7 0 1 1 14 0M10 14.500l3.200-5.300M10 14.500h.020",
  warning: "M10 3.500 17.500 16.500h-15zM10 8.500v3.700M10 14.300v.020",
  sun: "M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM10 2.200v1.600M10 16.200v1.600M2.200 10h1.600M16.200 10h1.600M4.500 4.500l1.100 1.100M14.400 14.400l1.100 1.100M4.500 15.500l1.100-1.100M14.400 5.600l1.100-1.100",
  moon: "M16.500 11.800A7 7 0 0 1 8.200 3.500a7 7 0 1 0 8.300 8.300z",
  search: "M9 14.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM13 13l4 4",
  link: "M8.500 11.500a3 3 0 0 0 4.300 0l2.700-2.700a3 3 0 0 0-4.300-4.300l-.900.900M11.500 8.500a3 3 0 0 0-4.300 0l-2.700 2.700a3 3 0 0 0 4.300 4.300l.900-.900",
  edit: "M4 16l.700-3.200L13.500 4 16 6.500l-8.800 8.800z",
  trash: "M4 5.500h12M8 5.500V3.800h4v1.700M5.500 5.500l.700 11h7.600l.700-11M8.500 8.500v5M11.500 8.500v5",
  copy: "M7 7h9v9.500H7zM4 13V3.500h8.500",
  redo: "M15.500 8A6 6 0 1 0 16 11.500M16 4v4.200h-4.200",
  bolt: "M11 2.800 4.500 11.500h4.700L8.500 17.200l7-9h-5z",
  bold: "M6 4h5a2.900 2.900 0 0 1 0 5.900H6zM6 9.900h5.700a3.100 3.100 0 0 1 0 6.100H6z",
  italic: "M8.500 4h6M5.500 16h6M12 4 8 16",
  strike:
    "M3.500 10h13M13.500 6.500C13.200 5 12 4 10 4 7.800 4 6.500 5.200 6.500 6.800c0 1.200.700 2 2 2.500M6.300 13c.300 1.800 1.600 3 3.800 3 2.300 0 3.700-1.200 3.700-3 0-.800-.200-1.400-.700-2",
  code: "m7 6-4 4 4 4M13 6l4 4-4 4",
  at: "M12.800 10a2.800 2.800 0 1 1-5.600 0 2.800 2.800 0 0 1 5.600 0zm0 0v1.200c0 2.600 3.700 2.200 3.700-1.400A6.500 6.500 0 1 0 13 15.600",
  down: "M10 4v11M5 10.500l5 5 5-5",
  check: "m4.500 10.500 3.800 3.800 7.200-8",
  home: "M3.500 9.500 10 3.800l6.500 5.700M5.500 8.500v8h9v-8",
  leave: "M11.500 3.500H4.500v13h7M8.500 10h9M14.500 7l3 3-3 3",
  play: "M6.500 4.200v11.600l9-5.800z",
  stop: "M5.500 5.500h9v9h-9z",
  window: "M3.500 4.500h13v11h-13zM3.500 7.500h13",
  clip: "m15.500 9-5.800 5.800a3.400 3.400 0 0 1-4.800-4.800l6-6a2.300 2.300 0 0 1 3.200 3.200l-5.900 5.900a1.100 1.100 0 0 1-1.600-1.600l5.300-5.300",
  file: "M5 2.800h6.500L15 6.300v10.900H5zM11.500 2.800v3.500H15",
};

export function Icon({ name, size = 18 }) {
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 20 20" fill="none" stroke="currentColor"
    stroke-width=${name === "more" ? 2.4 : 1.5} stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path
    d=${ICONS[name]} /></svg>`;
}

export function IconButton({ icon, label, onClick, size = 18, class: extra, ...rest }) {
  return html`<button type="button" class=${classes("icon-button", extra)} aria-label=${label} title=${label}
    onClick=${onClick} ...${rest}><${Icon} name=${icon} size=${size} /></button>`;
}

/** The person's initials on the person's colour; a bot's own drawing if it has one. */
export function Avatar({ user, size = 36, icon = null }) {
  const style = {
    width: `${size}px`,
    height: `${size}px`,
    fontSize: `${Math.round(size * 0.4)}px`,
    background: user?.color ?? "#69727d",
  };
  if (icon)
    return html`<span class="avatar plain" style=${{ ...style, background: undefined, fontSize: `${size * 0.8}px` }}
    aria-hidden="true">${icon}</span>`;
  if (user?.is_bot && user.avatar)
    return html`<img class="avatar" style=${style} src=${user.avatar} alt="" width=${size} height=${size} />`;
  const initials = user?.initials ?? (user ? displayName(user).slice(0, 1).toUpperCase() : "?");
  return html`<span class="avatar" style=${style} aria-hidden="true">${initials}</span>`;
}

// ── Popovers ────────────────────────────────────────────────────────────────────────────────────────────────────────

const GAP = 4;
const EDGE = 8;

function place(panel, anchor, { align, prefer, match }) {
  const around = anchor.getBoundingClientRect();
  if (match) panel.style.width = `${Math.max(around.width, 180)}px`;
  panel.style.maxHeight = "";
  const size = panel.getBoundingClientRect();
  const below = innerHeight - around.bottom - GAP - EDGE;
  const above = around.top - GAP - EDGE;
  const down =
    prefer === "above"
      ? above < Math.min(size.height, 240) && below > above
      : below >= Math.min(size.height, 320) || below >= above;
  const height = Math.min(size.height, down ? below : above);
  panel.style.maxHeight = `${Math.max(80, down ? below : above)}px`;
  const left = align === "end" ? around.right - size.width : around.left;
  panel.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - size.width - EDGE))}px`;
  panel.style.top = `${down ? around.bottom + GAP : Math.max(EDGE, around.top - GAP - height)}px`;
}

/**
 * A panel beside its anchor, above everything. It stays inside the element that opened it (a modal dialog makes everything outside
 * itself dead), but is drawn in the browser's top layer, so no scrolling box cuts it.
 */
export function Popover({
  anchor,
  onClose,
  align = "start",
  prefer = "below",
  match = false,
  class: extra,
  children,
  ...rest
}) {
  const panel = useRef(null);
  useLayoutEffect(() => {
    panel.current.showPopover();
    const draw = () =>
      panel.current && anchor.current && place(panel.current, anchor.current, { align, prefer, match });
    draw();
    const watch = new ResizeObserver(draw);
    watch.observe(panel.current);
    addEventListener("scroll", draw, true);
    addEventListener("resize", draw);
    return () => {
      watch.disconnect();
      removeEventListener("scroll", draw, true);
      removeEventListener("resize", draw);
    };
  }, []);
  useEffect(() => {
    const outside = (event) => {
      if (!panel.current?.contains(event.target) && !anchor.current?.contains(event.target)) onClose();
    };
    const escape = (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      onClose();
      anchor.current?.focus?.();
    };
    document.addEventListener("pointerdown", outside, true);
    document.addEventListener("keydown", escape, true);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      document.removeEventListener("keydown", escape, true);
    };
  });
  return html`<div ref=${panel} popover="manual" class=${classes("popover", extra)} ...${rest}>${children}</div>`;
}

/** Move the focus among the buttons of a menu or list with the arrow keys. */
export function arrowKeys(event, selector) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step && event.key !== "Home" && event.key !== "End") return;
  const all = [...event.currentTarget.querySelectorAll(selector)];
  if (all.length === 0) return;
  event.preventDefault();
  const at = all.indexOf(document.activeElement);
  const next = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : (at + step + all.length) % all.length;
  all[next].focus();
}

/** items: {label, icon?, danger?, href?, hint?, checked?, onClick} or "-" or {heading}. */
function Menu({ anchor, items, onClose, label, align, prefer }) {
  const list = useRef(null);
  useEffect(() => list.current?.querySelector("[role^=menuitem]")?.focus(), []);
  const choose = (item) => {
    onClose();
    anchor.current?.focus?.({ preventScroll: true });
    item.onClick?.();
  };
  return html`<${Popover} anchor=${anchor} onClose=${onClose} align=${align} prefer=${prefer} class="menu">
    <div ref=${list} role="menu" aria-label=${label}
      onKeyDown=${(event) => (event.key === "Tab" ? onClose() : arrowKeys(event, "[role^=menuitem]"))}>
      ${items.filter(Boolean).map((item) => {
        if (item === "-") return html`<hr role="separator" />`;
        if (item.heading) return html`<div class="menu-heading" role="presentation">${item.heading}</div>`;
        const inside = html`${item.avatar ?? (item.icon && html`<${Icon} name=${item.icon} />`)}<span
          class="menu-text"><span>${item.label}</span>${item.hint && html`<small>${item.hint}</small>`}</span>${
            item.checked && html`<${Icon} name="check" />`
          }`;
        const common = { class: classes("menu-item", item.danger && "danger"), tabIndex: -1 };
        if (item.href)
          return html`<a role="menuitem" ...${common} href=${item.href} target="_blank" rel="noopener"
          onClick=${() => choose({ ...item, href: null })}>${inside}</a>`;
        return html`<button type="button" role=${item.checked === undefined ? "menuitem" : "menuitemradio"}
          aria-checked=${item.checked} ...${common} onClick=${() => choose(item)}>${inside}</button>`;
      })}
    </div>
  </${Popover}>`;
}

/** A button that opens a menu. `items` is a function, asked when the menu opens. */
export function MenuButton({ items, label, icon, class: extra, children, align = "end", prefer, onToggle }) {
  const [open, setOpen] = useState(false);
  const anchor = useRef(null);
  const toggle = (next) => {
    setOpen(next);
    onToggle?.(next);
  };
  return html`<button ref=${anchor} type="button" class=${extra ?? "icon-button"} aria-label=${label}
    title=${children ? undefined : label} aria-haspopup="menu" aria-expanded=${open}
    onClick=${() => toggle(!open)}>${children ?? html`<${Icon} name=${icon ?? "more"} />`}</button>
    ${
      open &&
      html`<${Menu} anchor=${anchor} label=${label} items=${items()} onClose=${() => toggle(false)} align=${align}
      prefer=${prefer} />`
    }`;
}

// ── Dialogs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The browser's own modal dialog: it keeps the focus inside and makes the rest dead. */
export function Dialog({ title, onClose, class: extra, children, header, alert = false }) {
  const box = useRef(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    dialog.showModal();
    const first =
      dialog.querySelector("[data-autofocus]") ??
      dialog.querySelector(".dialog-body :is(input, textarea, select):not([type=hidden], [disabled])") ??
      dialog.querySelector(".dialog-foot button.primary, .dialog-foot button.danger") ??
      dialog;
    first.focus();
    return () => {
      dialog.close();
      if (before?.isConnected) before.focus?.({ preventScroll: true });
    };
  }, []);
  const cancel = (event) => {
    if (event.target !== box.current) return;
    event.preventDefault();
    onClose();
  };
  // A second Escape closes it whatever we say.
  const closed = (event) => event.target === box.current && box.current.isConnected && onClose();
  return html`<dialog ref=${box} class=${classes("dialog", extra)} role=${alert ? "alertdialog" : "dialog"}
    aria-modal="true" aria-labelledby=${titleId} tabIndex=${-1} onCancel=${cancel} onClose=${closed}>
    <header class="dialog-head">
      ${header?.before}
      <h2 id=${titleId}>${title}</h2>
      <${IconButton} icon="close" label="Close" onClick=${() => (header?.onCross ?? onClose)()} />
    </header>
    ${children}
  </dialog>`;
}

/** Slack's confirmation object, asked before an element acts. */
export function Confirm({ confirm, onYes, onNo, Text }) {
  const danger = confirm.style === "danger";
  return html`<${Dialog} title=${html`<${Text} object=${confirm.title} />`} onClose=${onNo} class="small confirm" alert>
    <div class="dialog-body"><${Text} object=${confirm.text} block /></div>
    <footer class="dialog-foot">
      <button type="button" class="button" onClick=${onNo}><${Text} object=${confirm.deny} fallback="Cancel" /></button>
      <button type="button" class=${classes("button", danger ? "danger-fill" : "primary")} data-autofocus
        onClick=${onYes}><${Text} object=${confirm.confirm} fallback="OK" /></button>
    </footer>
  </${Dialog}>`;
}

export function Toasts() {
  useTopics("toasts");
  const box = useRef(null);
  const { toasts } = state;
  useLayoutEffect(() => {
    // Shown anew for each one, so that it lies above a dialog that opened meanwhile.
    if (box.current.matches(":popover-open")) box.current.hidePopover();
    if (toasts.length > 0) box.current.showPopover();
  }, [toasts]);
  return html`<div ref=${box} popover="manual" class="toasts" role="status" aria-live="polite">
    ${toasts.map((toast) => html`<div key=${toast.id} class=${classes("toast", toast.level)}>${toast.text}</div>`)}
  </div>`;
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without the clipboard's permission the old way still works.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
