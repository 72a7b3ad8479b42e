/** @file A server of the tests' own and a folder to fetch into, new for each test; archives; a clock. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from '../check/test.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse, from: number) => void;

export interface Context {
  dir: string;
  server: Server;
  url: string;
  /** The byte that each request asked to begin at. */
  asked: number[];
  /** What the server does, one request after another, the last for ever. */
  answers: Answer[];
}

/** Tests with a server and a folder each. */
export function suiteWithServer(name: string) {
  const test = suite<Context>(name);
  test.before.each(async (context) => {
    context.dir = mkdtempSync(join(tmpdir(), 'idlg-download-'));
    context.asked = [];
    context.answers = [];
    context.server = createServer((request, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      context.asked.push(from);
      const answer = context.answers.length > 1 ? context.answers.shift()! : context.answers[0];
      answer(request, response, from);
    });
    await new Promise<void>((resolve) => void context.server.listen(0, '127.0.0.1', resolve));
    context.url = `http://127.0.0.1:${(context.server.address() as AddressInfo).port}/file.bin`;
  });
  test.after.each(({ dir, server }) => {
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true });
  });
  return test;
}

/** The clock of a download, which the test sets by hand: it stands for one of as many milliseconds as no other has. */
export class StallClock {
  readonly milliseconds = 123_456_789;
  /** How often it was set going, and how often it was started afresh. */
  starts = 0;
  refreshes = 0;
  #ring: (() => void) | undefined;

  /** Has `work` done with this clock. */
  async during(work: () => Promise<void>): Promise<void> {
    const { setTimeout } = globalThis;
    const set = (callback: (...args: unknown[]) => void, milliseconds?: number, ...rest: unknown[]): NodeJS.Timeout => {
      if (milliseconds !== this.milliseconds) return setTimeout(callback, milliseconds, ...rest);
      this.starts++;
      this.#ring = callback;
      const timer = setTimeout(callback, milliseconds), refresh = timer.refresh.bind(timer);
      timer.refresh = () => {
        this.refreshes++;
        return refresh();
      };
      return timer;
    };
    globalThis.setTimeout = Object.assign(set, setTimeout);
    try {
      await work();
    } finally {
      globalThis.setTimeout = setTimeout;
    }
  }

  /** The time is over. */
  ring(): void {
    this.#ring!();
  }
}

/** An archive of a folder with one file, made by tar. */
export function archive(dir: string, folder: string, name: string): string {
  mkdirSync(join(dir, 'made', folder), { recursive: true });
  writeFileSync(join(dir, 'made', folder, name), 'content');
  const path = join(dir, 'archive.tgz');
  execFileSync('tar', ['-czf', 'archive.tgz', '-C', 'made', folder], { cwd: dir });
  return path;
}
