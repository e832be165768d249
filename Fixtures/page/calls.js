
// ---- Calls of the control API

let token = sessionStorage.getItem("cloro-mock.token");
// Settles when the double lets the page in.
let admitted = Promise.resolve(), admit = null;

class Denied extends Error {}

// The response to a call; it throws `Denied` when the double asks for another token.
async function call(path, { method = "GET", body, signal } = {}) {
  await admitted;
  const used = token;
  const headers = {};
  if (used !== null) headers.Authorization = `Bearer ${used}`;
  if (body) headers["Content-Type"] = "application/json";
  const content = body && JSON.stringify(body);
  const response = await fetch(path, { method, headers, body: content, signal, cache: "no-store" });
  if (response.status === 401) {
    if (used === token) askForToken();
    throw new Denied();
  }
  return response;
}

// The JSON of a response; a refusal is thrown with its message.
async function read(path, options) {
  const response = await call(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}
