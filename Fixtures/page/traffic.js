
// ---- The rate at the top: requests of the last five seconds

// Numbers of requests, by the second in which they came.
const traffic = new Map();

function countTraffic(entry) {
  const second = Math.floor(performance.now() / 1000);
  let row = traffic.get(second);
  if (!row) {
    traffic.set(second, row = { all: 0, refused: 0 });
    for (const old of traffic.keys()) if (old < second - 6) traffic.delete(old);
  }
  row.all += 1;
  if (entry.status === null || entry.status >= 400) row.refused += 1;
}

function drawTraffic() {
  const now = Math.floor(performance.now() / 1000);
  let all = 0, refused = 0;
  for (const [second, row] of traffic) {
    if (second < now && second >= now - 5) [all, refused] = [all + row.all, refused + row.refused];
  }
  const rate = all / 5 >= 10 ? grouped(Math.round(all / 5)) : all / 5;
  const share = all ? ` · ${Math.round(refused / all * 100)}% refused` : "";
  const missed = skipped ? ` · ${grouped(skipped)} not shown: too many for this page` : "";
  setText($("traffic"), `${rate} requests/s${share}${missed}`);
}
