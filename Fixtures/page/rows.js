
// ---- Drawing, and lists of rows

// When the page was last drawn, and the frame and the timer that will draw it, or 0.
let drawnAt = 0, frame = 0, drawTimer = 0;

// Draws in the next frame, for what the reader did.
function draw() {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame((now) => {
    clearTimeout(drawTimer);
    [frame, drawTimer, drawnAt] = [0, 0, now];
    drawTraffic();
    drawOrganizations();
    openView().draw?.();
  });
}

// Draws when the interval since the last time is over, for what streams in.
function drawSoon() {
  if (frame || drawTimer) return;
  drawTimer = setTimeout(() => {
    drawTimer = 0;
    draw();
  }, Math.max(0, drawnAt + DRAW_INTERVAL - performance.now()));
}

// A list of rows of one height, of which only those in sight are nodes.
class Rows {
  // `build` makes a row's nodes, `fill` shows an item in them, `choose` is told of a click or
  // Enter.
  constructor(box, { height, build, fill, choose }) {
    Object.assign(this, { box, height, build, fill, choose });
    Object.assign(this, { count: 0, at: null, cursor: null, pool: [] });
    this.space = box.appendChild(make("div", { class: "rows", role: "presentation" }));
    this.nothing = box.appendChild(make("p", { class: "empty" }));
    box.addEventListener("scroll", () => draw(), { passive: true });
    new ResizeObserver(() => draw()).observe(box);
    // The item that the reader meant stood there when the button went down.
    let pressed = null;
    box.addEventListener("pointerdown", (event) => {
      pressed = event.target.closest(".row")?.item;
    });
    box.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) choose(pressed ?? row.item, row.index);
    });
    box.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.height()) - 1);
    const from = this.cursor ?? -1;
    const to = {
      ArrowDown: from + 1, ArrowUp: from < 0 ? 0 : from - 1, PageDown: Math.max(0, from) + page,
      PageUp: from - page, Home: 0, End: Infinity,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.move(to);
    } else if (event.key === "Enter" && this.cursor !== null) {
      event.preventDefault();
      this.choose(this.at(this.cursor), this.cursor);
    }
  }

  move(to) {
    if (this.count === 0) return;
    this.cursor = Math.min(Math.max(0, to), this.count - 1);
    const height = this.height(), top = this.cursor * height, bottom = top + height, { box } = this;
    this.grow();
    if (top < box.scrollTop) box.scrollTop = top;
    else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
    draw();
  }

  grow() { this.space.style.height = `${this.count * this.height()}px`; }

  draw(count, at, nothing) {
    const height = this.height(), { box, pool, space } = this;
    [this.count, this.at] = [count, at];
    this.grow();
    setText(this.nothing, nothing);
    this.nothing.hidden = count > 0;
    const first = Math.max(0, Math.floor(box.scrollTop / height) - 4);
    const end = Math.min(count, Math.ceil((box.scrollTop + box.clientHeight) / height) + 4);
    const size = Math.ceil(box.clientHeight / height) + 9;
    while (pool.length < size) {
      const row = this.build();
      row.id = `${box.id}-${pool.length}`;
      row.setAttribute("role", "option");
      pool.push(space.appendChild(row));
    }
    let active = "";
    // An index keeps its node while it is in sight.
    for (const [slot, row] of pool.entries()) {
      const index = slot + pool.length * Math.ceil((first - slot) / pool.length);
      row.hidden = index >= end;
      if (row.hidden) continue;
      if (row.index !== index || row.step !== height) {
        row.style.transform = `translateY(${index * height}px)`;
        [row.index, row.step] = [index, height];
        row.setAttribute("aria-posinset", index + 1);
      }
      if (row.total !== count) row.setAttribute("aria-setsize", row.total = count);
      const isChosen = index === this.cursor;
      if (row.isChosen !== isChosen) {
        row.isChosen = isChosen;
        row.classList.toggle("chosen", isChosen);
        row.setAttribute("aria-selected", isChosen);
      }
      if (isChosen) active = row.id;
      const item = at(index);
      if (row.item !== item || row.filledAt !== height) {
        [row.item, row.filledAt] = [item, height];
        this.fill(row, item);
      }
    }
    if (active) box.setAttribute("aria-activedescendant", active);
    else box.removeAttribute("aria-activedescendant");
  }
}

