// Faults: what the simulated Slack does wrong, for testing the app.

import { control, hasFaults, openDialog, setFaults, toast } from "./actions.js";
import { PanelFrame } from "./frame.js";
import { classes, html, useState } from "./lib.js";
import { state, useTopics } from "./store.js";
import { IconButton } from "./ui.js";

const failsPosts = (fault) => ({ rules }) =>
  rules.length === 1 && rules[0].method === "chat.*" && rules[0].fault === fault;

// Name, hint, what it changes, and whether the current faults are these.
const PRESETS = [
  ["No faults", "Everything works at once", { clear: true }, (faults) => !hasFaults(faults)],
  [
    "Slow answers",
    "Each answer takes 0.8 to 1.6 s",
    { clear: true, latency_ms: 800, jitter_ms: 800 },
    ({ latency_ms: latency, jitter_ms: jitter }) => latency === 800 && jitter === 800,
  ],
  [
    "Rate limits",
    "The next five posts get 429, Retry-After 3",
    { clear: true, rules: [{ method: "chat.*", fault: "ratelimited", retry_after: 3, times: 5 }] },
    failsPosts("ratelimited"),
  ],
  [
    "Lost answers",
    "The next three posts arrive, their answers don't",
    { clear: true, rules: [{ method: "chat.*", fault: "lost_answer", times: 3 }] },
    failsPosts("lost_answer"),
  ],
  [
    "Duplicate events",
    "The next ten events are sent twice",
    { clear: true, deliveries: { duplicate: 10 } },
    ({ deliveries }) => deliveries.duplicate > 0,
  ],
  ["Outage", "Every call gets 503", { clear: true, down: true }, ({ down }) => down],
];

const KINDS = [
  "ratelimited",
  "server_error",
  "server_error_after",
  "lost_answer",
  "lost_request",
  "hang",
  "slow",
  "garbage",
  "error:channel_not_found",
  "error:not_in_channel",
];

function NumberRow({ label, value, unit, onChange, step = 100, max = 60_000 }) {
  const [typed, setTyped] = useState(null); // until it is confirmed: the panel may be drawn anew meanwhile
  const confirm = (event) => {
    setTyped(null);
    onChange(Number(event.currentTarget.value) || 0);
  };
  return html`<label class="setting-row"><span>${label}</span><input class="input" type="number" min="0" max=${max}
    step=${step} value=${typed ?? value ?? 0} onInput=${(event) => setTyped(event.currentTarget.value)}
    onChange=${confirm} /><span class="faint">${unit}</span></label>`;
}

function Switch({ label, on, onChange }) {
  return html`<label class="setting-row"><span>${label}</span><input type="checkbox" role="switch" checked=${on}
    onChange=${(event) => onChange(event.currentTarget.checked)} /></label>`;
}

// The further field of a rule with this fault, and its default.
const MORE = {
  ratelimited: { name: "retry_after", label: "Retry-After", unit: "s", usual: 1 },
  slow: { name: "seconds", label: "Seconds", unit: "s", usual: 30 },
  hang: { name: "seconds", label: "Seconds", unit: "s", usual: 30 },
};

function Rule({ rule, onRemove }) {
  const more = MORE[rule.fault];
  const times = rule.times ?? null;
  return html`<li><code>${rule.method ?? "*"}</code> → <b>${rule.fault}</b>${
    more && html` <span class="tag">${more.label} ${rule[more.name]}</span>`
  }${times !== null && html` <span class="tag">${times <= 0 ? "used up" : times === 1 ? "once" : `${times} times`}</span>`}${
    rule.channel && html` <span class="tag">${rule.channel}</span>`
  }<span class="spacer"></span><${IconButton} icon="close" size=${14} label="Remove rule" onClick=${onRemove} /></li>`;
}

function Rules({ rules }) {
  const [fault, setFault] = useState(KINDS[0]);
  const more = MORE[fault];
  const save = (next) => setFaults({ rules: next });
  const add = (event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const number = (name) => (form.get(name) ? { [name]: Number(form.get(name)) } : {});
    save([...rules, { method: form.get("method") || "*", fault, ...number("times"), ...(more && number(more.name)) }]);
    event.currentTarget.reset();
    setFault(KINDS[0]);
  };
  return html`<h3>Rules per method</h3>
    ${rules.length === 0 && html`<p class="faint">None. The first rule that matches a call applies.</p>`}
    <ul class="rules">${rules.map(
      (rule, index) => html`<${Rule} key=${index} rule=${rule}
      onRemove=${() => save(rules.filter((_, other) => other !== index))} />`,
    )}</ul>
    <form class="rule-form" onSubmit=${add}>
      <label><span>Method</span><input class="input" name="method" placeholder="chat.* or *" /></label>
      <label><span>Fault</span><select class="input" name="fault" value=${fault}
        onChange=${(event) => setFault(event.currentTarget.value)}>${KINDS.map(
          (one) => html`<option value=${one}>${one}</option>`,
        )}</select></label>
      <label><span>Times</span><input class="input" name="times" type="number" min="1" placeholder="always" /></label>
      ${
        more &&
        html`<label key=${more.name}><span>${more.label}</span><input class="input" name=${more.name} type="number" min="0"
        placeholder=${more.usual} /></label>`
      }
      <button type="submit" class="button">Add rule</button>
    </form>`;
}

