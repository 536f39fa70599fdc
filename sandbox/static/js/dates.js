// Times as people read them, and Slack's <!date^…> tokens.

const minute = 60;
const day = 86_400;

let formats = null;
let ahead = 0;

/** Learn the sandbox's clock, in seconds: tests may move it away from this machine's. */
export function setClock(now) {
  ahead = now - Date.now() / 1000;
}

export const nowSeconds = () => Date.now() / 1000 + ahead;

function format(name) {
  formats ??= {
    time: new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" }),
    timeSecs: new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
    num: new Intl.DateTimeFormat(undefined, { year: "numeric", month: "2-digit", day: "2-digit" }),
    plain: new Intl.DateTimeFormat("en-US", { month: "long", day: "numeric", year: "numeric" }),
    short: new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", year: "numeric" }),
    long: new Intl.DateTimeFormat("en-US", { weekday: "long", month: "long", day: "numeric", year: "numeric" }),
    divider: new Intl.DateTimeFormat("en-US", { weekday: "long", month: "long", day: "numeric" }),
    full: new Intl.DateTimeFormat("en-US", {
      weekday: "long",
      month: "long",
      day: "numeric",
      year: "numeric",
      hour: "numeric",
      minute: "2-digit",
      second: "2-digit",
    }),
  };
  return formats[name];
}

const secondsOf = (ts) => Number.parseFloat(ts);
const dateOf = (ts) => new Date(secondsOf(ts) * 1000);

export const clock = (ts) => format("time").format(dateOf(ts));
export const fullTime = (ts) => format("full").format(dateOf(ts));

/** Return a key that is the same for all moments of one local day. */
export function dayOf(ts) {
  const date = dateOf(ts);
  return date.getFullYear() * 10_000 + date.getMonth() * 100 + date.getDate();
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
  const text = pretty(ts, dateOf(ts).getFullYear() === dateOf(nowSeconds()).getFullYear() ? "divider" : "long");
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
