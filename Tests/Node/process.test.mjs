// How the package starts a double and finds its program, and that none is left.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import {
  ask, binary, client, environment, eventually, folder, isAlive, packageFolder, recorder, run,
} from './support.mjs';

const { startCloroMock, ProgramNotFound, StartFailed } = client;

test('it ends when it is stopped', async (t) => {
  const { program, numbers } = recorder(t);
  const mock = await startCloroMock({ program, plan: 'free', seed: 7 });
  assert.deepEqual(numbers(), [mock.pid]);
  assert.ok(isAlive(mock.pid));
  const { settings } = await mock.key();
  assert.deepEqual([settings.plan, settings.seed], ['free', 7]);
  await mock.stop();
  assert.ok(!isAlive(mock.pid));
  await mock.stop();
});

test('a fixture and more options', async (t) => {
  const fixture = path.join(folder(t), 'team.json');
  fs.writeFileSync(fixture, '{"plan": "team", "extends": "free", "concurrency": 3}');
  const options = ['--log-level', 'debug'];
  const mock = await startCloroMock({ program: binary, fixtures: [fixture], options });
  t.after(() => mock.stop());
  assert.equal((await mock.key()).settings.concurrency, 3);
});

test('weather and overrides', async (t) => {
  const weather = path.join(folder(t), 'storm.json');
  fs.writeFileSync(weather, '{"errors": {"default": [{"status": 503, "probability": 1}]}}');
  const mock = await startCloroMock({ program: binary, weather, allowOverrides: true });
  t.after(() => mock.stop());
  assert.equal((await ask(await mock.key(), mock.url)).status, 503);
  const key = await mock.mint({ weather: null });
  assert.equal((await ask(key, mock.url)).status, 200);
  assert.equal((await key.change({ weather: 'rainy' })).weather, 'rainy');
  await assert.rejects(key.change({ weather: 'rain' }), (error) => error.status === 400);
  await key.change({ weather: null });
  const answer = await ask(key, mock.url, { field: 'fault=status; status=418' });
  assert.equal(answer.status, 418);
});

test('a state goes from one double to another', async (t) => {
  const file = path.join(folder(t), 'state.json');
  const first = await startCloroMock({ program: binary, clock: 'manual' });
  t.after(() => first.stop());
  const key = await first.mint({ credits: 20 });
  await first.mint({ credits: 5 });
  assert.equal((await ask(key, first.url)).status, 200);
  assert.equal((await first.snapshot('a b/c')).id, 'a b/c');
  const document = await first.download('a b/c');
  assert.deepEqual([document.schemaVersion, document.organizations.length], [1, 3]);
  const alone = await first.download('a b/c', { key: key.key });
  assert.deepEqual(alone.organizations.map((each) => each.balance), [13]);
  await assert.rejects(first.download('b'), (error) => error.status === 404);
  fs.writeFileSync(file, JSON.stringify(document));

  const started = await startCloroMock({ program: binary, snapshot: file });
  t.after(() => started.stop());
  assert.equal(await started.balance({ key: key.key }), 13);

  const other = await startCloroMock({ program: binary, clock: 'manual' });
  t.after(() => other.stop());
  assert.equal((await other.upload('x', alone)).id, 'x');
  await other.restore('x');
  assert.equal(await other.balance({ key: key.key }), 13);
  await assert.rejects(other.upload('y', { ...alone, at: 'yesterday' }),
    (error) => error.status === 400 && error.details[0].field === 'at');
  assert.deepEqual((await other.snapshots()).map(({ id }) => id), ['x']);
});

test('a taken port is said', async (t) => {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address();
  await assert.rejects(startCloroMock({ program: binary, port }), (error) => {
    assert.ok(error instanceof StartFailed);
    return new RegExp(`ended with 1\\. cloro-mock: .*${port}`).test(error.message);
  });
});

test('an option that can\'t be used is said', async () => {
  await assert.rejects(
    startCloroMock({ program: binary, clock: 'sundial' }), /ended with 64\. .*--clock.*sundial/);
});

