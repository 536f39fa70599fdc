// The few things every module needs from the vendored libraries.

import { Component, Fragment, createContext, createElement, options, render, toChildArray } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export {
  useCallback,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "../vendor/preact-hooks.js";
export { Component, Fragment, createContext, createElement, render, toChildArray };
export const html = htm.bind(createElement);

// What a person does is drawn at once, so the next key already meets the new page. What the server says waits for the next
// frame, so a burst of messages costs one drawing.
options.debounceRendering = (draw) =>
  window.event?.isTrusted && !PASSIVE.has(window.event.type) ? queueMicrotask(draw) : nextFrame(draw);

const PASSIVE = new Set(["message", "open", "close", "load", "scroll", "resize", "popstate", "visibilitychange"]);

/** Do the work in the next frame. A hidden tab gets no frames: the timer serves it. */
function nextFrame(work) {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    work();
  };
  const timer = setTimeout(once, 120);
  requestAnimationFrame(once);
}

/** Return the component, drawn again only when one of its properties is another object than before. */
export function memo(draw) {
  class Memo extends Component {
    shouldComponentUpdate(next) {
      const before = this.props;
      for (const key in next) if (next[key] !== before[key]) return true;
      for (const key in before) if (!(key in next)) return true;
      return false;
    }
    render(props) {
      return createElement(draw, props);
    }
  }
  Memo.displayName = `Memo(${draw.name})`;
  return Memo;
}

export function classes(...names) {
  return names.filter(Boolean).join(" ");
}

/** Return a function that runs `work` when it was not called for `pause` milliseconds. */
export function debounced(work, pause) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), pause);
  };
}

/** Return a function that runs `work`, with what it was called with last, at most once in `pause` milliseconds. */
export function throttled(work, pause) {
  let timer = 0;
  let latest = null;
  return (...args) => {
    latest = args;
    timer ||= setTimeout(() => {
      timer = 0;
      work(...latest);
    }, pause);
  };
}
