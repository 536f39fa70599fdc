// Scripts: people who act by themselves, what they do written down, and the caption for whoever watches.

import { control, loadScripts, toast } from "./actions.js";
import { PanelFrame } from "./frame.js";
import { classes, html, useLayoutEffect, useRef, useState } from "./lib.js";
import { changed, state, useTopics } from "./store.js";
import { Icon, IconButton } from "./ui.js";

const SPEEDS = [
  [1, "As written"],
  [2, "Twice as fast"],
  [5, "5 times as fast"],
  ["fast", "As fast as the app answers"],
];
const SHOWN_AFTERWARDS = 3;

const isOn = (play) => play.state === "playing" || play.state === "waiting";
const isFailed = (play) => play.state === "failed" || play.problems.length > 0;
const nameOf = (play) => play.name.replace(/\.yaml$/, "");

async function ordered(verb, body, sentence) {
  const answer = await control(verb, body);
  if (!answer.ok) toast(answer.error, "error");
  else if (sentence) toast(sentence);
  await loadScripts();
  return answer;
}

const stop = (play) => ordered(`plays/${play.id}/stop`, {});

/** Keep a file of this person's as a script. */
async function upload(file) {
  const name = file.name.replace(/\.ya?ml$/i, "");
  await ordered(`scripts/${encodeURIComponent(name)}`, { text: await file.text() }, `${name} can be started now.`);
}

function Recorder({ recording }) {
  const start = () => ordered("recording", { on: true });
  const keep = (event) => {
    event.preventDefault();
    const { name, about } = Object.fromEntries(new FormData(event.currentTarget));
    ordered("recording", { on: false, name, about }, "Written down. It stands among the scripts.");
  };
  const today = new Date().toISOString().slice(0, 10);
  if (!recording)
    return html`<div class="recorder"><button type="button" class="button wide" onClick=${start}><span
      class="record-dot"></span> Record what people do</button></div>`;
  const lost = recording.lost > 0 ? `, ${recording.lost} could not be written` : "";
  return html`<form class="recorder on" onSubmit=${keep}>
    <p role="status"><span class="record-dot"></span> <b>Recording</b>: ${recording.steps} ${recording.steps === 1 ? "step" : "steps"}${lost}</p>
    <input class="input" name="name" aria-label="Name of the recording" defaultValue=${`recording-${today}`} required />
    <input class="input" name="about" aria-label="What it is about" placeholder="What it is about, in one line" />
    <div class="row">
      <button type="submit" class="button primary" disabled=${recording.steps === 0}>Stop and keep</button>
      <button type="button" class="button" onClick=${() => ordered("recording", { on: false })}>Throw away</button>
    </div>
  </form>`;
}

function Progress({ play }) {
  if (play.steps === 0) return null;
  return html`<progress max=${play.steps} value=${play.done} aria-label=${`${nameOf(play)}: steps done`}></progress>`;
}

function Playing({ play }) {
  const count = play.steps > 0 ? `step ${Math.min(play.done + 1, play.steps)} of ${play.steps}` : "answers you";
  const words = {
    waiting: "waits for a window",
    playing: count,
    finished: "finished",
    failed: "failed",
    stopped: "stopped",
  };
  return html`<li class=${classes("play", isFailed(play) && "bad")} data-play=${nameOf(play)}>
    <div class="play-head"><b>${nameOf(play)}</b><span class="tag">${words[play.state]}</span><span
      class="spacer"></span>${isOn(play) && html`<${IconButton} icon="stop" size=${16} label=${`Stop ${nameOf(play)}`} onClick=${() => stop(play)} />`}</div>
    ${isOn(play) && html`<${Progress} play=${play} />`}
    ${isOn(play) && play.doing && html`<p class="faint">${play.doing}</p>`}
    ${play.state === "finished" && play.next && html`<p class="next">${play.next}</p>`}
    ${play.problems.map((problem) => html`<p class="problem">${problem}</p>`)}
  </li>`;
}

function Script({ script, speed, fresh }) {
  const running = state.stage.plays.find((play) => isOn(play) && nameOf(play) === script.name);
  const start = () => {
    state.follow = true;
    ordered("plays", { script: script.name, speed, reset: fresh });
  };
  const forget = () => ordered(`scripts/${script.name}/delete`, {}, `${script.name} is deleted.`);
  return html`<li class="script" data-script=${script.name}>
    <div class="script-text"><b>${script.name}</b><small>${script.about || "Does not say what it is about."}</small>${
      script.problem && html`<small class="problem">${script.problem}</small>`
    }</div>
    <a class="icon-button" href=${`/sandbox/scripts/${script.name}.yaml`} download=${`${script.name}.yaml`}
      aria-label=${`Download ${script.name}`} title=${`Download ${script.name}`}><${Icon} name="down" size=${16} /></a>
    ${!script.shipped && html`<${IconButton} icon="trash" size=${16} label=${`Delete ${script.name}`} onClick=${forget} />`}
    ${
      running
        ? html`<button type="button" class="button small" onClick=${() => stop(running)}>Stop</button>`
        : html`<button type="button" class="button small" disabled=${Boolean(script.problem)}
          aria-label=${`Start ${script.name}`} onClick=${start}>Start</button>`
    }
  </li>`;
}

