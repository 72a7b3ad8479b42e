/** @file What makes runs one experiment, and what a run of it draws. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { digits } from '../../src/data/synthetic.ts';
import {
  attackOptions, byIndex, difference, drawRun, protocolFor, protocolOf, VERSION, type RunName,
} from '../../src/experiments/protocol.ts';
import { runLine } from './runs.ts';

const PROTOCOL = protocolFor('digits', digits(), {});

test('the papers\' code unless said: no line search, 300 iterations, 10⁻⁶ looked at every tenth', () => {
  const { size } = digits();
  assert.equal(protocolFor('digits', digits(), {}), {
    dataset: 'digits', images: size, lineSearch: 'none', mostIterations: 300, tolerance: 1e-6, lookEvery: 10, seed: 0,
    version: VERSION,
  });
  const { activation, kernels } = protocolFor('digits', digits(), { activation: 'sigmoid', kernels: 'fast' });
  assert.equal([activation, kernels], [undefined, undefined]);
  assert.is(protocolFor('digits', digits(), { activation: 'tanh' }).activation, 'tanh');
  assert.is(protocolFor('digits', digits(), { kernels: 'plain' }).kernels, 'plain');
  assert.equal(attackOptions({ ...protocolOf(runLine()), seed: 5 }, drawRun({ seed: 5, images: 10 }, 0)), {
    optimizer: 'lbfgs', lineSearch: 'none', iterations: 300, tolerance: 1e-6, lookEvery: 10,
    seed: drawRun({ seed: 5, images: 10 }, 0).attackSeed,
  });
});

test('runs of one experiment agree in all of the protocol; sigmoid, fast kernels, version 1 need not be said', () => {
  const run = runLine();
  assert.is(difference(run, runLine({ index: 9, image: 1, method: 'dlg', activation: 'sigmoid' })), undefined);
  assert.is(difference(run, runLine({ kernels: 'fast', version: 1 })), undefined);
  const others = {
    dataset: 'mnist', images: 11, lineSearch: 'strong-wolfe', mostIterations: 1, tolerance: 0, lookEvery: 1, seed: 1,
    activation: 'tanh', kernels: 'plain', version: VERSION,
  } as const;
  for (const [key, value] of Object.entries(others)) {
    const told = difference(run, runLine({ [key]: value })) ?? '';
    assert.match(told, new RegExp(`^expected runs with .*, got .* ${value}$`), key);
  }
  assert.is(difference(run, runLine({ seed: 1, tolerance: 0 })),
    'expected runs with --tolerance 0.000001, --seed 0, got runs with --tolerance 0, --seed 1');
  assert.is(difference(runLine({ version: 2 }), run),
    'expected runs with program version 2, got runs with program version 1');
  const protocol = { ...PROTOCOL, activation: 'tanh', kernels: 'plain', version: 7 } as const;
  assert.equal(protocolOf(runLine(protocol)), protocol);
});

test('run i draws its image and seed from the experiment\'s seed and i alone', () => {
  const draws = Array.from({ length: 2000 }, (_, i) => drawRun({ seed: 3, images: 5 }, i));
  assert.equal(drawRun({ seed: 3, images: 5 }, 7), draws[7]);
  assert.is(new Set(draws.map(({ attackSeed }) => attackSeed)).size, 2000);
  for (let image = 0; image < 5; image++) {
    const count = draws.filter((draw) => draw.image === image).length;
    assert.ok(Math.abs(count - 400) < 90, `image ${image}: ${count} of 2,000`); // five standard deviations
  }
  const { attackSeed } = drawRun({ seed: 4, images: 5 }, 7);
  assert.is.not(attackSeed, draws[7].attackSeed);
});

test('the order of a finished file: by index, defence, strength, method', () => {
  const sorted: RunName[] = [
    { index: 0, method: 'idlg' }, { index: 0, method: 'dlg' },
    { index: 2, method: 'dlg', defence: 'none' },
    { index: 2, method: 'idlg', defence: 'prune', strength: 0.1 },
    { index: 2, method: 'dlg', defence: 'prune', strength: 0.1 },
    { index: 2, method: 'idlg', defence: 'prune', strength: 0.5 },
    { index: 10, method: 'idlg' },
  ];
  assert.equal(sorted.toReversed().sort(byIndex), sorted);
});

test.run();
