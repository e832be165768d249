'use strict';

const { execFile, spawn } = require('node:child_process');
const { mkdtemp, rm } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { promisify } = require('node:util');
const { createInterface } = require('node:readline');
const { findProgram } = require('./program.js');
const { StartFailed } = require('./errors.js');

/** How long a double may take to end, in milliseconds; then it is killed. */
const PATIENCE = 10_000;
/** How many lines of its log are kept, the last ones. */
const KEPT = 1000;

/**
 * A running double. It ends when its standard input does: the other end is this process's alone, so
 * that nothing is left when this process is killed. It doesn't keep this process running.
 */
class DoubleProcess {
  url = '';
  log = [];
  /** The variables that lead a program to it by https; empty without that. */
  environment = {};
  #folder;
  #child;
  #ended;

  /** Starts a double and resolves when it is ready. */
  static async start(options, { program, timeout = 20_000, https, adminToken } = {}) {
    const double = new DoubleProcess();
    const words = ['serve', '--until-eof', ...(https ? ['--proxy', 'tunnel'] : []), ...options];
    const file = findProgram(program);
    const reason = await double.#begin(file, words, timeout);
    if (reason === undefined) {
      if (https) await double.#learn(file, adminToken);
      return double;
    }
    await double.stop();
    const said = double.log.join('\n') || 'It said nothing.';
    throw new StartFailed(`${[file, ...words].join(' ')} ${reason}. ${said}`);
  }

  get pid() {
    return this.#child.pid;
  }

  /** Asks the program for the variables of https, and for the files that they name. */
  async #learn(file, adminToken) {
    this.#folder = await mkdtemp(join(tmpdir(), 'cloro-mock-'));
    const env = { ...process.env, XDG_CACHE_HOME: this.#folder };
    if (adminToken) env.CLORO_MOCK_ADMIN_TOKEN = adminToken;
    const words = ['env', '--https', '--url', this.url];
    try {
      const { stdout } = await promisify(execFile)(file, words, { env });
      for (const [, name, value] of stdout.matchAll(/^export (\w+)='(.*)'$/gm)) {
        this.environment[name] = value.replaceAll(`'\\''`, `'`);
      }
    } catch (error) {
      await this.stop();
      throw new StartFailed(`${[file, ...words].join(' ')} failed. ${error.stderr ?? error}`);
    }
  }

  /** Why it isn't ready; undefined when it is. */
  #begin(file, words, timeout) {
    // A session of its own: Ctrl-C is for the tests, which may still need it to tidy up.
    const child = spawn(file, words, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(`can't be run: ${error.message}`));
      child.once('close', (code, signal) => resolve(`ended with ${signal ?? code}`));
    });
    // It may end before what is written to it, which is nothing, is there.
    child.stdin.on('error', () => {});
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.log.push(line);
      if (this.log.length > KEPT) this.log.shift();
    });
    const ready = new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const address = /^cloro-mock listening on (\S+)/.exec(line);
        if (address) {
          this.url = address[1]
            .replace('//0.0.0.0:', '//127.0.0.1:')
            .replace('//[::]:', '//[::1]:');
        }
        // The keys come after the address.
        if (line.startsWith('key ')) resolve();
      });
    });
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, timeout, `wasn't ready within ${timeout} ms`);
    });
    return Promise.race([ready, this.#ended, late]).then((reason) => {
      clearTimeout(timer);
      // From now on it mustn't keep this process running.
      for (const each of [child, child.stdin, child.stdout, child.stderr]) each?.unref?.();
      return reason;
    });
  }

  /** Ends the double and resolves when it is gone. May be called again. */
  async stop() {
    const child = this.#child;
    for (const each of [child, child.stdout, child.stderr]) each?.ref?.();
    child.stdin?.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    await this.#ended;
    clearTimeout(timer);
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }
}

module.exports = { DoubleProcess };
