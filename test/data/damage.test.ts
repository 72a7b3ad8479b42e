/** @file Damaged files, a hundred of each kind; damage.slow.test.ts has thousands. */
import { test } from '../check/test.ts';
import { damageTests } from './damaged.ts';

damageTests(100, 300);

test.run();
