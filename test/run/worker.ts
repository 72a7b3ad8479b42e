/**
 * @file A process that runs the test files its parent names, one after the other, and reports each test.
 */
import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { Reporter } from '../check/test.ts';
import type { Order, Report } from './process.ts';

/** What uvu calls when a suite's turn comes: its failures as one text, and the numbers of tests. */
type Run = () => Promise<[errors: string | true, passed: number, skipped: number, total: number]>;

const uvu = Object.assign(globalThis, { UVU_DEFER: 1, UVU_QUEUE: [[]] as Run[][] }); // uvu waits to be called
const { reportTo, test } = await import('../check/test.ts');

const send = (report: Report, then = (): void => {}): void => void process.send!(report, then);

process.on('message', async ({ file, grep, bail }: Order) => {
  process.channel!.unref(); // a test that waits for nothing shall end the process, not wait for the next file
  const text = grep?.toLowerCase();
  let failures = 0;
  const reporter: Reporter = {
    wants: (name) => text === undefined || name.toLowerCase().includes(text),
    started: (name) => send({ kind: 'started', name }),
    passed: (name) => send({ kind: 'passed', name }),
    failed(name, error) {
      failures++;
      send({ kind: 'failed', name, message: messageOf(error) }, bail ? () => process.exit() : undefined);
    },
    skipped: (name, reason) => send({ kind: 'skipped', name, message: reason }),
  };
  const outsideOfTests = (message: string): void => send({ kind: 'failed', message });
  reportTo(reporter);
  const suites: Run[] = uvu.UVU_QUEUE[0] = [];
  try {
    await import(pathToFileURL(file).href);
    if (suites.length === 0) outsideOfTests('expected the file to end in test.run(), got no call of it');
    for (const run of suites) {
      const [errors, passed, , total] = await run();
      if (passed + failures < total) outsideOfTests(String(errors).trim()); // in a hook before or after each test
    }
  } catch (error) {
    outsideOfTests(messageOf(error));
  }
  test.run(); // so that a file which did not get there leaves no tests to the next
  await new Promise(setImmediate); // what nobody caught ends the process, and should do so in this file
  process.channel!.ref();
  process.send!('done');
});

process.on('disconnect', () => process.exit());

/** Lines of a stack that are Node's, uvu's or the runner's. */
const NOT_OURS = /node:|node_modules|test[\\/](run[\\/]|check[\\/]test\.ts)/;
const HERE = `${process.cwd()}${sep}`;

/** An error's text, the difference that uvu found, and the lines of our own in its stack. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${inspect(error)}`;
  const { message, name, stack = '', operator, details } = error as Error & { operator?: string; details?: string };
  const head = name.startsWith('Assertion') ? message : `${name}: ${message}`;
  const trace = stack.slice(stack.indexOf(message) + message.length).split('\n').map((line) => line.trim());
  const places = trace.filter((line) => line.startsWith('at ') && !NOT_OURS.test(line)).map((line) => line.replace(HERE, ''));
  return [head + (operator ? ` (${operator})` : ''), details && details.trimEnd(), ...places].filter(Boolean).join('\n');
}
