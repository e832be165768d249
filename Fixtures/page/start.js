// ---- Narrow pages show one part at a time

function view(name) {
  document.body.dataset.view = name;
  for (const button of document.querySelectorAll(".tabs button")) button.setAttribute("aria-pressed", button.dataset.view === name);
  draw();
}
document.querySelector(".tabs").addEventListener("click", (event) => {
  if (event.target.dataset.view) view(event.target.dataset.view);
});

// ---- Keys

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const isTyping = event.target.matches("input:not([type=radio]), select, textarea");
  if (event.key === "Escape") {
    if (closeDetail()) return event.preventDefault();
    if (event.target.matches("[type=search]") && event.target.value) return;
    if (still) goLive();
  } else if (event.key === "/" && !isTyping && $("gate").hidden && !$("journal").inert) {
    event.preventDefault();
    view("journal");
    $("filter").focus();
    $("filter").select();
  } else if (event.key === "c" && !isTyping && shownEntry) copy();
});

list.box.addEventListener("scroll", () => { if (list.box.scrollTop > 2) hold(); }, { passive: true });
$("forget").hidden = token === null;
draw();
followOn();
refreshOn();
