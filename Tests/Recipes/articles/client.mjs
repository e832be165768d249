// Takes the place of the reader's own client in the articles' examples.

globalThis.Client = class {
  constructor(url, key, headers = {}) {
    Object.assign(this, { url, headers: { Authorization: `Bearer ${key}`, ...headers } });
  }

  /** Asks a provider. */
  ask(question, provider = 'chatgpt', members = {}) {
    return this.post(`/v1/monitor/${provider}`, { prompt: question, country: 'US', ...members });
  }

  /** Submits a task. */
  submit(question, members = {}) {
    const payload = { prompt: question, country: 'US' };
    return this.post('/v1/async/task', { taskType: 'GROK', payload, ...members });
  }

  post(path, body) {
    return this.send(path, { method: 'POST', body: JSON.stringify(body) });
  }

  get(path) {
    return this.send(path, {});
  }

  async send(path, options) {
    const got = await fetch(this.url + path, { ...options, headers: this.headers });
    const { status } = got;
    return { status, headers: Object.fromEntries(got.headers), body: await got.json() };
  }
};
