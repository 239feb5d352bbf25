// A token, whole or in part, that is pasted into a search field is cut to its key id before anything is sent.
const TOKEN = /["'`]?lkey_([0-9A-Za-z]{10})[0-9A-Za-z]+["'`]?/g;

function cut(field) {
  if (field instanceof HTMLInputElement && field.matches("[type=search], [name=q]") && TOKEN.test(field.value)) {
    field.value = field.value.replace(TOKEN, "$1");
  }
  TOKEN.lastIndex = 0;
}

// In the capture phase: before anything else hears of the new value.
document.addEventListener("input", (event) => cut(event.target), true);
document.addEventListener("submit", (event) => event.target.querySelectorAll("input").forEach(cut), true);
