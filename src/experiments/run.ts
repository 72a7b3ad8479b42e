/**
 * @file One run: a client with a network and a private image, and one attack on the gradient that it shares.
 *
 * The attack is given the network and ∇W. The truth goes along for the record of the MSE, and is compared at the end.
 */
import { dlg } from '../attack/dlg.ts';
import { idlg } from '../attack/idlg.ts';
import { mse, psnr, ssim } from '../attack/metrics.ts';
import type { AttackOptions, AttackPoint, AttackResult } from '../attack/reconstruct.ts';
import type { ActivationName } from '../nn/activation.ts';
import { lenet } from '../nn/lenet.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Target } from './target.ts';

const ATTACKS = { idlg, dlg };
export type Method = keyof typeof ATTACKS;
export const METHODS = Object.keys(ATTACKS) as readonly Method[];
/** As the papers' tables have them. */
export const BASELINE_FIRST: readonly Method[] = ['dlg', 'idlg'];
/** A method as the papers write it. */
export const METHOD_TITLES: Readonly<Record<Method, string>> = { idlg: 'iDLG', dlg: 'DLG' };

/** What the server has of a client: the network that it sent out, and the gradient that came back. */
export interface Client {
  readonly network: Network;
  readonly gradient: ParameterVector;
}

/** One line of the results: everything but the pictures. Numbers that are not finite become null in JSON. */
export interface RunRecord {
  readonly method: Method;
  readonly labelRule: AttackResult['labelRule'];
  readonly label: number;
  readonly labelCorrect: boolean;
  readonly mse: number;
  /** Decibels. */
  readonly psnr: number;
  readonly ssim: number;
  /** L_G at the end. */
  readonly objective: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly seconds: number;
  readonly stop: AttackResult['stop'];
}

export interface Run {
  readonly record: RunRecord;
  readonly image: Tensor;
  /** The reconstruction at the iterations asked for and, where any were, at the last. */
  readonly frames: readonly { readonly iteration: number; readonly image: Tensor }[];
}

/** A client with LeNet's weights drawn from `seed`, and its gradient for the target's image and label. */
export function createClient({ image, label, classes }: Target, activation: ActivationName, seed: number): Client {
  const [channels, height, width] = image.shape;
  const network = lenet({ channels, height, width, classes, activation, seed });
  return { network, gradient: network.gradient(image, label) };
}

/** Frames for a film of any length: the first 64, then 32 of each octave, so that long runs need little memory. */
export const filmed = (iteration: number): boolean =>
  iteration < 64 || iteration % 2 ** (Math.floor(Math.log2(iteration)) - 5) === 0;

const copyOf = ({ shape, data }: Tensor): Tensor => ({ shape, data: data.slice() });

/** Attacks the client's gradient by `method` and judges the result by the target; keeps the iterations of `isFrame`. */
export function attackClient(
  { network, gradient }: Client, target: Target, method: Method, options: AttackOptions,
  isFrame?: (iteration: number) => boolean,
): Run {
  const frames: Run['frames'][number][] = [];
  const onIteration = (point: AttackPoint): boolean | void => {
    if (isFrame?.(point.iteration)) frames.push({ iteration: point.iteration, image: copyOf(point.image) });
    return options.onIteration?.(point);
  };
  const start = performance.now();
  const result = ATTACKS[method](network, gradient, { ...options, truth: target.image, onIteration });
  const seconds = (performance.now() - start) / 1000;
  const { image, label, labelRule, objective, iterations, evaluations, stop } = result;
  if (isFrame?.(iterations) === false) frames.push({ iteration: iterations, image });
  return {
    record: {
      method,
      labelRule,
      label,
      labelCorrect: label === target.label,
      mse: mse(image, target.image),
      psnr: psnr(image, target.image),
      ssim: ssim(image, target.image),
      objective,
      iterations,
      evaluations,
      seconds,
      stop,
    },
    image,
    frames,
  };
}
