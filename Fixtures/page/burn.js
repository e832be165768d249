
// ---- What an organization spends

// The credits that an organization spent in the last minute: by how much its balance fell from one
// reading to the next.
class Burn {
  constructor(balance) {
    Object.assign(this, { balance, step: Burn.step(), total: 0 });
    // What was spent in each step of the last minute, in a ring.
    this.steps = new Float64Array(BURN_STEPS);
  }

  static step() { return Math.floor(performance.now() / BURN_STEP); }

  see(balance) {
    const now = Burn.step();
    for (let step = Math.max(this.step, now - BURN_STEPS) + 1; step <= now; step += 1) {
      this.steps[step % BURN_STEPS] = 0;
    }
    this.step = now;
    this.steps[now % BURN_STEPS] += Math.max(0, this.balance - balance);
    this.balance = balance;
    this.total = this.steps.reduce((sum, each) => sum + each, 0);
  }

  // A line of the steps, the oldest first.
  path(width, height) {
    const most = Math.max(1, ...this.steps);
    let path = "";
    for (let index = 0; index < BURN_STEPS; index += 1) {
      const value = this.steps[(this.step + 1 + index) % BURN_STEPS];
      const x = index * width / (BURN_STEPS - 1), y = height - 1 - value / most * (height - 2);
      path += `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    }
    return path;
  }
}

// A small picture of a burn, which `show` draws.
function spark(width = 60, height = 14) {
  const space = "http://www.w3.org/2000/svg";
  const image = document.createElementNS(space, "svg");
  image.setAttribute("class", "spark");
  image.setAttribute("viewBox", `0 0 ${width} ${height}`);
  image.setAttribute("aria-hidden", "true");
  const line = image.appendChild(document.createElementNS(space, "path"));
  image.show = (burn) => line.setAttribute("d", burn.path(width, height));
  return image;
}