test('a program that never gets ready', async (t) => {
  const made = folder(t);
  const [program, pid] = [path.join(made, 'silent'), path.join(made, 'pid')];
  fs.writeFileSync(program, `#!/bin/sh\necho $$ >'${pid}'\nexec cat\n`, { mode: 0o755 });
  await assert.rejects(
    startCloroMock({ program, timeout: 500 }), /wasn't ready within 500 ms\. It said nothing\./);
  assert.ok(!isAlive(Number(fs.readFileSync(pid, 'utf8'))));
});

test('a file that is no program', async (t) => {
  const program = path.join(folder(t), 'text');
  fs.writeFileSync(program, '#!/absent\n', { mode: 0o755 });
  await assert.rejects(startCloroMock({ program }), /can't be run: spawn .*ENOENT/);
});

// The program

const FIND = `
  const { findProgram } = require('cloro-mock/lib/program.js');
  try { console.log(findProgram()); } catch (error) { console.log(error.name, error.message); }
`;

/** Where a process with this environment and these packages finds the program. */
async function found(t, env, packages = {}) {
  const made = folder(t);
  const modules = path.join(made, 'node_modules');
  fs.cpSync(packageFolder, path.join(modules, 'cloro-mock'), { recursive: true });
  for (const [name, file] of Object.entries(packages)) {
    fs.mkdirSync(path.join(modules, name, 'bin'), { recursive: true });
    fs.writeFileSync(path.join(modules, name, 'package.json'), JSON.stringify({ name }));
    fs.copyFileSync(file, path.join(modules, name, 'bin/cloro-mock'));
  }
  const script = FIND.replace('cloro-mock/lib', './node_modules/cloro-mock/lib');
  fs.writeFileSync(path.join(made, 'find.js'), script);
  const done = await run(process.execPath, ['find.js'], { cwd: made, env });
  return done.stdout.trim().replace(`${fs.realpathSync(made)}/`, '');
}

test('where the program is', async (t) => {
  const own = `cloro-mock-${process.platform}-${process.arch}`;
  const { program } = recorder(t);
  const PATH = path.dirname(program);
  assert.equal(await found(t, { CLORO_MOCK_BINARY: program }), program);
  assert.equal(await found(t, { CLORO_MOCK_BINARY: 'cloro-mock', PATH }), program);
  assert.equal(await found(t, { PATH }, { [own]: program }), `node_modules/${own}/bin/cloro-mock`);
  assert.equal(await found(t, { PATH }), program);
  assert.match(await found(t, { PATH: '' }), new RegExp(`ProgramNotFound .*${own} isn't installed`));
  assert.match(
    await found(t, { CLORO_MOCK_BINARY: '/absent' }),
    /ProgramNotFound CLORO_MOCK_BINARY is no program that can be run: \/absent/);
  await assert.rejects(startCloroMock({ program: '/absent' }), ProgramNotFound);
});

test('the program, as npx runs it', async () => {
  const script = path.join(packageFolder, 'bin/cloro-mock.js');
  const env = environment({ CLORO_MOCK_BINARY: binary });
  const launch = (words, options) => run(process.execPath, [script, ...words], { env, ...options });
  const plans = await launch(['plans']);
  assert.equal(plans.code, 0);
  assert.match(plans.stdout, /^hobby /m);
  assert.equal((await launch(['--nonsense'])).code, 64);
  assert.equal((await launch(['run', '--', 'sh', '-c', 'exit 42'])).code, 42);
  let told = false;
  const served = await launch(['--port', '0'], {
    onOutput(said, child) {
      if (!told && said.stdout.includes('\nkey ')) told = child.kill('SIGTERM');
    },
  });
  assert.equal(served.code, 0);
  const absent = await launch(['plans'], { env: environment({ CLORO_MOCK_BINARY: '/absent' }) });
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /^cloro-mock: CLORO_MOCK_BINARY is no program/);
});

// Nothing is left

const OWNER = `
  const { startCloroMock } = require('cloro-mock');
  startCloroMock().then(() => {
    console.log('ready');
    if (process.argv[2] === 'stay') setInterval(() => {}, 1000);
    if (process.argv[2] === 'fail') throw new Error('on purpose');
  });
`;

for (const [how, signal] of [
  ['stay', 'SIGKILL'], ['stay', 'SIGTERM'], ['stay', 'SIGINT'], ['fail'], ['end'],
]) {
  test(`none is left of a process that ends: ${how} ${signal ?? ''}`, async (t) => {
    const { program, numbers } = recorder(t);
    const file = path.join(folder(t), 'owner.js');
    fs.writeFileSync(file, OWNER.replace('\'cloro-mock\'', JSON.stringify(packageFolder)));
    const done = await run(process.execPath, [file, how], {
      env: environment({ CLORO_MOCK_BINARY: program }),
      onOutput: (said, child) => signal && said.stdout.includes('ready') && child.kill(signal),
    });
    assert.equal(done.signal, signal ?? null);
    assert.equal(numbers().length, 1);
    await eventually(() => !numbers().some(isAlive), 'the end of the double');
  });
}

test('with https programs find it that know no other address', async () => {
  const mock = await startCloroMock({ program: binary, https: true });
  const { caFile, environment: variables, proxyUrl } = mock;
  assert.equal(proxyUrl, mock.url);
  assert.ok(fs.existsSync(caFile) && fs.existsSync(variables.SSL_CERT_FILE));
  assert.equal(variables.NODE_USE_ENV_PROXY, '1');
  await mock.stop();
  assert.ok(!fs.existsSync(path.dirname(caFile)));
});
