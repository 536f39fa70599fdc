// Light, dark, or as the system says.

import { changed, state } from "./store.js";

export function applyTheme(theme) {
  state.theme = theme;
  if (theme === "system") localStorage.removeItem("theme");
  else localStorage.setItem("theme", theme);
  showTheme();
  changed("theme");
}

export function rememberTheme() {
  const kept = localStorage.getItem("theme");
  state.theme = kept === "light" || kept === "dark" ? kept : "system";
  showTheme();
}

function showTheme() {
  if (state.theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = state.theme;
}
