// Closes the menu of a row by Escape, by a click elsewhere, by leaving it with Tab, and when another one opens.
// Without it a menu is opened and closed by its button alone.

function openMenus() {
  return document.querySelectorAll("details.menu[open]");
}

function closeAllBut(kept) {
  for (const menu of openMenus()) {
    if (menu !== kept) {
      menu.open = false;
    }
  }
}

document.addEventListener("click", (event) => closeAllBut(event.target.closest("details.menu")));
document.addEventListener("focusin", (event) => closeAllBut(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest("details.menu[open]");
  if (!menu) {
    return;
  }
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const items = Array.from(menu.querySelectorAll("a"));
    const at = items.indexOf(document.activeElement);
    items.at(at < 0 && step < 0 ? -1 : (at + step + items.length) % items.length).focus();
    event.preventDefault();
  }
});
// A page that comes back from the browser's cache may still have one open.
window.addEventListener("pageshow", () => closeAllBut(null));
