/**
 * @file The last layer's tensors alone, for `idlg audit --labels-only`: labels need nothing else of a model, whatever
 * its other layers are. They make a network of one linear layer, whose "image" is the last layer's input.
 */
import { InputError, mismatch } from '../data/dataset.ts';
import type { Tensors } from '../data/tensors.ts';
import { networkFrom } from '../layers/checkpoint.ts';
import { expectClasses, expectPyTorchLayout } from '../layers/layout.ts';
import { loadParameters } from '../layers/load-parameters.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { expectFinite, type Tensor } from '../tensor/tensor.ts';

export interface LastLayerInput {
  readonly network: Network;
  /** What the other file holds for these tensors, as it is. */
  readonly vector: ParameterVector;
  /** The name of the layer's weight in the files. */
  readonly name: string;
}

/**
 * Finds the last layer in both files: that of `name`, or the last matrix of the first file, and its bias. If the other
 * file has the bias alone, the weight is what `otherwise` holds.
 * @throws {InputError} if there is none, or the files differ in its shapes.
 */
export function readLastLayer(
  [path, tensors]: readonly [path: string, tensors: Tensors], [otherPath, others]: readonly [string, Tensors],
  name: string | undefined, otherwise: (network: Network) => ParameterVector,
): LastLayerInput {
  const weightName = nameOfWeight(path, tensors, name), weight = tensors.get(weightName)!;
  const nextName = nameBeside(tensors, weightName), next = nextName === undefined ? undefined : tensors.get(nextName);
  expectLastLayer(path, weightName, weight, next);
  const biasName = next?.shape[0] === weight.shape[0] ? nextName : undefined;
  const used = [weightName, ...(biasName && others.has(biasName) ? [biasName] : [])];
  const shared = used.length > 1 ? used.filter((key) => others.has(key)) : used; // the bias alone, perhaps
  for (const key of shared) {
    const { shape } = tensors.get(key)!, other = others.get(key);
    if (`${other?.shape}` === `${shape}`) continue;
    throw mismatch(`${otherPath}, ${key}`, `shape [${shape}], as in ${path}`, other ? `[${other.shape}]` : 'nothing');
  }
  const own = (all: Tensors, keys: readonly string[]): [string, Tensor][] =>
    keys.map((key) => [key === weightName ? 'last.weight' : 'last.bias', all.get(key)!]);
  for (const [file, all, keys] of [[path, tensors, used], [otherPath, others, shared]] as const) {
    for (const key of keys) expectFiniteIn(file, key, all.get(key)!);
  }
  const layers = [{ type: 'linear', name: 'last' }] as const, size = [1, weight.shape[1]] as const;
  const network = networkFrom(new Map(own(tensors, used)), { layers, size }), vector = otherwise(network);
  const whole = new Map([...vector.tensors, ...own(others, shared)]);
  return { network, vector: loadParameters(vector, whole), name: weightName };
}

/** A matrix [classes, features]. */
const isMatrix = ({ shape }: Tensor): boolean => shape.length === 2;

/** @throws {InputError} if the layer has one output, or the layout of another program. */
function expectLastLayer(path: string, name: string, weight: Tensor, vector: Tensor | undefined): void {
  try {
    expectPyTorchLayout(name, weight, vector);
    expectClasses(name, weight);
  } catch (error) {
    throw new InputError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function nameOfWeight(path: string, tensors: Tensors, name: string | undefined): string {
  if (name === undefined) {
    const last = inOrder(tensors).findLast((key) => isMatrix(tensors.get(key)!));
    if (last !== undefined) return last;
    throw mismatch(path, 'a matrix with a row per class, the weight of the last layer', 'none');
  }
  const key = [`${name}.weight`, name].find((candidate) => tensors.has(candidate));
  if (key === undefined) throw mismatch(`--last-layer ${name}`, `a layer or tensor in ${path}`, 'another name');
  if (isMatrix(tensors.get(key)!)) return key;
  throw mismatch(`--last-layer ${name}`, 'a weight [classes, features]', `[${tensors.get(key)!.shape}]`);
}

/** The vector beside `x.weight`, or that which follows an array without a name: the bias, if it is as long. */
function nameBeside(tensors: Tensors, weightName: string): string | undefined {
  const names = inOrder(tensors), beside = weightName.replace(/weight$/, 'bias');
  const key = beside !== weightName ? beside : names[names.indexOf(weightName) + 1];
  return key !== undefined && tensors.get(key)?.shape.length === 1 ? key : undefined;
}

/** The names in the file's order; arrays without names, arr_0, arr_1, …, by their numbers. */
function inOrder(tensors: Tensors): string[] {
  const names = [...tensors.keys()], number = (name: string): number => Number(name.slice('arr_'.length));
  return names.every((name) => /^arr_\d+$/.test(name)) ? names.sort((a, b) => number(a) - number(b)) : names;
}

function expectFiniteIn(path: string, name: string, { data }: Tensor): void {
  try {
    expectFinite(name, data);
  } catch (error) {
    throw mismatch(`${path}, ${name}`, 'finite numbers', (error as Error).message, error);
  }
}
