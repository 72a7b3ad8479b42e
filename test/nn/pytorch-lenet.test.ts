/** @file The plain LeNet against PyTorch. */
import { test } from '../check/test.ts';
import { pytorchLeNetTests } from './pytorch-lenet.ts';

pytorchLeNetTests('plain', (network) => network);

test.run();
