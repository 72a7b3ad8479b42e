/**
 * @file How long the playground takes in Chromium: until it is loaded, until it has its gradient and starts, for an
 * attack by both methods; and the longest task of the page's own thread meanwhile.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../playground/build.ts';
import { filesOf } from '../playground/server.ts';
import { InputError } from '../src/data/dataset.ts';
import { Browser, findChromium, type Message } from '../test/playground/browser.ts';
import { median, type Timing } from './timing.ts';

const IS_READY = "document.querySelector('#iDLG-mse').value && document.querySelector('#DLG-mse').value && " +
  "document.querySelector('#tensors tr')";

export interface PlaygroundReport {
  readonly visits: number;
  readonly rows: readonly { readonly what: string; readonly milliseconds: Timing }[];
}

/** One visit a round, each in a browser context of its own. @throws {InputError} where there is no Chromium. */
export async function measurePlayground(visits: number): Promise<PlaygroundReport> {
  const chromium = findChromium();
  if (!chromium) throw new InputError('--playground: expected a chromium on the PATH, or CHROMIUM=path');
  const dir = mkdtempSync(join(tmpdir(), 'idlg-bench-')), built = join(dir, 'dist');
  build(built);
  const server = createServer(filesOf(built));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const origin = `http://localhost:${(server.address() as AddressInfo).port}/`, browser = new Browser(chromium);
  const times = new Map<string, number[]>();
  const add = (what: string, milliseconds: number): void =>
    void times.set(what, [...(times.get(what) ?? []), milliseconds]);
  try {
    for (let n = 0; n < visits; n++) {
      const page = await browser.open();
      add('longest task until then', await longestTask(browser, origin, async () => {
        await page.goto(`${origin}#image=digit-3`);
        add('loaded', await page.evaluate('performance.getEntriesByType("navigation")[0].loadEventEnd'));
        await page.until(IS_READY);
        add('gradient and starts there', await page.evaluate('performance.now()'));
      }));
      add('longest task of the page meanwhile', await longestTask(browser, origin, async () => {
        const start = performance.now();
        await page.click('start');
        await page.until("document.querySelector('#record canvas')");
        add('attack by both methods', performance.now() - start);
      }));
      await page.close();
    }
  } finally {
    await browser.close();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  }
  const rows = Array.from(times, ([what, all]) =>
    ({ what, milliseconds: { min: Math.min(...all), median: median(all) } }));
  return { visits, rows };
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/**
 * The longest task of the main thread of pages under `origin` while `act` runs, in milliseconds of processor time: what
 * other processes take from it meanwhile does not count.
 */
async function longestTask(browser: Browser, origin: string, act: () => Promise<void>): Promise<number> {
  const events: TraceEvent[] = [];
  let stop = (): void => {};
  const ended = new Promise<void>((resolve) => {
    stop = browser.listen(({ method, params }: Message) => {
      if (method === 'Tracing.dataCollected') events.push(...(params!.value as TraceEvent[]));
      if (method === 'Tracing.tracingComplete') resolve();
    });
  });
  const includedCategories = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'];
  await browser.send('Tracing.start', { traceConfig: { includedCategories } });
  await act();
  await browser.send('Tracing.end');
  await ended;
  stop();
  const ours = new Set(events.filter(({ args }) => JSON.stringify(args).includes(origin)).map(({ pid }) => pid));
  const main = new Set(events.filter(({ name, pid, args }) =>
    name === 'thread_name' && args.name === 'CrRendererMain' && ours.has(pid)).map(({ tid }) => tid));
  return Math.max(...events.flatMap(({ pid, tid, name, tdur }) =>
    (name === 'RunTask' && ours.has(pid) && main.has(tid) && tdur !== undefined ? [tdur / 1000] : [])));
}
