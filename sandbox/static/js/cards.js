// Block Kit's cards: one thing each, in a row of them, or a step of what an app is doing.

import { Element, elementId } from "./elements.js";
import { classes, html, useLayoutEffect, useRef, useState } from "./lib.js";
import { Picture } from "./picture.js";
import { Link, RichText, Text } from "./text.js";
import { Icon, IconButton } from "./ui.js";

const image = (element, extra) =>
  element &&
  html`<${Picture} class=${extra} url=${element.image_url} file=${element.slack_file} alt=${element.alt_text} />`;

export function Card({ block, surface }) {
  return html`<article class="card-block">
    ${image(block.hero_image, "card-hero")}
    <div class="card-inside">
      <div class="card-head">${image(block.icon, "card-icon")}<div class="card-titles">
        ${block.title && html`<div class="card-title"><${Text} object=${block.title} /></div>`}
        ${block.subtitle && html`<div class="card-subtitle"><${Text} object=${block.subtitle} /></div>`}
      </div></div>
      ${block.body && html`<div class="card-body"><${Text} object=${block.body} block /></div>`}
      ${
        block.actions?.length > 0 &&
        html`<div class="actions">${block.actions.map(
          (element) => html`<${Element} key=${element.action_id} element=${element} block=${block} surface=${surface}
          id=${elementId(surface, block, element)} />`,
        )}</div>`
      }
    </div>
  </article>`;
}

const EDGE = 8; // pixels that count as the end of the strip

export function Carousel({ block, surface }) {
  const strip = useRef(null);
  const [ends, setEnds] = useState([true, true]);
  const look = () => {
    const { scrollLeft, scrollWidth, clientWidth } = strip.current;
    setEnds([scrollLeft < EDGE, scrollLeft + clientWidth > scrollWidth - EDGE]);
  };
  useLayoutEffect(() => {
    const watch = new ResizeObserver(look);
    watch.observe(strip.current);
    return () => watch.disconnect();
  }, []);
  const turn = (step) => strip.current.scrollBy({ left: step * strip.current.clientWidth * 0.8, behavior: "smooth" });
  return html`<div class="carousel" role="group" aria-roledescription="carousel" aria-label="Cards">
    <div ref=${strip} class="carousel-strip" tabIndex="0" onScroll=${look}>${block.elements.map(
      (card) => html`<${Card} key=${card.block_id} block=${card} surface=${surface} />`,
    )}</div>
    ${!ends[0] && html`<${IconButton} icon="right" class="carousel-turn leftward" label="Previous cards" onClick=${() => turn(-1)} />`}
    ${!ends[1] && html`<${IconButton} icon="right" class="carousel-turn next" label="Next cards" onClick=${() => turn(1)} />`}
  </div>`;
}

const STATUSES = { pending: "Waiting", in_progress: "In progress", complete: "Done", error: "Failed" };

export function TaskCard({ block }) {
  const { status, title, details, output, sources } = block;
  const more = details || output || sources?.length > 0;
  const [open, setOpen] = useState(status === "in_progress" || status === "error");
  const mark = html`<span class=${`task-mark ${status}`} role="img" aria-label=${STATUSES[status] ?? status}>${
    status === "complete" ? html`<${Icon} name="check" size=${13} />` : status === "error" ? "!" : ""
  }</span>`;
  const head = html`${mark}<span class="task-title">${title}</span>`;
  return html`<div class=${classes("task-card", status)}>
    ${
      more
        ? html`<button type="button" class="task-head" aria-expanded=${open} onClick=${() => setOpen(!open)}>${head}<span
        class=${classes("fold", open && "open")}><${Icon} name="right" size=${14} /></span></button>`
        : html`<div class="task-head">${head}</div>`
    }
    ${
      more &&
      open &&
      html`<div class="task-more">
      ${details && html`<${RichText} block=${details} />`}
      ${output && html`<div class="task-output"><${RichText} block=${output} /></div>`}
      ${
        sources?.length > 0 &&
        html`<ul class="task-sources" aria-label="Sources">${sources.map(
          (source) => html`<li><${Link} url=${source.url}>${source.text}</${Link}></li>`,
        )}</ul>`
      }
    </div>`
    }
  </div>`;
}

export function Plan({ block }) {
  const tasks = block.tasks ?? [];
  const [open, setOpen] = useState(true);
  const done = tasks.filter((task) => task.status === "complete").length;
  return html`<section class="plan">
    <button type="button" class="plan-head" aria-expanded=${open} onClick=${() => setOpen(!open)}><b>${block.title}</b>${
      tasks.length > 0 && html`<span class="faint">${done} of ${tasks.length} done</span>`
    }<span class=${classes("fold", open && "open")}><${Icon} name="right" size=${14} /></span></button>
    ${open && html`<div class="plan-tasks">${tasks.map((task, index) => html`<${TaskCard} key=${task.task_id ?? index} block=${task} />`)}</div>`}
  </section>`;
}
