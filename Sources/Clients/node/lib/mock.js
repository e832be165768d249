'use strict';

const { Transport } = require('./transport.js');

/** A text as one segment of a path. */
const segment = encodeURIComponent;

/** A prompt's condition as the control API takes it: a text is a part of the prompt. */
const compared = (prompt) => (typeof prompt === 'string' ? { contains: prompt } : prompt);

/** The attempts to deliver the reports of tasks. */
class Webhooks {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  async list({ key } = {}) {
    return (await this.#transport.send('GET', 'webhooks', { query: { key } })).webhooks;
  }

  async wait({ key, taskId, delivered, status, count = 1, timeout = 5000 } = {}) {
    const match = { key, taskId, delivered, status };
    const body = { match, count, timeoutMs: Math.round(timeout) };
    return (await this.#transport.send('POST', 'webhooks/await', { body, waits: timeout })).webhooks;
  }

  redeliver(delivery) {
    return this.#transport.send('POST', `webhooks/${segment(delivery)}/redeliver`);
  }
}

/** A key with what a test asks of its organization. */
class CloroKey {
  #mock;

  constructor(mock, settings) {
    this.#mock = mock;
    this.url = mock.url;
    this.key = settings.key;
    this.organization = settings.organization;
    this.settings = settings;
  }

  get mock() {
    return this.#mock;
  }

  /** The key's text, so that it may stand where one is expected: in a template, a header. */
  toString() {
    return this.key;
  }

  toJSON() {
    return this.key;
  }

  async change(settings) {
    this.settings = await this.#mock.change(this.key, settings);
    return this.settings;
  }

  remove() {
    return this.#mock.remove(this.key);
  }

  reset() {
    return this.#mock.reset({ key: this.key });
  }

  balance() {
    return this.#mock.balance({ key: this.key });
  }

  ledger(options) {
    return this.#mock.ledger({ ...options, key: this.key });
  }

  journal(filters) {
    return this.#mock.journal({ ...filters, key: this.key });
  }

  wait({ count, timeout, ...match } = {}) {
    return this.#mock.wait({ ...match, key: this.key, count, timeout });
  }

  fault(kind, options) {
    return this.#mock.fault(kind, { ...options, key: this.key });
  }

  respond(result, options) {
    return this.#mock.respond(result, { ...options, key: this.key });
  }

  tasks(options) {
    return this.#mock.tasks({ ...options, key: this.key });
  }

  verify(expectation) {
    return this.#mock.verify({ ...expectation, key: this.key });
  }

  report() {
    return this.#mock.report({ key: this.key });
  }

  requests(options) {
    return this.#mock.requests({ ...options, key: this.key });
  }

  releaseAll() {
    return this.#mock.releaseAll({ key: this.key });
  }
}

/** A double of cloro's API. */
class CloroMock {
  #transport;
  #process;

