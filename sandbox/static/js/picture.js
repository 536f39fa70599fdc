// Pictures, which are loaded from this machine only.

import { classes, html } from "./lib.js";

const SHOWABLE = /^(data:image\/|\/(?!\/)|https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\/)/;

/** `file`: Slack's {id} or {url} of an uploaded file, instead of an address. */
export function Picture({ url, file, alt, class: extra }) {
  const address = url ?? file?.url ?? (file?.id && `/files/${file.id}/picture`);
  if (SHOWABLE.test(address ?? ""))
    return html`<img class=${extra} src=${address} alt=${alt ?? ""} title=${alt || undefined} loading="lazy" />`;
  return html`<span class=${classes("no-picture", extra)}
    title=${`${address}\nPictures from other machines are not loaded: nothing leaves this machine.`}>🖼 ${alt || "Picture"}</span>`;
}
