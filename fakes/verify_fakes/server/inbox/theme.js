// Light or dark, as chosen last; loaded before the page is painted so that it never flashes.
"use strict";

(() => {
  const KEY = "verify-inbox-theme";
  const root = document.documentElement;

  const remembered = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage may be switched off; the system then decides
    }
  };

  const systemIsDark = () => matchMedia("(prefers-color-scheme: dark)").matches;
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark();

  const chosen = remembered();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const show = () => button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try {
        localStorage.setItem(KEY, root.dataset.theme);
      } catch {
        // It holds until the page is left.
      }
      show();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
    show();
  });
})();
