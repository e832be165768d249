// Every call of the control API.

import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ask, binary, client, folder, submit } from './support.mjs';

const { startCloroMock, connectCloroMock, ControlError, NoAnswer, NotInTime } = client;
const BUILT_IN_KEY = 'sk_live_0000000000000000000000000000c10a';

let mock;
before(async () => {
  mock = await startCloroMock({ program: binary, clock: 'manual' });
});
after(() => mock.stop());

test('keys', async () => {
  const first = await mock.key();
  assert.equal(first.key, BUILT_IN_KEY);
  const key = await mock.mint({ plan: 'free', credits: 20 });
  assert.equal(key.settings.plan, 'free');
  assert.equal(`${key}`, key.key);
  assert.equal(JSON.stringify({ key }), JSON.stringify({ key: key.key }));
  assert.equal((await ask(key, key.url)).status, 200);
  assert.equal(await key.balance(), 13);
  assert.equal(await first.balance(), 250_000);
  assert.equal((await key.change({ addCredits: 7, concurrency: 3 })).credits, 20);
  assert.equal(key.settings.concurrency, 3);
  assert.ok((await mock.keys()).some((each) => each.key === key.key));
  assert.equal((await mock.key(key.key)).organization, key.organization);
  await key.reset();
  assert.equal(await key.balance(), 20);
  await key.remove();
  await assert.rejects(mock.key(key.key), (error) => error.status === 404);
  assert.equal((await ask(key, mock.url)).status, 401);
});

test('faults', async () => {
  const [key, other] = [await mock.mint(), await mock.mint()];
  const fault = await key.fault('status', { status: 503, retryAfter: 0, times: 2 });
  const statuses = [];
  for (let turn = 0; turn < 3; turn++) statuses.push((await ask(key, mock.url)).status);
  assert.deepEqual(statuses, [503, 503, 200]);
  assert.equal((await ask(other, mock.url)).status, 200);
  assert.equal((await mock.faults({ key: key.key }))[0].id, fault.id);
  await mock.removeFault(fault.id);
  await mock.fault('status', { status: 500, provider: 'grok', prompt: 'needle', key: other.key });
  const grok = { provider: 'grok', prompt: 'a needle' };
  assert.equal((await ask(other, mock.url, grok)).status, 500);
  assert.equal((await ask(key, mock.url, grok)).status, 200);
  await mock.removeFaults({ key: other.key });
  assert.equal((await ask(other, mock.url, grok)).status, 200);
});

test('responses', async () => {
  const [key, other] = [await mock.mint(), await mock.mint()];
  await key.respond({ text: 'Acme.' }, { prompt: 'laptop' });
  assert.equal((await ask(key, mock.url)).body.result.text, 'Acme.');
  assert.notEqual((await ask(other, mock.url)).body.result.text, 'Acme.');
  const stub = await other.respond(null, { error: { status: 502 }, times: 1 });
  assert.equal((await ask(other, mock.url)).status, 502);
  await mock.removeResponse(stub.id);
  assert.equal((await mock.responses({ key: key.key })).length, 1);
  await key.respond({ text: 'x' }, { mode: 'replace', prompt: { regex: '^Which' } });
  assert.deepEqual((await ask(key, mock.url)).body.result, { text: 'x' });
  await mock.removeResponses({ key: key.key });
  assert.deepEqual(await mock.responses({ key: key.key }), []);
});

test('brands and sequences', async () => {
  const key = await mock.mint();
  const acme = { name: 'Acme', rank: 2, url: 'https://acme.test', sentiment: 'positive' };
  const sequence = [{ mentions: [acme] }, { absent: ['Acme'] }];
  await key.respond(null, { sequence, every: '1d', body: { '/device': { equals: 'desktop' } } });
  const result = async () => (await ask(key, mock.url)).body.result;
  assert.equal((await result()).sources[1].url, 'https://acme.test');
  await mock.advance(86_400);
  assert.ok(!JSON.stringify(await result()).includes('Acme'));
  const stub = await key.respond(null, { mentions: [acme], absent: ['Globex'], include: ['html'] });
  assert.deepEqual([stub.mentions, stub.match.include], [[acme], ['html']]);
  assert.ok(!(await result()).text.includes('Acme'));
  await assert.rejects(key.respond(null, { mentions: [acme, acme] }), { status: 400 });
});

