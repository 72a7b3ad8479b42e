/** @file Fetching from a server of the test's own that is slow, cuts off, lies, refuses. No other network is used. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { download, isThere, unpack, type RemoteFile } from '../../src/data/download.ts';
import { lock } from '../../src/data/lock.ts';
import { Random } from '../../src/tensor/random.ts';
import { until } from '../check/until.ts';
import { refusal } from './files.ts';
import { archive, StallClock, suiteWithServer, type Answer } from './server.ts';

const CONTENT = Buffer.from(Uint8Array.from({ length: 100_000 }, ((random) => () => random.below(256))(new Random(5))));
const FILE: RemoteFile = {
  name: 'file.bin', size: CONTENT.length, sha256: createHash('sha256').update(CONTENT).digest('hex'),
};
/** Tries follow each other at once; a stall would have to last for ten minutes. */
const FAST = { wait: 1, stall: 600_000 };

const test = suiteWithServer('download');

/** The file from `from` on; given `to`, it is cut off before that byte, once those before it are in `partial`. */
const serve = (to = CONTENT.length, partial = '', content = CONTENT): Answer => (_, response, from) => {
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': content.length - from,
    ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
  });
  if (to >= content.length) return void response.end(content.subarray(from));
  response.write(content.subarray(from, to));
  void until(`${to} bytes in ${partial}`, () => sizeOf(partial) === to).then(() => response.destroy());
};
const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);
const status = (code: number): Answer => (_, response) => void response.writeHead(code).end('not the file');

test('a sound file, and what is told of its progress', async ({ dir, url, answers, asked }) => {
  answers.push(serve());
  const told: (number | undefined)[][] = [];
  const path = await download([url], join(dir, 'new'), FILE, { onBytes: (...bytes) => told.push(bytes) });
  assert.is(path, join(dir, 'new', 'file.bin'));
  assert.ok(readFileSync(path).equals(CONTENT));
  assert.equal([told[0], told.at(-1)], [[0, 100_000], [100_000, 100_000]]);
  assert.equal([asked, readdirSync(join(dir, 'new'))], [[0], ['file.bin']]);
  assert.is(await isThere(path, FILE), true);
  assert.is(await isThere(path, { ...FILE, sha256: '0' }), false);
  assert.is(await isThere(join(dir, 'no'), FILE), false);
});

test('slow is not stalled: with every part that comes, the time for the next begins', async ({ dir, url, answers }) => {
  const clock = new StallClock(), partial = join(dir, 'file.bin.partial');
  answers.push(async (_, response) => {
    response.writeHead(200);
    for (let sent = 0; sent < CONTENT.length; sent += 20_000) {
      await until(`${sent} bytes`, () => sizeOf(partial) === sent);
      response.write(CONTENT.subarray(sent, sent + 20_000));
    }
    response.end();
  });
  await clock.during(async () => {
    let parts = -1; // the first call says what is there before them
    const path = await download([url], dir, FILE, { wait: 1, stall: clock.milliseconds, onBytes: () => parts++ });
    assert.ok(readFileSync(path).equals(CONTENT));
    assert.ok(parts >= 5, `${parts} parts`);
    assert.equal([clock.starts, clock.refreshes], [1, parts]);
  });
});

test('cut off, it goes on from there, at once and the next time, and fetches no byte twice', async (context) => {
  const { dir, url, answers, asked } = context;
  const partial = join(dir, 'file.bin.partial');
  answers.push(serve(40_000, partial), serve(70_000, partial), serve());
  const path = await download([url], dir, FILE, FAST);
  assert.ok(readFileSync(path).equals(CONTENT));
  assert.equal(asked, [0, 40_000, 70_000]);

  rmSync(path);
  asked.length = 0;
  answers.splice(0, 1, serve(30_000, partial));
  answers.push((_, response) => void response.destroy());
  const message = await refusal(download([url], dir, FILE, FAST));
  assert.match(message,
    /expected the whole file, got .*, 4 times; 30000 bytes are kept, and the same command resumes there$/);
  assert.equal(readdirSync(dir), ['file.bin.partial']);
  answers.splice(0, answers.length, serve());
  assert.ok(readFileSync(await download([url], dir, FILE, FAST)).equals(CONTENT));
  assert.is(asked.at(-1), 30_000);
});

