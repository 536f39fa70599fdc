// Slack's own Node SDK in Socket Mode against the sandbox: an app that is told everything through its line.
// Prints one JSON object with what happened; the test reads it.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.SANDBOX_NODE_MODULES}/`);
const { App } = require("@slack/bolt");

const url = process.env.SANDBOX_URL;
const seen = { events: [], clicked: null, lines: 0 };
const heard = {};

const app = new App({
  token: "xoxb-sandbox-token",
  appToken: "xapp-sandbox-token",
  socketMode: true,
  clientOptions: { slackApiUrl: `${url}api/`, retryConfig: { retries: 0 } },
  ignoreSelf: false,
});
app.command("/incident", async ({ ack, body }) => ack(`Declared: ${body.text}`));
app.action("close", async ({ ack, respond, action }) => {
  await ack();
  seen.clicked = action.value;
  await respond({ text: "Closed.", replace_original: true });
});
app.message(async ({ message }) => {
  if (message.subtype) return; // its own edit
  seen.events.push(message.text);
  heard[message.text]?.();
});
app.receiver.client.on("connected", () => {
  seen.lines += 1;
  heard["a line"]?.();
});

const until = (what) =>
  new Promise((resolve, reject) => {
    heard[what] = resolve;
    setTimeout(() => reject(new Error(`not heard: ${what}`)), 15_000).unref();
  });
const post = async (path, body) => {
  const answer = await fetch(url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.json();
};
const ada = (verb, body) => post(`client/${verb}`, { user: "U0ADA", ...body });

await app.start();
const button = { type: "button", action_id: "close", text: { type: "plain_text", text: "Close" }, value: "42" };
const echoed = until("headline");
const headline = await app.client.chat.postMessage({
  channel: "C0INCIDENTS",
  text: "headline",
  blocks: [{ type: "actions", block_id: "buttons", elements: [button] }],
});
await echoed;
await ada("message.send", { channel: "C0GENERAL", text: "/incident Checkout" });
const { channel, ts } = headline;
await ada("block.act", { channel, ts, block_id: "buttons", action_id: "close" });

const again = until("a line");
await post("sandbox/socket", { reason: "refresh_requested" });
await again;
const still = until("still there?");
await ada("message.send", { channel: "C0INCIDENTS", text: "still there?" });
await still;

await app.stop();
console.log(JSON.stringify(seen));
process.exit(0);
