/**
 * Prints the closing line of a run and sets its exit code.
 * Arguments: jest's report, the number of skipped stages, the names of the failed stages.
 * A failed stage counts as one failure, except `tests` when jest has already counted the failing ones.
 */
'use strict';

const { existsSync, readFileSync } = require('node:fs');

const [report, skippedStages, ...failedStages] = process.argv.slice(2);
const jest = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
const {
  numPassedTests = 0,
  numFailedTests = 0,
  numRuntimeErrorTestSuites = 0,
  numPendingTests = 0,
  numTodoTests = 0,
} = jest;

const failedTests = numFailedTests + numRuntimeErrorTestSuites;
const failedGates = failedStages.filter((name) => name !== 'tests' || failedTests === 0).length;
const failed = failedTests + failedGates;
const skipped = numPendingTests + numTodoTests + Number(skippedStages);

process.stdout.write(`${numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 || numPassedTests === 0 ? 1 : 0;