test('a stall counts as cut off', async ({ dir, url, answers, asked }) => {
  const clock = new StallClock(), partial = join(dir, 'file.bin.partial'), troubles: string[] = [];
  answers.push(async (_, response) => {
    response.writeHead(200, { 'content-length': CONTENT.length });
    response.write(CONTENT.subarray(0, 10_000));
    await until('10,000 bytes', () => sizeOf(partial) === 10_000);
    clock.ring();
  }, serve());
  await clock.during(async () => {
    const options = { wait: 1, stall: clock.milliseconds, onTrouble: (text: string) => troubles.push(text) };
    assert.ok(readFileSync(await download([url], dir, FILE, options)).equals(CONTENT));
    assert.equal(asked, [0, 10_000]);
    assert.equal(troubles, ['no data for 123456.789 s; trying again in 0.001 s']);
  });
});

test('a server that ignores ranges, or has another end, begins again', async ({ dir, url, answers }) => {
  writeFileSync(join(dir, 'file.bin.partial'), CONTENT.subarray(0, 500));
  answers.push((request, response) => serve()(request, response, 0));
  assert.ok(readFileSync(await download([url], dir, FILE, FAST)).equals(CONTENT));
  const { size, ...unsized } = FILE;
  const range = (end: number): Answer => (_, response) =>
    void response.writeHead(416, { 'content-range': `bytes */${end}` }).end();
  rmSync(join(dir, 'file.bin'));
  writeFileSync(join(dir, 'file.bin.partial'), Buffer.concat([CONTENT, CONTENT]));
  answers.splice(0, 1, range(size!), serve());
  assert.ok(readFileSync(await download([url], dir, unsized, FAST)).equals(CONTENT));
  rmSync(join(dir, 'file.bin'));
  writeFileSync(join(dir, 'file.bin.partial'), CONTENT);
  answers.splice(0, answers.length, range(size!));
  assert.ok(readFileSync(await download([url], dir, unsized, FAST)).equals(CONTENT), 'it was all there');
});

test('wrong bytes and a wrong size are refused and not kept', async ({ dir, url, answers }) => {
  const wrong = Buffer.from(CONTENT);
  wrong[77] ^= 1;
  for (const [content, message] of [
    [wrong, new RegExp(`expected sha256 ${FILE.sha256}, got [0-9a-f]{64}; the file is not kept$`)],
    [CONTENT.subarray(1), /the whole file/],
    [Buffer.concat([CONTENT, CONTENT]), /expected 100000 bytes, got \d+; they are not kept$/],
  ] as const) {
    answers.splice(0, answers.length, (_, response) => void response.writeHead(200).end(content));
    assert.match(await refusal(download([url], dir, FILE, FAST)), message);
    assert.equal(readdirSync(dir), [], 'nothing is kept');
  }
});

test('404 at once; 500 again; the second address where the first fails', async ({ dir, url, answers, asked }) => {
  answers.push(status(404));
  assert.match(await refusal(download([url], dir, FILE, FAST)), /^http:\/\/127.*: expected the file, got status 404$/);
  assert.is(asked.length, 1);
  answers.splice(0, 1, status(500), status(503), serve());
  assert.ok(readFileSync(await download([url], dir, FILE, FAST)).equals(CONTENT));
  rmSync(join(dir, 'file.bin'));
  asked.length = 0;
  answers.splice(0, answers.length, status(500));
  assert.match(await refusal(download([url], dir, FILE, FAST)), /got status 500, 4 times$/);
  assert.is(asked.length, 4);
  answers.splice(0, 1, status(404), serve());
  assert.ok(readFileSync(await download([url, url], dir, FILE, FAST)).equals(CONTENT));
});

test('nobody there, and a folder that cannot be written to', async ({ dir, url, answers, server }) => {
  answers.push(serve());
  writeFileSync(join(dir, 'taken'), '');
  assert.match(await refusal(download([url], join(dir, 'taken'), FILE, FAST)),
    /taken: expected a folder to write to, got an error: there is a file of that name$/);
  mkdirSync(join(dir, 'file.bin'));
  assert.match(await refusal(download([url], dir, FILE, FAST)),
    /file\.bin: expected to write it, got an error: there is a folder of that name$/);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const message = await refusal(download([url], join(dir, 'other'), FILE, FAST));
  assert.match(message, /expected to reach 127\.0\.0\.1:\d+, got ECONNREFUSED/);
});

test('an archive is unpacked beside itself and removed; a damaged or another one leaves nothing', async ({ dir }) => {
  mkdirSync(join(dir, '.set.partial'));
  writeFileSync(join(dir, '.set.partial', 'of a killed run'), '');
  await unpack(archive(dir, 'set', 'train.bin'), 'set');
  assert.equal(readdirSync(join(dir, 'set')), ['train.bin']);
  assert.not.ok(existsSync(join(dir, 'archive.tgz')) || existsSync(join(dir, '.set.partial')));
  assert.match(await refusal(unpack(archive(dir, 'set', 'train.bin'), 'other')),
    /expected a folder other in it, got none$/);
  writeFileSync(join(dir, 'bad.tgz'), readFileSync(join(dir, 'archive.tgz')).subarray(0, 60));
  assert.match(await refusal(unpack(join(dir, 'bad.tgz'), 'other')),
    /bad\.tgz: expected an archive that tar unpacks, got "[^?]+"; the archive is kept$/);
  assert.not.ok(existsSync(join(dir, 'other')) || existsSync(join(dir, '.other.partial')));
});

