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

/** Put values where a sentence of the page has their names in braces. */
function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The chosen scopes by their code; what another one includes is disabled and counts as part of that. */
function chosen() {
  const found = new Map();
  for (const scope of picker.querySelectorAll("[data-scope]")) {
    const input = scope.querySelector("input");
    if (input.checked && !input.disabled) {
      const { label } = scope.dataset;
      const isRisky = scope.hasAttribute("data-high-privilege");
      found.set(input.value, isRisky ? filled(changes.dataset.risky, { label }) : label);
    }
  }
  return found;
}

/** The labels of what is in `some` and not in `others`. */
function missing(some, others) {
  return Array.from(some)
    .filter(([code]) => !others.has(code))
    .map(([, label]) => label)
    .join(changes.dataset.between);
}

/** Everything that the token will hold: what another scope includes is ticked as well, full access is everything. */
function held() {
  const ticked = Array.from(picker.querySelectorAll("[data-scope] input:checked"), (input) => input.value);
  return new Set(ticked.includes("app_token") ? [...now.keys(), ...ticked] : ticked);
}

function render() {
  const added = missing(chosen(), now);
  const removed = missing(now, held());
  const words = changes.dataset;
  const sentences = [added && filled(words.added, { names: added }), removed && filled(words.removed, { names: removed })];
  changes.textContent = sentences.filter(Boolean).join(" ") || words.same;
}

picker.addEventListener("change", render);
render();
