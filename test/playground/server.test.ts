/**
 * @file The server of the playground: the files of one folder and nothing else; mistakes in options exit with 2.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { staticServer } from '../../playground/server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('a folder is served, what is outside is not', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'idlg-server-')), folder = join(dir, 'folder');
  mkdirSync(join(folder, 'a'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<p>ü');
  writeFileSync(join(folder, 'a', 'b.js'), 'b');
  writeFileSync(join(dir, 'secret.html'), 'secret');
  symlinkSync(join(dir, 'none'), join(folder, 'dangling'));
  const server = staticServer(folder);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  // node:http sends a path as it stands; fetch would take the dots out of it.
  const ask = (path: string, method = 'GET'): Promise<[number, string, string]> => new Promise((resolve, reject) => {
    request({ port, path, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => { body += text; });
      response.on('end', () => resolve([response.statusCode!, response.headers['content-type'] ?? '', body]));
    }).on('error', reject).end();
  });
  try {
    assert.equal(await ask('/'), [200, 'text/html; charset=utf-8', '<p>ü']);
    assert.equal(await ask('/a/b.js?c=d'), [200, 'text/javascript; charset=utf-8', 'b']);
    assert.equal(await ask('/index.html', 'HEAD'), [200, 'text/html; charset=utf-8', '']);
    for (const path of ['/../secret.html', '/%2e%2e/secret.html', '/a/..%2f..%2fsecret.html', '/a', '/none', '//', '/dangling']) {
      assert.is((await ask(path))[0], 404, path);
    }
    assert.is((await ask('/', 'POST'))[0], 405);
  } finally {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  }
});

test('a mistake in the options is one line on standard error and exits with 2; nothing is built', () => {
  for (const [args, text] of [
    [['--port', 'x'], /--port: expected a whole number from 0 to 65535, got "x"/],
    [['--prot', '1'], /--prot: no such option/],
    [['--build', '--port', '1'], /--build and --port: expected one of them/],
    [['here'], /expected an option, got "here"/],
  ] as const) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'playground/serve.ts', ...args],
      { cwd: ROOT, encoding: 'utf8' });
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, text);
    assert.match(stderr, /^playground: [^\n]+\n$/);
  }
});

test.run();
