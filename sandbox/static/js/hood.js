// Under the hood: every Web API call of the app, every delivery to it.

import { control, toast } from "./actions.js";
import { PanelFrame } from "./frame.js";
import { classes, html, memo, useState } from "./lib.js";
import { changed, state, useTopics } from "./store.js";
import { Icon, IconButton, copyText } from "./ui.js";

const SHOWN = 150;
const PATIENCE = 3; // seconds

const time = (at) =>
  new Date(at * 1000).toLocaleTimeString(undefined, { hour12: false }) +
  `.${String(Math.floor((at % 1) * 1000)).padStart(3, "0")}`;
/** Say whether the app took longer than Slack waits. */
const isSlow = (attempt) => attempt.ms > (state.faults?.patience ?? PATIENCE) * 1000;
const isBadDelivery = ({ state: now, attempts, problem }) =>
  now === "failed" || now === "dropped" || Boolean(problem) || attempts.some((one) => one.reason || isSlow(one));

const milliseconds = (ms) =>
  ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

function Json({ title, value }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return html`<div class="json"><div class="json-head"><b>${title}</b><${IconButton} icon="copy" size=${15}
    label=${`Copy ${title.toLowerCase()}`}
    onClick=${() => copyText(text).then(() => toast("Copied."))} /></div><pre>${text}</pre></div>`;
}

const Call = memo(function Call({ call }) {
  const [open, setOpen] = useState(false);
  return html`<li class=${classes("hood-row", !call.ok && "bad")}>
    <button type="button" class="hood-line" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      <span class="hood-dir out" title="The app calls the Web API">API</span><span
        class="hood-name">${call.method}</span>
      <span class="hood-verdict">${call.ok ? "ok" : (call.error ?? call.http_status)}${
        call.fault && html` <span class="tag">☁ ${call.fault}</span>`
      }</span>
      <span class="hood-ms">${milliseconds(call.ms ?? 0)}</span><span class="hood-time">${time(call.at)}</span>
    </button>
    ${
      open &&
      html`<div class="hood-more">
      ${
        call.messages?.length > 0 &&
        html`<ul class="hood-messages">${call.messages.map((message) => html`<li>${message}</li>`)}</ul>`
      }
      <${Json} title="Arguments" value=${call.args} /><${Json} title=${`Answer (HTTP ${call.http_status})`}
        value=${call.answer} />
    </div>`
    }
  </li>`;
});

const Delivery = memo(function Delivery({ delivery }) {
  const [open, setOpen] = useState(false);
  const last = delivery.attempts.at(-1);
  const slow = delivery.attempts.some(isSlow);
  const again = async () => {
    const answer = await control(`deliveries/${delivery.id}/redeliver`, {});
    toast(
      answer.ok ? "Delivered once more, unchanged." : (answer.error ?? "That did not work."),
      answer.ok ? "info" : "error",
    );
  };
  return html`<li class=${classes("hood-row", isBadDelivery(delivery) && "bad")}>
    <button type="button" class="hood-line" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      <span class="hood-dir in"
        title="Slack delivers to the app">${delivery.kind === "event" ? "EVENT" : "ACT"}</span><span
        class="hood-name">${delivery.type ?? delivery.kind}${delivery.kind !== "event" && delivery.type && delivery.type !== delivery.kind && html` <small>${delivery.kind}</small>`}</span>
      <span class="hood-verdict">${delivery.state === "delivered" ? `ack ${last?.status ?? ""}` : delivery.state.replace("_", " ")}${
        delivery.attempts.length > 1 && html` <span class="tag">${delivery.attempts.length} tries</span>`
      }${
        delivery.problem && html` <span class="tag">not understood</span>`
      }</span>
      <span class=${classes("hood-ms", slow && "slow")}>${last ? milliseconds(last.ms ?? 0) : "…"}</span><span
        class="hood-time">${time(delivery.at)}</span>
    </button>
    ${
      open &&
      html`<div class="hood-more">
      ${delivery.problem && html`<p class="hood-problem">${delivery.problem}</p>`}
      <table class="attempts"><thead><tr><th>Try</th><th>At</th><th>Status</th><th>Ack after</th><th>Reason</th></tr></thead>
        <tbody>${delivery.attempts.map(
          (attempt, index) => html`<tr
          class=${classes((attempt.reason || isSlow(attempt)) && "bad")}><td>${attempt.retry_num ?? index}</td><td>${time(attempt.at)}</td><td>${attempt.status ?? "–"}</td><td>${milliseconds(attempt.ms ?? 0)}</td><td>${attempt.reason ?? ""}</td></tr>`,
        )}</tbody>
      </table>
      <div class="row"><button type="button" class="button small" onClick=${again}><${Icon} name="redo"
        size=${14} /> Redeliver</button><span class="faint">${delivery.event_id ?? ""}</span></div>
      <${Json} title="Payload" value=${delivery.payload} />
      ${last?.body && html`<${Json} title="Answer body" value=${last.body} />`}
    </div>`
    }
  </li>`;
});

const KINDS = { all: "All", calls: "API calls", deliveries: "Deliveries", bad: "Trouble" };

const isBad = ({ kind, object }) => (kind === "call" ? !object.ok : isBadDelivery(object));

export function HoodPanel() {
  useTopics("hood");
  const [kind, setKind] = useState("all");
  const [query, setQuery] = useState("");
  const words = query.trim().toLowerCase();
  const entries = [
    ...(kind === "deliveries" ? [] : state.calls.map((object) => ({ kind: "call", object }))),
    ...(kind === "calls" ? [] : state.deliveries.map((object) => ({ kind: "delivery", object }))),
  ]
    .filter((entry) => kind !== "bad" || isBad(entry))
    .filter(({ object }) => !words || JSON.stringify(object).toLowerCase().includes(words))
    .sort((one, other) => other.object.at - one.object.at)
    .slice(0, SHOWN);
  const clear = () => {
    state.calls = [];
    state.deliveries = [];
    changed("hood");
  };
  return html`<${PanelFrame} title="Under the hood" wide
    tools=${html`<button type="button" class="button small" onClick=${clear}>Clear</button>`}>
    <div class="hood-filter"><div class="segments" role="group" aria-label="Show">${Object.entries(KINDS).map(
      ([name, label]) => html`<button type="button" key=${name}
      aria-pressed=${kind === name} onClick=${() => setKind(name)}>${label}</button>`,
    )}</div><input class="input" type="search" aria-label="Filter" placeholder="Filter: method, channel, text…"
      onInput=${(event) => setQuery(event.currentTarget.value)} /></div>
    <div class="panel-body" data-testid="hood">
      ${
        entries.length === 0 &&
        html`<p
        class="faint pad">${words || kind !== "all" ? "Nothing matches." : "Nothing yet. What the app asks of Slack, and what Slack sends to the app, shows here as it happens."}</p>`
      }
      <ul class="hood">${entries.map(({ kind: what, object }) =>
        what === "call"
          ? html`<${Call} key=${`c${object.id}`} call=${object} />`
          : html`<${Delivery} key=${`d${object.id}`} delivery=${object} />`,
      )}</ul>
    </div>
  </${PanelFrame}>`;
}
