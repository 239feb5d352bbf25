// What the pages do beyond htmx: dialogs, the clipboard, shortcuts. One listener for each kind of event; no eval.
import "./downloads.js";
import "./news.js";
import { say, toasts } from "./toasts.js";
import "./tokens.js";

const find = (selector, root = document) => root.querySelector(selector);

// Focus that a swap took away goes back to where it was (what is in a menu without a name of its own: to the menu's
// button), or, if that is gone, to what it was in.
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
document.addEventListener("htmx:after:swap", refocus);

// Dialogs arrive open (so that they work without us); we make them modal. What lies beneath is inert, so that the
// toasts live in the dialog for so long. A dialog that is closed asks for nothing more, and leaves the form beneath as
// the server knows it.
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

// The clipboard: "Copied" only if the browser says so; else the text is selected, to be copied by hand.
async function copy(source, whenCopied = () => {}) {
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    say("Copied");
    whenCopied();
  } catch {
    source.focus?.();
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    say("Your browser did not copy it. It is selected: copy it by hand.", "error");
  }
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(find(button.dataset.copy));
});

// The theme
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-set]");
  if (!button) return;
  const theme = button.dataset.themeSet;
  document.documentElement.toggleAttribute("data-theme", Boolean(theme));
  if (theme) document.documentElement.dataset.theme = theme;
  try {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch { /* storage is off: it holds for this page */ }
  button.closest("[popover]").hidePopover();
});

// Shortcuts: a letter finds the element with its data-shortcut; not while typing, nor in a dialog.
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

// Requests: URLs without empty filters, and a word for each failure.
document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (request.method !== "GET") return;
  [...request.body.entries()].forEach(([name, value]) => value === "" && request.body.delete(name));
});
document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  const { status, headers } = ctx.response;
  const isPlain = headers.get("Content-Type")?.startsWith("text/plain");
  if (!isPlain && [409, 422].includes(status)) return; // the form itself, with words beside its fields
  if (status === 404) { // it went meanwhile: so does the dialog about it, and the list is read again
    if (isReading(ctx) && new URL(ctx.request.action, location).pathname === location.pathname) return location.reload(); // so did the list
    find("dialog:modal")?.close();
    document.body.dispatchEvent(new Event(`${find(".list")?.id}:changed`));
  }
  say(isPlain ? ctx.text : `The server could not do this. ${whatBecame(ctx)}`, "error");
});
document.addEventListener("htmx:error", (event) => say(`The connection was lost. ${whatBecame(event.detail.ctx)}`, "error"));
const isReading = (ctx) => ctx?.request.method === "GET";
const whatBecame = (ctx) => (isReading(ctx) ? "Try again." : "Reload the page to see whether it was done.");
