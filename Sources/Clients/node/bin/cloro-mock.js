#!/usr/bin/env node
'use strict';

// The program, as `npx cloro-mock` runs it: Node can't become another program, so this one waits for
// it, hands signals on, and ends as it does.
const { spawn } = require('node:child_process');
const { constants } = require('node:os');
const { findProgram } = require('../lib/program.js');

let program;
try {
  program = findProgram();
} catch (error) {
  console.error(`cloro-mock: ${error.message}`);
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
child.on('error', (error) => {
  console.error(`cloro-mock: ${program} can't be run: ${error.message}`);
  process.exit(1);
});
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR2']) {
  process.on(signal, () => {
    // Ctrl-C at a terminal reaches both.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
