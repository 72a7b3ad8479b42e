/**
 * @file One run on the change of several local steps: an attack on one gradient, repeated by local-steps.ts. Its record
 * is that of the attempt which explains the change best; L_G / ‖∇W‖² is what the simulated change leaves of the shared.
 */
import { attackSteps, type LocalSteps } from '../beyond/local-steps.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { AnyRun } from './audit-files.ts';
import { short } from './last-layer-report.ts';
import { amount, wrap } from './text.ts';

/**
 * Attacks the mean gradient of several steps.
 * @param withheld names of the tensors that the client did not change, or did not share.
 * @param attack the attack on one gradient, from a start if one is given.
 */
export function attackLocal(
  network: Network, gradient: ParameterVector, local: LocalSteps, withheld: readonly string[],
  attack: (gradient: ParameterVector, start?: Tensor) => AnyRun,
): AnyRun {
  let evaluations = 0, seconds = 0;
  const { best, unexplained, rounds } = attackSteps(network, gradient, local, (target, last?: Attempt) => {
    const run = attack(target, last?.images), { record, images } = run;
    evaluations += record.evaluations;
    seconds += record.seconds;
    return { images, labels: 'labels' in record ? record.labels : [record.label], run };
  }, withheld);
  const { run } = best;
  return { ...run, record: { ...run.record, objective: unexplained, evaluations, seconds, rounds } };
}

/** How many rounds it took, in words. */
export function localStory({ steps }: LocalSteps, { record: { rounds = 0, objective } }: AnyRun): string {
  const explained = 100 * Math.max(0, 1 - objective);
  return wrap('  ', `the client's ${steps} steps were simulated from ${amount(rounds, 'reconstruction')}; those from ` +
    `the best explain ${explained > 99.95 ? 'all' : `${short(explained)} %`} of the change`);
}

interface Attempt {
  readonly images: Tensor;
  readonly labels: readonly number[];
  readonly run: AnyRun;
}
