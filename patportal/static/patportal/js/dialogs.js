// Shows pages of a token beside the list: its details in a panel, rotating and revoking in a dialog.
// Without it, and for whatever is no such page, the links lead there as they always do.

const titleAtFirst = document.title;
const openers = new Map();

function bodyOf(dialog) {
  return dialog.querySelector("[data-dialog-body]");
}

/** The title of the page below: a list that was searched meanwhile says another one. */
function titleOfPage() {
  return document.querySelector("[data-title]")?.dataset.title ?? titleAtFirst;
}

function openDialogs() {
  return Array.from(document.querySelectorAll("dialog[data-dialog-frame][open]"));
}

/** Bring the page that `link` leads to into its dialog, or go there. */
function open(link) {
  const dialog = document.getElementById(link.dataset.dialog);
  const body = bodyOf(dialog);
  const waiting = document.getElementById("dialog-waiting");
  openers.set(dialog, link.id);
  body.replaceChildren(waiting.content.cloneNode(true));
  body.dataset.address = link.href;
  dialog.showModal();
  if (dialog.hasAttribute("data-has-address")) {
    history.pushState({ dialog: dialog.id }, "", link.href);
  }
  window.htmx.ajax("GET", link.href, { target: body });
}

function isPlainClick(event) {
  return event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (link && isPlainClick(event) && window.htmx && document.getElementById(link.dataset.dialog)) {
    event.preventDefault();
    open(link);
    return;
  }
  const dialog = event.target.closest("dialog[data-dialog-frame]");
  // Outside of its box a click on the backdrop is one on the dialog itself.
  if (dialog && (event.target === dialog || event.target.closest("[data-cancel]"))) {
    event.preventDefault();
    dialog.close();
  }
});

function leaveFor(event, body) {
  event.preventDefault();
  window.location.replace(body.dataset.address);
}

// What is no part of a page (a sign-in, a refusal, another page) is shown as the page that it is.
document.addEventListener("htmx:beforeSwap", (event) => {
  const body = event.detail.target;
  if (!body.hasAttribute("data-dialog-body")) {
    return;
  }
  const isPart = event.detail.xhr.status === 200 && event.detail.xhr.responseText.includes("data-part");
  if (!isPart || !body.closest("dialog").open) {
    event.detail.shouldSwap = false;
  }
  if (!isPart) {
    leaveFor(event, body);
  }
});
document.addEventListener("htmx:sendError", (event) => {
  if (event.detail.target?.hasAttribute("data-dialog-body")) {
    leaveFor(event, event.detail.target);
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  const body = event.detail.target;
  const heading = body.hasAttribute("data-dialog-body") && body.querySelector("h1");
  if (!heading) {
    return;
  }
  const dialog = body.closest("dialog");
  heading.id ||= `${dialog.id}-title`;
  dialog.setAttribute("aria-labelledby", heading.id);
  heading.tabIndex = -1;
  heading.focus();
  if (dialog.hasAttribute("data-has-address")) {
    document.title = `${heading.textContent.trim().replace(/\s+/g, " ")} – PAT Portal`;
  }
});

let isGoingBack = false;
for (const dialog of document.querySelectorAll("dialog[data-dialog-frame]")) {
  dialog.addEventListener("close", () => {
    bodyOf(dialog).replaceChildren();
    dialog.removeAttribute("aria-labelledby");
    // A dialog over the panel leaves the panel open, and the page with its title.
    if (dialog.hasAttribute("data-has-address")) {
      document.title = titleOfPage();
    }
    // The list may have been swapped meanwhile: its opener is found again by its id.
    document.getElementById(openers.get(dialog))?.focus();
    if (history.state?.dialog === dialog.id) {
      isGoingBack = true;
      history.back();
    }
  });
}

// Before htmx, which would fetch the whole list again: it is still there, below the panel.
window.addEventListener("popstate", (event) => {
  if (isGoingBack || openDialogs().length) {
    event.stopImmediatePropagation();
    isGoingBack = false;
    openDialogs().forEach((dialog) => dialog.close());
  } else if (event.state?.dialog) {
    event.stopImmediatePropagation();
    window.location.reload();
  }
});
