/** @file The plain convolution. */
import { test } from '../check/test.ts';
import { Conv2d } from '../../src/nn/conv2d.ts';
import { conv2dLaws } from './conv2d-laws.ts';

conv2dLaws('conv2d', (options) => new Conv2d(options));

test.run();
