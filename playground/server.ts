/**
 * @file Answers requests with the files of one folder, and with nothing else.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { extname, join, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.ipynb': 'application/x-ipynb+json',
};

/**
 * What the browser may load: the origin's own files, and a picture that the visitor chose. It stands in the page too,
 * for other hosts; workers get it only from here.
 */
export const POLICY = "default-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'none'";

interface File {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

function read(path: string): File {
  const body = readFileSync(path);
  const headers = {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
    // Each worker asks for its modules again; if nothing has changed, the answer 304 is enough.
    'cache-control': 'no-cache',
    etag: `"${createHash('sha256').update(body).digest('base64url')}"`,
  };
  return { body, headers };
}

/** Answers with exactly the files in the folder now, links not followed: an address is looked up, never made a path. */
export function filesOf(folder: string): RequestListener {
  const files = new Map<string, File>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (lstatSync(path).isFile()) files.set(`/${name.split(sep).join('/')}`, read(path));
  }
  const index = files.get('/index.html');
  if (index) files.set('/', index);
  return ({ method, url = '/', headers: asked }, response) => {
    if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    const file = files.get(url.split('?')[0]);
    if (!file) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found\n');
    const { body, headers } = file;
    if (asked['if-none-match'] === headers.etag) return void response.writeHead(304, headers).end();
    response.writeHead(200, { ...headers, 'content-length': body.length });
    response.end(method === 'HEAD' ? undefined : body);
  };
}
