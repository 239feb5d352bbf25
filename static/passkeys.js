// Passkeys (WebAuthn). A form with `data-passkey` is sent once the browser has filled its `credential`:
// "create" makes a passkey, "get" proves one. What the server asks for stands in the page (`data-options`) or, for
// sign-in, at the form's address.
const CEREMONIES = {
  create: async ({ publicKey }, isAlone) => {
    const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
    const residentKey = isAlone ? "required" : "discouraged";
    const userVerification = isAlone ? "required" : options.authenticatorSelection?.userVerification;
    options.authenticatorSelection = { ...options.authenticatorSelection, residentKey, requireResidentKey: isAlone, userVerification };
    return navigator.credentials.create({ publicKey: options });
  },
  get: ({ publicKey }) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) }),
};
const WORDS = {
  InvalidStateError: "This device has a passkey for your account already.",
  NotAllowedError: "No passkey was used: it was cancelled, or took too long. Try again.",
  SecurityError: "Passkeys need Latchkey's proper host name, and https: they don't work at a bare IP address.",
};

async function optionsOf(form) {
  const inPage = form.dataset.options && document.querySelector(form.dataset.options);
  if (inPage) return Object.values(JSON.parse(inPage.textContent))[0];
  const response = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(response.status === 429 ? "Too many tries. Wait a minute, then try again." : "The server could not be asked. Try again.");
  return (await response.json()).request_options;
}

async function fill(form) {
  if (!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) throw new Error("This browser has no passkeys, or none outside of https.");
  const options = await optionsOf(form);
  const credential = await CEREMONIES[form.dataset.passkey](options, Boolean(form.elements.passwordless?.checked));
  form.elements.credential.value = JSON.stringify(credential.toJSON());
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-passkey]");
  if (!form) return;
  event.preventDefault();
  const error = form.querySelector("[data-passkey-error]");
  const button = form.querySelector("[type=submit]");
  error.hidden = true;
  button.setAttribute("aria-busy", "true");
  try {
    await fill(form);
    form.submit();
  } catch (problem) {
    error.textContent = WORDS[problem.name] ?? problem.message;
    error.hidden = false;
    button.removeAttribute("aria-busy");
    button.focus();
  }
});
