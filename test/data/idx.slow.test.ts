/** @file gzip: a file that unpacks to more than any data set has. */
import { gzipSync } from 'node:zlib';
import { gunzip } from '../../src/data/idx.ts';
import { test } from '../check/test.ts';
import { rejects } from './files.ts';

test('gzip: endless files', () => {
  const piece = gzipSync(Buffer.alloc(2 ** 24), { level: 1 });
  const bomb = Buffer.concat(Array.from({ length: 17 }, () => piece)); // members one after another are one file
  rejects(() => gunzip(bomb, 'bomb.gz'), 'bomb.gz', /at most 268435456 bytes unpacked, got more$/);
});

test.run();
