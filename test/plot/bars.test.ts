/** @file Bars in text: sides, lengths and numbers. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { bars } from '../../src/plot/bars.ts';

test('below zero to the left, above to the right, all to one scale', () => {
  assert.equal(bars([{ name: '7', value: -1, note: 'label' }, { name: '10', value: 0.5 }, { name: '3', value: 0 }], 4), [
    ' 7  ━━━━│       −1.00  label',
    '10      │━━     0.500',
    ' 3      │           0',
  ]);
  assert.equal(bars([{ name: 'a', value: -4 }, { name: 'b', value: -1 }], 4), ['a  ━━━━│     −4.00', 'b     ━│     −1.00']);
});

test('a small number still has a bar; numbers have three digits', () => {
  const [large, small] = bars([{ name: 'a', value: 1234 }, { name: 'b', value: 1e-9 }], 10);
  assert.is(large, 'a  │━━━━━━━━━━   1.23e+3');
  assert.is(small, 'b  │━            1.00e-9');
  assert.equal(bars([]), []);
  assert.equal(bars([{ name: 'a', value: 0 }]), ['a  │         0']);
});

test.run();
