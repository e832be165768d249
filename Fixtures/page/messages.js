
// ---- What the page tells its reader

// How the page stands with the double, at the top.
function showState(text, kind) {
  setText($("state"), text);
  $("state").className = kind;
}

// A line below the top, until it is dismissed. One that is `about` something is withdrawn by the
// code that is responsible for that. One without answers what the reader did, and stays until it
// has been read.
function notice(text, about = "") {
  setText($("message"), text);
  $("notice").dataset.about = about;
  $("notice").hidden = text === "";
}

function withdrawNotice(about) {
  if ($("notice").dataset.about === about) notice("");
}
$("dismiss").addEventListener("click", () => notice(""));