test('an answer of another length leaves what is here alone: it may be a hotel\'s log-in page', async (context) => {
  const { dir, url, answers, asked } = context;
  const kept = CONTENT.subarray(0, 60_000), partial = join(dir, 'file.bin.partial');
  writeFileSync(partial, kept);
  answers.push((_, response) => void response.writeHead(200, { 'content-length': 5000 }).end('x'.repeat(5000)));
  assert.match(await refusal(download([url], dir, FILE, FAST)), /expected 100000 bytes, got 5000$/);
  answers.splice(0, 1, (_, response) =>
    void response.writeHead(206, { 'content-range': 'bytes 60000-60999/61000' }).end(kept.subarray(0, 1000)));
  assert.match(await refusal(download([url], dir, FILE, FAST)), /expected 100000 bytes, got 61000$/);
  assert.ok(readFileSync(partial).equals(kept));
  const rest: Answer = (_, response) =>
    void response.writeHead(206, { 'content-range': 'bytes 70000-99999/100000' }).end(CONTENT.subarray(70_000));
  answers.splice(0, 1, rest, serve());
  assert.ok(readFileSync(await download([url], dir, FILE, FAST)).equals(CONTENT), 'a range that was not asked for');
  assert.equal(asked, [60_000, 60_000, 60_000, 0]);
});

test('a server without ranges that cuts off here and there is not asked for ever', async (context) => {
  const { dir, url, answers, asked } = context;
  const partial = join(dir, 'file.bin.partial');
  const cut = (to: number): Answer => (request, response) => serve(to, partial)(request, response, 0);
  answers.push(cut(40_000), cut(20_000), cut(40_000), cut(20_000), cut(40_000), serve());
  assert.match(await refusal(download([url], dir, FILE, FAST)), /expected the whole file/);
  assert.is(asked.length, 4);
});

test('every address is named where none has it; what cannot pass is not tried again', async ({ dir, url, answers }) => {
  answers.push(status(404));
  const troubles: string[] = [], onTrouble = (text: string): unknown => troubles.push(text);
  const other = 'http://127.0.0.1:6000/file.bin'; // a port that fetch refuses
  const message = await refusal(download([url, other], dir, FILE, { ...FAST, onTrouble }));
  assert.match(message, /^http:.*: expected the file, got status 404; http:.*:6000\/file\.bin: /);
  assert.match(message, /file\.bin: expected to reach 127\.0\.0\.1:6000, got bad port$/);
  assert.equal(troubles.length, 1);
  assert.match(troubles[0], /status 404; trying the next address$/);
  assert.equal(readdirSync(dir), []);
});

test('two processes do not fetch one file; a dead one is no hindrance', async ({ dir, url, answers, asked }) => {
  answers.push(serve());
  const path = join(dir, 'file.bin.lock'), unlock = lock(path);
  assert.match(await refusal(download([url], dir, FILE, FAST)),
    /file\.bin\.lock: expected this process alone, got process \d+ of .* at work there/);
  assert.equal(asked, []);
  unlock();
  for (const dead of [2 ** 30, process.pid]) {
    writeFileSync(path, `${dead} ${hostname()} 1`); // began at another time than the one that has its number now
    await download([url], dir, FILE, FAST);
    assert.equal(readdirSync(dir), ['file.bin']);
    rmSync(join(dir, 'file.bin'));
  }
  mkdirSync(join(dir, 'file.bin'));
  assert.is(await isThere(join(dir, 'file.bin'), FILE), false, 'a folder of its name');
});

test('tar: a colon in the path is no host; an archive of something else leaves nothing', async ({ dir }) => {
  mkdirSync(join(dir, 'a:b'));
  const was = process.cwd();
  process.chdir(dir);
  try {
    await unpack(archive('a:b', 'set', 'train.bin'), 'set');
    assert.equal(readdirSync(join('a:b', 'set')), ['train.bin']);
  } finally {
    process.chdir(was);
  }
  await refusal(unpack(archive(dir, 'set', 'train.bin'), 'other'));
  assert.not.ok(existsSync(join(dir, '.other.partial')));
});

test.run();
