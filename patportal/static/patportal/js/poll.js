// Looks after regions that htmx polls: swaps only what changed, keeps opened details open and the focus inside,
// announces the change, and reloads the page when the answer came from elsewhere, as it does after a session ended.

const lastContents = new Map();
let openDetails = [];
let hadFocus = false;

function isRegion(target) {
  return document.querySelector(`[data-live-for="${target.id}"]`) !== null;
}

function comparable(markup) {
  // Every rendering masks the CSRF value differently; that alone is no change.
  return markup.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "");
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (!event.detail.shouldSwap || !isRegion(target)) {
    return;
  }
  if (!xhr.responseText.includes(`id="${target.id}"`)) {
    event.detail.shouldSwap = false;
    window.location.reload();
    return;
  }
  const contents = comparable(xhr.responseText);
  if (lastContents.get(target.id) === contents) {
    event.detail.shouldSwap = false;
    return;
  }
  lastContents.set(target.id, contents);
  hadFocus = target.contains(document.activeElement);
  openDetails = Array.from(target.querySelectorAll("details[open][id]"), (details) => details.id);
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (!isRegion(event.detail.target)) {
    return;
  }
  for (const id of openDetails) {
    document.getElementById(id)?.setAttribute("open", "");
  }
  // htmx finds the focused element again by its id; where that is gone, the region is the nearest place left.
  const region = document.getElementById(event.detail.target.id);
  if (hadFocus && region && !region.contains(document.activeElement)) {
    region.focus({ preventScroll: true });
  }
  const live = document.querySelector(`[data-live-for="${event.detail.target.id}"]`);
  if (live) {
    live.textContent = "";
    setTimeout(() => {
      live.textContent = [live.dataset.text, region?.dataset.said].filter(Boolean).join(": ");
    }, 100);
  }
});
