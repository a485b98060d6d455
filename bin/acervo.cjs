#!/usr/bin/env node
/** Starts the command line from dist/, building it first in a checkout whose sources are newer. */
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const { engines } = require('../package.json');
const { build, canBuild, isCurrent } = require('./build.cjs');

const main = join(__dirname, '../dist/apps/cli/src/main.js');

async function start() {
  if (!isNodeSupported()) {
    const versions = engines.node.replaceAll(' || ', ' or ');
    return stop(`Acervo needs Node.js ${versions}; this is ${process.version}. Install one of these and try again.`);
  }
  if (canBuild()) {
    if (!isCurrent() && !(await build())) return stop('');
  } else if (!existsSync(main)) {
    return stop('Acervo is not built, and the compiler is missing: run "npm ci" with its development packages first.');
  }
  if (process.env.npm_command !== undefined) stopWithParent();
  require(main);
}

/**
 * npm and npx put a shell between themselves and this process, and the shell dies of a signal without passing it on.
 * Losing the parent then stands for that signal; without this a killed `npx acervo serve` would leave the server.
 */
function stopWithParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  watch.unref();
}

/** Reads the two forms of range that `engines` uses: ^20.19.0 and >=24.0.0. */
function isNodeSupported() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return engines.node.split('||').some((range) => {
    const [leastMajor, leastMinor] = range.match(/\d+/g).map(Number);
    if (major === leastMajor) return minor >= leastMinor;
    return range.includes('>=') && major > leastMajor;
  });
}

function stop(message) {
  if (message !== '') process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

void start();
