// "3 new" on a log: asked for while somebody looks at the page, an hour after their last move at most. Nothing moves
// until it is clicked.
const EVERY = 15_000;
const MOST = 240;
let left = MOST;

async function ask() {
  const link = document.querySelector("[data-news]");
  if (!link || document.hidden || left === 0) return;
  left -= 1;
  try {
    const answer = await fetch(link.dataset.news, { redirect: "manual" });
    if (!answer.ok) left = 0; // signed out, or no longer allowed
    else tell(link, await answer.text());
  } catch { /* the connection is away: ask again */ }
}
function tell(link, words) {
  const told = link.querySelector("[data-words]");
  if (!words || told.textContent === words) return;
  told.textContent = words;
  link.classList.add("primary");
}
setInterval(ask, EVERY);
["pointerdown", "keydown", "visibilitychange"].forEach((name) => document.addEventListener(name, () => { left = MOST; }));
