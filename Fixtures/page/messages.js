
// ---- What the page tells its reader

// How the page stands with the double, at the top.
function showState(text, kind) {
  setText($("state"), text);
  $("state").className = kind;
}

// A line below the top, until it is dismissed. One that is `about` something is withdrawn by the
// code that is responsible for that. One without answers what the reader did, and stays until it
// has been read.
//
// `call` is the call of the control API that it tells of.
function notice(text, about = "", call = null) {
  setText($("message"), text);
  madeCall = call;
  setText($("made-call"), call ? callText(call) : "");
  for (const id of ["made-call", "copy-call"]) $(id).hidden = !call;
  $("notice").dataset.about = about;
  $("notice").hidden = text === "";
}

function withdrawNotice(about) {
  if ($("notice").dataset.about === about) notice("");
}
$("dismiss").addEventListener("click", () => notice(""));
