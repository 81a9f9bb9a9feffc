// Asks once which time zone is the reader's, where the browser's differs from the portal's. It stands where messages
// do, so it moves nothing on the page; without this script the settings are the place to choose.

const question = document.querySelector("template[data-zone-question]");
const browsers = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (question && browsers && browsers !== question.dataset.zone) {
  const asked = question.content.cloneNode(true);
  for (const place of asked.querySelectorAll("[data-zone-name]")) {
    place.textContent = browsers;
  }
  asked.querySelector("[data-zone-use]").value = browsers;
  document.getElementById("messages").append(asked);
}
