/**
 * @file Loaded before a notebook, so that one that fails does so at once.
 *
 * assert.ok, where it has no message to give, reads the source to quote from it, and of the code that tsx makes of a
 * notebook that takes many minutes. What a loop prints waits in memory until it ends, if it ends: here printing waits
 * instead until the tool has read it.
 */
import assert, { AssertionError } from 'node:assert';
import { syncBuiltinESMExports } from 'node:module';

function ok(value: unknown, message: string | Error = 'the assertion does not hold'): asserts value {
  if (value) return;
  if (message instanceof Error) throw message;
  throw new AssertionError({ message, actual: value, expected: true, operator: '==', stackStartFn: ok });
}
assert.ok = assert.strict.ok = ok;
syncBuiltinESMExports();

for (const stream of [process.stdout, process.stderr]) {
  (stream as unknown as { _handle?: { setBlocking(on: boolean): void } })._handle?.setBlocking(true);
}
