// Block Kit's two tables: the plain one, and the one that is sorted, searched and turned over.

import { classes, html, useState } from "./lib.js";
import { RichText, Text } from "./text.js";
import { Icon, IconButton } from "./ui.js";

const PAGE = 5; // rows that Slack shows of a data table that does not say

function Cell({ cell }) {
  if (!cell) return null;
  if (cell.type === "rich_text") return html`<${RichText} block=${cell} />`;
  if (cell.type === "raw_text" || cell.type === "raw_number") return String(cell.text ?? cell.value ?? "");
  return html`<${Text} object=${cell} />`;
}

export function Table({ block }) {
  const [head, ...rows] = block.rows ?? [];
  const settings = (index) => block.column_settings?.[index] ?? {};
  const shape = (index) => ({
    textAlign: settings(index).align ?? "left",
    whiteSpace: settings(index).is_wrapped ? "normal" : undefined,
  });
  return html`<div class="table-block"><table>
    <thead><tr>${(head ?? []).map(
      (cell, index) => html`<th scope="col" style=${shape(index)}><${Cell} cell=${cell} /></th>`,
    )}</tr></thead>
    <tbody>${rows.map(
      (row) =>
        html`<tr>${row.map((cell, index) => html`<td style=${shape(index)}><${Cell} cell=${cell} /></td>`)}</tr>`,
    )}</tbody>
  </table></div>`;
}

/** Return what a cell says, without its marks: for searching and sorting. */
function wordsOf(cell) {
  if (!cell) return "";
  if (cell.type !== "rich_text") return String(cell.text ?? cell.value ?? "");
  const flat = (node) => node.text ?? node.name ?? node.url ?? (node.elements ?? []).map(flat).join(" ");
  return flat(cell);
}

function compare(one, other) {
  if (one?.type === "raw_number" && other?.type === "raw_number") return one.value - other.value;
  return wordsOf(one).localeCompare(wordsOf(other), undefined, { numeric: true });
}

const isNumber = (rows, column) => rows.length > 0 && rows.every((row) => row[column]?.type === "raw_number");

function HeadCell({ cell, column, order, onSort, number }) {
  const [by, direction] = order ?? [];
  const sorted = by === column ? (direction > 0 ? "ascending" : "descending") : "none";
  return html`<th scope="col" class=${classes(number && "number")} aria-sort=${sorted}>
    <button type="button" class="data-sort" onClick=${onSort}><${Cell} cell=${cell} />${
      by === column && html`<span class=${classes("sort-mark", direction > 0 && "up")}><${Icon} name="chevron" size=${13} /></span>`
    }</button>
  </th>`;
}

export function DataTable({ block }) {
  const [head, ...rows] = block.rows ?? [];
  const [query, setQuery] = useState("");
  const [order, setOrder] = useState(null); // [column, 1 or -1]
  const [page, setPage] = useState(0);
  const words = query.trim().toLowerCase();
  const found = rows.filter((row) => !words || row.some((cell) => wordsOf(cell).toLowerCase().includes(words)));
  if (order) found.sort((one, other) => order[1] * compare(one[order[0]], other[order[0]]));
  const size = block.page_size ?? PAGE;
  const pages = Math.max(1, Math.ceil(found.length / size));
  const at = Math.min(page, pages - 1);
  const sort = (column) => setOrder(order?.[0] === column ? (order[1] > 0 ? [column, -1] : null) : [column, 1]);
  const cell = (row, column) => {
    const number = isNumber(rows, column) && "number";
    const inside = html`<${Cell} cell=${row[column]} />`;
    return column === (block.row_header_column_index ?? -1)
      ? html`<th scope="row" class=${classes(number)}>${inside}</th>`
      : html`<td class=${classes(number)}>${inside}</td>`;
  };
  return html`<div class="table-block data-table">
    <div class="data-tools"><b>${block.caption}</b><span class="spacer"></span>${
      rows.length > size &&
      html`<input class="input" type="search" aria-label=${`Search ${block.caption}`} placeholder="Search"
      onInput=${(event) => {
        setQuery(event.currentTarget.value);
        setPage(0);
      }} />`
    }</div>
    <div class="data-scroll"><table aria-label=${block.caption}>
      <thead><tr>${(head ?? []).map(
        (title, column) => html`<${HeadCell} key=${column} cell=${title} column=${column} order=${order}
        number=${isNumber(rows, column)} onSort=${() => sort(column)} />`,
      )}</tr></thead>
      <tbody>${found
        .slice(at * size, (at + 1) * size)
        .map((row) => html`<tr>${(head ?? row).map((_, column) => cell(row, column))}</tr>`)}</tbody>
    </table></div>
    ${found.length === 0 && html`<p class="faint data-none">${words ? "Nothing matches." : "No rows."}</p>`}
    ${
      pages > 1 &&
      html`<div class="data-pages">
      <${IconButton} icon="right" class="leftward" size=${15} label="Previous page" disabled=${at === 0} onClick=${() => setPage(at - 1)} />
      <span role="status">${at * size + 1}–${Math.min(found.length, (at + 1) * size)} of ${found.length}</span>
      <${IconButton} icon="right" size=${15} label="Next page" disabled=${at === pages - 1} onClick=${() => setPage(at + 1)} />
    </div>`
    }
  </div>`;
}
