/**
 * @file Errors: misuse throws a RangeError, or a TypeError for another kind of thing, whose text names what was
 * expected and what was got.
 */

/** Throws unless `run` throws a RangeError with such a message. */
export const checkRangeError = (run: () => unknown, message: RegExp): void => checkError(RangeError, run, message);

/** Throws unless `run` throws a TypeError with such a message. */
export const checkTypeError = (run: () => unknown, message: RegExp): void => checkError(TypeError, run, message);

function checkError(kind: ErrorConstructor, run: () => unknown, message: RegExp): void {
  let error: unknown;
  try {
    run();
  } catch (thrown) {
    error = thrown;
  }
  if (error instanceof kind && message.test(error.message)) return;
  throw new Error(`expected a ${kind.name} like ${message}, got ${error ?? 'none'}`);
}
