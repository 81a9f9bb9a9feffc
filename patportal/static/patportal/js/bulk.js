// Keeps what is ticked in the list while htmx swaps it, counts it and ticks the whole page at once.
// Without it the boxes and buttons work as they are; the style sheet hides the bar until something is ticked.

const chosen = new Set();

function boxes() {
  return Array.from(document.querySelectorAll('input[name="pat"][form="bulk"]'));
}

function allThatMatch() {
  return document.getElementById("bulk-all");
}

/** Put values where a sentence of the page has their names in braces. */
function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The sentence of the page for so many, in the grammar of its language. */
function counted(words, name, count) {
  const form = new Intl.PluralRules(document.documentElement.lang).select(count);
  return filled(words[`${name}${form[0].toUpperCase()}${form.slice(1)}`] ?? words[`${name}Other`], { count });
}

function sentence(words, count) {
  const all = allThatMatch();
  if (all?.checked) {
    return filled(words.all, { what: all.closest("label").textContent.trim() });
  }
  return counted(words, "selected", count);
}

function render() {
  const here = boxes();
  const page = document.getElementById("choose-page");
  if (page) {
    page.checked = here.length > 0 && here.every((box) => box.checked);
    page.indeterminate = !page.checked && here.some((box) => box.checked);
  }
  const said = document.querySelector("[data-bulk-count]");
  if (said && said.textContent !== sentence(said.dataset, chosen.size)) {
    said.textContent = sentence(said.dataset, chosen.size);
  }
}

/** Take over what the browser shows as ticked, as it does after "back". */
function read() {
  chosen.clear();
  for (const box of boxes()) {
    if (box.checked) {
      chosen.add(box.value);
    }
  }
  render();
}

document.addEventListener("change", (event) => {
  if (event.target.id === "choose-page") {
    for (const box of boxes()) {
      box.checked = event.target.checked;
    }
  }
  if (event.target.id === "choose-page" || event.target.form?.id === "bulk") {
    read();
  }
});

let hadAll = false;
document.addEventListener("htmx:beforeSwap", () => {
  hadAll = Boolean(allThatMatch()?.checked);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const box of boxes()) {
    box.checked = chosen.has(box.value);
  }
  if (allThatMatch()) {
    allThatMatch().checked = hadAll;
  }
  // Of those that are gone from the list nothing can be asked any more.
  read();
});
window.addEventListener("pageshow", read);
read();
