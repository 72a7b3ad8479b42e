/** @file The benchmark's door: its help, and its other refusals. */
import { test } from './check/test.ts';
import * as assert from 'uvu/assert';
import { command } from './commands.ts';

test('bench: the help lists the options', () => {
  const { status, stdout } = command('bench/index.ts', ['--help']);
  assert.is(status, 0);
  for (const option of ['--rounds', '--torch', '--python', '--runs', '--playground', '--json']) {
    assert.match(stdout, option);
  }
});

test('bench: options that do not go together, or name what there is not', () => {
  const cases: [string[], RegExp][] = [
    [['--runs', '3'], /^bench: --runs: expected together with --torch\n$/],
    [['--torch', '--datasets', 'mnist,svhn'], /^bench: --datasets: expected some of mnist,cifar100,lfw, got "svhn"\n$/],
    [['--torch', '--python', '/nowhere/python'],
      /^bench: --torch: expected a python with torch, \/nowhere\/python has/],
  ];
  for (const [args, message] of cases) {
    const { status, stdout, stderr } = command('bench/index.ts', args);
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, message);
    assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
  }
});

test.run();
