/** @file PyTorch's values. Shapes, activation, batch and classes are what each fixture says. */
import type { ActivationName } from '../../src/nn/activation.ts';
import { lenet } from '../../src/nn/lenet.ts';
import type { Network } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { fixtures } from './fixture-files.ts';

/** One network, one batch and one dummy, and all that the attack computes there. Losses are means over the batch. */
export interface GradientMatchingFixture {
  readonly file: string;
  readonly network: Network;
  readonly batch: number;
  /** The batch's images, and all of them in one vector; likewise below. */
  readonly images: readonly Tensor[];
  readonly x: Float64Array;
  readonly labels: readonly number[];
  /** [batch, classes] */
  readonly logits: Float64Array;
  readonly loss: number;
  /** ∂ℓ/∂θ, what the client shares. */
  readonly gradient: ParameterVector;
  /** ∂/∂r of ∂ℓ/∂x and of ∂ℓ/∂θ along R{θ} = `direction`. */
  readonly hvp: {
    readonly direction: ParameterVector;
    readonly wrtX: Float64Array;
    readonly wrtParameters: ParameterVector;
  };
  readonly dummy: {
    readonly x: Float64Array;
    /** u; the soft label is softmax(u). */
    readonly labelLogits: Float64Array;
    /** L_G and its gradient with the true classes. */
    readonly hard: { readonly objective: number; readonly gradX: Float64Array };
    /** L_G and its gradients with the soft labels. */
    readonly soft: { readonly objective: number; readonly gradX: Float64Array; readonly gradLabelLogits: Float64Array };
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

/** Every gradient-matching-*.json.gz. */
export function gradientMatchingFixtures(): GradientMatchingFixture[] {
  return fixtures<Json>('gradient-matching-*.json.gz').map(({ file, json }) => fromJson(file, json));
}

/** Every lbfgs-*.json. */
export function lbfgsFixtures(): LbfgsFixture[] {
  return fixtures<Omit<LbfgsFixture, 'file'>>('lbfgs-*.json').map(({ file, json }) => ({ ...json, file }));
}

interface JsonTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type JsonTensors = Readonly<Record<string, JsonTensor>>;

/** A file as PyTorch's script wrote it. */
interface Json {
  readonly activation: ActivationName;
  readonly channels: number;
  readonly size: readonly [number, number];
  readonly classes: number;
  readonly batch: number;
  readonly parameters: JsonTensors;
  readonly x: JsonTensor;
  readonly labels: readonly number[];
  readonly logits: JsonTensor;
  readonly loss: number;
  readonly gradients: JsonTensors;
  readonly hvp: { readonly direction: JsonTensors; readonly wrtX: JsonTensor; readonly wrtParameters: JsonTensors };
  readonly dummy: {
    readonly x: JsonTensor;
    readonly labelLogits: JsonTensor;
    readonly hard: { readonly objective: number; readonly gradX: JsonTensor };
    readonly soft: { readonly objective: number; readonly gradX: JsonTensor; readonly gradLabelLogits: JsonTensor };
  };
}

function fromJson(file: string, json: Json): GradientMatchingFixture {
  const { activation, channels, size: [height, width], classes, batch, labels, loss, dummy, hvp } = json;
  const bias = 'fc.0.bias' in json.parameters;
  const network = lenet({ channels, height, width, classes, activation, bias });
  network.theta.load(tensors(json.parameters));
  const parameters = (named: JsonTensors): ParameterVector => network.theta.like().load(tensors(named));
  const x = numbers(json.x), pixels = channels * height * width;
  return {
    file,
    network,
    batch,
    images: Array.from({ length: batch }, (_, i) => ({
      shape: network.inShape,
      data: x.slice(i * pixels, (i + 1) * pixels),
    })),
    x,
    labels,
    logits: numbers(json.logits),
    loss,
    gradient: parameters(json.gradients),
    hvp: {
      direction: parameters(hvp.direction),
      wrtX: numbers(hvp.wrtX),
      wrtParameters: parameters(hvp.wrtParameters),
    },
    dummy: {
      x: numbers(dummy.x),
      labelLogits: numbers(dummy.labelLogits),
      hard: { objective: dummy.hard.objective, gradX: numbers(dummy.hard.gradX) },
      soft: {
        objective: dummy.soft.objective,
        gradX: numbers(dummy.soft.gradX),
        gradLabelLogits: numbers(dummy.soft.gradLabelLogits),
      },
    },
  };
}

const numbers = ({ data }: JsonTensor): Float64Array => Float64Array.from(data);

function tensors(named: JsonTensors): Map<string, Tensor> {
  return new Map(Object.entries(named).map(([name, tensor]) => [name, { shape: tensor.shape, data: numbers(tensor) }]));
}
