/**
 * @file What the shape of a weight should be, and what it looks like if it is another program's. A bias has `out`
 * numbers, which tells the two layouts apart:
 *
 *            PyTorch                      Keras                        from Keras to PyTorch
 *   conv2d   [out, in, height, width]     [height, width, in, out]     numpy.transpose(w, (3, 2, 0, 1))
 *   linear   [out, in]                    [in, out]                    numpy.transpose(w)
 */
import type { Tensor } from '../tensor/tensor.ts';

interface Layout {
  readonly pytorch: string;
  readonly keras: string;
  readonly conversion: string;
}

/** By the number of dimensions. */
const LAYOUTS: Readonly<Record<number, Layout>> = {
  2: { pytorch: '[out, in]', keras: '[in, out]', conversion: 'numpy.transpose(w)' },
  4: {
    pytorch: '[out, in, height, width]',
    keras: '[height, width, in, out]',
    conversion: 'numpy.transpose(w, (3, 2, 0, 1))',
  },
};

/** @throws {RangeError} beginning with `name`, if the bias says Keras, or without one the kernel. */
export function expectPyTorchLayout(name: string, { shape }: Tensor, bias: Tensor | undefined): void {
  const layout = LAYOUTS[shape.length], [first, second, third, fourth] = shape, last = shape[shape.length - 1];
  if (!layout) return;
  const isKeras = bias ? bias.data.length === last && last !== first
    : shape.length === 4 && first === second && third !== fourth;
  if (!isKeras) return;
  throw new RangeError(`${name}: expected ${layout.pytorch}, got [${shape}], which looks like Keras' ` +
    `${layout.keras}; ${layout.conversion} converts it`);
}

/** @throws {RangeError} beginning with `name`, if the last layer has one output only. */
export function expectClasses(name: string, { shape: [out] }: Tensor): void {
  if (out !== 1) return;
  throw new RangeError(`${name}: expected a row for each of two or more classes, got one output: there are no ` +
    'classes. The gradient of such a regression still gives away the input of every linear layer that has a bias: ' +
    'for one sample it is ∂ℓ/∂W divided by ∂ℓ/∂b, row by row');
}
