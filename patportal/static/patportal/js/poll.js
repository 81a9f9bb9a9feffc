// Looks after regions that htmx polls: swaps only what changed, keeps opened details open and the focus inside,
// announces the change, names the page after it, and reloads the page when the answer came from elsewhere, as it does
// after a session ended.

const lastContents = new Map();
const lastSentences = new Map();
const toldOf = new Set();
let openDetails = [];
let hadFocus = false;

// htmx tells each element of the old content that it goes and settles each id of the new: with fifty rows that keeps the
// page from answering for as long as all the rest of a swap together. Nothing here listens for either.
window.htmx.defineExtension("region", {
  handleSwap(style, target, fragment, settling) {
    if (style !== "region" || !target.parentNode) {
      return false;
    }
    const added = Array.from(fragment.children);
    target.replaceWith(fragment);
    settling.elts = added;
    return added;
  },
});

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
  // To somebody in the midst of the page, rows of a guessed height would move what is looked at: there, rows that
  // come are laid out at once. At its top all that is guessed is below.
  if (window.scrollY > 0) {
    document.documentElement.dataset.swapped = "";
  }
  hadFocus = target.contains(document.activeElement);
  openDetails = Array.from(target.querySelectorAll("details[open][id]"), (details) => details.id);
});

/** Tell what ended out of sight where the person is: a region may bring a toast for that. Return whether it was. */
function tellIfUnseen(region) {
  const toast = region.querySelector("template[data-toast]");
  const { top, bottom } = region.querySelector("h1")?.getBoundingClientRect() ?? { top: 0, bottom: 0 };
  const isNews = toast !== null && !toldOf.has(region.id) && (bottom < 0 || top > window.innerHeight);
  if (isNews) {
    document.dispatchEvent(new CustomEvent("toast", { detail: toast.content.firstElementChild.cloneNode(true) }));
  }
  if (toast) {
    toldOf.add(region.id);
  }
  return isNews;
}

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
  // What is shown now names the page, unless a panel lies over it and has named it.
  if (region?.dataset.title && !document.querySelector("dialog[data-has-address][open]")) {
    document.title = region.dataset.title;
  }
  // A toast is read aloud by itself.
  if (region && tellIfUnseen(region)) {
    return;
  }
  const live = document.querySelector(`[data-live-for="${event.detail.target.id}"]`);
  const sentence = region?.dataset.said ?? "";
  // Where many small changes come one after another, only another sentence is news.
  if (live && !(live.hasAttribute("data-only-news") && sentence === lastSentences.get(event.detail.target.id))) {
    lastSentences.set(event.detail.target.id, sentence);
    live.textContent = "";
    setTimeout(() => {
      live.textContent = sentence || live.dataset.text;
    }, 100);
  }
});