async function snapshot(verb, sentence) {
  const answer = await control(verb, { name: "by hand" });
  toast(answer.ok ? sentence : answer.error, answer.ok ? "info" : "error");
}

export function FaultsPanel() {
  useTopics("faults");
  const { faults } = state;
  if (!faults) return html`<${PanelFrame} title="Faults"><div class="panel-body pad">Loading…</div></${PanelFrame}>`;
  const deliveries = faults.deliveries ?? {};
  const present = PRESETS.find(([, , , isLike]) => isLike(faults))?.[0];
  const setDeliveries = (change) => setFaults({ deliveries: { ...deliveries, ...change } });
  const advance = async (seconds, label) => {
    const answer = await control("clock", { advance: seconds });
    toast(answer.ok ? `The sandbox's clock went on by ${label}.` : answer.error, answer.ok ? "info" : "error");
  };
  return html`<${PanelFrame} title="Faults">
    <div class="panel-body pad">
      <p class="faint">What this Slack does wrong, so that you can see how the app copes. Tests set the same over HTTP.</p>
      <div class="presets">${PRESETS.map(
        ([name, hint, change]) => html`<button type="button" key=${name}
        class=${classes("preset", present === name && "on")} aria-pressed=${present === name}
        onClick=${() => setFaults(change)}><b>${name}</b><small>${hint}</small></button>`,
      )}</div>
      <h3>API answers</h3>
      <${NumberRow} label="Delay" unit="ms" value=${faults.latency_ms}
        onChange=${(latency_ms) => setFaults({ latency_ms })} />
      <${NumberRow} label="Jitter, up to" unit="ms" value=${faults.jitter_ms}
        onChange=${(jitter_ms) => setFaults({ jitter_ms })} />
      <${Switch} label="All down (503)" on=${faults.down} onChange=${(down) => setFaults({ down })} />
      <${Switch} label="Token revoked" on=${faults.token_revoked}
        onChange=${(token_revoked) => setFaults({ token_revoked })} />
      <label class="setting-row"><span>Rate limiting</span><select class="input" value=${faults.enforce_rates}
        onChange=${(event) => setFaults({ enforce_rates: event.currentTarget.value })}><option
        value="tiers">Slack's tiers</option><option value="all">Tiers, and one post a second</option><option
        value="off">Off</option></select></label>
      <h3>Deliveries to the app</h3>
      <${NumberRow} label="Send twice: the next" unit="events" step=${1} value=${deliveries.duplicate}
        onChange=${(duplicate) => setDeliveries({ duplicate })} />
      <${NumberRow} label="Lose: the next" unit="events" step=${1} value=${deliveries.drop}
        onChange=${(drop) => setDeliveries({ drop })} />
      <${NumberRow} label="Late by" unit="ms" value=${deliveries.delay_ms}
        onChange=${(delay_ms) => setDeliveries({ delay_ms })} />
      <${Switch} label="Neighbours change places" on=${deliveries.shuffle}
        onChange=${(shuffle) => setDeliveries({ shuffle })} />
      <${Rules} rules=${faults.rules ?? []} />
      <h3>Workspace</h3>
      <div class="row wrap">
        <button type="button" class="button small"
          onClick=${() => snapshot("snapshot", "The workspace is kept as it is now.")}>Keep a snapshot</button>
        <button type="button" class="button small"
          onClick=${() => snapshot("restore", "The kept workspace is back.")}>Bring it back</button>
        <button type="button" class="button small danger" onClick=${() => openDialog({ kind: "reset" })}>Reset and seed…</button>
      </div>
      <h3>Clock</h3>
      <div class="row wrap">${[
        [60, "a minute"],
        [600, "ten minutes"],
        [3600, "an hour"],
        [86_400, "a day"],
      ].map(
        ([seconds, label]) => html`<button
        type="button" key=${label} class="button small" onClick=${() => advance(seconds, label)}>+ ${label}</button>`,
      )}</div>
    </div>
  </${PanelFrame}>`;
}
