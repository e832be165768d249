'use strict';

const {
  CloroMockError, ProgramNotFound, StartFailed, NoAnswer, ControlError, NotInTime,
} = require('./errors.js');
const { CloroKey, CloroMock, Webhooks } = require('./mock.js');
const { DoubleProcess } = require('./process.js');

/** Starts a double on this machine. */
async function startCloroMock(options = {}) {
  const { port = 0, fixtures = [], adminToken, options: more = [], program, timeout } = options;
  const { https = false } = options;
  const words = ['--port', String(port)];
  const named = [
    'plan', 'clock', 'latency', 'weather', 'seed', 'contract', 'database', 'snapshot', 'record',
    'upstream', 'maxCredits', 'replay', 'onMiss',
  ];
  for (const name of named) {
    const word = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (options[name] !== undefined) words.push(word, String(options[name]));
  }
  for (const fixture of fixtures) words.push('--fixture', String(fixture));
  if (options.allowOverrides) words.push('--allow-overrides');
  if (adminToken) words.push('--admin-token', adminToken);
  const process = await DoubleProcess.start([...words, ...more], {
    program, timeout, https, adminToken,
  });
  return new CloroMock(process.url, { adminToken, process });
}

/** Uses a double that runs already. */
function connectCloroMock(url, { adminToken } = {}) {
  const address = url ?? (process.env.CLORO_MOCK_URL || 'http://127.0.0.1:8080');
  return new CloroMock(address, { adminToken });
}

/** The double that the tests of this process share. */
let shared;

function sharedMock() {
  // Under `cloro-mock run` it is that one.
  shared ??= process.env.CLORO_MOCK_URL ? Promise.resolve(connectCloroMock()) : startCloroMock();
  shared.catch(() => (shared = undefined));
  return shared;
}

/** One line for each request of a key, with the rule that has decided. */
async function story(key) {
  const entries = await key.journal();
  const lines = entries.map(
    (each) => `${each.status ?? '---'} ${each.method} ${each.path}  ${each.reason}`,
  );
  return lines.length > 0 ? lines : ['no request came with this key'];
}

/** A key of its own for a test, of the double that all tests of this process share. */
async function useCloroMock(test, settings = {}) {
  const mock = await sharedMock();
  const key = await mock.mint(settings);
  const finish = async (hasFailed, tell) => {
    if (hasFailed) for (const line of await story(key)) tell(`cloro-mock: ${line}`);
    await key.remove().catch((error) => {
      // The test has removed it, or has put the whole double back.
      if (error.status !== 404) throw error;
    });
  };
  if (typeof test?.onTestFinished === 'function') {
    // vitest
    let hasFailed = false;
    test.onTestFailed?.(() => {
      hasFailed = true;
    });
    test.onTestFinished(() => finish(hasFailed, console.error));
  } else if (typeof test?.after === 'function') {
    // node:test; `passed` is there since Node 20.16 and 22.2.
    test.after(() => finish(test.passed === false, (line) => test.diagnostic(line)));
  }
  return key;
}

// Names alone, so that a module can import each of them.
module.exports = {
  startCloroMock,
  connectCloroMock,
  useCloroMock,
  CloroKey,
  CloroMock,
  Webhooks,
  CloroMockError,
  ProgramNotFound,
  StartFailed,
  NoAnswer,
  ControlError,
  NotInTime,
};
