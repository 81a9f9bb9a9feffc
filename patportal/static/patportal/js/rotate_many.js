// Rotates the tokens of the page, two at a time. Each answer holds the secret of one, which stands nowhere else:
// the page warns before it is left, and secret.js blanks them when it is. A stored secret is taken off the page.

const AT_ONCE = 2;
const page = document.querySelector("[data-rotate-many]");
const settings = page?.querySelector("[data-rotate-settings]");
const rows = page ? Array.from(page.querySelectorAll("[data-rotation]")) : [];
const waiting = [...rows];
const said = page?.querySelector("[data-rotate-said]");
const step = page?.querySelector("[data-rotate-step]");
const stop = page?.querySelector("[data-rotate-stop]");
const words = page?.querySelector("[data-rotate-words]").dataset;
const counts = { begun: 0, running: 0, made: 0, stored: 0, failed: 0, unknown: 0 };
let isStopped = false;
let toldQuarter = 0;

/** Put values where a sentence of the page has their names in braces. */
function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The sentence of the page for so many, in the grammar of its language. */
function counted(words, name, count) {
  const form = new Intl.PluralRules(document.documentElement.lang).select(count);
  return filled(words[`${name}${form[0].toUpperCase()}${form.slice(1)}`] ?? words[`${name}Other`], { count });
}

function part(row, name) {
  return row.querySelector(`[data-rotation-${name}]`);
}

function say(row, sentence) {
  part(row, "state").textContent = sentence;
}

function unconfirmed() {
  return counts.made - counts.stored;
}

/** Read aloud how far it is, once a quarter and in the end; what is written changes with every token. */
function announce(ended) {
  const quarter = Math.floor((4 * ended) / rows.length);
  if (quarter !== toldQuarter) {
    toldQuarter = quarter;
    step.textContent = quarter === 4 ? said.textContent : step.dataset[`quarter${quarter}`];
  }
}

function render() {
  const ended = counts.made + counts.failed;
  const told = [filled(words.done, { count: ended, total: rows.length })];
  for (const name of ["running", "failed", "unknown"]) {
    if (counts[name]) {
      told.push(counted(words, name, counts[name]));
    }
  }
  if (unconfirmed()) {
    told.push(counted(words, "unstored", unconfirmed()));
  }
  said.textContent = filled(words.said, { parts: told.join(words.between) });
  page.querySelector("[data-rotate-bar]").value = ended + counts.unknown;
  announce(ended + counts.unknown);
  const isUseless = isStopped || waiting.length === 0;
  if (isUseless && document.activeElement === stop) {
    said.focus();
  }
  stop.hidden = isUseless;
  page.querySelector("[data-rotate-promise]").hidden = isUseless && !counts.running && !unconfirmed();
}

/** What is posted for one token: what its own form carries, and what was chosen once for all. */
function contentOf(row) {
  const content = new FormData(part(row, "form"));
  for (const [name, value] of new FormData(settings)) {
    content.set(name, value);
  }
  // The life that it had anyway has a name of its own.
  if (content.get("expires") === row.dataset.life) {
    content.set("expires", "same");
  }
  return new URLSearchParams(content);
}

function parsed(text) {
  return new DOMParser().parseFromString(text, "text/html");
}

function show(row, element) {
  part(row, "answer").replaceChildren(...(element ? [document.adoptNode(element)] : []));
}

/** Offer the page of one, in another tab: this one holds secrets. */
function offerAlone(row) {
  const alone = part(row, "alone");
  alone.target = "_blank";
  alone.hidden = false;
}

function fail(row, sentence, element) {
  counts.failed += 1;
  say(row, sentence);
  show(row, element);
  offerAlone(row);
}

/** A new token may exist: rotating the old one again is not offered. */
function wonder(row, sentence, element) {
  counts.unknown += 1;
  say(row, sentence);
  show(row, element);
}

/** Whether nothing was made, for certain: the portal says so, or refused the request before it asked anybody. */
function isCertain(answer, problem) {
  if (problem?.matches(".row-problem")) {
    return !problem.matches("[data-unknown]");
  }
  return answer.status >= 400 && answer.status < 500;
}

async function take(row, answer) {
  const found = parsed(await answer.text());
  const secret = found.querySelector("[data-secret]");
  if (secret && !answer.redirected) {
    counts.made += 1;
    say(row, words.rotated);
    show(row, secret);
    return;
  }
  const problem = found.querySelector(".row-problem, .alert, .statement");
  if (answer.redirected && found.querySelector('form[action$="/sign-in/start"]')) {
    // Nothing is rotated for somebody who is signed out, and the next one would fare no better.
    isStopped = true;
    fail(row, words.signedOut, null);
  } else if (isCertain(answer, problem)) {
    fail(row, words.notRotated, problem);
  } else {
    wonder(row, problem ? words.notKnown : words.listTells, problem);
  }
}

async function rotate(row) {
  counts.begun += 1;
  counts.running += 1;
  part(row, "alone").hidden = true;
  say(row, words.onItsWay);
  render();
  try {
    const form = part(row, "form");
    await take(row, await fetch(form.action, { method: "POST", body: contentOf(row), cache: "no-store" }));
  } catch {
    wonder(row, words.noAnswer, null);
  }
  counts.running -= 1;
  render();
}

async function lane() {
  while (waiting.length > 0 && !isStopped) {
    await rotate(waiting.shift());
  }
  if (isStopped) {
    leaveTheRest();
  }
}

function leaveTheRest() {
  for (const row of waiting) {
    say(row, words.notBegun);
    offerAlone(row);
  }
  render();
}

function begin() {
  // What is posted is read from the fields, so they stay as they are; nobody needs to see them any more.
  settings.hidden = true;
  document.querySelector("[data-rotate-lead]").hidden = true;
  for (const row of rows) {
    part(row, "alone").hidden = true;
    say(row, words.waiting);
  }
  page.querySelector("[data-rotate-progress]").hidden = false;
  render();
  said.focus();
  for (let number = 0; number < AT_ONCE; number += 1) {
    lane();
  }
}

async function store(row, form) {
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const found = parsed(await answer.text());
    if (!answer.ok || (answer.redirected && found.querySelector('form[action$="/sign-in/start"]'))) {
      throw new Error("not noted");
    }
    counts.stored += 1;
    const hadFocus = row.contains(document.activeElement);
    say(row, words.stored);
    show(row, answer.redirected ? null : found.body.firstElementChild);
    if (hadFocus) {
      part(row, "state").focus();
    }
  } catch {
    say(row, words.notNoted);
    form.removeAttribute("data-sent");
    form.querySelector("button").removeAttribute("aria-disabled");
  }
  render();
}

settings?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (counts.begun === 0) {
    begin();
  }
});
page?.addEventListener("submit", (event) => {
  const row = event.target.closest("[data-rotation]");
  if (row && event.target.matches("[data-stored]")) {
    event.preventDefault();
    if (!event.target.hasAttribute("data-sent")) {
      store(row, event.target);
    }
  }
});
stop?.addEventListener("click", () => {
  isStopped = true;
  leaveTheRest();
});
window.addEventListener("beforeunload", (event) => {
  if (counts.running > 0 || unconfirmed() > 0) {
    event.preventDefault();
  }
});
// A page that comes back from the browser's cache has lost its secrets and must not begin again by itself.
window.addEventListener("pagehide", () => {
  isStopped = true;
});
