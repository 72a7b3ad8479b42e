/** @file The four passes of plain networks. */
import { test } from '../check/test.ts';
import { hessianLaws } from './hessian-laws.ts';

hessianLaws('network', (network) => network);

test.run();
