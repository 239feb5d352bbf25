// Passkeys (WebAuthn). A form with `data-passkey` is submitted once the browser has filled its `credential` field:
// "create" creates a passkey, "get" uses one. The server's options are in the page (`data-options`) or, for sign-in, at
// the form's URL.
const CEREMONIES = {
  create: async ({ publicKey }, isPasswordless) => {
    const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
    const residentKey = isPasswordless ? "required" : "discouraged";
    const userVerification = isPasswordless ? "required" : options.authenticatorSelection?.userVerification;
    options.authenticatorSelection = { ...options.authenticatorSelection, residentKey, requireResidentKey: isPasswordless, userVerification };
    return navigator.credentials.create({ publicKey: options });
  },
  get: ({ publicKey }) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) }),
};
const MESSAGES = {
  InvalidStateError: "This device already has a passkey for your account.",
  NotAllowedError: "The passkey was not used: the request was cancelled or timed out. Try again.",
  SecurityError: "Passkeys work only over https and at Latchkey's host name, not at an IP address.",
};

async function fetchOptions(form) {
  const inPage = form.dataset.options && document.querySelector(form.dataset.options);
  if (inPage) return Object.values(JSON.parse(inPage.textContent))[0];
  const response = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(response.status === 429 ? "Too many attempts. Wait a minute, then try again." : "Latchkey can't be reached. Try again.");
  return (await response.json()).request_options;
}

async function fillCredential(form) {
  if (!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) throw new Error("This browser doesn't support passkeys, or only over https.");
  const options = await fetchOptions(form);
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
    await fillCredential(form);
    form.submit();
  } catch (failure) {
    error.textContent = MESSAGES[failure.name] ?? failure.message;
    error.hidden = false;
    button.removeAttribute("aria-busy");
    button.focus();
  }
});
