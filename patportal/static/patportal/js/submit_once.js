// Softens double clicks: a form that was sent is not sent again while its answer is on the way, and where that takes
// long the page says so. The server does not rely on this; it recognises a repeated form by its key.

const PATIENCE_MS = 10_000;
const SILENCE_MS = 3_000;
const sentence = document.querySelector("template[data-still-waiting]");
let telling = null;
let shown = null;

/** Say that the page waits; an answer that is a file leaves it as it is, and is not waited for. */
function tellLater(form) {
  clearTimeout(telling);
  if (form.hasAttribute("data-answers-with-file")) {
    return;
  }
  telling = setTimeout(tell, SILENCE_MS);
  // Whoever is asked whether to leave, and stays, waits for nothing.
  const onLeaving = (event) => setTimeout(() => event.defaultPrevented && forget());
  window.addEventListener("beforeunload", onLeaving, { once: true });
}

function tell() {
  shown?.remove();
  shown = sentence.content.firstElementChild.cloneNode(true);
  document.dispatchEvent(new CustomEvent("toast", { detail: shown }));
}

function forget() {
  clearTimeout(telling);
  shown?.remove();
}

function setSent(form, isSent) {
  form.toggleAttribute("data-sent", isSent);
  for (const button of form.querySelectorAll("button[type=submit]")) {
    if (isSent) {
      button.setAttribute("aria-disabled", "true");
    } else {
      button.removeAttribute("aria-disabled");
    }
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") {
    return;
  }
  if (form.hasAttribute("data-sent")) {
    event.preventDefault();
    return;
  }
  setSent(form, true);
  // Where a script took the sending over, it shows itself how far it is.
  if (!event.defaultPrevented) {
    tellLater(form);
  }
  setTimeout(() => setSent(form, false), PATIENCE_MS);
});

// A page that comes back from the browser's cache still carries the marks of the moment it was left.
window.addEventListener("pageshow", () => {
  forget();
  document.querySelectorAll("form[data-sent]").forEach((form) => setSent(form, false));
});
