/** @file The benchmark's door: its help and its refusals. What it measures is nothing that a test could assert. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from './check/test.ts';
import * as assert from 'uvu/assert';

const file = fileURLToPath(new URL('../bench/index.ts', import.meta.url));

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--import', 'tsx', file, ...args], { encoding: 'utf8' });
}

test('bench: the help lists the options', () => {
  const { status, stdout } = bench('--help');
  assert.is(status, 0);
  for (const option of ['--rounds', '--torch', '--python', '--runs', '--json']) assert.match(stdout, option);
});

test('bench: a mistake is one line and exit code 2', () => {
  const cases: [string[], RegExp][] = [
    [['--rounds', 'x'], /^bench: --rounds: expected a whole number from 1 to 1000, got "x"\n$/],
    [['--runs', '3'], /^bench: --runs: expected together with --torch\n$/],
    [['--torch', '--datasets', 'mnist,svhn'], /^bench: --datasets: expected some of mnist,cifar100,lfw, got "svhn"\n$/],
    [['--torch', '--python', '/nowhere/python'], /^bench: --torch: expected a python with torch, \/nowhere\/python has/],
  ];
  for (const [args, message] of cases) {
    const { status, stdout, stderr } = bench(...args);
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, message);
    assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
  }
});

test.run();
