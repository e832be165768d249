// ---- Reading the state

async function refresh() {
  const [state, time] = await Promise.all([read("organizations"), read("clock")]);
  take(state);
  takeClock(time);
  refreshOrganization();
}

async function refreshOn() {
  for (;;) {
    const began = performance.now();
    try {
      await refresh();
    } catch {
      // The stream's loop says what is wrong.
    }
    // What takes long is asked for less often.
    await pause(Math.max(READING, 10 * (performance.now() - began)));
    drawSoon();
  }
}

