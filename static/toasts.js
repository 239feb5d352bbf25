// Toasts: the server's arrive in #toasts, our own are made from the template.
const STAY_MS = { error: 10000, other: 6000 };
export const toasts = document.querySelector("#toasts");

export function say(words, kind = "success") {
  const toast = document.querySelector("#toast-template").content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-words]").textContent = words;
  toast.classList.add(kind);
  toasts.append(toast);
}
function expire(toast) {
  const stay = toast.classList.contains("error") ? STAY_MS.error : STAY_MS.other;
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 1000) : toast.remove());
  setTimeout(leave, stay);
}
new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => node.classList && expire(node))))
  .observe(toasts, { childList: true });
toasts.querySelectorAll(".toast").forEach(expire);
document.addEventListener("htmx:finally:request", (event) => event.target.closest?.(".toast")?.remove());
