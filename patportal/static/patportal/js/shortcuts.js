// Keyboard shortcuts of the list. They never fire while somebody types, holds another key or has a dialog open, and
// not at all where they were switched off: a cookie of the server's remembers that, and the page then says so. A key
// that can do nothing for a row says why, in the page's words.

const dialog = document.getElementById("shortcuts");
const opener = document.getElementById("show-shortcuts");
const said = document.querySelector("[data-key-said]");
const TYPING = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])";

function rows() {
  return Array.from(document.querySelectorAll(".pat-row"));
}

/** The row that has the focus somewhere in it. */
function current() {
  return document.activeElement?.closest(".pat-row");
}

function move(step) {
  const all = rows();
  const at = all.indexOf(current());
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
  all[Math.min(Math.max(next, 0), all.length - 1)]?.querySelector(".pat-link").focus();
}

/** Press what is in the row for `deed`; where nothing is, say why. */
function follow(deed) {
  const row = current();
  const target = row?.querySelector(`[id^="${deed}-"]`);
  if (target) {
    target.click();
  } else {
    const name = `no${deed[0].toUpperCase()}${deed.slice(1)}`;
    // What is said twice in a row is a change each time, or nobody would hear it again.
    setTimeout(() => (said.textContent = row ? row.dataset[name] : said.dataset.noRow), 50);
  }
}

const ACTIONS = {
  "/": () => document.getElementById("search-text").select(),
  n: () => document.getElementById("new-token").click(),
  j: () => move(1),
  k: () => move(-1),
  r: () => follow("rotate"),
  e: () => follow("edit"),
  x: () => follow("choose"),
  "?": () => dialog.showModal(),
};
const MAY_REPEAT = new Set(["j", "k"]);

document.addEventListener("keydown", (event) => {
  const act = ACTIONS[event.key];
  const isOff = !dialog?.hasAttribute("data-on") || document.querySelector("dialog[open]");
  const isMeant = !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented);
  if (!act || isOff || !isMeant || event.target.closest?.(TYPING) || (event.repeat && !MAY_REPEAT.has(event.key))) {
    return;
  }
  event.preventDefault();
  said.textContent = "";
  act();
});

if (dialog && opener) {
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}
