/** @file safetensors: as many tensors as a file may have, and one more. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { parseSafetensors } from '../../src/data/safetensors.ts';
import { rejects } from './files.ts';
import { stepsOf } from './steps.ts';
import { entry, file } from './tensor-files.ts';

test('safetensors: 65,536 tensors are read; of more, no more names than that', () => {
  const most = 2 ** 16, names = Array.from({ length: most + 1000 }, (_, i) => `"${i}":${entry('F32', '0', '0,0')}`);
  const steps = stepsOf(() => assert.is(parseSafetensors(file(`{${names.slice(0, most)}}`), 'all').size, most));
  assert.ok(steps < 40 * most, `${steps / most} tokens for an entry`);
  const hostile = file(`{${names}}`);
  const taken = stepsOf(() =>
    rejects(() => parseSafetensors(hostile, 'more'), 'more', /at most 65536 names, got more$/));
  assert.ok(taken <= steps, `${taken} tokens to refuse, ${steps} to read all that may be`);
});

test.run();
