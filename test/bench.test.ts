/** @file The benchmark's door: its help and its refusals. What it measures is nothing that a test could assert. */
import { test } from './check/test.ts';
import * as assert from 'uvu/assert';
import { command } from './commands.ts';

test('bench: a mistake is one line and exit code 2', () => {
  const { status, stdout, stderr } = command('bench/index.ts', ['--rounds', 'x']);
  assert.equal([status, stdout], [2, '']);
  assert.is(stderr, 'bench: --rounds: expected a whole number from 1 to 1000, got "x"\n');
});

test.run();
