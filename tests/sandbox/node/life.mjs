// Slack's own Node SDK against the sandbox: an app that listens, and calls that page, open dialogs and post.
// Prints one JSON object with what happened; the test reads it.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.SANDBOX_NODE_MODULES}/`);
const { App, HTTPReceiver } = require("@slack/bolt");
const { WebClient } = require("@slack/web-api");

const url = process.env.SANDBOX_URL;
const clientOptions = { slackApiUrl: `${url}api/`, retryConfig: { retries: 0 } };
const plain = (text) => ({ type: "plain_text", text });
const seen = { events: [], submitted: null };

const receiver = new HTTPReceiver({ signingSecret: "sandbox-signing-secret", port: 0 });
const app = new App({ token: "xoxb-sandbox-token", receiver, clientOptions });
app.command("/incident", async ({ ack, body, client }) => {
  await ack("On it.");
  const asking = {
    type: "input",
    block_id: "title",
    label: plain("Title"),
    element: { type: "plain_text_input", action_id: "value", initial_value: body.text },
  };
  const view = { type: "modal", callback_id: "declare", title: plain("Declare"), submit: plain("Go"), blocks: [asking] };
  await client.views.open({ trigger_id: body.trigger_id, view });
});
app.view("declare", async ({ ack, view }) => {
  await ack();
  seen.submitted = view.state.values.title.value.value;
});
app.event("app_mention", async ({ event, say }) => {
  seen.events.push(event.text);
  await say({ text: `<@${event.user}> yes?`, thread_ts: event.ts });
});
app.message(async ({ message }) => seen.events.push(message.type));

const post = async (path, body) => {
  const answer = await fetch(url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.json();
};
const ada = (verb, body) => post(`client/${verb}`, { user: "U0ADA", ...body });

const server = await app.start(0);
await post("sandbox/app", { url: `http://127.0.0.1:${server.address().port}/slack/events` });
await ada("message.send", { channel: "C0GENERAL", text: "/incident Checkout is down" });
const { views } = await (await fetch(`${url}sandbox/views?user=U0ADA`)).json();
await ada("view.submit", { view_id: views[0].id, values: {} });
const asked = await ada("message.send", { channel: "C0INCIDENTS", text: "@incident hello" });
await post("sandbox/settle", {});

const web = new WebClient("xoxb-sandbox-token", clientOptions);
for (const text of ["1", "2", "3"]) await web.chat.postMessage({ channel: "C0INCIDENTS", text });
const pages = [];
for await (const page of web.paginate("conversations.history", { channel: "C0INCIDENTS", limit: 2 })) {
  pages.push(page.messages.map((message) => message.text));
}
const { messages: thread } = await web.conversations.replies({ channel: "C0INCIDENTS", ts: asked.ts });
const made = await web.conversations.create({ name: "inc-1-checkout" });
const channel = made.channel.id;
await web.conversations.invite({ channel, users: "U0ADA" });
const { channel: topical } = await web.conversations.setTopic({ channel, topic: "major" });
const { members } = await web.conversations.members({ channel });
const created = { name: made.channel.name, topic: topical.topic.value, members };
const { files } = await web.filesUploadV2({ channel_id: channel, filename: "notes.txt", content: "hello" });
const refused = await web.conversations.create({ name: "general" }).catch((error) => error.data.error);
await app.stop();
console.log(JSON.stringify({ ...seen, pages, thread: thread.map((message) => message.text), refused, created, uploaded: files[0].files[0].name }));
process.exit(0);
