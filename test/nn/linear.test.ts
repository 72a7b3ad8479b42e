/** @file The plain linear layer. */
import { test } from '../check/test.ts';
import { Linear } from '../../src/nn/linear.ts';
import { linearLaws } from './linear-laws.ts';

linearLaws('linear', (options) => new Linear(options));

test.run();
