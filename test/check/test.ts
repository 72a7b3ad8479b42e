/** @file uvu's `test`, under one name for all test files, so that the runner can choose among their tests. */
export { suite, test } from 'uvu';
