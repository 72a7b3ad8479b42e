/** @file An attack on the change of several steps: what is reported is the whole of its rounds. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { idlg } from '../../src/attack/idlg.ts';
import { simulateSteps } from '../../src/beyond/local-steps.ts';
import type { AnyRun } from '../../src/experiments/audit-files.ts';
import { attackLocal } from '../../src/experiments/local-run.ts';
import { lenet } from '../../src/kernels/lenet.ts';
import { stack } from '../../src/nn/network.ts';
import { Random } from '../../src/tensor/random.ts';
import { type Tensor, view } from '../../src/tensor/tensor.ts';
import { dot } from '../../src/tensor/vector.ts';
import { checkClose } from '../check/close.ts';

test('each round starts from the last image; costs add up; L_G is that of the simulated change', () => {
  const network = lenet({ channels: 1, height: 8, width: 8, classes: 4, seed: 1 });
  const image = view(new Random(2).fillUniform(new Float64Array(64)), [1, 8, 8]);
  const local = { learningRate: 0.05, steps: 4, momentum: 0 };
  const { mean } = simulateSteps(network, { images: stack('image', [image], image.shape), labels: [2] }, local);
  const starts: (Tensor | undefined)[] = [], found: Tensor[] = [];
  const { record, images } = attackLocal(network, mean, local, [], (target, start) => {
    const { label, objective, images } = idlg(network, target, { iterations: 30, ...(start && { start }) });
    starts.push(start);
    found.push(images);
    return { record: { label, objective, evaluations: 7, seconds: 0.5 }, images } as unknown as AnyRun;
  });
  const rounds = starts.length;
  assert.ok(rounds > 2, `${rounds} rounds`);
  assert.equal(starts, [undefined, ...found.slice(0, -1)]);
  assert.equal([record.evaluations, record.seconds], [7 * rounds, 0.5 * rounds]);
  const again = simulateSteps(network, { images, labels: [2] }, local).mean.data.map((value, i) => value - mean.data[i]);
  checkClose('L_G', [record.objective], [dot(again, again) / dot(mean.data, mean.data)], 1e-12);
});

test.run();
