/**
 * @file A headless Chromium, driven over a pipe by the DevTools protocol: JSON messages that end in \0, commands to
 * file descriptor 3, answers and events from 4.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Of one command, and of anything that is waited for. */
const MOST_MILLISECONDS = 60_000;

type Parameters = Readonly<Record<string, unknown>>;
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Parameters;
  readonly sessionId?: string;
  readonly result?: Parameters;
  readonly error?: { readonly message: string };
}

/** The environment's CHROMIUM, else a name that distributions give it; undefined where this machine has none. */
export function findChromium(): string | undefined {
  const candidates = process.env.CHROMIUM ? [process.env.CHROMIUM] : NAMES;
  return candidates.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => { setTimeout(resolve, milliseconds); });

export class Browser {
  readonly #process: ChildProcess;
  readonly #profile = mkdtempSync(join(tmpdir(), 'idlg-chromium-'));
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #listeners = new Set<(message: Message) => void>();
  #last = 0;

  constructor(program: string) {
    const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--hide-scrollbars', '--remote-debugging-pipe',
      `--user-data-dir=${this.#profile}`];
    // A group of its own: the browser is many processes, and all of them are to end.
    this.#process = spawn(program, options, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true });
    let rest = '';
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const messages = (rest + text).split('\0');
      rest = messages.pop()!;
      for (const message of messages) this.#hear(JSON.parse(message) as Message);
    });
    process.on('exit', () => this.close());
  }

  #hear(message: Message): void {
    if (message.id === undefined) for (const listener of this.#listeners) listener(message);
    else this.#waiting.get(message.id)?.(message);
  }

  send(method: string, params: Parameters = {}, sessionId?: string): Promise<Parameters> {
    const id = ++this.#last, text = JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), MOST_MILLISECONDS);
      this.#waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result ?? {});
      });
      (this.#process.stdio[3] as Writable).write(`${text}\0`);
    });
  }

  /**
   * The longest task of the main thread of pages under `origin` while `act` runs, in milliseconds of its own processor
   * time: what other processes take from it meanwhile does not count.
   */
  async longestTask(origin: string, act: () => Promise<void>): Promise<number> {
    const events: { name: string; pid: number; tid: number; tdur?: number; args: any }[] = [];
    let listener: (message: Message) => void;
    const ended = new Promise<void>((resolve) => {
      listener = ({ method, params }) => {
        if (method === 'Tracing.dataCollected') events.push(...(params!.value as typeof events));
        if (method === 'Tracing.tracingComplete') resolve();
      };
      this.#listeners.add(listener);
    });
    const includedCategories = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'];
    await this.send('Tracing.start', { traceConfig: { includedCategories } });
    await act();
    await this.send('Tracing.end');
    await ended;
    this.#listeners.delete(listener!);
    const ours = new Set(events.filter(({ args }) => JSON.stringify(args).includes(origin)).map(({ pid }) => pid));
    const main = new Set(events.filter(({ name, pid, args }) =>
      name === 'thread_name' && args.name === 'CrRendererMain' && ours.has(pid)).map(({ tid }) => tid));
    const times = events.filter(({ pid, tid, name }) => name === 'RunTask' && ours.has(pid) && main.has(tid))
      .flatMap(({ tdur }) => (tdur === undefined ? [] : [tdur / 1000]));
    if (times.length === 0) throw new Error(`no task of a page under ${origin} with its time`);
    return Math.max(...times);
  }

  /** An empty page of this size with nothing remembered from others. */
  async open({ width = 1000, height = 900 } = {}): Promise<Page> {
    const { browserContextId } = await this.send('Target.createBrowserContext');
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const close = (): Promise<unknown> => this.send('Target.disposeBrowserContext', { browserContextId });
    const page = new Page(this, String(sessionId), close), sessions = new Set([sessionId]);
    // A worker is a session of its own, and waits until its requests and errors are heard too.
    const hearWorker = async (worker: string): Promise<void> => {
      sessions.add(worker);
      for (const domain of ['Runtime', 'Network', 'Log']) await this.send(`${domain}.enable`, {}, worker);
      await this.send('Runtime.runIfWaitingForDebugger', {}, worker);
    };
    this.#listeners.add(({ sessionId: from, method, params }) => {
      if (!sessions.has(from)) return;
      // A worker may end before it is asked for anything.
      if (method === 'Target.attachedToTarget') hearWorker(String(params!.sessionId)).catch(() => undefined);
      else page.hear(method!, params!);
    });
    const domains = ['Page', 'Runtime', 'Network', 'Log', 'Accessibility', 'DOM'];
    for (const domain of domains) await page.send(`${domain}.enable`);
    await page.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true });
    await page.resize(width, height);
    return page;
  }

  close(): void {
    if (this.#process.exitCode === null && !this.#process.killed) {
      try {
        process.kill(-this.#process.pid!, 'SIGKILL');
      } catch { /* it has ended by itself */ }
      this.#process.kill('SIGKILL');
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Page {
  readonly #browser: Browser;
  readonly #session: string;
  /** Ends the page and its workers. */
  readonly close: () => Promise<unknown>;
  /** Errors of the console and of scripts, of the page and of its workers, since the page was opened. */
  readonly errors: string[] = [];
  /** The addresses that both have asked for. */
  readonly requests: string[] = [];
  #loaded: (() => void) | undefined;

  constructor(browser: Browser, session: string, close: () => Promise<unknown>) {
    this.#browser = browser;
    this.close = close;
    this.#session = session;
  }

  hear(method: string, params: any): void {
    if (method === 'Page.loadEventFired') this.#loaded?.();
    if (method === 'Runtime.exceptionThrown') this.errors.push(JSON.stringify(params.exceptionDetails));
    if (method === 'Runtime.consoleAPICalled' && params.type === 'error') this.errors.push(JSON.stringify(params.args));
    if (method === 'Log.entryAdded' && params.entry.level === 'error') this.errors.push(params.entry.text);
    if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
  }

  send(method: string, params: Parameters = {}): Promise<any> {
    return this.#browser.send(method, params, this.#session);
  }

  resize(width: number, height: number): Promise<unknown> {
    return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  /** `prefers-color-scheme` and the like. */
  prefer(features: Readonly<Record<string, string>>): Promise<unknown> {
    return this.send('Emulation.setEmulatedMedia', {
      features: Object.entries(features).map(([name, value]) => ({ name, value })),
    });
  }

  async goto(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${url}: not loaded`)), MOST_MILLISECONDS);
      this.#loaded = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    await Promise.all([this.send('Page.navigate', { url }), loaded]);
  }

  /** The value of an expression in the page; a promise's where it is one. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true, userGesture: true });
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails.exception?.description)}`);
    return result.value as T;
  }

  /** Waits until the expression is true; what it was waiting for is named where that never happens. */
  async until(expression: string, most = MOST_MILLISECONDS): Promise<void> {
    for (const start = Date.now(); !(await this.evaluate<boolean>(`Boolean(${expression})`)); await sleep(20)) {
      if (Date.now() - start > most) throw new Error(`waited ${most} ms in vain for ${expression}`);
    }
  }

  text(id: string): Promise<string> {
    return this.evaluate(`document.getElementById(${JSON.stringify(id)}).textContent`);
  }

  click(id: string): Promise<void> {
    return this.evaluate(`document.getElementById(${JSON.stringify(id)}).click()`);
  }

  /** A key as it is pressed: Tab, Enter, ' ', ArrowLeft. */
  async press(key: string, modifiers = 0): Promise<void> {
    const code = key === ' ' ? 'Space' : key, codes: Record<string, number> =
      { Tab: 9, Enter: 13, ' ': 32, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40 };
    const common = { key, code, windowsVirtualKeyCode: codes[key], modifiers };
    const text = key === 'Enter' ? '\r' : key === ' ' ? ' ' : undefined;
    const down = text ? { type: 'keyDown', text } : { type: 'rawKeyDown' };
    await this.send('Input.dispatchKeyEvent', { ...down, ...common });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...common });
  }

  /** A line drawn with the mouse, in pixels of the window. */
  async drag(points: readonly (readonly [number, number])[]): Promise<void> {
    const mouse = (type: string, [x, y]: readonly [number, number]): Promise<unknown> =>
      this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', buttons: 1, clickCount: 1 });
    await mouse('mousePressed', points[0]);
    for (const point of points) await mouse('mouseMoved', point);
    await mouse('mouseReleased', points[points.length - 1]);
  }

  /** Chooses a file of this machine in an <input type=file>. */
  async choose(id: string, path: string): Promise<void> {
    const { root } = await this.send('DOM.getDocument');
    const { nodeId } = await this.send('DOM.querySelector', { nodeId: root.nodeId, selector: `#${id}` });
    await this.send('DOM.setFileInputFiles', { nodeId, files: [path] });
  }

  /** The whole page as a PNG. */
  async screenshot(): Promise<Buffer> {
    const { cssContentSize: { width, height } } = await this.send('Page.getLayoutMetrics');
    const clip = { x: 0, y: 0, width, height, scale: 1 };
    const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, clip });
    return Buffer.from(data, 'base64');
  }
}
