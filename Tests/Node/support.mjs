// What the suite's tests share: the package from source, the double by a recorder, a client.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
export const repository = path.resolve(here, '../..');
export const packageFolder = path.join(repository, 'Sources/Clients/node');
export const binary = path.resolve(
  process.env.CLORO_MOCK_BINARY ?? path.join(repository, '.build/release/cloro-mock'));
if (!fs.existsSync(binary)) throw new Error(`no binary at ${binary}: set CLORO_MOCK_BINARY`);
for (const name of Object.keys(process.env)) {
  if (name.startsWith('CLORO_') || name === 'PORT') delete process.env[name];
}

export const client = createRequire(import.meta.url)(packageFolder);

/** A folder of a test's own. */
export function folder(t) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'cloro-mock-'));
  t.after(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A program that notes its process's number and becomes the double; the numbers as a function. */
export function recorder(t) {
  const made = folder(t);
  const [program, pids] = [path.join(made, 'cloro-mock'), path.join(made, 'pids')];
  fs.writeFileSync(program, `#!/bin/sh\necho $$ >>'${pids}'\nexec '${binary}' "$@"\n`);
  fs.chmodSync(program, 0o755);
  const numbers = () =>
    fs.existsSync(pids) ? fs.readFileSync(pids, 'utf8').trim().split('\n').map(Number) : [];
  return { program, numbers };
}

/** Whether a process runs. One that has ended and that nobody asks for doesn't. */
export function isAlive(pid) {
  try {
    return !/^.*\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits until a condition holds. */
export async function eventually(condition, what, milliseconds = 5000) {
  const end = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await new Promise(setImmediate);
  }
}

export async function ask(key, url, { provider = 'chatgpt', prompt = 'Which laptop?', field } = {}) {
  const answer = await fetch(`${url}/v1/monitor/${provider}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, ...(field && { 'X-Cloro-Mock': field }) },
    body: JSON.stringify({ prompt, country: 'US' }),
  });
  return { status: answer.status, body: await answer.json() };
}

/** Submits a task and resolves to its identifier. */
export async function submit(key, url, task = {}) {
  const answer = await fetch(`${url}/v1/async/task`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}` },
    body: JSON.stringify({ taskType: 'GEMINI', payload: { prompt: 'x', country: 'US' }, ...task }),
  });
  return (await answer.json()).task.id;
}

/** Runs a program to its end. */
export function run(command, words, { onOutput, ...options } = {}) {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name]?.on('data', (part) => {
      said[name] += part;
      onOutput?.(said, child);
    });
  }
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...said }));
  });
}

/** The environment of a program, without what this test runner tells its own processes. */
export function environment(more) {
  const { NODE_TEST_CONTEXT, NODE_OPTIONS, ...rest } = process.env;
  return { ...rest, ...more };
}

/** A folder in which `cloro-mock` is installed, as far as a link goes. */
export function project(t, files) {
  const made = folder(t);
  fs.mkdirSync(path.join(made, 'node_modules'));
  fs.symlinkSync(packageFolder, path.join(made, 'node_modules/cloro-mock'));
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(made, name), text);
  return made;
}
