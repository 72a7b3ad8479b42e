/** @file The program as it is started: its version, a command's own help and mistake, and a full disk. */
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { test } from './check/test.ts';
import * as assert from 'uvu/assert';
import { command, idlg } from './commands.ts';

test('a command\'s help and the version go to standard output and exit with 0', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  for (const [args, text] of [
    [['attack', '--help'], /--line-search none\|strong-wolfe/], [['--version'], new RegExp(version)],
  ] as const) {
    const { status, stdout, stderr } = idlg(...args);
    assert.equal([status, stderr], [0, '']);
    assert.match(stdout, text);
  }
});

test('a mistake in a command\'s options is one line on standard error and exits with 2', () => {
  const { status, stdout, stderr } = idlg('attack', '--sed', '1');
  assert.equal([status, stdout], [2, '']);
  assert.match(stderr, /^idlg: --sed: no such option[^\n]+\n$/);
});

test('a full disk behind standard output is one line and exits with 2', () => {
  if (!existsSync('/dev/full')) return;
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = command('src/cli.ts', ['--help'], { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  assert.is(status, 2);
  assert.match(stderr, /^idlg: standard output: [^\n]+the disk is full\n$/);
});

test.run();
