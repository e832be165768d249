'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { ProgramNotFound } = require('./errors.js');

/** The package that carries the program for this machine. */
const packageName = `cloro-mock-${process.platform}-${process.arch}`;

function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** A name without a slash is looked for in PATH, as a shell does. */
function inPath(name) {
  if (name.includes('/')) return isProgram(name) ? path.resolve(name) : undefined;
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const files = folders.map((folder) => path.join(folder, name));
  // The script that npm links for this package would call itself.
  const own = path.resolve(__dirname, '../bin/cloro-mock.js');
  return files.find((file) => isProgram(file) && fs.realpathSync(file) !== own);
}

/**
 * The program's path: the one given, else what `CLORO_MOCK_BINARY` names, else the one of the
 * package for this platform, else the first in `PATH`.
 *
 * @throws {ProgramNotFound}
 */
function findProgram(given) {
  const chosen = given ?? (process.env.CLORO_MOCK_BINARY || undefined);
  if (chosen !== undefined) {
    const found = inPath(chosen);
    if (found) return found;
    const origin = given === undefined ? 'CLORO_MOCK_BINARY' : 'the program given';
    throw new ProgramNotFound(`${origin} is no program that can be run: ${chosen}`);
  }
  try {
    return require.resolve(`${packageName}/bin/cloro-mock`);
  } catch {
    // Not installed: it is optional, so that other platforms can install the rest.
  }
  const found = inPath('cloro-mock');
  if (found) return found;
  throw new ProgramNotFound(
    `no cloro-mock program: the package ${packageName} isn't installed, CLORO_MOCK_BINARY isn't ` +
      'set, and PATH has none. Install without --omit=optional; where there is no package for ' +
      'this platform (it needs Linux with glibc 2.35 or newer), build the program and set ' +
      'CLORO_MOCK_BINARY to its path.',
  );
}

module.exports = { findProgram };
