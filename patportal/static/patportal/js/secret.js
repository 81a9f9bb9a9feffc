// Hides each secret until it is asked for, copies it alone or within a text to paste, and forgets it when the page is
// left: a browser may keep a page for its back button even when it was told not to store it. Before it is left with a
// secret that was neither copied nor stored, the browser asks. Without this script a secret is plain text.
// Secrets that come into the page later are guarded as they come, before anything is drawn.

const forgetters = new Map();
// The sections whose secret nobody has yet; a page that rotates many counts for itself.
const unsaved = new Set();
const isOneOfMany = document.querySelector("[data-rotate-many]") !== null;

function guard(section) {
  if (forgetters.has(section)) {
    return;
  }
  const place = section.querySelector("[data-secret-text]");
  const parts = [place, ...section.querySelectorAll("[data-secret-part]")];
  const controls = section.querySelectorAll("[data-secret-controls], [data-snippet-controls]");
  const showLabel = section.querySelector("[data-secret-show-label]");
  const said = section.querySelector("[data-secret-said]");
  // The dots say nothing to who listens: this does in their place.
  const hidden = section.querySelector("[data-secret-hidden]");
  const words = section.querySelector("[data-secret-words]").dataset;
  const secrets = new Map(parts.map((part) => [part, part.textContent.trim()]));

  function render(isShown) {
    for (const part of parts) {
      const secret = secrets.get(part);
      // Within a text as many dots as a person takes in; alone as many as there are characters.
      part.textContent = isShown ? secret : "•".repeat(part === place ? secret.length : 12);
      part.dataset.state = isShown ? "shown" : "masked";
      if (isShown) {
        part.removeAttribute("aria-hidden");
      } else {
        part.setAttribute("aria-hidden", "true");
      }
    }
    hidden.hidden = isShown;
    showLabel.textContent = isShown ? words.hide : words.show;
  }

  function forget() {
    secrets.clear();
    unsaved.delete(section);
    hidden.hidden = true;
    for (const part of parts) {
      part.textContent = "";
      part.dataset.state = "gone";
    }
    // The buttons alone: what is said stands beside them.
    section.querySelectorAll("button[type=button]").forEach((button) => (button.hidden = true));
    section.querySelector("[data-snippets]")?.remove();
    said.textContent = words.gone;
  }

  async function copy(text, element, place) {
    try {
      await navigator.clipboard.writeText(text);
      unsaved.delete(section);
      place.textContent = words.copied;
    } catch {
      render(true);
      window.getSelection().selectAllChildren(element);
      place.textContent = words.notCopied;
    }
  }

  function copySnippet(snippet) {
    const element = snippet.querySelector("[data-snippet-text]");
    const text = Array.from(element.childNodes, (node) => secrets.get(node) ?? node.textContent).join("");
    copy(`${text}\n`, element, snippet.querySelector("[data-snippet-said]"));
  }

  render(false);
  controls.forEach((row) => (row.hidden = false));
  section.querySelector("[data-secret-copy]").addEventListener("click", () => copy(secrets.get(place), place, said));
  section.querySelector("[data-secret-show]").addEventListener("click", () => render(place.dataset.state !== "shown"));
  for (const snippet of section.querySelectorAll("[data-snippet]")) {
    snippet.querySelector("[data-snippet-copy]").addEventListener("click", () => copySnippet(snippet));
  }
  section.addEventListener("submit", () => unsaved.delete(section));
  forgetters.set(section, forget);
  if (!isOneOfMany) {
    unsaved.add(section);
  }
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
document.querySelector("[data-secret-given-up]")?.addEventListener("click", () => unsaved.clear());
window.addEventListener("beforeunload", (event) => {
  if (unsaved.size > 0) {
    event.preventDefault();
  }
});
window.addEventListener("pagehide", forgetAll);
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    forgetAll();
  }
});
