// Says beside the scopes of a token what the choice would add and take away. Without it the scopes that the token
// has now stand there, and the history of the token says afterwards what was changed.

const picker = document.querySelector("[data-scope-picker]");
const changes = document.querySelector("[data-scope-changes]");
const now = new Map(
  Array.from(document.querySelectorAll("[data-scopes-now] [data-code]"), (item) => [
    item.dataset.code,
    item.textContent.trim().replace(/\s+/g, " "),
  ]),
);

/** The chosen scopes by their code; what another one includes is disabled and counts as part of that. */
function chosen() {
  const found = new Map();
  for (const scope of picker.querySelectorAll("[data-scope]")) {
    const input = scope.querySelector("input");
    if (input.checked && !input.disabled) {
      const risk = scope.hasAttribute("data-high-privilege") ? "High privilege: " : "";
      found.set(input.value, `${risk}${scope.dataset.label}`);
    }
  }
  return found;
}

/** The labels of what is in `some` and not in `others`. */
function missing(some, others) {
  return Array.from(some)
    .filter(([code]) => !others.has(code))
    .map(([, label]) => label)
    .join(", ");
}

function render() {
  const after = chosen();
  const added = missing(after, now);
  const removed = missing(now, after);
  changes.textContent = [added && `Added: ${added}.`, removed && `Removed: ${removed}.`].filter(Boolean).join(" ");
  changes.textContent ||= "The scopes stay as they are.";
}

picker.addEventListener("change", render);
render();
