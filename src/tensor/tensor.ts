/**
 * @file A tensor: flat float64 numbers, row-major, that carry their shape.
 *
 *   data[(i₀·n₁ + i₁)·n₂ + i₂] is the entry (i₀, i₁, i₂) of a tensor of shape [n₀, n₁, n₂]
 *
 * Images are [channels, height, width] with pixels in [0, 1]. There are no operators here and no tape: the layers
 * of src/nn write their own loops over `data`.
 */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The number of entries of a tensor of this shape: n₀·n₁·…; 1 for a scalar's shape []. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** A new tensor of zeros. @throws {RangeError} where a side is not a positive integer or the size is past 2³¹. */
export function zeros(shape: readonly number[]): Tensor {
  for (const n of shape) {
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`shape: expected positive integers, got [${shape}]`);
  }
  if (sizeOf(shape) > 2 ** 31) throw new RangeError(`shape: expected at most 2^31 entries, got [${shape}]`);
  return { shape, data: new Float64Array(sizeOf(shape)) };
}

/**
 * The numbers from `offset` on seen as a tensor of another shape: nothing is copied, both share memory.
 * @throws {RangeError} where the tensor is not wholly inside `data`.
 */
export function view(data: Float64Array, shape: readonly number[], offset = 0): Tensor {
  const end = offset + sizeOf(shape);
  if (!(offset >= 0 && end <= data.length)) {
    throw new RangeError(`view [${shape}] at ${offset}: expected ${end} numbers, got ${data.length}`);
  }
  return { shape, data: data.subarray(offset, end) };
}

/** The tensors along the first side, [n, …] → n of […]; they share its memory. */
export function unstack({ shape: [n, ...shape], data }: Tensor): Tensor[] {
  return Array.from({ length: n }, (_, i) => view(data, shape, i * sizeOf(shape)));
}

/**
 * The door check of every pass.
 * @throws {RangeError} as `Conv2d x: expected shape [1,28,28], got [28,28] with 784 numbers`; TypeError for no tensor.
 */
export function expectShape(name: string, tensor: Tensor, expected: readonly number[]): void {
  const { shape, data } = tensor;
  if (shape === undefined) {
    throw new TypeError(`${name}: expected a tensor { shape, data }, got ${typeof tensor} without a shape`);
  }
  let same = shape.length === expected.length && data.length === sizeOf(expected);
  for (let i = 0; same && i < expected.length; i++) same = shape[i] === expected[i];
  if (!same) throw new RangeError(`${name}: expected shape [${expected}], got [${shape}] with ${data.length} numbers`);
}

/** @throws {RangeError} naming the first entry that is NaN or infinite. */
export function expectFinite(name: string, data: Float64Array): void {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      throw new RangeError(`${name}: expected finite numbers, got ${data[i]} at entry ${i}`);
    }
  }
}
