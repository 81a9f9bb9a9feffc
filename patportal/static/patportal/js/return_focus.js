// Gives the focus back where a link or button of the list leads to the list again, filtered, sorted, turned over or
// refreshed: who works without a pointer goes on from there, and does not begin at the top of the page each time.
// Nothing but the id of what was pressed waits in the browser, and only until the list is there.

const WAITING = "pressed-in-list";

function leadsBack(pressed) {
  return pressed.id === "refresh" || (pressed.origin === location.origin && pressed.pathname === location.pathname);
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("#pats :is(a[id]:not([data-dialog], [href^='#']), #refresh)");
  // A click that no pointer made has no count; with a key held it may lead to another tab.
  const isKeyed = event.detail === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (pressed && isKeyed && leadsBack(pressed)) {
    sessionStorage.setItem(WAITING, pressed.id);
  }
});

/** What was pressed, or where it is no longer there, and after another page of the list, the first token. */
function placeOf(id) {
  const same = id.startsWith("page-") ? null : document.getElementById(id);
  return same ?? document.querySelector("#pats .pat-link") ?? document.querySelector("#pats .count-card[aria-current]");
}

const waiting = sessionStorage.getItem(WAITING);
sessionStorage.removeItem(WAITING);
if (waiting) {
  placeOf(waiting)?.focus();
}
