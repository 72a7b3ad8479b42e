/** @file The plain activations. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Activation, ACTIVATIONS } from '../../src/nn/activation.ts';
import { activationLaws } from './activation-laws.ts';

activationLaws('activation', (f, shape) => new Activation(f, shape));

test('activation: the three of the table', () => {
  assert.equal(ACTIVATIONS, ['sigmoid', 'tanh', 'relu']);
});

test.run();
