/** @file `idlg data` against a server of the test's own: what it fetches, unpacks, leaves alone and refuses. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as assert from 'uvu/assert';
import type { RemoteFile, Source } from '../../src/data/download.ts';
import { dataCommand, fetchAll } from '../../src/experiments/data.ts';
import { refusal } from '../data/files.ts';
import { archive, suiteWithServer, type Answer } from '../data/server.ts';

const test = suiteWithServer('data');

const SILENT = { write: () => {} };

const remote = (name: string, content: Uint8Array): RemoteFile =>
  ({ name, size: content.length, sha256: createHash('sha256').update(content).digest('hex') });

/** Answers with these files by their names, and notes which are asked for. */
function serving(files: Readonly<Record<string, Uint8Array>>, names: string[]): Answer {
  return ({ url = '' }, response) => {
    names.push(basename(url));
    response.writeHead(200).end(files[basename(url)]);
  };
}

test('files: those that are not there, or are others, and no more', async ({ dir, url, answers }) => {
  const files = { a: Buffer.from('first'), b: Buffer.from('second'), c: Buffer.from('third') }, names: string[] = [];
  const all = Object.entries(files);
  const source: Source = { urls: [], files: all.map((file) => remote(...file)), folder: 'set', about: '' };
  answers.push(serving(files, names));
  mkdirSync(join(dir, 'set'));
  writeFileSync(join(dir, 'set', 'a'), files.a);
  writeFileSync(join(dir, 'set', 'b'), 'secund');
  const fetched = () => fetchAll(source, [new URL('.', url).href], dir, SILENT);
  assert.is(await fetched(), true);
  assert.equal(names, ['b', 'c']);
  assert.equal(readdirSync(join(dir, 'set')), ['a', 'b', 'c']);
  for (const [name, content] of all) assert.ok(readFileSync(join(dir, 'set', name)).equals(content), name);
  assert.is(await fetched(), false);
  assert.equal(names, ['b', 'c']);
});

test('an archive is fetched and unpacked, not fetched where it or what it holds is there', async (context) => {
  const { dir, url, answers } = context;
  const content = readFileSync(archive(dir, 'set', 'train.bin')), names: string[] = [], out = join(dir, 'out');
  const source: Source = {
    urls: [], files: [remote('set.tgz', content)], folder: 'set', unpacked: 'train.bin', about: '',
  };
  answers.push(serving({ 'set.tgz': content }, names));
  const fetched = (to: string) => fetchAll(source, [new URL('set.tgz', url).href], to, SILENT);
  for (const again of [true, false]) {
    assert.is(await fetched(out), again);
    assert.equal([readdirSync(out), readdirSync(join(out, 'set')), names], [['set'], ['train.bin'], ['set.tgz']]);
  }
  // Ended between the two: what was fetched is unpacked, and not fetched again.
  const half = join(dir, 'half');
  mkdirSync(half);
  writeFileSync(join(half, 'set.tgz'), content);
  assert.is(await fetched(half), true);
  assert.equal([readdirSync(half), readdirSync(join(half, 'set')), names], [['set'], ['train.bin'], ['set.tgz']]);
});

test('addresses, what is there already, and options that are wrong', async ({ dir, url, answers, asked }) => {
  let text = '';
  const screen = { write: (part: string) => (text += part) };
  const data = (...args: string[]) => dataCommand([...args, '--out', dir], screen, SILENT);
  const paths: (string | undefined)[] = [];
  answers.push((request, response) => {
    paths.push(request.url);
    response.writeHead(404).end();
  });
  const base = new URL('.', url).href;
  for (const [name, from] of [['mnist', 'a'], ['mnist', 'a/'], ['cifar100', 'c.tgz'], ['lfw', 'b/']]) {
    assert.match(await refusal(data(name, '--from', base + from)), /got status 404$/);
  }
  assert.equal(paths, ['/a/train-images-idx3-ubyte.gz', '/a/train-images-idx3-ubyte.gz', '/c.tgz', '/b/lfw.tgz']);
  asked.length = 0;
  mkdirSync(join(dir, 'lfw', 'Aaron_Eckhart'), { recursive: true });
  await data('lfw');
  assert.match(text, /^lfw is in .*lfw already\nits pictures are JPEGs; this command makes the PNGs .*: find /);
  mkdirSync(join(dir, 'cifar-100-binary'));
  assert.match(await refusal(data('cifar100')), /expected no such folder, or one with train\.bin, got one without$/);
  assert.equal(asked, []);
  for (const [args, message] of [
    [[], /^data: expected one of mnist, cifar100, lfw, got nothing$/],
    [['cifar10'], /got "cifar10"$/],
    [['mnist', 'lfw'], /got "mnist lfw"$/],
    [['mnist', '--from', 'file:///etc'], /^--from: expected an address that begins with http/],
    [['mnist', '--from', 'here'], /^--from: /],
    [['mnist', '--from', 'http://me:secret@here/'],
      /^--from: expected an address without a user name and password, got one with them$/],
  ] as const) {
    assert.match(await refusal(data(...args)), message);
  }
});

test.run();
