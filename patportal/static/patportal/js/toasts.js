// Shows what became of something as a toast: read aloud once the page is there, put away by a button, and by itself
// when all is well. Without it the messages stand where the page begins.

const PATIENCE_MS = 12_000;
const region = document.getElementById("messages");

function dismissButton(toast) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-small button-quiet";
  button.textContent = region.dataset.dismiss;
  button.addEventListener("click", () => {
    const next = toast.nextElementSibling ?? toast.previousElementSibling;
    toast.remove();
    // Who pressed it by a key goes on with the next one, or where the page begins.
    (next?.querySelector("button") ?? document.getElementById("content")).focus({ preventScroll: true });
  });
  return button;
}

/** Take a toast away after a while, but never from under a hand or the focus. */
function fade(toast) {
  setTimeout(() => (toast.matches(":hover, :focus-within") ? fade(toast) : toast.remove()), PATIENCE_MS);
}

/** Show a toast that a script brings; a region that is filled while the page is there is read aloud. */
document.addEventListener("toast", ({ detail: toast }) => {
  toast.append(dismissButton(toast));
  region.append(toast);
});

const toasts = Array.from(region?.querySelectorAll(":scope > .alert") ?? []);
for (const toast of toasts) {
  toast.remove();
  toast.append(dismissButton(toast));
}
// A region that is filled later is read aloud; one that came with the page is not.
setTimeout(() => {
  for (const toast of toasts) {
    region.append(toast);
    if (toast.matches(".tone-good, .tone-info")) {
      fade(toast);
    }
  }
}, 150);
