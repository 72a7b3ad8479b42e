/** @file Damaged files, thousands of each kind. */
import { test } from '../check/test.ts';
import { damageTests } from './damaged.ts';

damageTests(2000, 10_000);

test.run();
