/**
 * @file `idlg labels --noise`: the share of labels that each rule finds under Gaussian noise in every number of the
 * last layer's gradient, over many random LeNets, and whether the probabilities that likely-label.ts states are right.
 *
 *   bias, row-sum, inner-product    extract-label.ts
 *   singular                        (∂W ∂b) ≈ σ₁ u vᵀ: the least entry of u, signed so that Σ v > 0; after tanh, whose
 *                                   outputs may have a negative sum, so that v > 0 at the bias
 *   likelihood                      likely-label.ts, with the noise that diagnosis.ts measures, as in an audit
 *
 * Network i is that of `idlg labels` for batches of one image, and the same at every level of noise.
 */
import { extractLabel, LABEL_RULES, lastLayer, type LastLayer } from '../attack/extract-label.ts';
import { BATCH_RULES, extractBatchLabels, MAX_ILRG_CLASSES, multisetAccuracy } from '../beyond/batch/batch-labels.ts';
import { diagnose } from '../beyond/diagnosis/diagnosis.ts';
import { likelyLabel, samplePrior } from '../beyond/diagnosis/likely-label.ts';
import type { ActivationName } from '../nn/activation.ts';
import type { Network } from '../nn/network.ts';
import type { Random } from '../tensor/random.ts';
import { rowsOf, type Tensor } from '../tensor/tensor.ts';
import { argmin, axpy, dot, norm2, scale } from '../tensor/vector.ts';
import { table } from './text.ts';

/** The network, images and labels of run i, and a generator for what else the run draws. */
export type BatchOfRun = (activation: ActivationName, batch: number, i: number) => {
  readonly network: Network;
  readonly images: readonly Tensor[];
  readonly labels: readonly number[];
  readonly random: Random;
};

const RULES = [...LABEL_RULES, 'singular', 'likelihood'] as const;
const RULES_OF_BATCH = [...BATCH_RULES, 'chosen'] as const;

/** The stated probabilities that are checked: the share of labels right should lie in the same range. */
const STATED = [[0.5, 0.9], [0.9, 0.95], [0.95, 0.99], [0.99, 1]] as const;

interface Calibration {
  /** The stated probability, from and below (the last range includes 1). */
  readonly stated: readonly [number, number];
  readonly labels: number;
  readonly right: number;
}

/** The mean share of labels found. */
export interface NoiseRow {
  readonly activation: ActivationName;
  readonly batch: number;
  readonly variance: number;
  readonly accuracy: Readonly<Record<string, number>>;
  /** For one image. */
  readonly calibration?: readonly Calibration[];
}

/** One row per level of noise. @param batchOf the network and batch of a run, and what draws its noise. */
export function measureUnderNoise(
  activation: ActivationName, batch: number, variances: readonly number[], runs: number, batchOf: BatchOfRun,
): NoiseRow[] {
  const rows = variances.map((variance) => ({
    activation, batch, variance, accuracy: {} as Record<string, number>,
    ...(batch === 1 && { calibration: STATED.map((stated) => ({ stated, labels: 0, right: 0 })) }),
  }));
  for (let i = 0; i < runs; i++) {
    const { network, images, labels, random } = batchOf(activation, batch, i), layer = lastLayer(network.theta);
    const gradient = lastLayer(network.gradient(images, labels));
    const prior = batch === 1 ? samplePrior(network) : undefined;
    for (const { variance, accuracy, calibration } of rows) {
      const noisy = disturbed(gradient, Math.sqrt(variance), random), { noise } = diagnose(noisy, layer);
      const count = (rule: string, found: readonly number[]): void => {
        accuracy[rule] = (accuracy[rule] ?? 0) + multisetAccuracy(found, labels) / runs;
      };
      if (!prior || !calibration) {
        for (const rule of rulesOfBatch(network.classes)) {
          const asked = rule === 'chosen' ? undefined : rule;
          count(rule, extractBatchLabels(noisy, layer, batch, asked, noise).labels);
        }
        continue;
      }
      for (const rule of LABEL_RULES) count(rule, [extractLabel(noisy, rule).label]);
      count('singular', [bySingularVector(noisy, activation)]);
      const { label, probability } = likelyLabel(noisy, noise, prior);
      count('likelihood', [label]);
      const range = calibration.find(({ stated: [from, to] }) => probability >= from && (probability < to || to === 1));
      if (!range) continue;
      range.labels++;
      if (label === labels[0]) range.right++;
    }
  }
  return rows;
}

const rulesOfBatch = (classes: number) =>
  RULES_OF_BATCH.filter((rule) => rule !== 'ilrg' || classes <= MAX_ILRG_CLASSES);

function disturbed({ weight, bias }: LastLayer, sigma: number, random: Random): Required<LastLayer> {
  const add = (data: Float64Array): Float64Array => data.map((value) => value + sigma * random.normal());
  return { weight: { ...weight, data: add(weight.data) }, bias: { ...bias!, data: add(bias!.data) } };
}

/** How many times u ← M u, which is enough unless two singular values differ by less than a tenth. */
const STEPS = 50;

function bySingularVector({ weight, bias }: Required<LastLayer>, activation: ActivationName): number {
  const rows = rowsOf(weight).map((row, i) => Float64Array.of(...row, bias.data[i]));
  const M = rows.map((p) => Float64Array.from(rows, (q) => dot(p, q)));
  let u = Float64Array.from(rows, norm2);
  for (let step = 0; step < STEPS; step++) {
    u = Float64Array.from(M, (row) => dot(row, u));
    scale(1 / norm2(u), u);
  }
  const v = new Float64Array(rows[0].length);
  rows.forEach((row, i) => axpy(u[i], row, v));
  const sign = activation === 'tanh' ? v[v.length - 1] : v.reduce((sum, value) => sum + value, 0);
  return argmin(u.map((value) => Math.sign(sign) * value));
}

/** The rows as tables: one image first, then batches, then how often a stated probability was right. */
export function noiseTables(rows: readonly NoiseRow[]): string {
  const single = rows.filter(({ batch }) => batch === 1), batches = rows.filter(({ batch }) => batch > 1);
  const share = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(3));
  const line = ({ activation, variance, accuracy }: NoiseRow, rules: readonly string[], batch?: number): string[] =>
    [activation, ...(batch === undefined ? [] : [String(batch)]), String(variance),
      ...rules.map((rule) => share(accuracy[rule]))];
  const parts: string[] = [];
  if (single.length > 0) {
    parts.push(table(['activation', 'variance', ...RULES], single.map((row) => line(row, RULES))));
    parts.push(calibrationTable(single));
  }
  if (batches.length > 0) {
    const all = batches.map((row) => line(row, RULES_OF_BATCH, row.batch));
    parts.push(table(['activation', 'batch', 'variance', ...RULES_OF_BATCH], all, 3));
  }
  return parts.join('\n');
}

function calibrationTable(rows: readonly NoiseRow[]): string {
  const activations = [...new Set(rows.map(({ activation }) => activation))];
  const lines = activations.map((activation) => [activation, ...STATED.map((_, k) => {
    const all = rows.filter((row) => row.activation === activation).map(({ calibration }) => calibration![k]);
    const labels = all.reduce((sum, range) => sum + range.labels, 0);
    const right = all.reduce((sum, range) => sum + range.right, 0);
    return labels === 0 ? '–' : `${(right / labels).toFixed(3)} of ${labels}`;
  })]);
  const heads = STATED.map(([from, to]) => `${100 * from} to ${100 * to} %`);
  return table(['right, if stated as', ...heads], lines);
}
