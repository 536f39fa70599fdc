// Everything this window asks of the server, and everything the server pushes.

import { learnCustom } from "./emoji.js";
import { nowSeconds, setClock, setZone } from "./dates.js";
import { Log } from "./log.js";
import { changed, channelLabel, state } from "./store.js";

const HISTORY = 60;
const PUBLISHES_WITHIN = 1_500;
const LONGEST_PAUSE = 8_000;

// ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Do something as this person. Never throws: an unreachable server is an answer too. */
export async function ask(verb, body = {}) {
  try {
    const response = await fetch(`/client/${verb}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user: state.me, ...body }),
    });
    return await response.json();
  } catch {
    return { ok: false, error: "The sandbox does not answer. Is it still running?" };
  }
}

/** Do it, and say so at the edge of the window when it fails. */
export async function order(verb, body) {
  const answer = await ask(verb, body);
  if (!answer.ok) toast(answer.error ?? "That did not work.", "error");
  return answer;
}

/** Ask part 2 of the protocol: the panels. */
export async function control(verb, body) {
  try {
    const response = await fetch(
      `/sandbox/${verb}`,
      body === undefined
        ? {}
        : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) },
    );
    return await response.json();
  } catch {
    return { ok: false, error: "The sandbox does not answer. Is it still running?" };
  }
}

let toastsMade = 0;

export function toast(text, level = "info") {
  const id = (toastsMade += 1);
  state.toasts = [...state.toasts.slice(-3), { id, text, level }];
  changed("toasts");
  setTimeout(() => dismissToast(id), level === "error" ? 8000 : 4000);
}

function dismissToast(id) {
  state.toasts = state.toasts.filter((one) => one.id !== id);
  changed("toasts");
}

// ── Who am I ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Find who this window is: ?as=…, then this window's memory, then the last choice in this browser. */
export async function start() {
  const query = new URLSearchParams(location.search);
  const wanted = query.get("as");
  state.follow = query.get("follow") === "1";
  const answer = await fetch("/client/cast").then(
    (response) => response.json(),
    () => null,
  );
  if (!answer) {
    state.phase = "unreachable";
    changed("phase");
    setTimeout(start, 1500);
    return;
  }
  state.team = answer.team;
  state.cast = answer.people;
  const known = (name) => state.cast.find((person) => person.name === name || person.id === name);
  const me = known(wanted) ?? known(sessionStorage.getItem("as")) ?? known(localStorage.getItem("as"));
  if (me && !query.has("choose")) become(me.id);
  else {
    state.phase = "choosing";
    changed("phase");
  }
}

export function become(id) {
  sessionStorage.setItem("as", id);
  localStorage.setItem("as", id);
  state.me = id;
  forgetEverything();
  changed("phase", "place", "panel", "views");
  connect();
}

export function chooseAgain() {
  state.phase = "choosing";
  changed("phase");
}

function forgetEverything() {
  state.logs.clear();
  state.threads.clear();
  state.views = [];
  state.panel = null;
  state.dialog = null;
  state.home = null;
  state.place = null;
  drafts.clear();
}

async function boot() {
  const answer = await ask("boot");
  if (!answer.ok) {
    if (state.phase === "loading") chooseAgain();
    return false;
  }
  setClock(answer.now);
  learnCustom(customOnly(answer.emoji));
  Object.assign(state, {
    team: answer.team,
    app: answer.app,
    commands: answer.commands,
    shortcuts: answer.shortcuts,
    views: answer.views,
  });
  state.users = byId(answer.users);
  setZone(state.users.get(state.me)?.tz);
  state.groups = byId(answer.groups);
  state.channels = byId(answer.channels);
  state.phase = "ready";
  if (!state.place) followAddress();
  loadFaults();
  loadStage();
  changed("phase", "directory", "channels", "views", "place");
  return true;
}

const byId = (objects) => new Map(objects.map((object) => [object.id, object]));

/** Keep the workspace's own emoji; the standard ones the face knows by itself. */
function customOnly(emoji) {
  return Object.fromEntries(
    Object.entries(emoji ?? {}).filter(([, value]) => /^(https?:|data:|alias:|\/)/.test(value)),
  );
}

// ── Where am I ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Go where the address says: /archives/C…/p…, ?channel=general, ?place=app, else the last or first channel. */
export function followAddress() {
  const [, channel, , digits] = location.pathname.match(/^\/archives\/([A-Z0-9]+)(\/p(\d{16}))?/) ?? [];
  if (channel && state.channels.has(channel)) {
    const ts = digits && `${digits.slice(0, 10)}.${digits.slice(10)}`;
    const thread = new URLSearchParams(location.search).get("thread_ts");
    if (ts) showMessage(channel, ts, thread, { remember: false });
    else openChannel(channel, { remember: false });
    return;
  }
  if (channel) toast("That channel does not exist, or you are not in it.", "error");
  const wanted = new URLSearchParams(location.search).get("channel")?.replace(/^#/, "");
  const named = wanted && [...state.channels.values()].find((one) => one.name === wanted || one.id === wanted);
  if (new URLSearchParams(location.search).get("place") === "app") openApp({ remember: false });
  else openChannel((named ?? firstChannel())?.id, { remember: false });
}

function firstChannel() {
  const last = state.channels.get(sessionStorage.getItem(`place ${state.me}`));
  if (last?.is_member) return last;
  const mine = [...state.channels.values()].filter((channel) => channel.is_member && !channel.is_archived);
  return mine.find((channel) => channel.is_general) ?? mine[0] ?? [...state.channels.values()][0];
}

function setAddress(path) {
  if (location.pathname + location.search !== path) history.pushState(null, "", path);
}

/** Go to the channel that stands above or below in the sidebar. */
export function neighbour(step, { unreadOnly = false } = {}) {
  const entries = [...document.querySelectorAll(".sidebar a[data-channel]")];
  const at = entries.findIndex((entry) => entry.dataset.channel === state.place?.id);
  const order = step > 0 ? entries.slice(at + 1) : entries.slice(0, Math.max(0, at)).reverse();
  const next = order.find((entry) => !unreadOnly || entry.dataset.unread);
  if (next) openChannel(next.dataset.channel);
}

export function openChannel(id, { remember = true, load = true } = {}) {
  if (!id) return;
  if (state.place?.kind !== "channel" || state.place.id !== id) {
    if (state.panel && ["thread", "pins", "details"].includes(state.panel.kind)) state.panel = null;
  }
  state.place = { kind: "channel", id, newMark: newMarkOf(id) };
  state.jump = null;
  state.drawer = false;
  sessionStorage.setItem(`place ${state.me}`, id);
  if (remember) setAddress(`/archives/${id}`);
  changed("place", "panel", "drawer");
  const log = logOf(id);
  if (load && (!log.loaded || log.hasNewer)) loadLatest(id);
}

function newMarkOf(id) {
  const channel = state.channels.get(id);
  return channel?.unread > 0 ? channel.last_read : null;
}

/** `focus`: whether the box to write in takes the keyboard, when there is one. */
export function openApp({ remember = true, tab = "home", stay = false, focus = true } = {}) {
  state.place = { kind: "app", tab, focus };
  state.drawer = false;
  if (state.panel && ["thread", "pins", "details"].includes(state.panel.kind)) state.panel = null;
  if (remember) setAddress("/?place=app");
  changed("place", "panel", "drawer");
  const before = state.home;
  ask("home.open", { tab }).then((answer) => {
    if (!answer.ok) return;
    // What the app published meanwhile is newer than the answer.
    if (state.home === before) state.home = answer.view;
    if (tab === "home" && !state.home && !stay) setTimeout(leaveEmptyHome, PUBLISHES_WITHIN);
    if (state.place?.kind === "app") state.place = { ...state.place, channel: answer.channel };
    changed("home", "place");
    if (answer.channel && !logOf(answer.channel).loaded) loadLatest(answer.channel);
  });
}

/** An app that publishes no Home tab is talked to, not looked at. */
function leaveEmptyHome() {
  if (state.home) return;
  state.app = { ...state.app, publishes: false };
  if (state.place?.kind === "app" && state.place.tab === "home") openApp({ remember: false, tab: "messages" });
}

let jumps = 0;

/** Show one message and mark it for a moment; a reply opens its thread. */
export async function showMessage(channel, ts, thread = null, { remember = true } = {}) {
  if (remember)
    setAddress(
      `/archives/${channel}/p${ts.replace(".", "")}${thread && thread !== ts ? `?thread_ts=${thread}&cid=${channel}` : ""}`,
    );
  openChannel(channel, { remember: false, load: false });
  const parent = thread && thread !== ts ? thread : ts;
  const log = logOf(channel);
  if (!log.get(parent) && !(await refill(log, "history", { channel, around: parent, limit: HISTORY }))) return;
  if (thread) openThread(channel, thread);
  state.jump = { channel, ts, parent, seq: (jumps += 1) };
  changed("jump", `log ${channel}`);
}

export const permalink = (channel, ts, thread) =>
  `${location.origin}/archives/${channel}/p${ts.replace(".", "")}${thread && thread !== ts ? `?thread_ts=${thread}&cid=${channel}` : ""}`;

/** Follow a link to this workspace without leaving the page; answers whether it was one. */
export function followLink(url) {
  const match = url.startsWith(location.origin) || url.startsWith(state.team?.url ?? "\0") ? new URL(url) : null;
  const [, channel, , digits] = match?.pathname.match(/^\/archives\/([A-Z0-9]+)(\/p(\d{16}))?$/) ?? [];
  if (!channel || !state.channels.has(channel)) return false;
  if (digits) showMessage(channel, `${digits.slice(0, 10)}.${digits.slice(10)}`, match.searchParams.get("thread_ts"));
  else openChannel(channel);
  return true;
}

export function openPanel(panel) {
  state.panel = panel;
  // On a phone the list of channels would lie above it.
  if (panel) state.drawer = false;
  changed("panel", "drawer");
  if (panel?.kind === "hood") startHood();
  if (panel?.kind === "faults") loadFaults();
  if (panel?.kind === "scripts") loadScripts();
}

export function togglePanel(panel) {
  openPanel(state.panel?.kind === panel.kind ? null : panel);
}

export function openDialog(dialog) {
  state.dialog = dialog;
  changed("dialog");
}

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────────

export function logOf(channel) {
  if (!state.logs.has(channel)) state.logs.set(channel, new Log());
  return state.logs.get(channel);
}

const threadKey = (channel, ts) => `${channel}/${ts}`;

export function threadOf(channel, ts) {
  const key = threadKey(channel, ts);
  if (!state.threads.has(key)) state.threads.set(key, new Log());
  return state.threads.get(key);
}

/** Fill the log anew. What is pushed while the answer is on its way is put in afterwards, so nothing falls between the two. */
async function refill(log, verb, body) {
  const late = [];
  log.late = late;
  const answer = await ask(verb, body);
  if (log.late !== late) return false; // somebody asked for another stretch meanwhile
  log.late = null;
  if (!answer.ok) return false;
  log.clear();
  log.addOlder(answer.messages);
  log.hasOlder = Boolean(answer.has_more);
  log.hasNewer = Boolean(answer.has_newer);
  log.loaded = true;
  for (const change of late) change(log);
  return true;
}

export async function loadLatest(channel) {
  if (await refill(logOf(channel), "history", { channel, limit: HISTORY })) changed(`log ${channel}`);
}

const loading = new Set();

export async function loadOlder(channel) {
  const log = logOf(channel);
  if (!log.loaded || !log.hasOlder || loading.has(channel)) return;
  loading.add(channel);
  const answer = await ask("history", { channel, before: log.first?.ts, limit: 120 });
  loading.delete(channel);
  if (!answer.ok) return;
  log.addOlder(answer.messages);
  log.hasOlder = answer.has_more;
  changed(`log ${channel}`);
}

export async function loadNewer(channel) {
  const log = logOf(channel);
  if (!log.loaded || !log.hasNewer || loading.has(channel)) return;
  loading.add(channel);
  const answer = await ask("history", { channel, after: log.last?.ts, limit: 120 });
  loading.delete(channel);
  if (!answer.ok) return;
  log.addNewer(answer.messages);
  log.hasNewer = Boolean(answer.has_newer);
  changed(`log ${channel}`);
}

export function openThread(channel, ts) {
  openPanel({ kind: "thread", channel, ts });
  loadThread(channel, ts);
}

async function loadThread(channel, ts) {
  if (await refill(threadOf(channel, ts), "thread", { channel, ts })) changed(`thread ${threadKey(channel, ts)}`);
}

export const drafts = new Map();
const sending = new Map();

/** Send what was typed, in the order it was typed. A refusal is shown as Slack shows it: in the channel, only to this person. */
export function send(channel, text, { thread = null, broadcast = false } = {}) {
  const body = { channel, text, ...(thread && { thread_ts: thread }), ...(broadcast && { broadcast }) };
  const isCommand = text.startsWith("/") && !thread;
  const job = async () => {
    const answer = await ask("message.send", body);
    if (!answer.ok) {
      if (text.startsWith("/")) saySlackbot(channel, answer.error, thread);
      else toast(answer.error, "error");
    }
    return answer;
  };
  if (isCommand) return job();
  const queued = (sending.get(channel) ?? Promise.resolve()).then(job);
  sending.set(channel, queued);
  return queued;
}

/** Show a sentence of the client itself in the channel; the server never hears of it. */
function saySlackbot(channel, text, thread) {
  const message = {
    type: "message",
    ts: nowSeconds().toFixed(6),
    channel,
    user: "USLACKBOT",
    text: escapeText(text),
    is_ephemeral: true,
    is_local: true,
  };
  if (thread) message.thread_ts = thread;
  placeMessage(channel, message);
}

const escapeText = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

export function dismiss(message) {
  if (message.is_local) removeMessage(message.channel, message.ts);
  else order("message.delete", { channel: message.channel, ts: message.ts });
}

/** Leave the conversation unread from this message on, until one comes back to it. */
export async function markUnread(channel, ts) {
  const before = justBefore(ts);
  if (state.place?.id === channel) state.place = { ...state.place, newMark: before, staysUnread: true };
  const answer = await order("channel.mark_read", { channel, ts: before });
  if (answer.ok) changed(`log ${channel}`);
}

function justBefore(ts) {
  const [seconds, micros] = ts.split(".");
  return Number(micros) > 0
    ? `${seconds}.${String(Number(micros) - 1).padStart(6, "0")}`
    : `${Number(seconds) - 1}.999999`;
}

export function react(message, name) {
  const mine = message.reactions?.find((reaction) => reaction.name === name)?.users.includes(state.me);
  return order(mine ? "reaction.remove" : "reaction.add", { channel: message.channel, ts: message.ts, name });
}

export async function openDm(user) {
  const answer = await order("channel.open_dm", { users: [user] });
  if (!answer.ok) return;
  learnChannel(answer.channel);
  openChannel(answer.channel.id);
}

// ── What the server pushes ──────────────────────────────────────────────────────────────────────────────────────────

function learnChannel(channel) {
  state.channels.set(channel.id, channel);
  changed("channels", `channel ${channel.id}`);
}

function placeMessage(channel, message) {
  const { thread_ts: thread, ts } = message;
  const isReply = thread && thread !== ts;
  putIn(
    state.threads.get(threadKey(channel, isReply ? thread : ts)),
    message,
    `thread ${threadKey(channel, isReply ? thread : ts)}`,
  );
  if (!isReply || message.subtype === "thread_broadcast") putIn(state.logs.get(channel), message, `log ${channel}`);
}

function putIn(log, message, topic) {
  log?.late?.push((filled) => putInto(filled, message));
  if (log?.loaded && putInto(log, message)) changed(topic);
}

/** Put the message into the log, unless it belongs to a stretch that was not loaded. */
function putInto(log, message) {
  if (log.hasNewer && log.last && message.ts > log.last.ts) return false;
  if (log.hasOlder && log.first && message.ts < log.first.ts) return false;
  log.put(message);
  return true;
}

function removeMessage(channel, ts) {
  takeOut(state.logs.get(channel), ts, `log ${channel}`);
  for (const [key, log] of state.threads) if (key.startsWith(`${channel}/`)) takeOut(log, ts, `thread ${key}`);
  if (state.panel?.kind === "thread" && state.panel.ts === ts) openPanel(null);
}

function takeOut(log, ts, topic) {
  log?.late?.push((filled) => filled.remove(ts));
  log?.remove(ts);
  changed(topic);
}

function showTyping({ channel, thread_ts: thread, user }) {
  if (user === state.me) return;
  const key = thread ? threadKey(channel, thread) : channel;
  const people = state.typing.get(key) ?? new Map();
  clearTimeout(people.get(user));
  people.set(
    user,
    setTimeout(() => stopTyping(key, user), 5000),
  );
  state.typing.set(key, people);
  changed(`typing ${key}`);
}

function stopTyping(key, user) {
  const people = state.typing.get(key);
  if (!people?.has(user)) return;
  clearTimeout(people.get(user));
  people.delete(user);
  changed(`typing ${key}`);
}

function keepLast(list, object, limit) {
  const index = list.findLastIndex((one) => one.id === object.id);
  if (index >= 0) return list.with(index, object);
  return list.length >= limit ? [...list.slice(1 - limit), object] : [...list, object];
}

const PUSHES = {
  hello: ({ now }) => setClock(now),
  message({ channel, message }) {
    stopTyping(message.thread_ts ? threadKey(channel, message.thread_ts) : channel, message.user);
    placeMessage(channel, message);
    state.latest = { channel, message };
    changed("latest");
  },
  message_changed: ({ channel, message }) => placeMessage(channel, message),
  message_deleted: ({ channel, ts }) => removeMessage(channel, ts),
  ephemeral: ({ channel, message }) => {
    placeMessage(channel, { ...message, channel });
    state.latest = { channel, message };
    changed("latest");
  },
  ephemeral_deleted: ({ channel, ts }) => removeMessage(channel, ts),
  channel: ({ channel }) => learnChannel(channel),
  channel_gone({ channel }) {
    const gone = state.channels.get(channel);
    state.channels.delete(channel);
    changed("channels");
    if (state.place?.id === channel) {
      toast(`You are no longer in ${gone ? channelLabel(gone) : "that channel"}.`);
      openChannel(firstChannel()?.id);
    }
  },
  unread({ channel, unread, mentions, last_read, latest }) {
    const known = state.channels.get(channel);
    if (known) learnChannel({ ...known, unread, mentions, last_read, latest });
  },
  user({ user }) {
    state.users.set(user.id, user);
    if (user.id === state.me) setZone(user.tz);
    changed("directory");
  },
  view_opened({ view }) {
    state.views = [...state.views.filter((one) => one.id !== view.id), view];
    changed("views");
  },
  view_updated({ view, errors }) {
    state.views = state.views.map((one) => (one.id === view.id ? view : one));
    if (errors) state.viewErrors.set(view.id, errors);
    else state.viewErrors.delete(view.id);
    changed("views");
  },
  view_closed({ view_id: id }) {
    state.views = state.views.filter((view) => view.id !== id);
    state.viewErrors.delete(id);
    changed("views");
  },
  home_updated({ view }) {
    state.home = view;
    state.app = { ...state.app, publishes: true };
    changed("home");
  },
  typing: showTyping,
  toast: ({ text, level }) => toast(text, level),
  call({ call }) {
    state.calls = keepLast(state.calls, call, 500);
    changed("hood");
  },
  delivery({ delivery }) {
    state.deliveries = keepLast(state.deliveries, delivery, 500);
    changed("hood");
  },
  faults({ faults }) {
    state.faults = faults;
    changed("faults");
  },
  clock: ({ now }) => setClock(now),
  stage({ plays, recording }) {
    state.stage = { plays, recording };
    changed("stage");
  },
  look({ place, channel, ts, thread_ts: thread }) {
    if (!state.follow) return;
    if (place === "home") openApp({ remember: false });
    else if (channel && ts) showMessage(channel, ts, thread, { remember: false });
    else if (channel) openChannel(channel, { remember: false });
  },
  reset() {
    const { place, panel } = state;
    forgetEverything();
    state.place = place && { ...place, newMark: null };
    if (["hood", "faults", "scripts"].includes(panel?.kind)) state.panel = panel;
    changed("panel", "views", "dialog", "home");
    catchUp();
  },
};

let socket = null;
let pause = 250;
let lastSeq = null;

function connect() {
  socket?.close();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const opened = new WebSocket(`${scheme}://${location.host}/client/ws?user=${state.me}${state.hood ? "&hood=1" : ""}`);
  socket = opened;
  lastSeq = null;
  opened.addEventListener("message", ({ data }) => {
    if (socket === opened) receive(JSON.parse(data));
  });
  opened.addEventListener("close", () => {
    if (socket !== opened) return;
    setOnline(false);
    setTimeout(() => socket === opened && connect(), pause);
    pause = Math.min(LONGEST_PAUSE, pause * 2);
  });
}

function receive(push) {
  if (push.type === "hello") {
    pause = 250;
    lastSeq = push.seq;
    setOnline(true);
    catchUp();
  } else if (push.seq !== undefined) {
    const missed = lastSeq !== null && push.seq !== lastSeq + 1;
    lastSeq = push.seq;
    if (missed) catchUp();
  }
  pushesOf[push.type] = told(push.type) + 1;
  PUSHES[push.type]?.(push);
}

function setOnline(online) {
  if (state.online === online) return;
  state.online = online;
  changed("online");
}

/** Ask again for everything that may have changed while nobody told us. */
async function catchUp() {
  const isFirst = !state.place;
  if (!(await boot()) || isFirst) return;
  if (!state.channels.has(state.place?.id) && state.place?.kind === "channel") openChannel(firstChannel()?.id);
  const open = state.place?.id ?? state.place?.channel;
  for (const [channel, log] of state.logs) if (channel !== open) log.clear();
  if (open && state.jump?.channel !== open) await loadLatest(open);
  if (state.panel?.kind === "thread") await loadThread(state.panel.channel, state.panel.ts);
  if (state.place?.kind === "app") openApp({ remember: false, tab: state.place.tab, stay: true });
  if (state.hood) loadHood();
}

// ── Panels ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function startHood() {
  if (state.hood) return;
  state.hood = true;
  connect();
  loadHood();
}

// A push that comes while an answer is on its way may be newer than the answer.
const pushesOf = {};
const told = (...types) => types.reduce((sum, type) => sum + (pushesOf[type] ?? 0), 0);

/** Ask until nothing came in between, a few times at most: under a steady stream an answer is old at once. */
async function askUntilCurrent(types, ask) {
  for (let triesLeft = 5; ; triesLeft -= 1) {
    const before = told(...types);
    const answer = await ask();
    if (before === told(...types) || triesLeft === 1) return answer;
  }
}

async function loadHood() {
  const ask = () => Promise.all([control("calls?limit=200"), control("deliveries?limit=200")]);
  const [calls, deliveries] = await askUntilCurrent(["call", "delivery"], ask);
  if (calls.ok) state.calls = calls.calls;
  if (deliveries.ok) state.deliveries = deliveries.deliveries;
  changed("hood");
}

async function loadStage() {
  const answer = await askUntilCurrent(["stage"], () => control("plays"));
  if (!answer.ok) return;
  // What was told before this window opened was told to others. After a new connection it still stands.
  if (state.captionShut === undefined) {
    state.captionShut = answer.plays.findLast((play) => play.state === "finished")?.id ?? null;
  }
  state.stage = { plays: answer.plays, recording: answer.recording };
  changed("stage");
}

export async function loadScripts() {
  const answer = await askUntilCurrent(["stage"], () => control("scripts"));
  if (!answer.ok) return;
  state.scripts = answer.scripts;
  state.stage = { plays: answer.plays, recording: answer.recording };
  changed("stage");
}

async function loadFaults() {
  const answer = await askUntilCurrent(["faults"], () => control("faults"));
  if (!answer.ok) return;
  state.faults = faultsOf(answer);
  changed("faults");
}

export async function setFaults(change) {
  const before = told("faults");
  const answer = await control("faults", change);
  if (!answer.ok) toast(answer.error, "error");
  else if (before === told("faults")) state.faults = faultsOf(answer);
  changed("faults");
}

/** Return whether any fault is on. `enforce_rates` and `patience` don't count: Slack has both. */
export function hasFaults({
  latency_ms: latency,
  jitter_ms: jitter,
  down,
  token_revoked: revoked,
  rules,
  deliveries = {},
}) {
  const { duplicate, delay_ms: delay, drop, shuffle } = deliveries;
  return [latency, jitter, down, revoked, rules?.length, duplicate, delay, drop, shuffle].some(Boolean);
}

const faultsOf = (answer) => answer.faults ?? answer;
