// The list of messages. Pages far from the window are empty boxes of the right height, so five thousand messages cost as little as
// two hundred. The list keeps its place when older messages arrive above, and follows the newest when one reads at the bottom.

import { loadLatest, loadNewer, loadOlder, logOf, order } from "./actions.js";
import { dayOf, dayTitle } from "./dates.js";
import { classes, html, memo, throttled, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./lib.js";
import { Message, continues } from "./message.js";
import { displayName, setReading, state, useTopics } from "./store.js";
import { arrowKeys, Icon } from "./ui.js";

const NEAR = 1500; // pixels above and below the window in which pages are drawn
const BOTTOM = 48;
const GUESSED_ROW = 46;

/** Tell the pages whether they are near the window. */
class Nearness {
  #callbacks = new Map();
  #observer = null;

  attach(root) {
    this.#observer = new IntersectionObserver(
      (entries) => entries.forEach((entry) => this.#callbacks.get(entry.target)?.(entry)),
      { root, rootMargin: `${NEAR}px 0px` },
    );
    for (const element of this.#callbacks.keys()) this.#observer.observe(element);
  }

  detach() {
    this.#observer?.disconnect();
    this.#observer = null;
  }

  watch(element, callback) {
    this.#callbacks.set(element, callback);
    this.#observer?.observe(element);
    return () => {
      this.#callbacks.delete(element);
      this.#observer?.unobserve(element);
    };
  }
}

function rows(page, before, newMark, marked) {
  const drawn = [];
  let previous = before;
  for (const message of page.messages) {
    const newDay = !previous || dayOf(previous.ts) !== dayOf(message.ts);
    const firstNew = newMark && message.ts > newMark && (!previous || previous.ts <= newMark);
    if (newDay)
      drawn.push(html`<div key=${`d${message.ts}`} class="day"
      role="separator"><span>${dayTitle(message.ts)}</span></div>`);
    if (firstNew)
      drawn.push(html`<div key=${`n${message.ts}`} class="new-mark" role="separator"
      aria-label="New messages"><span>New</span></div>`);
    drawn.push(html`<${Message} key=${message.ts} message=${message}
      follows=${!newDay && !firstNew && continues(message, previous)} marked=${marked === message.ts} />`);
    previous = message;
  }
  return drawn;
}

const Page = memo(function Page({ page, before, newMark, marked, nearness, startNear }) {
  const box = useRef(null);
  const height = useRef(page.messages.length * GUESSED_ROW);
  const [near, setNear] = useState(startNear);
  useEffect(
    () =>
      nearness.watch(box.current, (entry) => {
        if (!entry.isIntersecting && entry.boundingClientRect.height > 0)
          height.current = entry.boundingClientRect.height;
        setNear(entry.isIntersecting);
      }),
    [],
  );
  const shown = near || (marked && page.messages.some((message) => message.ts === marked));
  return html`<div ref=${box} class="page"
    style=${shown ? undefined : { height: `${height.current}px` }}>${shown && rows(page, before, newMark, marked)}</div>`;
});

function Beginning({ channel }) {
  if (channel.kind === "im") {
    const other = state.users.get(channel.other);
    return html`<div
      class="beginning"><h2>${displayName(other)}</h2><p>This is the very beginning of your direct messages with <b>${displayName(other)}</b>. Only the two of you are in it.</p></div>`;
  }
  if (channel.kind === "mpim")
    return html`<div class="beginning"><p>This is the beginning of your conversation.</p></div>`;
  return html`<div class="beginning"><h2><${Icon} name=${channel.kind === "private" ? "lock" : "hash"}
    size=${26} /> ${channel.name}</h2><p>This is the very beginning of the <b>${channel.name}</b> channel.${channel.purpose?.value && ` ${channel.purpose.value}`}</p></div>`;
}

// Not put off while messages keep coming: who looks at a busy channel has read it all the time.
const markRead = throttled((channel, ts) => {
  const known = state.channels.get(channel);
  if (!known || !known.is_member || state.place?.staysUnread || document.visibilityState !== "visible") return;
  if (known.unread > 0 || known.mentions > 0) order("channel.mark_read", { channel, ts });
}, 400);

/** Return the message that stands at the top of the window, and how far from it. */
function anchorOf(box) {
  const top = box.getBoundingClientRect().top;
  for (const element of box.querySelectorAll("[data-ts]")) {
    const rect = element.getBoundingClientRect();
    if (rect.bottom > top) return { ts: element.dataset.ts, offset: rect.top - top };
  }
  return null;
}

function lowestInSight(box) {
  const bottom = box.getBoundingClientRect().bottom;
  return [...box.querySelectorAll(".message")].findLast(
    (element) => element.getBoundingClientRect().bottom <= bottom + 1,
  );
}

export function Messages({ channel }) {
  useTopics(`log ${channel.id}`, "jump", `channel ${channel.id}`);
  const log = logOf(channel.id);
  const box = useRef(null);
  const inner = useRef(null);
  const anchor = useRef(null);
  const follow = useRef(true);
  const jumped = useRef(0);
  const lastTop = useRef(0);
  const [away, setAway] = useState(false);
  const nearness = useMemo(() => new Nearness(), []);
  const jump = state.jump?.channel === channel.id ? state.jump : null;
  const newMark = state.place?.newMark;
  const lastTs = log.last?.ts;

  useLayoutEffect(() => {
    nearness.attach(box.current);
    const watch = new ResizeObserver(() => follow.current && stick());
    watch.observe(inner.current);
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      nearness.detach();
    };
  }, []);

  const isAtBottom = () => box.current.scrollHeight - box.current.scrollTop - box.current.clientHeight < BOTTOM;
  const stick = () => {
    box.current.scrollTop = box.current.scrollHeight;
  };

  useLayoutEffect(() => {
    if (!log.loaded) return;
    if (jump && jumped.current !== jump.seq && log.get(jump.parent)) {
      jumped.current = jump.seq;
      box.current.querySelector(`[data-ts="${jump.parent}"]`)?.scrollIntoView({ block: "center" });
      // Who sees the newest message after the jump has read it.
      follow.current = isAtBottom() && !log.hasNewer;
      lastTop.current = box.current.scrollTop;
      anchor.current = follow.current ? null : anchorOf(box.current);
      setAway(!follow.current);
    } else if (follow.current) stick();
    else if (anchor.current) {
      const element = box.current.querySelector(`[data-ts="${anchor.current.ts}"]`);
      if (element)
        box.current.scrollTop +=
          element.getBoundingClientRect().top - box.current.getBoundingClientRect().top - anchor.current.offset;
    }
  });

  useEffect(() => {
    if (lastTs && follow.current && !log.hasNewer) markRead(channel.id, lastTs);
  }, [lastTs, away, channel.unread, channel.mentions]);
  const tellReading = () => {
    const reads = log.loaded && follow.current && !log.hasNewer && !state.place?.staysUnread;
    setReading(reads && document.visibilityState === "visible" ? channel.id : null);
  };
  useEffect(tellReading);
  useEffect(() => () => setReading(null), []);
  useEffect(() => {
    const visible = () => {
      tellReading();
      if (lastTs && follow.current) markRead(channel.id, lastTs);
    };
    document.addEventListener("visibilitychange", visible);
    return () => document.removeEventListener("visibilitychange", visible);
  }, [lastTs]);

  const scroll = () => {
    const { scrollTop } = box.current;
    const atBottom = isAtBottom();
    // Growing below one's feet is not leaving: only who scrolls up stops following.
    const stays = follow.current && scrollTop >= lastTop.current;
    lastTop.current = scrollTop;
    follow.current = (atBottom || stays) && !log.hasNewer;
    anchor.current = follow.current ? null : anchorOf(box.current);
    setAway(!follow.current);
    if (scrollTop < 800) loadOlder(channel.id);
    if (atBottom && log.hasNewer) loadNewer(channel.id);
  };
  const keys = (event) => {
    if (event.target === box.current && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      lowestInSight(box.current)?.focus({ preventScroll: true });
    } else if (event.target.matches(".message")) arrowKeys(event, ".message");
  };
  const toLatest = async () => {
    follow.current = true;
    state.jump = null;
    if (log.hasNewer) await loadLatest(channel.id);
    stick();
    setAway(false);
  };

  let before = null;
  const pages = log.pages.map((page, index) => {
    const drawn = html`<${Page} key=${page.key} page=${page} before=${before} newMark=${newMark}
      marked=${jump?.parent ?? null}
      nearness=${nearness} startNear=${index >= log.pages.length - 2 || log.pages.length < 6} />`;
    before = page.messages.at(-1);
    return drawn;
  });
  return html`<div class="messages-frame">
    <div ref=${box} class="messages" data-testid="messages" data-conversation role="log"
      aria-label=${`Messages in ${channel.kind === "im" ? "this conversation" : channel.name}`} aria-live="off"
      tabIndex="0" onScroll=${scroll} onKeyDown=${keys}>
      <div ref=${inner} class="messages-inner">
        ${log.loaded && !log.hasOlder && html`<${Beginning} channel=${channel} />`}
        ${log.loaded && log.hasOlder && html`<div class="loading-older">Loading older messages…</div>`}
        ${pages}
        ${!log.loaded && html`<div class="loading" role="status">Loading…</div>`}
      </div>
    </div>
    ${
      away &&
      log.loaded &&
      html`<button type="button" class=${classes("to-latest", channel.unread > 0 && "news")}
      aria-label=${channel.unread > 0 ? `Jump to latest, ${channel.unread} new` : undefined}
      onClick=${toLatest}><${Icon} name="down"
      size=${15} /> ${channel.unread > 0 ? `${channel.unread} new ${channel.unread === 1 ? "message" : "messages"}` : "Jump to latest"}</button>`
    }
  </div>`;
}
