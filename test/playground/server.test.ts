/**
 * @file The server of the playground: the files of one folder and nothing else; mistakes in options exit with 2.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { BUILT } from '../../playground/build.ts';
import { filesOf, POLICY } from '../../playground/server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where a server listens, on a port that was free. */
async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return (server.address() as AddressInfo).port;
}

test('a folder is served, what is outside is not', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'idlg-server-')), folder = join(dir, 'folder');
  mkdirSync(join(folder, 'a'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<p>ü');
  writeFileSync(join(folder, 'a', 'b.js'), 'b');
  writeFileSync(join(dir, 'secret.html'), 'secret');
  symlinkSync(join(dir, 'none'), join(folder, 'dangling'));
  writeFileSync(join(folder, 'a', 'c.bin'), 'c');
  const server = createServer(filesOf(folder)), port = await portOf(server);
  // node:http sends a path as it stands; fetch would take the dots out of it.
  const answerTo = (path: string, method = 'GET', headers: Readonly<Record<string, string>> = {}) =>
    new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
      request({ port, path, method, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => { body += text; });
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
      }).on('error', reject).end();
    });
  const ask = async (path: string, method?: string): Promise<readonly unknown[]> => {
    const { status, headers, body } = await answerTo(path, method);
    return [status, headers['content-type'], body];
  };
  try {
    assert.equal(await ask('/'), [200, 'text/html; charset=utf-8', '<p>ü']);
    assert.equal(await ask('/a/b.js?c=d'), [200, 'text/javascript; charset=utf-8', 'b']);
    assert.equal(await ask('/index.html', 'HEAD'), [200, 'text/html; charset=utf-8', '']);
    assert.equal(await ask('/a/c.bin'), [200, 'application/octet-stream', 'c']);
    const { headers } = await answerTo('/a/b.js'), again = { 'if-none-match': headers.etag! };
    assert.is(headers['content-security-policy'], POLICY, 'a worker has it from here');
    const { status, body } = await answerTo('/a/b.js', 'GET', again);
    assert.equal([status, body], [304, ''], 'what the browser has is not sent again');
    assert.is((await answerTo('/', 'GET', again)).status, 200, 'another file has another tag');
    const climbing = ['/../secret.html', '/%2e%2e/secret.html', '/a/..%2f..%2fsecret.html'];
    for (const path of [...climbing, '/a', '/none', '//', '/dangling']) {
      assert.is((await ask(path))[0], 404, path);
    }
    assert.is((await ask('/', 'POST'))[0], 405);
  } finally {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  }
});

test('a folder without a page has no first page', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'idlg-server-'));
  const server = createServer(filesOf(dir)), port = await portOf(server);
  try {
    assert.is((await fetch(`http://127.0.0.1:${port}/`)).status, 404);
  } finally {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  }
});

/** What `npm run playground` prints, and its exit code. Not spawnSync: this process may hold a port meanwhile. */
async function program(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'playground/serve.ts', ...args], { cwd: ROOT });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => { said[name] += text; });
  }
  return new Promise((resolve) => { child.on('close', (code) => resolve({ code, ...said })); });
}

test('a port in use is told before anything is built', async () => {
  const other = createServer(), port = await portOf(other);
  const builtAt = (): number | undefined => statSync(BUILT, { throwIfNoEntry: false })?.ctimeMs, before = builtAt();
  try {
    const { code, stderr } = await program(['--port', String(port)]);
    assert.is(code, 2);
    assert.match(stderr, /^playground: --port \d+: .*EADDRINUSE[^\n]*\n$/);
    assert.is(builtAt(), before);
  } finally {
    other.close();
  }
});

test('a mistake in the options is one line on standard error and exits with 2; nothing is built', async () => {
  await Promise.all(([
    [['--port', 'x'], /--port: expected a whole number from 0 to 65535, got "x"/],
    [['--prot', '1'], /--prot: no such option/],
    [['--build', '--port', '1'], /--build and --port: expected one of them/],
    [['here'], /expected an option, got "here"/],
  ] as const).map(async ([args, text]) => {
    const { code, stdout, stderr } = await program(args);
    assert.equal([code, stdout], [2, '']);
    assert.match(stderr, text);
    assert.match(stderr, /^playground: [^\n]+\n$/);
  }));
});

test.run();
