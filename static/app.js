// Page behavior beyond htmx: dialogs, clipboard, shortcuts, error messages. No eval.
import { say, toasts } from "./toasts.js";
import "./tokens.js";

const find = (selector, root = document) => root.querySelector(selector);

// After a swap, focus returns to the element that had it (for an element in a menu: to the menu's button), or to the list.
let focusedId = null;
document.addEventListener("htmx:before:request", () => {
  if (find("dialog:modal")) return;
  const focused = document.activeElement;
  const menu = focused?.closest("[popover]");
  focusedId = focused?.id || (menu && find(`[popovertarget="${menu.id}"]`)?.id);
});
function refocus() {
  if (find("dialog:modal") || document.activeElement !== document.body) return;
  (document.getElementById(focusedId) ?? find(".list") ?? find("#main"))?.focus({ preventScroll: true });
}
document.addEventListener("htmx:after:swap", (event) => isBackground(event.detail.ctx) || refocus());

// Dialogs arrive open, so that they work without JavaScript, and become modal here. The page behind a modal dialog is
// inert, so the toasts move into the dialog. Closing a dialog aborts its request and resets the form that opened it.
function showDialog() {
  const dialog = find("#dialogs dialog");
  if (!toasts.isConnected) document.body.append(toasts);
  if (!dialog || dialog.matches(":modal")) return;
  dialog.removeAttribute("open");
  dialog.showModal();
  dialog.append(toasts);
  dialog.addEventListener("close", () => {
    document.body.append(toasts);
    find("form", dialog)?.dispatchEvent(new Event("htmx:abort"));
    dialog.remove();
    document.getElementById(focusedId)?.form?.reset();
    refocus();
  });
  if (dialog.dataset.copyNow) copy(find(dialog.dataset.copyNow, dialog), () => dialog.close());
}
new MutationObserver(showDialog).observe(find("#dialogs"), { childList: true });
document.addEventListener("dialog:close", () => find("#dialogs dialog")?.close());
document.addEventListener("click", (event) => {
  const dialog = event.target.closest("[data-close]")?.closest("dialog:modal");
  if (!dialog) return;
  event.preventDefault();
  dialog.close();
});

// Clipboard. If the browser refuses, the text is selected so that the person can copy it.
async function copy(source, whenCopied = () => {}) {
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    say("Copied");
    whenCopied();
  } catch {
    source.focus?.();
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    say("Your browser blocked the clipboard. The text is selected: copy it with the keyboard.", "error");
  }
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(find(button.dataset.copy));
});

// Theme
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-set]");
  if (!button) return;
  const theme = button.dataset.themeSet;
  document.documentElement.toggleAttribute("data-theme", Boolean(theme));
  if (theme) document.documentElement.dataset.theme = theme;
  try {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch { /* storage is off: the theme applies to this page only */ }
  button.closest("[popover]").hidePopover();
});

// Keyboard shortcuts: a key activates the element with that data-shortcut, except while typing or in a dialog.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, select, textarea, [contenteditable], dialog")) return;
  const element = [...document.querySelectorAll("[data-shortcut]")].find((one) => one.dataset.shortcut === event.key);
  if (!element) return;
  event.preventDefault();
  if (element.matches("input")) element.select();
  else element.focus({ preventScroll: true });
  if (!element.matches("input")) element.click();
});

// Requests: no empty filters in URLs, and a toast for each failure. Requests that the page sends by itself
// (data-background) stay silent, and pause while the page is hidden.
document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (isBackground(event.detail.ctx) && document.hidden) return event.preventDefault();
  if (request.method !== "GET") return;
  [...request.body.entries()].forEach(([name, value]) => value === "" && request.body.delete(name));
});
document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  if (isBackground(ctx)) return;
  const { status, headers } = ctx.response;
  const isPlain = headers.get("Content-Type")?.startsWith("text/plain");
  if (!isPlain && [409, 422].includes(status)) return; // the form itself, with its errors
  if (status === 404) { // it was deleted in the meantime: close its dialog and reload the list
    if (isReading(ctx) && new URL(ctx.request.action, location).pathname === location.pathname) return location.reload(); // so was the list
    find("dialog:modal")?.close();
    document.body.dispatchEvent(new Event(`${find(".list")?.id}:changed`));
  }
  say(isPlain ? ctx.text : `The request failed. ${advice(ctx)}`, "error");
});
document.addEventListener("htmx:error", (event) => {
  const { ctx } = event.detail;
  if (!isBackground(ctx)) say(`The connection was lost. ${advice(ctx)}`, "error");
});
const isBackground = (ctx) => Boolean(ctx?.sourceElement?.closest?.("[data-background]"));
const isReading = (ctx) => ctx?.request.method === "GET";
const advice = (ctx) => (isReading(ctx) ? "Try again." : "Reload the page to see whether the change was made.");
