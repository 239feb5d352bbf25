// A file tells how far it is while it comes: its lines are counted. Who closes the dialog stops it. Without us, and
// where the answer is no file, the browser does with the form what it always does.
import { say } from "./toasts.js";

const NEWLINE = 10;
const lines = (bytes) => bytes.reduce((count, byte) => count + (byte === NEWLINE), 0);

async function read(answer, bar) {
  const reader = answer.body.getReader();
  const parts = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done && bar.value < bar.max) throw new Error("It ended early.");
    if (done) return new Blob(parts, { type: answer.headers.get("Content-Type") });
    parts.push(value);
    bar.value += lines(value);
    bar.nextElementSibling.textContent = `${Math.min(bar.value, bar.max).toLocaleString("en")} of ${bar.max.toLocaleString("en")}`;
  }
}
function save(file, name) {
  const url = URL.createObjectURL(file);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
async function download(form, bar) {
  const stop = new AbortController();
  const dialog = form.closest("dialog");
  dialog.addEventListener("close", () => stop.abort());
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), signal: stop.signal });
  const name = answer.headers.get("Content-Disposition")?.match(/filename="(.+)"/)?.[1];
  if (!name) return form.submit();
  save(await read(answer, bar), name);
  dialog.close();
}
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const bar = form.querySelector("progress[data-lines]");
  if (!bar) return;
  event.preventDefault();
  if (!bar.parentElement.hidden) return;
  bar.parentElement.hidden = false;
  try {
    await download(form, bar);
  } catch (error) {
    if (error.name !== "AbortError") say("The download broke off. Try it again.", "error");
    bar.parentElement.hidden = true;
    bar.value = 0;
  }
});
