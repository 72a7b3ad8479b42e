/**
 * @file One run: a client with a network and a private image, and one attack on the gradient that it shares.
 *
 * The attack is given the network and ∇W. The truth is passed along to record the MSE, and compared at the end.
 */
import type { AttackPoint, Reconstruction } from '../attack/reconstruct.ts';
import { mse, psnr } from '../attack/metrics.ts';
import type { MapAttackOptions } from '../beyond/prior/map.ts';
import { ssim } from '../beyond/ssim.ts';
import type { ActivationName } from '../nn/activation.ts';
import { lenet } from '../nn/lenet.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ATTACKS, type Found, type Method, type Solution } from './attacks.ts';
import { DEFAULT_KERNELS, withKernels, type Kernels } from './kernels.ts';
import type { Target } from './target.ts';

/** What the server has of a client: the network that it sent out, and the gradient that came back. */
export interface Client {
  readonly network: Network;
  readonly gradient: ParameterVector;
}

/** What a reconstruction is judged by, as far as it is known. */
export interface Truth {
  readonly image?: Tensor | undefined;
  readonly label?: number | undefined;
}

/** One line of the results: everything but the pictures. Numbers that are not finite become null in JSON. */
export interface RunRecord {
  readonly method: Method;
  readonly labelRule: Reconstruction['labelRule'];
  readonly label: number;
  /** Null if the truth is not known; the measures of the image are NaN then. */
  readonly labelCorrect: boolean | null;
  readonly mse: number;
  /** Decibels. */
  readonly psnr: number;
  readonly ssim: number;
  /** L_G at the end. */
  readonly objective: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly seconds: number;
  readonly stop: Found['stop'];
  /** For the change of several local steps: how often the attack ran, each time on a corrected gradient. */
  readonly rounds?: number;
  /** Whether a classifier takes the image for the true class, if there is one; and the original. */
  readonly recognised?: boolean;
  readonly originalRecognised?: boolean;
  /** Under noise: the MSE below which no attack without bias gets on average (bound.ts), at the true image. */
  readonly bound?: number;
  /** For an analytic attack: the precision that it takes the gradient to have, and each layer's system. */
  readonly solution?: Solution;
}

/** What an attack found, and how. */
export interface Outcome<R> {
  readonly record: R;
  /** The reconstructions, [batch, channels, height, width]. */
  readonly images: Tensor;
  /** The reconstruction at the iterations asked for and, if there were any, at the last. */
  readonly frames: readonly Frame[];
}

/** A run on the gradient of one image: batch = 1. */
export type Run = Outcome<RunRecord>;

export interface Frame {
  readonly iteration: number;
  /** [batch, channels, height, width] */
  readonly images: Tensor;
}

/** A client with LeNet's weights drawn from `seed`, and its gradient for the target's image and label. */
export function createClient(
  { image, label, classes }: Target, activation: ActivationName, seed: number, kernels: Kernels = DEFAULT_KERNELS,
): Client {
  const [channels, height, width] = image.shape;
  const network = withKernels(lenet({ channels, height, width, classes, activation, seed }), kernels);
  return { network, gradient: network.gradient(image, label) };
}

/** Frames for a film of any length: the first 64, then 32 of each octave, so that long runs need little memory. */
export const filmed = (iteration: number): boolean =>
  iteration < 64 || iteration % 2 ** (Math.floor(Math.log2(iteration)) - 5) === 0;

/** Attacks the client's gradient by `method` and judges the result by the truth. `isFrame` selects the frames. */
export function attackClient(
  { network, gradient }: Client, truth: Truth, method: Method, options: MapAttackOptions,
  isFrame?: (iteration: number) => boolean,
): Run {
  const { image, label } = truth, known = image ? { truth: image } : {};
  const { result, frames, seconds } = film({ ...options, ...known }, isFrame,
    (options) => ATTACKS[method].run(network, gradient, { ...ATTACKS[method].preset, ...options }));
  const record = {
    method,
    labelRule: result.labelRule,
    label: result.label,
    labelCorrect: label === undefined ? null : result.label === label,
    ...measure(result.image, image),
    ...course(result, seconds),
    ...solutionOf(result),
  };
  return { record, images: result.images, frames };
}

function solutionOf({ precision, error, layers }: Found): Pick<RunRecord, 'solution'> {
  return precision === undefined || !layers ? {} : { solution: { precision, error: error!, layers } };
}

/** The papers' MSE, and PSNR and SSIM; NaN if the truth is not known. */
export function measure(image: Tensor, truth: Tensor | undefined): Pick<RunRecord, 'mse' | 'psnr' | 'ssim'> {
  if (!truth) return { mse: NaN, psnr: NaN, ssim: NaN };
  return { mse: mse(image, truth), psnr: psnr(image, truth), ssim: ssim(image, truth) };
}

type Course = 'objective' | 'iterations' | 'evaluations' | 'stop';

/** How a run went, for its record. */
export function course(
  { objective, iterations, evaluations, stop }: Pick<Found, Course>, seconds: number,
): Pick<RunRecord, Course | 'seconds'> {
  return { objective, iterations, evaluations, seconds, stop };
}

/** Runs an attack, times it, and keeps the frames that `isFrame` selects. */
export function film<R extends Pick<Reconstruction, 'images' | 'iterations' | 'evaluations' | 'trajectory'>>(
  options: MapAttackOptions, isFrame: ((iteration: number) => boolean) | undefined,
  attack: (options: MapAttackOptions) => R,
): { readonly result: R; readonly frames: readonly Frame[]; readonly seconds: number } {
  const frames: Frame[] = [];
  let hasIterated = false;
  const onIteration = (point: AttackPoint): boolean | void => {
    hasIterated = true;
    if (isFrame?.(point.iteration)) frames.push({ iteration: point.iteration, images: copyOf(point.images) });
    return options.onIteration?.(point);
  };
  const start = performance.now();
  const result = attack({ ...options, onIteration });
  const seconds = (performance.now() - start) / 1000, { images, iterations, evaluations, trajectory } = result;
  if (!hasIterated) onIteration({ ...trajectory[0], images, evaluations }); // an attack that does not descend
  const isShown = frames.at(-1)?.iteration === iterations && !(options.restarts! > 1);
  if (isFrame && !isShown) frames.push({ iteration: iterations, images }); // of several starts, the best one's end
  return { result, frames, seconds };
}

const copyOf = ({ shape, data }: Tensor): Tensor => ({ shape, data: data.slice() });
