// The messages of one channel or thread, oldest first, in pages, so that a change costs one page and not five thousand rows.

const PAGE = 25;
let pagesMade = 0;

/** Pages are never changed, only replaced, so a drawn page can compare by identity. */
function newPage(messages, key = (pagesMade += 1)) {
  return { key, messages };
}

function position(messages, ts) {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle].ts < ts) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Log {
  pages = [];
  hasOlder = true;
  hasNewer = false;
  loaded = false;
  late = null; // while an answer is on its way: what was pushed meanwhile

  get count() {
    return this.pages.reduce((sum, page) => sum + page.messages.length, 0);
  }

  get first() {
    return this.pages[0]?.messages[0] ?? null;
  }

  get last() {
    return this.pages.at(-1)?.messages.at(-1) ?? null;
  }

  get(ts) {
    const page = this.pages[this.#pageIndex(ts)];
    const message = page?.messages[position(page.messages, ts)];
    return message?.ts === ts ? message : null;
  }

  /** Insert the message, or put it in place of the one with its ts. */
  put(message) {
    if (this.pages.length === 0) {
      this.pages.push(newPage([message]));
      return;
    }
    const index = this.#pageIndex(message.ts);
    const page = this.pages[index];
    const at = position(page.messages, message.ts);
    const known = page.messages[at]?.ts === message.ts;
    if (!known && at === page.messages.length && at >= PAGE && index === this.pages.length - 1) {
      this.pages.push(newPage([message]));
      return;
    }
    const messages = page.messages.slice();
    messages.splice(at, known ? 1 : 0, message);
    this.#replace(index, page.key, messages);
  }

  remove(ts) {
    const index = this.#pageIndex(ts);
    const page = this.pages[index];
    if (!page?.messages.some((message) => message.ts === ts)) return;
    this.#replace(
      index,
      page.key,
      page.messages.filter((message) => message.ts !== ts),
    );
  }

  /** Add messages (oldest first) that are all older than those here. */
  addOlder(messages) {
    const pages = [];
    for (let end = messages.length; end > 0; end -= PAGE)
      pages.unshift(newPage(messages.slice(Math.max(0, end - PAGE), end)));
    this.pages = [...pages, ...this.pages];
  }

  addNewer(messages) {
    for (const message of messages) this.put(message);
  }

  clear() {
    this.pages = [];
    this.loaded = false;
    this.hasOlder = true;
    this.hasNewer = false;
  }

  all() {
    return this.pages.flatMap((page) => page.messages);
  }

  #pageIndex(ts) {
    let low = 0;
    let high = this.pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pages[middle].messages[0].ts <= ts) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #replace(index, key, messages) {
    if (messages.length === 0) this.pages.splice(index, 1);
    else if (messages.length <= 2 * PAGE) this.pages[index] = newPage(messages, key);
    else this.pages.splice(index, 1, newPage(messages.slice(0, PAGE), key), newPage(messages.slice(PAGE)));
  }
}