export function ScriptsPanel() {
  useTopics("stage");
  const [speed, setSpeed] = useState(1);
  const [fresh, setFresh] = useState(false);
  const file = useRef(null);
  const { plays, recording } = state.stage;
  const on = plays.filter(isOn);
  const over = plays.filter((play) => !isOn(play)).slice(-SHOWN_AFTERWARDS);
  const chosen = async (event) => {
    const [picked] = event.currentTarget.files;
    event.currentTarget.value = "";
    if (picked) await upload(picked);
  };
  return html`<${PanelFrame} title="Scripts">
    <div class="panel-body pad scripts">
      <p class="faint">People of the cast act by themselves: colleagues for a drill alone, a demo, or what was recorded here.</p>
      <${Recorder} recording=${recording} />
      ${on.length > 0 && html`<h3>On stage</h3><ul>${on.map((play) => html`<${Playing} key=${play.id} play=${play} />`)}</ul>`}
      <h3>To choose from</h3>
      ${state.scripts === null && html`<p class="faint">Loading…</p>`}
      <ul>${state.scripts?.map((script) => html`<${Script} key=${script.name} script=${script} speed=${speed} fresh=${fresh} />`)}</ul>
      <div class="row wrap script-options">
        <select class="input" aria-label="Speed" value=${speed}
          onChange=${(event) => setSpeed(SPEEDS[event.currentTarget.selectedIndex][0])}>${SPEEDS.map(
            ([value, label]) => html`<option value=${value}>${label}</option>`,
          )}</select>
        <button type="button" class="button small" onClick=${() => file.current.click()}>Upload…</button>
        <input ref=${file} type="file" accept=".yaml,.yml" hidden aria-label="A script to upload" onChange=${chosen} />
      </div>
      <label class="setting-row"><span>In a fresh workspace<small class="faint">All messages go. An app that remembers them will be confused.</small></span><input
        type="checkbox" role="switch" checked=${fresh} onChange=${(event) => setFresh(event.currentTarget.checked)} /></label>
      ${over.length > 0 && html`<h3>Over</h3><ul>${over.map((play) => html`<${Playing} key=${play.id} play=${play} />`)}</ul>`}
    </div>
  </${PanelFrame}>`;
}

/** Let forms end above the caption, so that both are read at once. */
function leaveRoomFor(caption) {
  const style = document.documentElement.style;
  const observer = new ResizeObserver(() => style.setProperty("--caption", `${caption.getBoundingClientRect().height}px`));
  observer.observe(caption);
  return () => {
    observer.disconnect();
    style.removeProperty("--caption");
  };
}

/** What a script tells whoever watches, below the workspace. */
export function CaptionStrip() {
  useTopics("stage", "phase");
  const play = state.stage.plays.findLast((one) => one.caption && one.state !== "stopped");
  const box = useRef(null);
  const isShown = state.phase === "ready" && Boolean(play) && play.id !== state.captionShut;
  useLayoutEffect(() => (isShown ? leaveRoomFor(box.current) : undefined), [isShown]);
  if (!isShown) return null;
  const follow = (event) => {
    state.follow = event.currentTarget.checked;
    changed("stage");
  };
  const shut = () => {
    state.captionShut = play.id;
    changed("stage");
  };
  const { text, link } = play.caption;
  return html`<section ref=${box} class="caption" aria-label="What you see" data-testid="caption">
    <p aria-live="polite">${text}</p>
    ${link && html`<a class="button primary" href=${link.url} target="_blank" rel="noreferrer">${link.title} ↗</a>`}
    <div class="caption-tools">
      ${isOn(play) && html`<label><input type="checkbox" checked=${state.follow} onChange=${follow} /> Follow</label>`}
      ${isOn(play) && html`<${IconButton} icon="stop" size=${16} label="Stop the script" onClick=${() => stop(play)} />`}
      <${IconButton} icon="close" size=${16} label="Put the caption away" onClick=${shut} />
    </div>
    <${Progress} play=${play} />
  </section>`;
}
