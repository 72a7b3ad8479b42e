/** @file The scale of one image's gradient: clipping is undone, and nothing else is changed. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { defend } from '../../../src/beyond/defence/defences.ts';
import { undoScale } from '../../../src/beyond/diagnosis/scale.ts';
import { scale } from '../../../src/tensor/vector.ts';
import { checkClose } from '../../check/close.ts';
import { forAll } from '../../check/property.ts';
import { randomVictim } from '../../attack/networks.ts';

test('clipping to any norm, a sum instead of a mean and a reversed sign are undone', () => {
  forAll('victims', 20, (random, i) => {
    const { network, gradient } = randomVictim(random), before = gradient.data.slice();
    const changed = gradient.like(before.slice());
    scale([0.1, 1e-3, 8, -1][i % 4], changed.data);
    const sent = changed.data.slice();
    checkClose('∇W', undoScale(changed, network).data, before, 1e-9);
    assert.equal(changed.data, sent, 'what was shared is kept');
    const clipped = defend(gradient, { defence: 'clip', strength: 1e-3 }, random);
    checkClose('∇W', undoScale(clipped, network).data, before, 1e-9);
  });
});

test('a gradient of scale 1, or of which no scale is known, stays as it is', () => {
  forAll('victims', 10, (random) => {
    const { network, gradient } = randomVictim(random);
    const noisy = defend(gradient, { defence: 'gaussian', strength: 1 }, random);
    const rounded = defend(gradient, { defence: 'float16' }, random);
    for (const shared of [gradient, noisy, rounded]) assert.is(undoScale(shared, network), shared);
  });
});

test.run();
