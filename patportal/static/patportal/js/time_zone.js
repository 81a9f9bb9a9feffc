// Offers the browser's time zone and narrows the list of zones by what is typed. It fills the form field and no more:
// what is chosen is saved when the form is sent. Without this script the list is an ordinary one.

const form = document.querySelector("[data-time-zone]");
const select = form?.querySelector("select");

function offerBrowsersZone() {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isKnown = [...select.options].some((option) => option.value === name);
  if (!isKnown || select.value === name) {
    return;
  }
  const offer = form.querySelector("[data-time-zone-offer]");
  offer.querySelector("[data-time-zone-name]").textContent = name;
  offer.hidden = false;
  offer.querySelector("[data-time-zone-take]").addEventListener("click", () => {
    show("");
    select.value = name;
    offer.hidden = true;
    select.focus();
  });
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

function wordsOf(text) {
  return text.toLowerCase().split(/[\s/_–-]+/).filter(Boolean);
}

// Safari shows hidden options all the same, so those that do not match are taken out of the list.
const groups = select ? [...select.querySelectorAll("optgroup")].map((group) => [group, [...group.children]]) : [];

function show(typed) {
  const wanted = wordsOf(typed);
  const chosen = select.value;
  let count = 0;
  for (const [group, options] of groups) {
    const found = options.filter((option) => {
      const words = wordsOf(option.value);
      return wanted.every((one) => words.some((word) => word.startsWith(one)));
    });
    group.replaceChildren(...found);
    count += found.length;
  }
  select.replaceChildren(...groups.map(([group]) => group).filter((group) => group.children.length));
  if ([...select.options].some((option) => option.value === chosen)) {
    select.value = chosen;
  }
  return count;
}

function narrow(event) {
  const typed = event.target.value.trim();
  const count = show(typed);
  const said = form.querySelector("[data-time-zone-found]");
  said.textContent = typed ? counted(said.dataset, "found", count) : "";
}

if (select) {
  offerBrowsersZone();
  const search = form.querySelector("[data-time-zone-search]");
  search.hidden = false;
  search.querySelector("input").addEventListener("input", narrow);
}
