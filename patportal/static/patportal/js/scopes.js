// Helps to choose scopes: finds them by words, shows what is included anyway, keeps full access alone, and counts the
// choice. Without it the check boxes work as they are and the server decides the same.

const FULL_ACCESS = "app_token";
const picker = document.querySelector("[data-scope-picker]");
const found = picker.querySelector("[data-scope-found]");

/** Put values where a sentence of the page has their names in braces. */
function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The sentence of the page for so many, in the grammar of its language. */
function counted(words, name, count) {
  const form = new Intl.PluralRules(document.documentElement.lang).select(count);
  return filled(words[`${name}${form[0].toUpperCase()}${form.slice(1)}`] ?? words[`${name}Other`], { count });
}

/** What a scope is found by: its group, its name, its sentence and its code. */
function wordsOf(element) {
  const parts = [element.parentElement.querySelector("h3"), element.querySelector("label"), element.querySelector("p")];
  return `${parts.map((part) => part.textContent).join(" ")} ${element.querySelector("input").value}`.toLowerCase();
}

const scopes = Array.from(picker.querySelectorAll("[data-scope]"), (element) => ({
  element,
  input: element.querySelector("input"),
  label: element.dataset.label,
  includes: element.dataset.includes ? element.dataset.includes.split(" ") : [],
  covered: element.querySelector("[data-scope-covered]"),
  words: wordsOf(element),
}));
const groups = Array.from(picker.querySelectorAll("[data-scope-group]"));
// Whether each group was open before something was looked for.
const unfolded = new Map();
const byCode = new Map(scopes.map((scope) => [scope.input.value, scope]));
const chosen = new Set(scopes.filter((scope) => scope.input.checked));

/** Everything that a scope includes, by way of others too. */
function includedIn(scope, seen = new Set()) {
  for (const code of scope.includes) {
    const other = byCode.get(code);
    if (other && !seen.has(other)) {
      seen.add(other);
      includedIn(other, seen);
    }
  }
  return seen;
}

/** Map each scope that a chosen one includes to the chosen one. */
function coverage() {
  const covers = new Map();
  for (const scope of chosen) {
    for (const other of includedIn(scope)) {
      covers.set(other, scope);
    }
  }
  return covers;
}

function render() {
  const fullAccess = scopes.find((scope) => scope.input.value === FULL_ACCESS && chosen.has(scope));
  const covers = fullAccess ? new Map() : coverage();
  for (const scope of scopes) {
    const cover = covers.get(scope);
    const isExcluded = Boolean(fullAccess) && scope !== fullAccess;
    scope.input.disabled = Boolean(cover) || isExcluded;
    scope.input.checked = Boolean(cover) || (chosen.has(scope) && !isExcluded);
    scope.covered.textContent = cover ? filled(picker.dataset.included, { label: cover.label }) : "";
  }
  for (const group of groups) {
    const own = scopes.filter((scope) => chosen.has(scope) && !scope.input.disabled && group.contains(scope.element));
    group.querySelector("[data-scope-count]").textContent = own.length
      ? counted(picker.dataset, "chosen", own.length)
      : "";
  }
}

/** Open every group while something is looked for, and then leave them as the person had them. */
function unfold(isLooking) {
  for (const group of isLooking ? groups : unfolded.keys()) {
    if (isLooking && !unfolded.has(group)) {
      unfolded.set(group, group.open);
    }
    group.open = isLooking || unfolded.get(group);
  }
  if (!isLooking) {
    unfolded.clear();
  }
}

function find(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const scope of scopes) {
    const isFound = words.every((word) => scope.words.includes(word));
    scope.element.hidden = !isFound;
    count += isFound ? 1 : 0;
  }
  for (const group of groups) {
    group.hidden = !group.querySelector("[data-scope]:not([hidden])");
  }
  unfold(words.length > 0);
  const nothing = filled(found.dataset.nothing, { text: text.trim() });
  const some = filled(found.dataset.found, { count, total: scopes.length });
  const told = words.length === 0 ? "" : count === 0 ? nothing : some;
  // What is written again is read aloud again.
  if (found.textContent !== told) {
    found.textContent = told;
  }
}

picker.addEventListener("change", (event) => {
  const scope = scopes.find((candidate) => candidate.input === event.target);
  if (scope) {
    if (scope.input.checked) {
      chosen.add(scope);
    } else {
      chosen.delete(scope);
    }
    render();
  }
});

const filterInput = picker.querySelector("[data-scope-filter] input");
filterInput.addEventListener("input", () => find(filterInput.value));
filterInput.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
  }
});
if (chosen.size > 0) {
  render();
}
// The field can be typed into before this script is there, and browsers bring back what was in it.
find(filterInput.value);
