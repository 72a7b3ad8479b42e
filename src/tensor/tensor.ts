/**
 * @file A tensor: float64 numbers in row-major order, together with their shape.
 *
 *   data[(i₀·n₁ + i₁)·n₂ + i₂] is the entry (i₀, i₁, i₂) of a tensor of shape [n₀, n₁, n₂]
 *
 * An image is [channels, height, width] with pixels in [0, 1]; a batch of images is [batch, channels, height, width].
 * There are no operators and no tape here: the layers in src/nn write their own loops over `data`.
 */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The number of entries of a tensor of this shape: n₀·n₁·…; 1 for a scalar's shape []. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

/** A new tensor of zeros. @throws {RangeError} if a side is not a positive integer, or for more than 2³¹ entries. */
export function zeros(shape: readonly number[]): Tensor {
  if (!shape.every((n) => Number.isInteger(n) && n >= 1) || sizeOf(shape) > 0x80000000) {
    throw new RangeError(`shape: expected positive integers, and at most 2^31 entries, got [${shape}]`);
  }
  return { shape, data: new Float64Array(sizeOf(shape)) };
}

/**
 * The numbers of `data` from `offset` on, seen as a tensor of this shape. Nothing is copied: both share memory.
 * @throws {RangeError} if the tensor does not lie within `data`.
 */
export function view(data: Float64Array, shape: readonly number[], offset = 0): Tensor {
  const end = offset + sizeOf(shape);
  if (!(offset >= 0 && end <= data.length)) {
    throw new RangeError(`view [${shape}] at ${offset}: expected ${end} numbers, got ${data.length}`);
  }
  return { shape, data: data.subarray(offset, end) };
}

/** The n tensors [...] along the first side of a tensor [n, ...]: the images of a batch. They share its memory. */
export function unstack({ shape: [n, ...shape], data }: Tensor): Tensor[] {
  return Array.from({ length: n }, (_, i) => view(data, shape, i * sizeOf(shape)));
}

/** The m rows of a matrix [m, n], or of a tensor [m, ...] read as one; they share its memory. */
export function rowsOf({ shape: [m], data }: Tensor): Float64Array[] {
  const n = data.length / m;
  return Array.from({ length: m }, (_, i) => data.subarray(i * n, (i + 1) * n));
}

/**
 * Checks an argument on entry to a function.
 * @throws {RangeError} such as `Conv2d x: expected shape [1,1,28,28], got [28,28] with 784 numbers`.
 * @throws {TypeError} if `tensor` is not a tensor.
 */
export function expectShape(name: string, tensor: Tensor, expected: readonly number[]): void {
  const { shape, data } = tensor;
  if (shape === undefined) {
    throw new TypeError(`${name}: expected a tensor { shape, data }, got ${tensor.constructor.name} without a shape`);
  }
  const isSame = shape.length === expected.length && shape.every((n, i) => n === expected[i]);
  if (isSame && data.length === sizeOf(expected)) return;
  throw new RangeError(`${name}: expected shape [${expected}], got [${shape}] with ${data.length} numbers`);
}

/** @throws {RangeError} naming the first entry that is NaN or infinite. */
export function expectFinite(name: string, data: Float64Array): void {
  const i = data.findIndex((value) => !Number.isFinite(value));
  if (i >= 0) throw new RangeError(`${name}: expected finite numbers, got ${data[i]} at entry ${i}`);
}
