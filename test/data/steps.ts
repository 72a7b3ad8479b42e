/** @file The work of a reader, counted in what it asks for: the tokens of a header, the fields of an archive. */
import { Cursor } from '../../src/data/cursor.ts';

const TOKENS = ['take', 'integer', 'quoted', 'expectEnd'] as const;
const FIELDS = ['getUint16', 'getUint32', 'getBigUint64'] as const;

/**
 * How many tokens and fields `read` asks for, whether or not it throws what `read` throws.
 * @throws where they are more than `most`: the loop of a reader that does not end, ends so.
 */
export function stepsOf(read: () => void, most = Infinity): number {
  let steps = 0;
  const count = (): void => {
    if (++steps > most) throw new Error(`expected at most ${most} tokens and fields to be read, got more`);
  };
  const restore = [...countCalls(Cursor.prototype, TOKENS, count), ...countCalls(DataView.prototype, FIELDS, count)];
  try {
    read();
  } finally {
    for (const undo of restore) undo();
  }
  return steps;
}

/** Has `count` called before each of the methods; returns what undoes that. */
function countCalls<T extends object>(prototype: T, names: readonly (keyof T)[], count: () => void): (() => void)[] {
  return names.map((name) => {
    const method = prototype[name] as (...args: unknown[]) => unknown;
    const counted = function (this: unknown, ...args: unknown[]): unknown {
      count();
      return method.apply(this, args);
    };
    Object.defineProperty(prototype, name, { value: counted, configurable: true, writable: true });
    return () => void Object.defineProperty(prototype, name, { value: method, configurable: true, writable: true });
  });
}
