/** @file The parent's end of worker.ts. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

/** What a worker is told. */
export interface Order {
  /** A test file. */
  readonly file: string;
  /** A text that the names of the tests to run contain. */
  readonly grep?: string | undefined;
  /** Whether the process ends with the first test that fails. */
  readonly bail?: boolean | undefined;
}

/** What a worker tells of a test, or of its file where there is no name. */
export interface Report {
  readonly kind: 'started' | 'passed' | 'failed' | 'skipped';
  readonly name?: string;
  /** Why it failed, or was skipped. */
  readonly message?: string;
}

export interface Options extends Omit<Order, 'file'> {
  /** The repository whose tests run. */
  readonly root: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Those who run; none outlives us. */
const alive = new Set<TestProcess>();
process.on('exit', () => alive.forEach((one) => one.kill()));

/** What a file's tests print beside uvu's marks. */
const UVU_MARKS = /[•✘] |  \(\d+ \/ \d+\)\n/g;

/** A process for test files, one at a time; one that ended is replaced with the next file. */
export class TestProcess {
  readonly #options: Options;
  #child: ChildProcess | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Runs a file, for at most `limit` seconds, and reports each test, a crash and the limit; what was printed. */
  async run(file: string, limit: number, report: (report: Report) => void): Promise<string> {
    const { grep, bail } = this.#options, child = this.#child?.connected ? this.#child : this.#start();
    let output = '', running: string | undefined, late = false;
    const listen = (text: string): void => void (output += text);
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', listen);
    const timer = setTimeout(() => {
      late = true;
      this.kill();
    }, limit * 1000);
    let onMessage!: (message: Report | 'done') => void, onClose!: () => void;
    const ended = await new Promise<boolean>((resolve) => {
      onMessage = (message) => {
        if (message === 'done') return resolve(false);
        running = message.kind === 'started' ? message.name : undefined;
        report(message);
      };
      onClose = () => resolve(true);
      child.on('message', onMessage).on('close', onClose).send({ file, grep, bail } satisfies Order);
    });
    clearTimeout(timer);
    await setImmediate(); // what was printed before the last report has come by then
    child.off('message', onMessage).off('close', onClose);
    for (const stream of [child.stdout!, child.stderr!]) stream.off('data', listen);
    output = stripVTControlCharacters(output).replace(UVU_MARKS, '').trimEnd();
    if (!ended) return output;
    const how = late ? `did not end in ${limit} s` : `ended its process (${child.signalCode ?? `exit code ${child.exitCode}`})`;
    report({ kind: 'failed', message: [how, output].filter(Boolean).join('\n'), ...(running && { name: running }) });
    return '';
  }

  /** Ends the process when it has no file to run. */
  close(): void {
    if (this.#child?.connected) this.#child.disconnect();
  }

  /** Ends the process, and those that it started, at once. */
  kill(): void {
    if (this.#child?.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      this.#child.kill('SIGKILL'); // no groups of processes here, or none is left
    }
  }

  #start(): ChildProcess {
    const { root, env = process.env } = this.#options;
    const child = fork(join(root, 'test', 'run', 'worker.ts'), [], {
      cwd: root, env, execArgv: ['--import', 'tsx'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true,
    });
    for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8');
    alive.add(this);
    child.on('exit', () => {
      this.kill(); // what the tests started
      alive.delete(this);
    });
    return (this.#child = child);
  }
}
