/**
 * @file Errors: misuse throws a RangeError whose text names what was expected and what was got.
 */

/** Throws unless `run` throws a RangeError with such a message. */
export function checkRangeError(run: () => unknown, message: RegExp): void {
  let error: unknown;
  try {
    run();
  } catch (thrown) {
    error = thrown;
  }
  if (error instanceof RangeError && message.test(error.message)) return;
  throw new Error(`expected a RangeError like ${message}, got ${error ?? 'none'}`);
}
