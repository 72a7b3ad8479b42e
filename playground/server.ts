/**
 * @file A server of the files of one folder, and of nothing else.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.ipynb': 'application/x-ipynb+json',
};

/** A server of exactly the files in the folder now, links not followed: an address is looked up, never made a path. */
export function staticServer(folder: string): Server {
  const files = new Map<string, Buffer>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name), address = `/${name.split(sep).join('/')}`;
    if (lstatSync(path).isFile()) files.set(address, readFileSync(path));
  }
  files.set('/', files.get('/index.html') ?? Buffer.alloc(0));
  return createServer(({ method, url = '/' }, response) => {
    const [pathname] = url.split('?'), body = files.get(pathname);
    if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    if (!body) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found\n');
    const type = TYPES[extname(pathname)] ?? TYPES['.html'];
    response.writeHead(200, { 'content-type': type, 'content-length': body.length, 'cache-control': 'no-cache' });
    response.end(method === 'HEAD' ? undefined : body);
  });
}
