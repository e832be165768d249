// A receiver as many are written on a web framework: the body was parsed before it arrives here, so
// the signature is verified over the JSON written again. Says one line for each report.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const secret = process.argv[2];

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const signed = `${request.headers["x-cloro-timestamp"]}.${JSON.stringify(body)}`;
    const expected = Buffer.from(`v1=${createHmac("sha256", secret).update(signed).digest("hex")}`);
    const received = Buffer.from(String(request.headers["x-cloro-signature"]));
    const genuine = expected.length === received.length && timingSafeEqual(expected, received);
    response.writeHead(genuine ? 204 : 401).end();
    console.log(JSON.stringify({ genuine, task: body.task.id, status: body.task.status }));
  });
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
