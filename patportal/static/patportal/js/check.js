// Asks the server what would come of the form as it stands: the sentence about the token, the link to the form, and
// the errors of fields that were left. The rules are the server's alone. Without this script they come with the answer
// to the form itself.

const PATIENCE_MS = 400;
const form = document.querySelector("form[data-check]");
// The fields that were changed and left: nobody is told of what they have not come to yet.
const left = new Set();
let waiting = 0;
let asking = null;

/** Put in what is fresh; a link that has the focus stays and leads elsewhere. */
function renew(place, fresh) {
  if (place.contains(document.activeElement)) {
    place.querySelector("a").setAttribute("href", fresh.querySelector("a").getAttribute("href"));
  } else {
    place.replaceChildren(...fresh.childNodes);
  }
}

/** Take over what the answer says, where it differs, so that nothing is announced twice. */
function takeOver(answer) {
  for (const fresh of answer.querySelectorAll("[data-live]")) {
    const place = form.querySelector(`[data-live="${fresh.dataset.live}"]`);
    if (place.textContent.trim() !== fresh.textContent.trim() || fresh.querySelector("a")) {
      renew(place, fresh);
    }
  }
  offerCopying();
  for (const name of left) {
    showErrors(name, answer.querySelector(`#errors-${name}`));
  }
}

function showErrors(name, fresh) {
  const control = document.getElementById(`field-${name}`);
  const old = document.getElementById(`errors-${name}`);
  if (!control || old?.textContent === fresh?.textContent) {
    return;
  }
  old?.remove();
  if (fresh) {
    const isGroup = control.matches("fieldset");
    const before = document.getElementById(`hint-${name}`) ?? (isGroup ? control.querySelector("legend") : null);
    before ? before.after(fresh) : control.before(fresh);
  }
  const described = new Set((control.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  described[fresh ? "add" : "delete"](`errors-${name}`);
  control.setAttribute("aria-describedby", [...described].join(" "));
  fresh ? control.setAttribute("aria-invalid", "true") : control.removeAttribute("aria-invalid");
  form.querySelector("[data-check-said]").textContent = fresh ? fresh.textContent.trim() : "";
}

/** What was said before may no longer be so: say that nobody could be asked, and take the errors back. */
function giveUp() {
  for (const place of form.querySelectorAll("[data-live]")) {
    place.textContent = place.dataset.live === "sentence" ? form.dataset.checkFailed : "";
  }
  left.forEach((name) => showErrors(name, null));
}

async function ask() {
  asking?.abort();
  const { signal } = (asking = new AbortController());
  try {
    const body = new URLSearchParams(new FormData(form));
    // A session that has ended is told of when the form is sent, and keeps its reason until then.
    const options = { method: "POST", body, signal, cache: "no-store", redirect: "manual" };
    const answer = await fetch(form.dataset.check, options);
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = parsed.querySelector("[data-checked]");
    found ? takeOver(found) : giveUp();
  } catch {
    // One that a newer one overtook has nothing to say.
    if (!signal.aborted) {
      giveUp();
    }
  }
}

function askIn(milliseconds) {
  clearTimeout(waiting);
  waiting = setTimeout(ask, milliseconds);
}

function offerCopying() {
  const button = form.querySelector("[data-form-link-copy]");
  if (button && navigator.clipboard) {
    button.hidden = false;
  }
}

async function copyLink(button) {
  try {
    await navigator.clipboard.writeText(form.querySelector("[data-form-link]").href);
    button.textContent = button.dataset.copied;
  } catch {
    button.textContent = button.dataset.notCopied;
  }
}

form.addEventListener("input", () => askIn(PATIENCE_MS));
form.addEventListener("change", (event) => {
  if (event.target.name) {
    left.add(event.target.name);
    askIn(0);
  }
});
form.addEventListener("focusout", (event) => {
  if (event.target.matches("input[type=text][required]") && !event.target.value) {
    left.add(event.target.name);
    askIn(PATIENCE_MS);
  }
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-form-link-copy]");
  if (button) {
    copyLink(button);
  }
});
offerCopying();
