/** @file Figure 2 as a picture: which strips, which frames of each, and in which order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import type { Dataset } from '../../src/data/dataset.ts';
import { mnist } from '../../src/data/idx.ts';
import { readPng } from '../../src/data/png.ts';
import { PAPER_METHODS, type Method } from '../../src/experiments/attacks.ts';
import { figure2Command } from '../../src/experiments/figure2.ts';
import { filmRow } from '../../src/experiments/film.ts';
import { attackOptions, drawRun, PAPER } from '../../src/experiments/protocol.ts';
import { attackClient, createClient } from '../../src/experiments/run.ts';
import { exampleTarget } from '../../src/experiments/target.ts';
import { filmStrip, type FilmRow } from '../../src/plot/film-strip.ts';
import { refusal } from '../data/files.ts';
import { smallDataset } from './small.ts';

const ITERATIONS = 12;
const PROTOCOL = {
  ...PAPER, dataset: 'mnist', images: 10, lineSearch: 'none', mostIterations: ITERATIONS, tolerance: 0,
} as const;

/** A run's strip, made here: the original, every tenth iteration, and the last. */
function strip(data: Dataset, index: number, method: Method): FilmRow {
  const draw = drawRun(PROTOCOL, index), target = exampleTarget('mnist', data, draw.image);
  const client = createClient(target, 'sigmoid', draw.attackSeed);
  const run = attackClient(client, target, method, attackOptions(PROTOCOL, draw), (n) => n === 0 || n === 10);
  const row = filmRow(target, run, run.frames, `MNIST (train), image ${draw.image}   `);
  assert.equal(row.frames.map(({ caption }) => caption), ['original', '0', '10', '12']);
  return row;
}

test('figure 2: of each run iDLG\'s strip, then DLG\'s; the original, every tenth iteration and the last', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'idlg-figure2-')), out = join(dir, 'out');
  try {
    const silent = { write: () => {} }, chosen = smallDataset(join(dir, 'data'), 10, 8);
    const data = mnist(join(dir, 'data'));
    const args = [
      ...chosen, '--iterations', String(ITERATIONS), '--tolerance', '0', '--workers', '1', '--out', out,
    ];
    const told = async (...more: string[]): Promise<string> => {
      let text = '';
      await figure2Command([...args, ...more], { write: (part) => (text += part) }, silent);
      return text;
    };
    assert.match(await refusal(told('--run', '1', '--runs', '2')), /^--run and --runs: expected one of them/);
    const two = await told('--runs', '2');
    const says = '2 runs are shown, and others may end differently. `figure1` with the same options ';
    assert.ok(two.replace(/\n/g, ' ').includes(`  ${says}`), two);
    assert.match(two, /\nwritten to .*out: figure2\.png\n$/);
    const rows = [0, 1].flatMap((index) => PAPER_METHODS.map((method) => strip(data, index, method)));
    const expected = filmStrip(rows), { width, height, bytes } = readPng(join(out, 'figure2.png'));
    assert.equal([width, height], [expected.width, expected.height]);
    assert.ok(Buffer.from(bytes).equals(expected.bytes), 'another picture');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
