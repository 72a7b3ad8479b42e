/** @file The rule that an optimiser allocates its buffers once, and none in an iteration. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { allocationsIn, checkAllocation } from './heap.ts';

test('iterations allocate no buffers and keep nothing', () => {
  const allocations = Object.entries(allocationsIn(new URL('allocations.ts', import.meta.url)));
  assert.is(allocations.length, 5);
  for (const [name, allocation] of allocations) checkAllocation(name, allocation, name.startsWith('L-BFGS') ? 8000 : 4000);
});

test.run();