test('time', async () => {
  const key = await mock.mint({ latency: '90s' });
  const before = await mock.clock();
  assert.deepEqual([before.mode, before.factor], ['manual', 0]);
  const answer = ask(key, mock.url);
  while ((await mock.organizations({ key: key.key }))[0].slots.used === 0);
  const moved = await mock.advance(90);
  assert.equal((await answer).status, 200);
  assert.ok(moved.now > before.now && moved.fired.length === 1);
  const now = '2040-01-01T00:00:00.000Z';
  assert.equal((await mock.setClock({ now })).now, now);
});

test('journal and ledger', async () => {
  const key = await mock.mint({ credits: 7 });
  await ask(key, mock.url);
  await ask(key, mock.url);
  const [answered, refused] = await key.journal();
  assert.equal(answered.creditsCharged, 7);
  assert.equal(refused.status, 403);
  assert.deepEqual(await key.journal({ status: 403 }), [refused]);
  assert.deepEqual(await key.journal({ since: answered.sequence }), [refused]);
  const ledger = await key.ledger();
  assert.ok(ledger.consistent && ledger.balance === 0);
  assert.deepEqual(ledger.entries.map((each) => each.kind), ['grant', 'charge']);
  assert.equal((await key.wait({ count: 2 })).length, 2);
  await assert.rejects(
    key.wait({ count: 3, timeout: 10 }),
    (error) => error instanceof NotInTime && error.status === 408 && /2 of 3/.test(error.message));
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
  const headers = { authorization: `Bearer ${key.key}`, traceparent };
  await (await fetch(`${mock.url}/v1/countries`, { headers })).arrayBuffer();
  const traced = await key.journal({ traceparent: trace });
  assert.deepEqual(traced.map((each) => each.traceparent), [traceparent]);
  assert.deepEqual(await mock.wait({ traceparent }), traced);
  assert.equal(await mock.verify({ times: 1, traceparent: trace }), 1);
  await mock.clearJournal({ traceparent: trace });
  assert.equal((await key.journal()).length, 2);
  await mock.clearJournal({ key: key.key });
  assert.deepEqual(await key.journal(), []);
  assert.match(await mock.metrics(), /^cloro_mock_credits\{/m);
});

test('tasks and webhooks', async () => {
  const key = await mock.mint({ progression: { mode: 'hold' }, webhookMode: 'collect' });
  const webhook = { webhook: { url: 'http://127.0.0.1:9/hook' } };
  const [first, second, third] = [
    await submit(key, mock.url, webhook), await submit(key, mock.url, webhook),
    await submit(key, mock.url, webhook),
  ];
  await mock.completeTask(first, { text: 'Acme.' });
  await mock.failTask(second, { code: 'EXTERNAL_SERVICE_ERROR' });
  assert.equal((await mock.releaseTask(third)).id, third);
  assert.deepEqual((await key.tasks({ status: 'FAILED' })).map((each) => each.id), [second]);
  const [attempt] = await mock.webhooks.wait({ taskId: first });
  assert.match(attempt.body, /Acme\./);
  await mock.webhooks.redeliver(attempt.id);
  assert.equal((await mock.webhooks.wait({ taskId: first, count: 2 })).length, 2);
  await assert.rejects(
    mock.webhooks.wait({ key: key.key, delivered: true, timeout: 10 }),
    (error) => error instanceof NotInTime && error.details.nearest.length > 1);
});

test('requests are held, verified and reported', async () => {
  const key = await mock.mint({ holdSync: true, label: 'held', budget: 6 });
  const asked = ask(key, key.url);
  let held;
  do held = await key.requests({ state: 'held' });
  while (held.length === 0);
  assert.equal((await mock.release(held[0].requestId)).state, 'running');
  await asked;
  assert.equal(await key.releaseAll(), 0);
  assert.equal(await key.verify({ provider: 'chatgpt', times: 1 }), 1);
  assert.equal(await mock.verify({ key: key.key, status: 429, times: 'never' }), 0);
  assert.equal(await mock.verify({ sequence: [{ key: key.key }] }), 1);
  await assert.rejects(key.verify({ times: { atLeast: 2 } }), { code: 'NOT_VERIFIED' });
  await key.fault('hold');
  assert.deepEqual((await mock.unused({ key: key.key })).map((each) => each.kind), ['fault']);
  const report = await key.report();
  assert.ok(report.byLabel[0].label === 'held' && report.budget.exceeded);
  assert.deepEqual(await mock.waitForTasks({ key: key.key }).catch((error) => error.status), 408);
});

test('state', async () => {
  const key = await mock.mint({ credits: 20 });
  await mock.snapshot('before', { key: key.key });
  assert.deepEqual((await mock.snapshots({ key: key.key })).map(({ id }) => id), ['before']);
  await ask(key, mock.url);
  await mock.restore('before', { key: key.key });
  assert.equal(await key.balance(), 20);
  await mock.removeSnapshot('before');
  await assert.rejects(mock.restore('before'), (error) => error.status === 404);
});

test('recordings', async (t) => {
  const record = path.join(folder(t), 'recordings');
  process.env.CLORO_MOCK_UPSTREAM_KEY = `sk_live_${'5'.repeat(32)}`;
  t.after(() => delete process.env.CLORO_MOCK_UPSTREAM_KEY);
  const upstream = 'http://127.0.0.1:9';
  const live = await startCloroMock({ program: binary, record, upstream, maxCredits: 20 });
  t.after(() => live.stop());
  assert.equal((await live.stopRecording()).recording, false);
  assert.equal((await ask(await live.key(), live.url)).status, 200);
  assert.deepEqual(await live.startRecording({ maxCredits: 5 }), {
    recording: true, directory: record, recorded: 0, creditsSpent: 0, creditsRemaining: 5,
    underWay: 0,
  });
  assert.equal((await live.startRecording()).creditsRemaining, 20);
  // Nobody is there.
  assert.equal((await ask(await live.key(), live.url)).status, 502);

  const replayed = await startCloroMock({ program: binary, replay: record, onMiss: 'fail' });
  t.after(() => replayed.stop());
  assert.equal((await ask(await replayed.key(), replayed.url)).status, 503);
  await assert.rejects(replayed.startRecording(), (error) => error.status === 409);
});

test('any other call', async () => {
  assert.deepEqual(await mock.control('GET', 'health'), { status: 'ok' });
  const query = { contract: '2026-10' };
  assert.match((await mock.control('GET', 'openapi.json', { query })).openapi, /^3\.1/);
});

test('a refusal says what is wrong', async () => {
  await assert.rejects(mock.mint({ plan: 'hoby', credits: -1 }), (error) => {
    assert.ok(error instanceof ControlError);
    assert.deepEqual([error.status, error.code], [400, 'INVALID_REQUEST']);
    assert.deepEqual(error.details.map((each) => each.field).sort(), ['credits', 'plan']);
    return error.name === 'ControlError';
  });
});

test('a running double', async (t) => {
  const one = await startCloroMock({ program: binary, adminToken: 'secret' });
  t.after(() => one.stop());
  const connected = connectCloroMock(`${one.url}/`, { adminToken: 'secret' });
  assert.equal((await connected.key()).key, BUILT_IN_KEY);
  await connected.stop(); // it isn't this one's to end
  await assert.rejects(connectCloroMock(one.url).keys(), (error) => error.status === 401);
  process.env.CLORO_MOCK_ADMIN_TOKEN = 'secret';
  process.env.CLORO_MOCK_URL = one.url;
  t.after(() => {
    delete process.env.CLORO_MOCK_ADMIN_TOKEN;
    delete process.env.CLORO_MOCK_URL;
  });
  assert.equal((await connectCloroMock().key()).key, BUILT_IN_KEY);
  await one.stop();
  await assert.rejects(
    connected.key(), (error) => error instanceof NoAnswer && error.message.includes(one.url));
});

test('tests that replace fetch and http reach it', async (t) => {
  t.mock.method(globalThis, 'fetch', () => assert.fail('fetch was used'));
  const http = await import('node:http');
  t.mock.method(http.default, 'request', () => assert.fail('http was used'));
  assert.deepEqual(await mock.control('GET', 'ready'), { status: 'ok' });
});

test('an answer that is cut off', async (t) => {
  const answers = ['', 'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"status"', 'hello'];
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answers.shift()));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const one = connectCloroMock(`http://127.0.0.1:${server.address().port}`);
  for (let turn = 0; turn < 3; turn++) await assert.rejects(one.keys(), NoAnswer);
});

test('what is no address', () => {
  for (const url of ['127.0.0.1:8080', 'https://127.0.0.1', 'nonsense']) {
    assert.throws(() => connectCloroMock(url), /a double's address is like/);
  }
});
