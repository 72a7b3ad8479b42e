/** @file `idlg audit` of a gradient with noise: which attacks it tries, and what it says of the bound. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Random } from '../../src/tensor/random.ts';
import { dot } from '../../src/tensor/vector.ts';
import { inFolder, rejects } from '../data/files.ts';
import { client, json, run, save } from './audits.ts';

test('under noise an attack with a prior follows; no unbiased attack can beat the bound', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir), random = new Random(8);
  const noisy = gradient.data.map((value) => value + 0.1 * random.normal());
  const files = ['--weights', weights, '--gradients', save(dir, 'n.safetensors', gradient.like(noisy).tensors)];
  const { runs, notes, bound } = json(...files, '--iterations', '10'), [, idlg, map] = runs;
  assert.equal(runs.map(({ method }) => method), ['analytic', 'idlg', 'map']);
  assert.ok(map.explained > 0.9 * idlg.explained && map.explained < idlg.explained);
  assert.ok(bound!.unbiased > 10 * bound!.prior && bound!.prior > 1e-4 && bound!.prior < 0.03, JSON.stringify(bound));
  assert.match(notes.at(-1)!, /^under Gaussian noise of this size, .* unbiased attack .* at least \d.* smooth pictures/);
  const smooth = json(...files, '--prior', 'box', '--optimizer', 'adam', '--iterations', '40', '--method', 'idlg');
  assert.equal([smooth.runs.length, smooth.runs[0].iterations], [1, 40]);
  rejects(() => run([...files, '--prior', 'tv', '--method', 'analytic']), '--prior', /an attack that descends/);
  const little = gradient.data.map((value) => value + 1e-4 * random.normal());
  const clear = json(...files.slice(0, 2), '--gradients', save(dir, 'l.safetensors', gradient.like(little).tensors));
  assert.equal(clear.verdict, 'client');
}));

test('under noise an image that explains little is never the client\'s', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir), random = new Random(8);
  for (const variance of [1, 0.01]) {
    const noisy = gradient.like(gradient.data.map((value) => value + Math.sqrt(variance) * random.normal()));
    const files = ['--weights', weights, '--gradients', save(dir, `${variance}.safetensors`, noisy.tensors)];
    const { verdict, explained, runs } = json(...files, '--method', 'idlg', '--iterations', '20');
    assert.equal([verdict, runs[0].verdict], ['undetermined', 'undetermined']);
    const share = 1 - (noisy.data.length * variance) / dot(noisy.data, noisy.data); // what is not noise
    assert.ok(explained! < 0.95 && (variance === 1 || Math.abs(explained! - share) < 0.05), `${explained}, ${share}`);
  }
}));

test.run();
