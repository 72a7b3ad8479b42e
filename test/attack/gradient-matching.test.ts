/** @file Eq. (5) by plain networks; what is refused; what an evaluation allocates. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { allocationsIn, checkAllocation } from '../optim/heap.ts';
import { gradientMatchingLaws } from './gradient-matching-laws.ts';

gradientMatchingLaws('plain', (network) => network);

test('misuse is refused on entry', () => {
  const network = lenet({ channels: 1, height: 8, width: 8, classes: 3, seed: 1 });
  const wrong = lenet({ channels: 1, height: 8, width: 8, classes: 4, seed: 1 }).theta;
  const refusal = /^shared gradient: expected .*fc\.0\.weight \[3,48\], fc\.0\.bias \[3\], got .*fc\.0\.bias \[4\]$/;
  assert.throws(() => new GradientMatching(network, wrong), refusal);
  const flat = network.theta.data as unknown as typeof wrong;
  assert.throws(() => new GradientMatching(network, flat), /^shared gradient: expected a ParameterVector/);
  const matching = new GradientMatching(network, network.theta), x = zeros([1, 1, 8, 8]), t = zeros([1, 3]);
  assert.throws(() => matching.evaluate(zeros([1, 8, 8]), t), /^network x: expected shape \[1,1,8,8\], got \[1,8,8\]/);
  assert.throws(() => matching.evaluate(zeros([2, 1, 8, 8]), t),
    /^network x: expected shape \[1,1,8,8\], got \[2,1,8,8\]/);
  assert.throws(() => matching.evaluate(x, zeros([3])), /^label t: expected shape \[1,3\], got \[3\]/);
  for (const bad of [NaN, Infinity, -Infinity]) {
    const shared = network.theta.like();
    shared.data[17] = bad;
    const refusal = new RegExp(`^shared gradient: expected finite numbers, got ${bad} at entry 17$`);
    assert.throws(() => new GradientMatching(network, shared), refusal);
  }
});

test('evaluations allocate no buffers and keep nothing', () => {
  const { evaluation } = allocationsIn(new URL('evaluation-allocation.ts', import.meta.url));
  checkAllocation('an evaluation', evaluation, 20_000);
});

test.run();
