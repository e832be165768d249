// `useCloroMock` in the tests of a runner of its own, the README's examples, and the types.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  ask, binary, client, environment, eventually, isAlive, packageFolder, project, recorder, run,
} from './support.mjs';

const README = fs.readFileSync(path.join(packageFolder, 'README.md'), 'utf8');
const BLOCKS = Object.fromEntries(
  [...README.matchAll(/^```js (\S+)\n(.*?)^```$/gms)].map(([, name, text]) => [name, text]));

/** Runs tests to their end with node:test. */
function tested(cwd, { env, ...options } = {}) {
  const words = ['--test', '--test-reporter=tap'];
  return run(process.execPath, words, { cwd, env: environment(env), ...options });
}

test('the examples of the README', async (t) => {
  assert.deepEqual(Object.keys(BLOCKS), ['shop.test.mjs', 'limits.test.mjs']);
  const { program, numbers } = recorder(t);
  const done = await tested(project(t, BLOCKS), { env: { CLORO_MOCK_BINARY: program } });
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.match(done.stdout, /^# pass 2$/m);
  await eventually(() => !numbers().some(isAlive), 'the end of the doubles');
});

test('the first example has at most eight lines', () => {
  const lines = BLOCKS['shop.test.mjs'].split('\n').filter((line) => /\S/.test(line));
  assert.ok(lines.length <= 8, `${lines.length} lines`);
});

const MANY = `
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useCloroMock } from 'cloro-mock';
const urls = new Set();

test('many', { concurrency: true }, async (t) => {
  await Promise.all(Array.from({ length: 50 }, (_, number) => t.test(String(number), async (t) => {
    const cloro = await useCloroMock(t, { credits: 14 });
    urls.add(cloro.url);
    const statuses = [];
    for (let turn = 0; turn < 3; turn++) {
      const answer = await fetch(cloro.url + '/v1/monitor/chatgpt', {
        method: 'POST', headers: { Authorization: 'Bearer ' + cloro.key },
        body: JSON.stringify({ prompt: 'x', country: 'US' }),
      });
      statuses.push(answer.status);
    }
    assert.deepEqual(statuses, [200, 200, 403]);
    assert.equal(await cloro.balance(), 0);
  })));
  const { mock } = await useCloroMock(t);
  assert.equal(urls.size, 1);
  // The first key and this test's own: the others are gone with their tests.
  assert.equal((await mock.keys()).length, 2);
});
`;

test('tests beside each other have keys of their own, of one double', async (t) => {
  const { program, numbers } = recorder(t);
  const env = { CLORO_MOCK_BINARY: program };
  const done = await tested(project(t, { 'many.test.mjs': MANY }), { env });
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.equal(numbers().length, 1);
});

test('under cloro-mock run it is that double', async (t) => {
  const words = ['run', '--budget', '699', '--', process.execPath, '--test'];
  const env = environment({ CLORO_MOCK_BINARY: '/absent' });
  const done = await run(binary, words, { cwd: project(t, { 'many.test.mjs': MANY }), env });
  assert.equal(done.code, 3, done.stdout + done.stderr);
  assert.match(done.stderr, /700 credits, 150 requests, 50 of them refused; over the budget/);
});

test('a test that fails tells its requests', async (t) => {
  const cwd = project(t, { 'fails.test.mjs': `
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useCloroMock } from 'cloro-mock';
for (const [name, fails] of [['fails', true], ['passes', false]]) {
  test(name, async (t) => {
    const { url, key } = await useCloroMock(t, { credits: 6 });
    await fetch(url + '/v1/monitor/grok', {
      method: 'POST', headers: { Authorization: 'Bearer ' + key },
      body: JSON.stringify({ prompt: name, country: 'US' }),
    });
    assert.ok(!fails);
  });
}
` });
  const done = await tested(cwd, { env: { CLORO_MOCK_BINARY: binary } });
  assert.equal(done.code, 1);
  const told = done.stdout.match(/^# cloro-mock: .*$/gm);
  assert.deepEqual(told?.length, 1, done.stdout);
  assert.match(told[0], /^# cloro-mock: 200 POST \/v1\/monitor\/grok {2}answered: price 6/);
});

/** What vitest gives its tests, as far as it is used. */
function vitestContext() {
  const [finished, failed] = [[], []];
  return {
    onTestFinished: (hook) => finished.push(hook),
    onTestFailed: (hook) => failed.push(hook),
    async end(hasFailed) {
      if (hasFailed) for (const hook of failed) await hook();
      for (const hook of finished) await hook();
    },
  };
}

test('in vitest', async (t) => {
  process.env.CLORO_MOCK_BINARY = binary;
  t.after(() => delete process.env.CLORO_MOCK_BINARY);
  const told = t.mock.method(console, 'error', () => {});
  for (const hasFailed of [false, true]) {
    const context = vitestContext();
    const cloro = await client.useCloroMock(context, { credits: 20 });
    assert.equal((await ask(cloro.key, cloro.url)).status, 200);
    await context.end(hasFailed);
    assert.equal((await ask(cloro.key, cloro.url)).status, 401);
  }
  assert.deepEqual(told.mock.calls.map((call) => call.arguments[0].slice(0, 24)), [
    'cloro-mock: 200 POST /v1',
  ]);
  // jest has no context.
  const cloro = await client.useCloroMock();
  assert.equal((await ask(cloro, cloro.url)).status, 200);
  await cloro.mock.stop();
});

test('from CommonJS and from modules', async (t) => {
  const cwd = project(t, {
    'a.cjs': 'console.log(Object.keys(require("cloro-mock")).sort().join())',
    'b.mjs': 'import * as all from "cloro-mock";'
      + 'console.log(Object.keys(all).filter((name) => /^[A-Z]|Cloro/.test(name)).sort().join())',
  });
  const env = environment();
  const [required, imported] = await Promise.all(
    ['a.cjs', 'b.mjs'].map((file) => run(process.execPath, [file], { cwd, env })));
  assert.equal(required.stdout, Object.keys(client).sort().join() + '\n');
  assert.equal(imported.stdout, required.stdout, imported.stderr);
});

test('the types name what there is', async (t) => {
  const types = fs.readFileSync(path.join(packageFolder, 'lib/index.d.ts'), 'utf8');
  const exported = [...types.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(exported.sort(), Object.keys(client).sort());
  for (const name of ['CloroKey', 'CloroMock', 'Webhooks']) {
    const start = types.indexOf(`export class ${name} `);
    const body = types.slice(start, types.indexOf('\n}\n', start));
    const typed = [...body.matchAll(/^ {2}(?:readonly )?(\w+)(?:\(|:)/gm)].map(([, each]) => each);
    const methods = Object.getOwnPropertyNames(client[name].prototype)
      .filter((each) => each !== 'constructor');
    for (const each of methods) assert.ok(typed.includes(each), `${name}.${each} has no type`);
  }
  const cwd = project(t, { 'use.ts': `
import { startCloroMock, useCloroMock, ControlError } from 'cloro-mock';
async function use(): Promise<number> {
  const mock = await startCloroMock({ plan: 'free', clock: 'manual' });
  const key = await mock.mint({ credits: 20, latency: '2s' });
  await key.fault('status', { status: 503, retryAfter: 0, times: 2 });
  await key.respond({ text: 'Acme.' }, { prompt: { regex: 'laptop' } });
  const [entry] = await key.wait({ status: 200, count: 1 });
  const status: number | null = entry.status;
  const found = await mock.webhooks.wait({ key: key.key, delivered: true });
  const error = new Error() as ControlError;
  const { url, key: text } = await useCloroMock();
  const all: string = url + text + found.length + status + error.code;
  await mock.stop();
  // @ts-expect-error: there is no such member
  await mock.mintt();
  // @ts-expect-error: a port is a number
  await startCloroMock({ port: '8080' });
  return all.length;
}
use();
` });
  const words = ['--strict', '--noEmit', '--target', 'es2022', '--moduleResolution', 'node16',
    '--module', 'node16', 'use.ts'];
  const done = await run('tsc', words, { cwd });
  assert.equal(done.code, 0, done.stdout);
});
