// Block Kit's blocks and the older attachments.

import { clock, dayTitle } from "./dates.js";
import { Element } from "./elements.js";
import { Fragment, classes, html } from "./lib.js";
import { Link, Markdown, Mrkdwn, RichText, Text, plain } from "./text.js";

const SHOWABLE = /^(data:image\/|\/(?!\/)|https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\/)/;

export function Picture({ url, alt, class: extra }) {
  if (SHOWABLE.test(url ?? "")) return html`<img class=${extra} src=${url} alt=${alt ?? ""} loading="lazy" />`;
  return html`<span class=${classes("no-picture", extra)}
    title=${`${url}\nPictures from other machines are not loaded: nothing leaves this machine.`}>🖼 ${alt || "Picture"}</span>`;
}

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
          ? html`<${Picture} url=${accessory.image_url ?? accessory.slack_file?.url} alt=${accessory.alt_text} />`
          : html`<${Element}
      element=${accessory} block=${block} surface=${surface} id=${idOf(surface, block, accessory)}
      label=${plain(block.text)} />`
      }</div>`
    }
  </div>`;
}

function Context({ block }) {
  return html`<div class="context">
    ${block.elements.map((element) =>
      element.type === "image"
        ? html`<${Picture} class="context-image" url=${element.image_url} alt=${element.alt_text} />`
        : html`<span class="context-text"><${Text} object=${element} block /></span>`,
    )}
  </div>`;
}

const idOf = (surface, block, element) => `${surface.id}-${block.block_id}-${element?.action_id}`;

function Actions({ block, surface }) {
  return html`<div class="actions">
    ${block.elements.map(
      (element) => html`<${Element} key=${element.action_id} element=${element} block=${block}
      surface=${surface} id=${idOf(surface, block, element)} />`,
    )}
  </div>`;
}

function Input({ block, surface, error }) {
  const { element } = block;
  const id = idOf(surface, block, element);
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
    <${Picture} url=${block.image_url ?? block.slack_file?.url} alt=${block.alt_text} />
  </figure>`;
}

function Cell({ cell }) {
  if (!cell) return null;
  if (cell.type === "rich_text") return html`<${RichText} block=${cell} />`;
  if (cell.type === "raw_text" || cell.type === "raw_number") return String(cell.text ?? cell.value ?? "");
  return html`<${Text} object=${cell} />`;
}

function Table({ block }) {
  const [head, ...rows] = block.rows ?? [];
  const align = (index) => ({ textAlign: block.column_settings?.[index]?.align ?? "left" });
  return html`<div class="table-block"><table>
    <thead><tr>${(head ?? []).map(
      (cell, index) => html`<th style=${align(index)}><${Cell} cell=${cell} /></th>`,
    )}</tr></thead>
    <tbody>${rows.map(
      (row) =>
        html`<tr>${row.map((cell, index) => html`<td style=${align(index)}><${Cell} cell=${cell} /></td>`)}</tr>`,
    )}</tbody>
  </table></div>`;
}

function Video({ block }) {
  return html`<div class="video-block">
    <${Link} url=${block.title_url ?? block.video_url}><b><${Text} object=${block.title} /></b></${Link}>
    ${block.description && html`<div><${Text} object=${block.description} /></div>`}
    <${Picture} url=${block.thumbnail_url} alt=${block.alt_text} />
  </div>`;
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
  video: Video,
  file: ({ block }) => html`<div class="file-card">📄 ${block.external_id ?? "File"}</div>`,
  alert: ({ block }) => html`<div class=${classes("alert-block", block.level)} role="note"><${Text} object=${block.text}
    block /></div>`,
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
          html`<div class="attachment-author">${
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
        ${foot.length > 0 && html`<div class="attachment-foot">${foot.join(" | ")}</div>`}
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
