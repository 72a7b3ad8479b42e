/**
 * @file uvu's `test` and `suite`, which all test files import from here. A file that is run by itself is plain uvu.
 * Under test/run.ts, whose worker calls `reportTo` first, each test also tells how it went.
 */
import * as uvu from 'uvu';

/** Who chooses among the tests and hears of each. A test's name has its suite's in front. */
export interface Reporter {
  wants(name: string): boolean;
  started(name: string): void;
  passed(name: string): void;
  failed(name: string, error: unknown): void;
  skipped(name: string, reason: string): void;
}

type UvuTest<T> = ReturnType<typeof uvu.suite<T>>;

/** uvu's test, but one that is skipped says why. */
export interface Test<T = uvu.Context> extends Omit<UvuTest<T>, 'skip'> {
  (name: string, callback: uvu.Callback<T>): void;
  skip(name: string, reason?: string): void;
}

let reporter: Reporter | undefined;

export function reportTo(to: Reporter): void {
  reporter = to;
}

export function suite<T = uvu.Context>(name: string): Test<T> {
  return reported(uvu.suite<T>(reporter ? '' : name), `${name} `);
}

export const test: Test = reported(uvu.test, '');

function reported<T>(plain: UvuTest<T>, prefix: string): Test<T> {
  let wanted = { count: 0 };

  const adds = (add: typeof plain.only) => (name: string, callback: uvu.Callback<T>): void => {
    if (!reporter) return add(name, callback);
    const { wants, started, passed, failed } = reporter, fullName = prefix + name;
    if (!wants(fullName)) return;
    wanted.count++;
    add(name, async (context) => {
      started(fullName);
      try {
        await callback(context);
      } catch (error) {
        failed(fullName, error);
        throw error;
      }
      passed(fullName);
    });
  };

  /** What is done once, before or after all tests: nothing where no test is wanted. */
  const once = (hook: typeof plain.before): typeof plain.before => {
    const add = (callback: uvu.Callback<T>): void => {
      const tests = wanted;
      hook((context) => (reporter && tests.count === 0 ? undefined : callback(context)));
    };
    return Object.assign(add, { each: hook.each });
  };

  return Object.assign(adds(plain), {
    only: adds(plain.only),
    skip(name: string, reason = 'no reason given'): void {
      if (reporter && !reporter.wants(prefix + name)) return;
      reporter?.skipped(prefix + name, reason);
      plain.skip();
    },
    before: once(plain.before),
    after: once(plain.after),
    run(): void {
      plain.run();
      wanted = { count: 0 };
    },
  });
}
