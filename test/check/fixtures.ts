/** @file PyTorch's values. Shapes, activation, batch and classes are what each fixture says. */
import { loadParameters } from '../../src/layers/load-parameters.ts';
import type { ActivationName } from '../../src/nn/activation.ts';
import { lenet } from '../../src/nn/lenet.ts';
import type { Network } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import { unstack, type Tensor } from '../../src/tensor/tensor.ts';
import { fixtures } from './fixture-files.ts';

/** One network, one batch and one dummy, and all that the attack computes there. Losses are means over the batch. */
export interface GradientMatchingFixture {
  readonly file: string;
  /** Takes one image at a time. */
  readonly network: Network;
  readonly batch: number;
  /** The batch's images, and all of them in one tensor [batch, channels, height, width]; likewise below. */
  readonly images: readonly Tensor[];
  readonly x: Tensor;
  readonly labels: readonly number[];
  /** [batch, classes] */
  readonly logits: Tensor;
  readonly loss: number;
  /** ∂ℓ/∂θ, what the client shares. */
  readonly gradient: ParameterVector;
  /** ∂/∂r of ∂ℓ/∂x and of ∂ℓ/∂θ along R{θ} = `direction`. */
  readonly hvp: {
    readonly direction: ParameterVector;
    readonly wrtX: Tensor;
    readonly wrtParameters: ParameterVector;
  };
  readonly dummy: {
    readonly x: Tensor;
    /** u [batch, classes]; the soft label is softmax(u). */
    readonly labelLogits: Tensor;
    /** L_G and its gradient with the true classes. */
    readonly hard: { readonly objective: number; readonly gradX: Tensor };
    /** L_G and its gradients with the soft labels. */
    readonly soft: { readonly objective: number; readonly gradX: Tensor; readonly gradLabelLogits: Tensor };
  };
}

/** Runs of torch.optim.LBFGS on Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)². */
export interface LbfgsFixture {
  readonly file: string;
  readonly runs: readonly {
    readonly lineSearch: 'strong_wolfe' | null;
    readonly lr: number;
    readonly maxIter: number;
    readonly historySize: number;
    readonly x0: readonly number[];
    /** f before, x and the number of evaluations after each `step()`. */
    readonly steps: readonly {
      readonly objectiveAtStart: number;
      readonly x: readonly number[];
      readonly evaluations: number;
    }[];
  }[];
}

type Tensors = Readonly<Record<string, Tensor>>;

/** A module of torch.nn: its type, and its arguments by their names there. */
export interface Module {
  readonly type: string;
  readonly [argument: string]: unknown;
}

/** The four passes of one module. Parameters, their gradients and buffers have their names in a state_dict. */
export interface LayerFixture {
  readonly name: string;
  readonly module: Module;
  readonly x: Tensor;
  readonly parameters: Tensors;
  readonly buffers: Tensors;
  readonly gradY: Tensor;
  readonly rX: Tensor;
  readonly rParameters: Tensors;
  readonly rGradY: Tensor;
  readonly y: Tensor;
  readonly gradX: Tensor;
  readonly gradParameters: Tensors;
  readonly rY: Tensor;
  readonly rGradX: Tensor;
  readonly rGradParameters: Tensors;
}

/** A network of modules, one after the other, and what a gradient matching attack computes at a dummy. */
export interface NetworkFixture {
  readonly name: string;
  readonly mode: 'eval' | 'train';
  readonly modules: readonly Module[];
  readonly classes: number;
  readonly x: Tensor;
  /** The classes: [batch], or [batch, tokens] where each token has one. */
  readonly target: Tensor;
  readonly parameters: Tensors;
  readonly buffers: Tensors;
  readonly logits: Tensor;
  readonly loss: number;
  readonly gradients: Tensors;
  /** ∂/∂r of ∂ℓ/∂x and of ∂ℓ/∂θ along R{θ} = `direction`. */
  readonly hvp: { readonly direction: Tensors; readonly wrtX: Tensor; readonly wrtParameters: Tensors };
  readonly dummy: {
    readonly x: Tensor;
    /** L_G and its gradient, and 1 − the cosine of ∇W′ and ∇W and its gradient. */
    readonly objective: number;
    readonly gradX: Tensor;
    readonly cosine: number;
    readonly gradXOfCosine: Tensor;
  };
}

/** Every gradient-matching-*.json.gz. */
export function gradientMatchingFixtures(): GradientMatchingFixture[] {
  return fixtures('gradient-matching-*.json.gz').map(({ file, json }) => fromJson(file, withTensors(json) as Json));
}

/** The cases of layers.json.gz. */
export function layerFixtures(): LayerFixture[] {
  return fixtures('layers.json.gz').flatMap(({ json }) => (withTensors(json) as { cases: LayerFixture[] }).cases);
}

/** The cases of networks.json.gz. */
export function networkFixtures(): NetworkFixture[] {
  return fixtures('networks.json.gz').flatMap(({ json }) => (withTensors(json) as { cases: NetworkFixture[] }).cases);
}

/** Every lbfgs-*.json. */
export function lbfgsFixtures(): LbfgsFixture[] {
  return fixtures<Omit<LbfgsFixture, 'file'>>('lbfgs-*.json').map(({ file, json }) => ({ ...json, file }));
}

/** A value of JSON in which every { shape, data } is a tensor. */
function withTensors(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(withTensors);
  if ('shape' in json && 'data' in json) return { shape: json.shape, data: Float64Array.from(json.data as number[]) };
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, withTensors(value)]));
}

/** A gradient-matching file as PyTorch's script wrote it. */
interface Json extends Pick<GradientMatchingFixture, 'batch' | 'x' | 'labels' | 'logits' | 'loss' | 'dummy'> {
  readonly activation: ActivationName;
  readonly channels: number;
  readonly size: readonly [number, number];
  readonly classes: number;
  readonly parameters: Tensors;
  readonly gradients: Tensors;
  readonly hvp: { readonly direction: Tensors; readonly wrtX: Tensor; readonly wrtParameters: Tensors };
}

function fromJson(file: string, json: Json): GradientMatchingFixture {
  const { activation, channels, size: [height, width], classes, batch, x, labels, logits, loss, dummy, hvp } = json;
  const network = lenet({ channels, height, width, classes, activation, bias: 'fc.0.bias' in json.parameters });
  const vector = (named: Tensors): ParameterVector =>
    loadParameters(network.theta.like(), new Map(Object.entries(named)));
  network.theta.data.set(vector(json.parameters).data);
  return {
    file, network, batch, images: unstack(x), x, labels, logits, loss, dummy,
    gradient: vector(json.gradients),
    hvp: { direction: vector(hvp.direction), wrtX: hvp.wrtX, wrtParameters: vector(hvp.wrtParameters) },
  };
}
