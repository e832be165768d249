
// ---- The admin token

function askForToken() {
  if (admit) return;
  setText($("refusal"), token === null ? "" : "✕ The double doesn’t take this token.");
  token = null;
  sessionStorage.removeItem("cloro-mock.token");
  admitted = new Promise((done) => { admit = done; });
  showGate(true);
}

function showGate(isShown) {
  $("gate").hidden = !isShown;
  const main = document.querySelector("main");
  for (const part of [main, $("tabs"), $("clock"), $("traffic")]) part.hidden = isShown;
  showWhatTokensChange();
  if (isShown) {
    showState("○ needs the admin token", "warn");
    $("token").value = "";
    $("token").focus();
  }
}

function showWhatTokensChange() {
  $("forget").hidden = token === null;
  // A link can't say the token that this document needs.
  $("description").hidden = token !== null || admit !== null;
}

$("gate").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = $("token").value.trim();
  // What a header can't carry is no token.
  if (!/^[\x21-\x7e]+$/.test(given)) {
    setText($("refusal"), "✕ A token has no spaces and only ASCII characters.");
    return;
  }
  token = given;
  sessionStorage.setItem("cloro-mock.token", token);
  showGate(false);
  showState("○ connecting", "mute");
  const done = admit;
  admit = null;
  done();
});
$("forget").addEventListener("click", () => {
  sessionStorage.removeItem("cloro-mock.token");
  location.reload();
});