  constructor(url, { adminToken, process: own } = {}) {
    this.#transport = new Transport(url, adminToken ?? process.env.CLORO_MOCK_ADMIN_TOKEN);
    this.#process = own;
    this.webhooks = new Webhooks(this.#transport);
  }

  get url() {
    return this.#transport.url;
  }

  get pid() {
    return this.#process?.pid;
  }

  get environment() {
    return { ...this.#process?.environment };
  }

  get proxyUrl() {
    return this.environment.HTTPS_PROXY;
  }

  get caFile() {
    return this.environment.NODE_EXTRA_CA_CERTS;
  }

  get log() {
    return [...(this.#process?.log ?? [])];
  }

  async stop() {
    await this.#process?.stop();
  }

  // Keys

  async mint(settings = {}) {
    return new CloroKey(this, await this.#transport.send('POST', 'keys', { body: settings }));
  }

  async keys() {
    return (await this.#transport.send('GET', 'keys')).keys;
  }

  async key(text) {
    if (text === undefined) return new CloroKey(this, (await this.keys())[0]);
    return new CloroKey(this, await this.#transport.send('GET', `keys/${segment(text)}`));
  }

  change(key, settings) {
    return this.#transport.send('PATCH', `keys/${segment(key)}`, { body: settings });
  }

  remove(key) {
    return this.#transport.send('DELETE', `keys/${segment(key)}`);
  }

  async reset({ key } = {}) {
    await this.#transport.send('POST', 'reset', { query: { key } });
  }

  // What happens

  fault(kind, { key, provider, path, prompt, nth, times, probability, ...members } = {}) {
    const match = { key, provider, path, prompt: compared(prompt), nth };
    const body = { match, fault: { kind, ...members }, times, probability };
    return this.#transport.send('POST', 'faults', { body });
  }

  async faults({ key } = {}) {
    return (await this.#transport.send('GET', 'faults', { query: { key } })).faults;
  }

  async removeFault(id) {
    await this.#transport.send('DELETE', `faults/${segment(id)}`);
  }

  async removeFaults({ key } = {}) {
    await this.#transport.send('DELETE', 'faults', { query: { key } });
  }

  respond(result, options = {}) {
    const { provider, prompt, country, key, include, state, device, label, body, ...answer } =
      options;
    const match = {
      provider, prompt: compared(prompt), country, key, include, state, device, label, body,
    };
    return this.#transport.send('POST', 'responses', {
      body: { match, result: result ?? undefined, ...answer },
    });
  }

  async responses({ key } = {}) {
    return (await this.#transport.send('GET', 'responses', { query: { key } })).responses;
  }

  async removeResponse(id) {
    await this.#transport.send('DELETE', `responses/${segment(id)}`);
  }

  async removeResponses({ key } = {}) {
    await this.#transport.send('DELETE', 'responses', { query: { key } });
  }

  async tasks({ key, status } = {}) {
    return (await this.#transport.send('GET', 'tasks', { query: { key, status } })).tasks;
  }

  async requests({ key, state } = {}) {
    return (await this.#transport.send('GET', 'requests', { query: { key, state } })).requests;
  }

  release(id) {
    return this.#transport.send('POST', `requests/${segment(id)}/release`);
  }

  async releaseAll({ key } = {}) {
    return (await this.#transport.send('POST', 'requests/release', { query: { key } })).released;
  }

  completeTask(id, result) {
    return this.#transport.send('POST', `tasks/${segment(id)}/complete`, { body: { result } });
  }

  failTask(id, { code, message } = {}) {
    return this.#transport.send('POST', `tasks/${segment(id)}/fail`, { body: { code, message } });
  }

  releaseTask(id) {
    return this.#transport.send('POST', `tasks/${segment(id)}/release`);
  }

  // Time

  clock() {
    return this.#transport.send('GET', 'clock');
  }

  setClock({ mode, now } = {}) {
    return this.#transport.send('PUT', 'clock', { body: { mode, now } });
  }

  advance(seconds) {
    return this.#transport.send('POST', 'clock/advance', { body: { seconds }, waits: 600_000 });
  }

  // What has happened

  async journal({ key, path, status, requestId, traceparent, since, limit } = {}) {
    const query = { key, path, status, requestId, traceparent, since, limit };
    return (await this.#transport.send('GET', 'journal', { query })).entries;
  }

  async clearJournal({ key, path, status, requestId, traceparent, since, limit } = {}) {
    const query = { key, path, status, requestId, traceparent, since, limit };
    await this.#transport.send('DELETE', 'journal', { query });
  }

  async wait({ count = 1, timeout = 5000, ...match } = {}) {
    const body = { match, count, timeoutMs: Math.round(timeout) };
    return (await this.#transport.send('POST', 'journal/await', { body, waits: timeout })).entries;
  }

  async verify({ times, sequence, timeout = 0, ...match } = {}) {
    const wanted = typeof times === 'number' ? { exactly: times } : times;
    const body = { times: wanted, sequence, timeoutMs: Math.round(timeout) };
    if (sequence === undefined) body.match = match;
    return (await this.#transport.send('POST', 'verify', { body, waits: timeout })).matched;
  }

  async unused({ key } = {}) {
    return (await this.#transport.send('GET', 'unused', { query: { key } })).unused;
  }

  report({ key } = {}) {
    return this.#transport.send('GET', 'report', { query: { key } });
  }

  async waitForTasks({ count = 1, timeout = 5000, ...match } = {}) {
    const body = { match, count, timeoutMs: Math.round(timeout) };
    return (await this.#transport.send('POST', 'tasks/await', { body, waits: timeout })).tasks;
  }

  ledger({ key, since, limit } = {}) {
    return this.#transport.send('GET', 'ledger', { query: { key, since, limit } });
  }

  async balance({ key } = {}) {
    return (await this.ledger({ key, limit: 0 })).balance;
  }

  async organizations({ key } = {}) {
    return (await this.#transport.send('GET', 'organizations', { query: { key } })).organizations;
  }

  metrics() {
    return this.#transport.send('GET', 'metrics');
  }

  // State

  async snapshots({ key } = {}) {
    return (await this.#transport.send('GET', 'snapshots', { query: { key } })).snapshots;
  }

  snapshot(name, { key } = {}) {
    return this.#transport.send('POST', `snapshots/${segment(name)}`, { query: { key } });
  }

  restore(name, { key } = {}) {
    return this.#transport.send('POST', `snapshots/${segment(name)}/restore`, { query: { key } });
  }

  download(name, { key } = {}) {
    return this.#transport.send('GET', `snapshots/${segment(name)}`, { query: { key } });
  }

  upload(name, document) {
    return this.#transport.send('PUT', `snapshots/${segment(name)}`, { body: document });
  }

  async removeSnapshot(name) {
    await this.#transport.send('DELETE', `snapshots/${segment(name)}`);
  }

  // Recordings

  startRecording({ maxCredits } = {}) {
    return this.#transport.send('POST', 'recordings/start', { body: { maxCredits } });
  }

  stopRecording() {
    return this.#transport.send('POST', 'recordings/stop');
  }

  control(method, path, { body, query } = {}) {
    return this.#transport.send(method, path, { body, query });
  }
}

// `await using` of Node 24 and of TypeScript; older versions of Node have no such symbol.
if (Symbol.asyncDispose) {
  CloroMock.prototype[Symbol.asyncDispose] = CloroMock.prototype.stop;
}

module.exports = { CloroKey, CloroMock, Webhooks };
