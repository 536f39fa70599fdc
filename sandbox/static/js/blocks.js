// Block Kit's blocks and the older attachments.

import { Card, Carousel, Plan, TaskCard } from "./cards.js";
import { clock, dayTitle } from "./dates.js";
import { Element, elementId } from "./elements.js";
import { Fragment, classes, html, useState } from "./lib.js";
import { Picture } from "./picture.js";
import { DataTable, Table } from "./tables.js";
import { Link, Markdown, Mrkdwn, RichText, Text, plain } from "./text.js";
import { Icon } from "./ui.js";

function Section({ block, surface, tail }) {
  const { accessory } = block;
  const roomy = accessory && !["button", "overflow", "image"].includes(accessory.type);
  return html`<div class=${classes("section", roomy && "roomy")}>
    <div class="section-body">
      ${block.text && html`<${Text} object=${block.text} block tail=${tail} />`}
      ${
        block.fields &&
        html`<div class="fields">${block.fields.map(
          (field) => html`<div class="field"><${Text} object=${field} block /></div>`,
        )}</div>`
      }
    </div>
    ${
      accessory &&
      html`<div class=${`accessory accessory-${accessory.type}`}>${
        accessory.type === "image"
          ? html`<${Picture} url=${accessory.image_url} file=${accessory.slack_file} alt=${accessory.alt_text} />`
          : html`<${Element}
      element=${accessory} block=${block} surface=${surface} id=${elementId(surface, block, accessory)}
      label=${plain(block.text)} />`
      }</div>`
    }
  </div>`;
}

function Context({ block }) {
  return html`<div class="context">
    ${block.elements.map((element) =>
      element.type === "image"
        ? html`<${Picture} class="context-image" url=${element.image_url} file=${element.slack_file} alt=${element.alt_text} />`
        : html`<span class="context-text"><${Text} object=${element} block /></span>`,
    )}
  </div>`;
}

function Actions({ block, surface }) {
  return html`<div class="actions">
    ${block.elements.map(
      (element) => html`<${Element} key=${element.action_id} element=${element} block=${block}
      surface=${surface} id=${elementId(surface, block, element)} />`,
    )}
  </div>`;
}

function Input({ block, surface, error }) {
  const { element } = block;
  const id = elementId(surface, block, element);
  const described = classes(block.hint && `${id}-hint`, error && `${id}-error`) || undefined;
  // Radio buttons, checkboxes and selects are labelled by aria; a <label for> would send clicks to their first choice.
  const isGroup = ["radio_buttons", "checkboxes"].includes(element.type);
  const labelInside = html`<span id=${`${id}-label`}><${Text}
    object=${block.label} /></span>${block.optional && html` <span class="optional">(optional)</span>`}`;
  return html`<div class=${classes("input-block", error && "invalid")} data-block-id=${block.block_id}>
    ${
      isGroup
        ? html`<div class="label">${labelInside}</div>`
        : html`<label class="label" for=${id}>${labelInside}</label>`
    }
    <${Element} key=${id} element=${element} block=${block} surface=${surface} id=${id} label=${plain(block.label)}
      labelId=${`${id}-label`} describedBy=${described} invalid=${Boolean(error)} />
    ${error && html`<div class="field-error" id=${`${id}-error`} role="alert">${error}</div>`}
    ${block.hint && html`<div class="hint" id=${`${id}-hint`}><${Text} object=${block.hint} /></div>`}
  </div>`;
}

function ImageBlock({ block }) {
  return html`<figure class="image-block">
    ${block.title && html`<figcaption><${Text} object=${block.title} /></figcaption>`}
    <${Picture} url=${block.image_url} file=${block.slack_file} alt=${block.alt_text} />
  </figure>`;
}

function Video({ block }) {
  const by = [block.author_name, block.provider_name].filter(Boolean).join(" · ");
  return html`<div class="video-block">
    ${
      by &&
      html`<div class="video-by">${
        block.provider_icon_url && html`<${Picture} class="video-icon" url=${block.provider_icon_url} alt="" />`
      }${by}</div>`
    }
    <${Link} url=${block.title_url ?? block.video_url}><b><${Text} object=${block.title} /></b></${Link}>
    ${block.description && html`<div><${Text} object=${block.description} /></div>`}
    <div class="video-frame"><${Picture} url=${block.thumbnail_url} alt=${block.alt_text} /><${Link}
      url=${block.video_url}><span class="video-play" role="img" aria-label="Play">▶\uFE0E</span></${Link}></div>
  </div>`;
}

function Container({ block, surface }) {
  const folds = block.is_collapsible;
  const [open, setOpen] = useState(!(folds && block.default_collapsed));
  const title = block.rich_text_title
    ? html`<${RichText} block=${block.rich_text_title} />`
    : block.title && html`<${Text} object=${block.title} />`;
  const { icon } = block;
  const head = html`${
    icon && html`<${Picture} class="container-icon" url=${icon.image_url} file=${icon.slack_file} alt=${icon.alt_text} />`
  }<span class="container-titles">${title && html`<b>${title}</b>`}${
    block.subtitle && html`<small><${Text} object=${block.subtitle} /></small>`
  }</span>${folds && html`<span class=${classes("fold", open && "open")}><${Icon} name="right" size=${14} /></span>`}`;
  return html`<section class=${classes("container-block", block.width ?? "standard", block.has_header_divider && "ruled")}>
    ${
      folds
        ? html`<button type="button" class="container-head" aria-expanded=${open}
        onClick=${() => setOpen(!open)}>${head}</button>`
        : (title || block.subtitle || icon) && html`<div class="container-head">${head}</div>`
    }
    ${open && html`<div class="container-body"><${Blocks} blocks=${block.child_blocks} surface=${surface} /></div>`}
  </section>`;
}

