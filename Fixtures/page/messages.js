function show(text, kind) {
  put($("state"), text);
  $("state").className = kind;
}

// The parameter `about` names who may take it back without being asked: what was said to somebody who did
// something stays until they have read it.
function notice(text, about = "") {
  put($("message"), text);
  $("notice").dataset.about = about;
  $("notice").hidden = text === "";
}

function takeBack(about) {
  if ($("notice").dataset.about === about) notice("");
}
$("dismiss").addEventListener("click", () => notice(""));

