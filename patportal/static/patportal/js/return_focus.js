// Gives the focus back where a link or button of the list leads to the list again, filtered, sorted, turned over or
// refreshed: who works without a pointer goes on from there, and does not begin at the top of the page each time.
// What was pressed travels as the address's fragment, which no server sees, and is taken off as soon as it arrives.

const MARK = "#at-";

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("#pats :is(a[id]:not([data-dialog], [href^='#']), #refresh)");
  // A click that no pointer made has no count; with a key held it may lead to another tab.
  const isKeyed = event.detail === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!pressed || !isKeyed) {
    return;
  }
  if (pressed.form) {
    pressed.form.action = pressed.form.action.split("#")[0] + MARK + pressed.id;
  } else if (pressed.origin === location.origin && pressed.pathname === location.pathname) {
    pressed.hash = MARK + pressed.id;
  }
});

/** What was pressed, or where it is no longer there, and after another page of the list, the first token. */
function placeOf(id) {
  const same = id.startsWith("page-") ? null : document.getElementById(id);
  return same ?? document.querySelector("#pats .pat-link") ?? document.querySelector("#pats .count-card[aria-current]");
}

function arrive() {
  if (location.hash.startsWith(MARK)) {
    const id = location.hash.slice(MARK.length);
    history.replaceState(history.state, "", location.pathname + location.search);
    placeOf(id)?.focus();
  }
}

// A link to the very address that is shown changes the fragment alone.
window.addEventListener("hashchange", arrive);
arrive();
