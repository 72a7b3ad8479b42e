/** @file `idlg audit` in the tests' own process, and files to audit: PyTorch's captures, and clients of the tests. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeSafetensors } from '../../src/data/safetensors.ts';
import { digits } from '../../src/data/synthetic.ts';
import { auditCommand, type AuditReport } from '../../src/experiments/audit.ts';
import type { Screen } from '../../src/experiments/display.ts';
import type { ActivationName } from '../../src/nn/activation.ts';
import { lenet } from '../../src/nn/lenet.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { write } from '../data/files.ts';

export const QUICK = ['--method', 'idlg', '--iterations', '1'];

/** What the command writes to a screen. */
export function run(args: readonly string[], as: Partial<Screen> = {}): string {
  let text = '';
  auditCommand(args, { ...as, write: (part) => (text += part) });
  return text;
}

export type Report = AuditReport & {
  readonly runs: readonly { mse: number; label: number; labels: number[]; objective: number }[];
};
export const json = (...args: readonly string[]): Report => JSON.parse(run([...args, '--json']));

/** The options that name a capture's files. */
export function capture(name: string, truth = true): string[] {
  const folder = fileURLToPath(new URL(`../fixtures/captures/${name}/`, import.meta.url));
  const weights = join(folder, 'weights.safetensors'), gradients = join(folder, 'gradients.safetensors');
  const files = ['--weights', weights, '--gradients', gradients];
  return truth ? [...files, '--truth', join(folder, 'truth.json')] : files;
}

export type Files = ReadonlyMap<string, Tensor>;
export const save = (dir: string, name: string, tensors: Files, type: 'F64' | 'F32' = 'F64'): string =>
  write(dir, name, encodeSafetensors(tensors, type));

/** A LeNet of the test's own, the gradients of digits, and both as files. */
export function client(
  dir: string,
  { labels = [3], activation = 'sigmoid' as ActivationName, classes = 10, bias = true, seed = 4 } = {},
) {
  const network = lenet({ channels: 1, height: 28, width: 28, classes, activation, bias, seed });
  const images = labels.map((_, i) => digits().example(i).image), gradient = network.gradient(images, labels);
  const files = ['--weights', save(dir, 'w.safetensors', network.theta.tensors),
    '--gradients', save(dir, 'g.safetensors', gradient.tensors)];
  return { network, images, gradient, files };
}

/** The gradient with its numbers rounded to float16, those of enough digits as they are. */
export function inFloat16(gradient: ParameterVector): ParameterVector {
  return gradient.like(gradient.data.map((value) => {
    const unit = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value) || 1))) - 10);
    return Math.round(value / unit) * unit;
  }));
}
