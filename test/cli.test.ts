/**
 * @file The program as it is started: exit codes, streams, and no stack trace for a user's mistake. What each command
 * prints is tested in test/experiments, within the tests' own process.
 */
import { test } from './check/test.ts';
import * as assert from 'uvu/assert';
import { command, idlg } from './commands.ts';

test('help goes to standard output and exits with 0', () => {
  const { status, stdout, stderr } = idlg('--help');
  assert.equal([status, stderr], [0, '']);
  assert.match(stdout, /Usage: npm start -- COMMAND/);
});

test('a mistake is one line on standard error and exits with 2', () => {
  const { status, stdout, stderr } = idlg('atack');
  assert.equal([status, stdout], [2, '']);
  assert.match(stderr, /^idlg: expected one of attack, audit, table1, .*merge, got "atack"\n$/);
});

test('without a command it attacks; --json is JSON and nothing else', () => {
  const env = { ...process.env, FORCE_COLOR: '3' };
  const { status, stdout, stderr } =
    command('src/cli.ts', ['--method', 'idlg', '--iterations', '1', '--json'], { env });
  assert.equal([status, stderr], [0, '']);
  assert.is(JSON.parse(stdout).runs[0].iterations, 1);
});

test.run();
