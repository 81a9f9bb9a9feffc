// Softens double clicks: a form that was sent is not sent again while its answer is on the way.
// The server does not rely on this; it recognises a repeated form by its key.

const PATIENCE_MS = 10_000;

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
  setTimeout(() => setSent(form, false), PATIENCE_MS);
});

// A page that comes back from the browser's cache still carries the marks of the moment it was left.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => setSent(form, false));
});
