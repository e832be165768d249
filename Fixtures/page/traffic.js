// Requests of the last five seconds, by the second; for the line at the top.
const seconds = new Map();
function count(entry) {
  const second = Math.floor(performance.now() / 1000);
  let row = seconds.get(second);
  if (!row) {
    seconds.set(second, row = { all: 0, refused: 0 });
    for (const old of seconds.keys()) if (old < second - 6) seconds.delete(old);
  }
  row.all += 1;
  if (entry.status === null || entry.status >= 400) row.refused += 1;
}

function drawTraffic() {
  const now = Math.floor(performance.now() / 1000);
  let all = 0, refused = 0;
  for (const [second, row] of seconds) {
    if (second < now && second >= now - 5) [all, refused] = [all + row.all, refused + row.refused];
  }
  const rate = all / 5;
  const share = all ? ` · ${Math.round(refused / all * 100)}% refused` : "";
  const missed = skipped ? ` · ${grouped(skipped)} not shown: too fast for this page` : "";
  put($("traffic"), `${rate >= 10 ? grouped(Math.round(rate)) : rate} requests/s${share}${missed}`);
}

