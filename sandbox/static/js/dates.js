// Times as people read them, and Slack's <!date^…> tokens.

const minute = 60;
const day = 86_400;

const quarter = 900;

let ahead = 0;
let zone;
let formats = null;
let days = new Map();

/** Learn the sandbox's clock, in seconds: tests may move it away from this machine's. */
export function setClock(now) {
  ahead = now - Date.now() / 1000;
}

export const nowSeconds = () => Date.now() / 1000 + ahead;

/** Learn in which zone the reader lives ("Asia/Tokyo"); what the browser does not know means its own. */
export function setZone(name) {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    zone = name;
  } catch {
    zone = undefined;
  }
  formats = null;
  days = new Map();
}

const TIME = { hour: "numeric", minute: "2-digit" };
const DATE = { month: "long", day: "numeric", year: "numeric" };
const DIGITS = { year: "numeric", month: "2-digit", day: "2-digit" };

function format(name) {
  const made = (locale, parts) => new Intl.DateTimeFormat(locale, { ...parts, timeZone: zone });
  formats ??= {
    time: made(undefined, TIME),
    timeSecs: made(undefined, { ...TIME, second: "2-digit" }),
    num: made(undefined, DIGITS),
    plain: made("en-US", DATE),
    short: made("en-US", { ...DATE, month: "short" }),
    long: made("en-US", { ...DATE, weekday: "long" }),
    divider: made("en-US", { weekday: "long", month: "long", day: "numeric" }),
    full: made("en-US", { ...DATE, weekday: "long", ...TIME, second: "2-digit" }),
    iso: made("sv-SE", DIGITS),
    isoMinute: made("sv-SE", { ...DIGITS, hour: "2-digit", minute: "2-digit" }),
  };
  return formats[name];
}

const secondsOf = (ts) => Number.parseFloat(ts);
const dateOf = (ts) => new Date(secondsOf(ts) * 1000);

export const clock = (ts) => format("time").format(dateOf(ts));
export const fullTime = (ts) => format("full").format(dateOf(ts));

/** Return the reader's day as "2026-11-21". */
export function dayOf(ts) {
  // No zone's midnight falls within a quarter of an hour.
  const key = Math.floor(secondsOf(ts) / quarter);
  if (!days.has(key)) days.set(key, format("iso").format(dateOf(ts)));
  return days.get(key);
}

/** Return the moment as the reader's "2026-11-21T23:15". */
export const localMinute = (seconds) => format("isoMinute").format(dateOf(seconds)).replace(" ", "T");

/** Return the Unix seconds of the reader's "2026-11-21T23:15". */
export function fromLocalMinute(text) {
  const asIfUtc = Date.parse(`${text}Z`) / 1000;
  const shift = (seconds) => Date.parse(`${localMinute(seconds)}Z`) / 1000 - seconds;
  const guess = asIfUtc - shift(asIfUtc);
  return asIfUtc - shift(guess);
}

function pretty(ts, name) {
  const now = nowSeconds();
  const today = dayOf(now);
  const its = dayOf(ts);
  if (its === today) return "today";
  if (its === dayOf(now - day)) return "yesterday";
  if (its === dayOf(now + day)) return "tomorrow";
  return format(name).format(dateOf(ts));
}

export function dayTitle(ts) {
  const text = pretty(ts, dayOf(ts).slice(0, 4) === dayOf(nowSeconds()).slice(0, 4) ? "divider" : "long");
  return text[0].toUpperCase() + text.slice(1);
}

/** Return "3 minutes ago", "2 days from now". */
export function ago(ts) {
  const seconds = nowSeconds() - secondsOf(ts);
  const distance = Math.abs(seconds);
  const units = [
    [day * 365, "year"],
    [day * 30, "month"],
    [day, "day"],
    [minute * 60, "hour"],
    [minute, "minute"],
  ];
  const [length, unit] = units.find(([length]) => distance >= length) ?? [1, "second"];
  const count = Math.floor(distance / length);
  if (unit === "second" && count < 5) return "just now";
  return `${count} ${unit}${count === 1 ? "" : "s"} ${seconds >= 0 ? "ago" : "from now"}`;
}

const TOKENS = {
  date_num: (ts) => format("num").format(dateOf(ts)),
  date: (ts) => format("plain").format(dateOf(ts)),
  date_short: (ts) => format("short").format(dateOf(ts)),
  date_long: (ts) => format("long").format(dateOf(ts)),
  date_long_full: (ts) => format("long").format(dateOf(ts)),
  date_pretty: (ts) => pretty(ts, "plain"),
  date_short_pretty: (ts) => pretty(ts, "short"),
  date_long_pretty: (ts) => pretty(ts, "long"),
  day_divider_pretty: (ts) => pretty(ts, "long"),
  time: (ts) => format("time").format(dateOf(ts)),
  time_secs: (ts) => format("timeSecs").format(dateOf(ts)),
  ago,
};

/** Return the text of a date token, its fallback when the timestamp is not a number. */
export function dateToken(ts, pattern, fallback) {
  if (!Number.isFinite(Number(ts))) return fallback;
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => TOKENS[name]?.(ts) ?? whole);
}
