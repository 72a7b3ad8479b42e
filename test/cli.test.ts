/**
 * @file The program as it is started: exit codes, streams, and no stack trace for a user's mistake.
 */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from './check/test.ts';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function idlg(args: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  const options = { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...env } } as const;
  return spawnSync(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], options);
}

test('help and version go to standard output and exit with 0', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  for (const [args, text] of [[['--help'], /Usage: idlg COMMAND/], [['attack', '--help'], /--line-search none\|strong-wolfe/], [['--version'], new RegExp(version)]] as const) {
    const { status, stdout, stderr } = idlg(args);
    assert.equal([status, stderr], [0, '']);
    assert.match(stdout, text);
  }
});

test('a mistake is one line on standard error and exits with 2', () => {
  for (const [args, text] of [[['atack'], /expected a command, attack, audit, table1, .*merge, got "atack"/], [['attack', '--sed', '1'], /--sed: no such option/]] as const) {
    const { status, stdout, stderr } = idlg(args);
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, text);
    assert.match(stderr, /^idlg: [^\n]+\n$/);
  }
});

test('without a command it attacks; --json is JSON and nothing else', () => {
  const { status, stdout, stderr } = idlg(['--method', 'idlg', '--iterations', '1', '--json'], { FORCE_COLOR: '3' });
  assert.equal([status, stderr], [0, '']);
  assert.is(JSON.parse(stdout).runs[0].iterations, 1);
});

test('a full disk behind standard output is one line and exits with 2', () => {
  if (!existsSync('/dev/full')) return;
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli.ts', '--help'], {
    cwd: ROOT, encoding: 'utf8', stdio: ['ignore', full, 'pipe'],
  });
  closeSync(full);
  assert.is(status, 2);
  assert.match(stderr, /^idlg: standard output: [^\n]+the disk is full\n$/);
});

test.run();
