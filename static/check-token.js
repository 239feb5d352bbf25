// "Check a token": asks the API with it, in the header. It is in the field, and then in that one call; nothing else holds it.
const form = document.querySelector("#check-token");
const answer = form.querySelector("#check-answer");
const field = form.querySelector("input");

function show(template, fill) {
  const shown = document.querySelector(template).content.cloneNode(true);
  fill((name) => shown.querySelector(`[data-fact="${name}"]`));
  answer.replaceChildren(shown);
}
function good({ token, workspace, permissions }) {
  show("#check-good", (fact) => {
    fact("label").textContent = token.label;
    fact("scope").textContent = token.scope;
    fact("workspace").textContent = workspace.name;
    fact("expires").textContent = token.expires_at ? new Date(token.expires_at).toUTCString() : "Never";
    fact("permissions").append(...permissions.map((name) => Object.assign(document.createElement("code"), { textContent: name })));
  });
}
function bad(words, type = "") {
  show("#check-bad", (fact) => {
    fact("words").textContent = words;
    if (/^https?:/.test(type)) fact("help").href = type;
    else fact("help").remove();
  });
}

async function check(token) {
  if (!/^[!-~]+$/.test(token)) return bad("A token is 64 letters and digits with one “_”, and no spaces.");
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch("/api/v1/me", { headers, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" });
  const told = await response.json();
  if (response.ok) good(told);
  else bad(told.detail, told.type);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const token = field.value.trim();
  field.value = "";
  answer.replaceChildren();
  form.setAttribute("aria-busy", "true");
  check(token)
    .catch(() => bad("The server could not be asked. Try again in a moment."))
    .finally(() => form.removeAttribute("aria-busy"));
});
