// Shows that a search waits for its answer, and says when none came: the list from before would otherwise stand below
// other words, as if it were what they find. Without it a search is a page of its own, and the browser says so.

const form = document.getElementById("search");
const sentence = document.querySelector("template[data-search-failed]");
let shown = null;

function forget() {
  shown?.remove();
  shown = null;
}

function tell(event) {
  if (event.detail.elt === form) {
    forget();
    shown = sentence.content.firstElementChild.cloneNode(true);
    document.dispatchEvent(new CustomEvent("toast", { detail: shown }));
  }
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt === form) {
    form.setAttribute("data-waiting", "");
  }
});
document.addEventListener("htmx:sendError", tell);
document.addEventListener("htmx:responseError", tell);
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt !== form) {
    return;
  }
  form.toggleAttribute("data-waiting", form.classList.contains("htmx-request"));
  if (event.detail.successful) {
    forget();
  }
});
