'use strict';

const net = require('node:net');
const { CloroMockError, ControlError, NoAnswer, NotInTime } = require('./errors.js');

/** How long an answer may take beyond what the call itself waits, in milliseconds. */
const PATIENCE = 30_000;

/**
 * Calls of the control API. They go over sockets, each over one of its own, because tests replace
 * `fetch` and Node's `http`, and those that do shall still reach the double.
 */
class Transport {
  #address;
  #token;

  constructor(url, token) {
    try {
      this.#address = new URL(url);
    } catch {
      // As below.
    }
    if (this.#address?.protocol !== 'http:') {
      throw new CloroMockError(`a double's address is like http://127.0.0.1:8080, not ${url}`);
    }
    this.url = this.#address.href.replace(/\/+$/, '');
    this.#token = token;
  }

  /** Resolves to the JSON of an answer; to the text of one that isn't JSON. */
  async send(method, path, { body, query = {}, waits = 0 } = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = given.length > 0 ? `?${new URLSearchParams(given)}` : '';
    const folder = this.#address.pathname.replace(/\/+$/, '');
    const content = Buffer.from(body === undefined ? '' : JSON.stringify(body));
    const head = [
      `${method} ${folder}/_mock/${path}${search} HTTP/1.1`,
      `Host: ${this.#address.host}`,
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${content.length}`,
    ];
    if (this.#token) head.push(`Authorization: Bearer ${this.#token}`);
    const request = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), content]);
    const answer = await this.#exchange(request, PATIENCE + waits).catch((error) => {
      const call = `${method} ${this.url}/_mock/${path}`;
      throw new NoAnswer(`${call}: ${error.message || error.code}`, { cause: error });
    });
    return contentOf(answer);
  }

  #exchange(request, timeout) {
    return new Promise((resolve, reject) => {
      const host = this.#address.hostname.replace(/^\[|\]$/g, '');
      const socket = net.connect({ host, port: Number(this.#address.port || 80) });
      const parts = [];
      socket.setTimeout(timeout, () => socket.destroy(new Error('timed out')));
      socket.on('data', (part) => parts.push(part));
      socket.on('error', reject);
      socket.on('end', () => resolve(Buffer.concat(parts)));
      socket.on('close', () => reject(new Error('the connection broke')));
      socket.write(request);
    });
  }
}

function contentOf(answer) {
  const end = answer.indexOf('\r\n\r\n');
  const head = answer.subarray(0, Math.max(0, end)).toString('latin1');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
  const body = answer.subarray(end + 4);
  if (!status || (!Number.isNaN(length) && body.length < length)) {
    throw new NoAnswer('the answer was cut off, or is none of HTTP');
  }
  const text = body.toString('utf8');
  let content = text;
  if (/^content-type: *application\/json/im.test(head) && text) content = JSON.parse(text);
  if (status < 400) return content;
  const error = content?.error ?? {};
  const Kind = status === 408 ? NotInTime : ControlError;
  throw new Kind(status, error.code ?? 'UNKNOWN', error.message ?? text, error.details);
}

module.exports = { Transport };
