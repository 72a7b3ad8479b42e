/**
 * @file A headless Chromium, driven over a pipe by the DevTools protocol: JSON messages that end in \0, commands to
 * file descriptor 3, answers and events from 4.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

type Parameters = Readonly<Record<string, unknown>>;
export interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Parameters;
  readonly sessionId?: string;
  readonly result?: Parameters;
  readonly error?: { readonly message: string };
}

/** How often the page's own thread has called a function; one without a name is '', as a module is. */
export interface Calls {
  readonly url: string;
  readonly name: string;
  readonly count: number;
}

/** The environment's CHROMIUM, else a name that distributions give it; undefined where this machine has none. */
export function findChromium(): string | undefined {
  const candidates = process.env.CHROMIUM ? [process.env.CHROMIUM] : NAMES;
  return candidates.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

export class Browser {
  readonly #process: ChildProcess;
  readonly #profile = mkdtempSync(join(tmpdir(), 'idlg-chromium-'));
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #listeners = new Set<(message: Message) => void>();
  #last = 0;
  /** Milliseconds after which a command, or anything that is waited for, counts as hanging. */
  readonly limit: number;

  constructor(program: string, limit = 600_000) {
    this.limit = limit;
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
    this.#process.on('exit', () => {
      for (const [id, answer] of this.#waiting) answer({ id, error: { message: 'the browser has ended' } });
    });
    process.on('exit', () => this.#kill());
  }

  #hear(message: Message): void {
    if (message.id === undefined) for (const listener of this.#listeners) listener(message);
    else this.#waiting.get(message.id)?.(message);
  }

  send(method: string, params: Parameters = {}, sessionId?: string): Promise<Parameters> {
    const id = ++this.#last, text = JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), this.limit);
      this.#waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result ?? {});
      });
      (this.#process.stdio[3] as Writable).write(`${text}\0`);
    });
  }

  /** Calls `listener` with each event, until what is returned is called. */
  listen(listener: (message: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
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

  #kill(): void {
    try {
      process.kill(-this.#process.pid!, 'SIGKILL');
    } catch { /* it has ended by itself */ }
  }

  async close(): Promise<void> {
    const ended = this.#process.exitCode ?? this.#process.signalCode ?? once(this.#process, 'exit');
    this.#kill();
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 30 });
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

  constructor(browser: Browser, session: string, close: () => Promise<unknown>) {
    this.#browser = browser;
    this.close = close;
    this.#session = session;
  }

  hear(method: string, params: any): void {
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

  /** Runs this script before those of each document that is loaded from now on. */
  prepend(source: string): Promise<unknown> {
    return this.send('Page.addScriptToEvaluateOnNewDocument', { source });
  }

  /** Returns when the document is loaded. */
  async goto(url: string): Promise<void> {
    const { errorText } = await this.send('Page.navigate', { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await this.until("document.readyState === 'complete'");
  }

  /** The value of an expression in the page; a promise's where it is one. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true, userGesture: true });
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails.exception?.description)}`);
    return result.value as T;
  }

  /** Waits until the expression is true; what it was waiting for is named where that never happens. */
  async until(expression: string): Promise<void> {
    for (const start = Date.now(); !(await this.evaluate<boolean>(`Boolean(${expression})`)); await sleep(20)) {
      if (Date.now() - start > this.#browser.limit) throw new Error(`waited in vain for ${expression}`);
    }
  }

  /** From here on calls of functions in the page's own thread are counted. */
  async countCalls(): Promise<void> {
    await this.send('Profiler.enable');
    await this.send('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  }

  /** The functions called since this was last asked. */
  async calls(): Promise<Calls[]> {
    const { result } = await this.send('Profiler.takePreciseCoverage');
    // The first of a function's ranges is the whole of it.
    const all: Calls[] = result.flatMap(({ url, functions }: any) =>
      functions.map(({ functionName: name, ranges: [{ count }] }: any) => ({ url, name, count })));
    return all.filter(({ url, count }) => /^https?:/.test(url) && count > 0);
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
