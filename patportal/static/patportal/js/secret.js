// Hides each secret until it is asked for, copies it, and forgets it when the page is left: a browser may keep
// a page for its back button even when it was told not to store it. Without this script a secret is plain text.
// Secrets that come into the page later are guarded as they come, before anything is drawn.

const forgetters = new Map();

function guard(section) {
  if (forgetters.has(section)) {
    return;
  }
  const place = section.querySelector("[data-secret-text]");
  const controls = section.querySelector("[data-secret-controls]");
  const copyButton = section.querySelector("[data-secret-copy]");
  const showButton = section.querySelector("[data-secret-show]");
  const showLabel = section.querySelector("[data-secret-show-label]");
  const said = section.querySelector("[data-secret-said]");
  let secret = place.textContent.trim();

  function say(sentence) {
    said.textContent = sentence;
  }

  function render(isShown) {
    place.textContent = isShown ? secret : "•".repeat(secret.length);
    place.dataset.state = isShown ? "shown" : "masked";
    if (isShown) {
      place.removeAttribute("aria-hidden");
    } else {
      place.setAttribute("aria-hidden", "true");
    }
    showLabel.textContent = isShown ? "Hide" : "Show";
  }

  function forget() {
    secret = "";
    place.textContent = "";
    place.dataset.state = "gone";
    // The buttons alone: what is said stands beside them.
    copyButton.hidden = true;
    showButton.hidden = true;
    say("This page was left, so the secret is gone from it. It cannot be shown again.");
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(secret);
      say("Copied.");
    } catch {
      render(true);
      window.getSelection().selectAllChildren(place);
      say("The browser does not let the page copy. The secret is selected: copy it with the keyboard.");
    }
  }

  render(false);
  controls.hidden = false;
  copyButton.addEventListener("click", copy);
  showButton.addEventListener("click", () => render(place.dataset.state !== "shown"));
  forgetters.set(section, forget);
}

function release(section) {
  if (!section.isConnected) {
    forgetters.get(section)?.();
    forgetters.delete(section);
  }
}

function forgetAll() {
  forgetters.forEach((forget) => forget());
}

function sectionsIn(node) {
  if (!(node instanceof Element)) {
    return [];
  }
  const inside = [...node.querySelectorAll("[data-secret]")];
  return node.matches("[data-secret]") ? [node, ...inside] : inside;
}

new MutationObserver((records) => {
  for (const record of records) {
    record.addedNodes.forEach((node) => sectionsIn(node).forEach(guard));
    record.removedNodes.forEach((node) => sectionsIn(node).forEach(release));
  }
}).observe(document.body, { childList: true, subtree: true });

sectionsIn(document.body).forEach(guard);
window.addEventListener("pagehide", forgetAll);
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    forgetAll();
  }
});