const BLOCKS = {
  header: ({ block }) =>
    html`<div class="header-block" role="heading" aria-level="3"><${Text} object=${block.text} /></div>`,
  section: Section,
  divider: () => html`<hr class="divider" />`,
  context: Context,
  context_actions: Actions,
  actions: Actions,
  input: Input,
  image: ImageBlock,
  rich_text: ({ block, tail }) => html`<${RichText} block=${block} tail=${tail} />`,
  markdown: ({ block }) => html`<${Markdown} text=${block.text ?? ""} />`,
  table: Table,
  data_table: DataTable,
  card: Card,
  carousel: Carousel,
  container: Container,
  plan: Plan,
  task_card: TaskCard,
  video: Video,
  file: ({ block }) =>
    html`<div class="file-card"><${Icon} name="file" size=${26} /><span><b>${block.external_id}</b><small>A file of another service</small></span></div>`,
  alert: ({ block }) => html`<div class=${classes("alert-block", block.level)} role="note"><${Icon} name=${block.level === "success" ? "check" : "info"}
    size=${17} /><${Text} object=${block.text} block /></div>`,
};

/** Draw the blocks. `tail` (the mark “edited”) is put at the end of the last block, when that is a section or rich text. */
export function Blocks({ blocks, surface, errors = {}, tail = null }) {
  const last = blocks.length - 1;
  return html`<div class=${classes("blocks", last === 0 && `single-${blocks[0].type}`)}>
    ${blocks.map((block, index) => {
      const Draw = BLOCKS[block.type];
      const key = block.block_id ?? index;
      if (!Draw)
        return html`<div key=${key} class="unknown-block">A block of type “${block.type}” is not drawn here.</div>`;
      return html`<div key=${key} class=${`block block-${block.type}`}><${Draw} block=${block} surface=${surface}
        error=${errors[block.block_id]} tail=${index === last ? tail : null} /></div>`;
    })}
  </div>`;
}

// ── Attachments ─────────────────────────────────────────────────────────────────────────────────────────────────────

const COLORS = { good: "#2a8a4a", warning: "#c98a12", danger: "#c93a32" };

function barColor(color) {
  if (!color) return undefined;
  return COLORS[color] ?? (color.startsWith("#") ? color : `#${color}`);
}

const smallIcon = (url) => url && html`<${Picture} class="attachment-icon" url=${url} alt="" />`;

function Attachment({ attachment, surface }) {
  const { blocks, fields, title, title_link: address } = attachment;
  const text = (value) =>
    attachment.mrkdwn_in && !attachment.mrkdwn_in.includes("text")
      ? html`<div class="text plain">${value}</div>`
      : html`<${Mrkdwn} text=${value} />`;
  const foot = [attachment.footer, attachment.ts && `${dayTitle(attachment.ts)} at ${clock(attachment.ts)}`].filter(
    Boolean,
  );
  return html`${attachment.pretext && html`<${Mrkdwn} text=${attachment.pretext} />`}
    <div class="attachment">
      <span class="attachment-bar" style=${{ background: barColor(attachment.color) }}></span>
      <div class="attachment-body">
        ${
          attachment.author_name &&
          html`<div class="attachment-author">${smallIcon(attachment.author_icon)}${
            attachment.author_link
              ? html`<${Link} url=${attachment.author_link}>${attachment.author_name}</${Link}>`
              : attachment.author_name
          }</div>`
        }
        ${
          title &&
          html`<div
          class="attachment-title">${address ? html`<${Link} url=${address}>${title}</${Link}>` : title}</div>`
        }
        ${attachment.text && text(attachment.text)}
        ${blocks?.length > 0 && html`<${Blocks} blocks=${blocks} surface=${surface} />`}
        ${
          !attachment.text &&
          !title &&
          !blocks?.length &&
          !fields?.length &&
          !attachment.image_url &&
          attachment.fallback &&
          html`<div class="text">${attachment.fallback}</div>`
        }
        ${
          fields?.length > 0 &&
          html`<div class="fields">${fields.map(
            (field) => html`<div class=${classes("field", !field.short && "long")}><b>${field.title}</b><${Mrkdwn}
          text=${field.value} /></div>`,
          )}</div>`
        }
        ${attachment.image_url && html`<${Picture} url=${attachment.image_url} alt=${title ?? attachment.fallback} />`}
        ${foot.length > 0 && html`<div class="attachment-foot">${smallIcon(attachment.footer_icon)}${foot.join(" | ")}</div>`}
      </div>
      ${attachment.thumb_url && html`<${Picture} class="attachment-thumb" url=${attachment.thumb_url} alt="" />`}
    </div>`;
}

export function Attachments({ attachments, surface }) {
  return html`<${Fragment}>${attachments.map(
    (attachment, index) => html`<${Attachment} key=${attachment.id ?? index}
    attachment=${attachment} surface=${surface} />`,
  )}</${Fragment}>`;
}
