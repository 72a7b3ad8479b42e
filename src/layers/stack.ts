/**
 * @file A network described layer by layer, convolutions and then linear layers, each with the activation after it:
 *
 *   { type: 'conv2d', name: 'body.0', out: 12, kernel: 5, stride: 2, padding: 2, activation: 'sigmoid' }
 *   { type: 'linear', name: 'fc.0', out: 10 }
 *
 * The name is that of its tensors in a checkpoint: body.0.weight and body.0.bias. The last layer gives the logits.
 */
import { Activation, type ActivationName } from './activation.ts';
import { Conv2d } from './conv2d.ts';
import { Linear } from './linear.ts';
import { Network, type NamedLayer } from './network.ts';

interface Described {
  readonly name: string;
  /** Channels of its output, or how many numbers it gives. */
  readonly out: number;
  /** True unless said. */
  readonly bias?: boolean;
  /** None unless said. */
  readonly activation?: ActivationName;
}

export interface Conv2dDescription extends Described {
  readonly type: 'conv2d';
  /** Side of the square kernel, in pixels. */
  readonly kernel: number;
  /** 1 unless said. */
  readonly stride?: number;
  /** Zeros added on each side, in pixels: 0 unless said. */
  readonly padding?: number;
}

export interface LinearDescription extends Described {
  readonly type: 'linear';
}

export type LayerDescription = Conv2dDescription | LinearDescription;

/**
 * The network of these layers, its θ zero and to be filled in.
 * @param inShape [channels, height, width] of the image.
 * @throws {RangeError} where a size is not valid, or the layers do not fit one another.
 */
export function buildStack(layers: readonly LayerDescription[], inShape: readonly number[]): Network {
  return new Network(() => {
    const built: NamedLayer[] = [];
    let shape = inShape;
    const add = (name: string, layer: NamedLayer['layer']): void => {
      built.push({ name, layer });
      shape = layer.outShape;
    };
    for (const description of layers) {
      const { name, out, bias = true, activation } = description;
      add(name, description.type === 'conv2d'
        ? new Conv2d({ ...description, inShape: shape })
        : new Linear({ inShape: shape, outShape: [out], bias }));
      if (activation) add(`${name} ${activation}`, new Activation(activation, shape));
    }
    return built;
  });
}
