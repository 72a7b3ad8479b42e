/** @file What σ predicts for a number of a gradient; last-input.test.ts tests where u and τ come from. */
import { test } from '../../check/test.ts';
import { sigmaOf } from '../../../src/beyond/analytic/gradient-errors.ts';
import { checkClose } from '../../check/close.ts';

test('σ(v)² = (u v)² + τ²', () => {
  checkClose('σ', [2, 0, -1].map((v) => sigmaOf({ relative: 0.3, absolute: 0.8 }, v)), [1, 0.8, Math.sqrt(0.73)], 1e-15);
});

test.run();
