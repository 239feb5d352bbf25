// A long change goes on by itself, a part in each request; who leaves the page stops it.
document.querySelector("form:has(progress)").requestSubmit();
