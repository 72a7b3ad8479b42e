/** @file The verdict on a reconstruction: what it takes to be called the client's, case by case. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { DESCENT, judge, SOLUTION, type Evidence } from '../../../src/beyond/diagnosis/verdict.ts';
import { forAll } from '../../check/property.ts';

const clear: Evidence = {
  total: 4, residual: 1e-14, numbers: 1000, sigma: 0, rounding: 0, fit: DESCENT, images: 1, isDetermined: true,
  contradictions: [],
};
const verdictOf = (change: Partial<Evidence>): string => judge({ ...clear, ...change }).verdict;

test('an image that explains the gradient to what the attack leaves is the client\'s', () => {
  const { verdict, explained, chiSquare } = judge(clear);
  assert.is(verdict, 'client');
  assert.ok(Math.abs(explained - (1 - 2.5e-15)) < 1e-15 && Math.abs(chiSquare - 1e-14 / 4e-12) < 1e-9);
  assert.is(verdictOf({ residual: 4e-11 }), 'undetermined', 'a descent that ends this far away is at another image');
  assert.is(verdictOf({ residual: 4e-11, fit: SOLUTION }), 'client', 'but an analytic image may be');
  assert.is(verdictOf({ residual: 4e-11, rounding: 1e-5 }), 'client', 'and one of a rounded gradient');
  assert.is(verdictOf({ isDetermined: false }), 'undetermined');
});

test('under noise: its share of the gradient counts, and so does what is left', () => {
  const noise = (sigma: number): Partial<Evidence> => ({ sigma, residual: 1000 * sigma * sigma });
  assert.is(verdictOf(noise(6e-4)), 'client'); // 3.6e-4 of 4 is noise
  assert.is(verdictOf({ ...noise(6e-4), images: 2 }), 'undetermined', 'each of several is hidden by less');
  assert.is(verdictOf({ ...noise(6e-6), images: 2 }), 'client');
  assert.is(verdictOf(noise(7e-4)), 'undetermined', '4.9e-4 of 4 is noise');
  assert.is(verdictOf({ ...noise(6e-4), residual: 1e-3 }), 'undetermined', 'three times what noise would leave');
});

test('an image that explains less than 95 % is never the client\'s, whatever the noise', () => {
  forAll('evidence', 300, (random) => {
    const total = random.uniform(0.1, 10), residual = total * random.uniform(0.05, 2);
    const sigma = random.uniform(0, 10), isDetermined = random.below(2) === 0;
    const contradictions = random.below(2) ? ['a law is broken'] : [];
    const { verdict } = judge({ ...clear, total, residual, sigma, isDetermined, contradictions });
    assert.is(verdict, contradictions.length > 0 ? 'inconsistent' : 'undetermined');
  });
});

test('a broken law matters only to an image that does not explain the gradient', () => {
  assert.is(verdictOf({ contradictions: ['other weights'], residual: 1 }), 'inconsistent');
  assert.is(verdictOf({ contradictions: ['other weights'] }), 'client');
  assert.is(verdictOf({ contradictions: ['other weights'], isDetermined: false }), 'undetermined');
});

test('a gradient of zeros is explained by nothing', () => {
  const { verdict, explained, chiSquare } = judge({ ...clear, total: 0, residual: 0 });
  assert.equal([verdict, explained, chiSquare], ['undetermined', 0, Infinity]);
});

test.run();
