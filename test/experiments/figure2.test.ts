/** @file Figure 2 as a picture: which strips, which frames of each, and in which order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { readPng } from '../../src/data/png.ts';
import { digits } from '../../src/data/synthetic.ts';
import { figure2Command } from '../../src/experiments/figure2.ts';
import { filmRow } from '../../src/experiments/film.ts';
import { attackOptions, drawRun, PAPER } from '../../src/experiments/protocol.ts';
import { attackClient, createClient, type Method } from '../../src/experiments/run.ts';
import { exampleTarget } from '../../src/experiments/target.ts';
import { filmStrip, type FilmRow } from '../../src/plot/film-strip.ts';

const ITERATIONS = 12;
const PROTOCOL = {
  ...PAPER, dataset: 'digits', images: digits().size, lineSearch: 'strong-wolfe', mostIterations: ITERATIONS,
} as const;

/** A run's strip, made here: the original, every tenth iteration, and the last. */
function strip(index: number, method: Method): FilmRow {
  const draw = drawRun(PROTOCOL, index), target = exampleTarget('digits', digits(), draw.image);
  const client = createClient(target, 'sigmoid', draw.attackSeed);
  const run = attackClient(client, target, method, attackOptions(PROTOCOL, draw), (n) => n === 0 || n === 10);
  const row = filmRow(target, run, run.frames, `digits, image ${draw.image}   `);
  assert.equal(row.frames.map(({ caption }) => caption), ['original', '0', '10', '12']);
  return row;
}

test('figure 2: of each run iDLG\'s strip, then DLG\'s; the original, every tenth iteration and the last', async () => {
  const out = mkdtempSync(join(tmpdir(), 'idlg-figure2-'));
  try {
    const silent = { write: () => {} };
    await figure2Command([
      '--iterations', String(ITERATIONS), '--runs', '2', '--line-search', 'strong-wolfe', '--out', out,
    ], silent, silent);
    const expected = filmStrip([strip(0, 'idlg'), strip(0, 'dlg'), strip(1, 'idlg'), strip(1, 'dlg')]);
    const { width, height, bytes } = readPng(join(out, 'figure2.png'));
    assert.equal([width, height], [expected.width, expected.height]);
    assert.ok(Buffer.from(bytes).equals(expected.bytes), 'another picture');
  } finally {
    rmSync(out, { recursive: true });
  }
});

test.run();
