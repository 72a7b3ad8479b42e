/**
 * @file What the readers of tensors share: named tensors, the floating-point numbers that files hold, and limits.
 *
 *   type   bytes   bits of sign · exponent · fraction
 *   F64      8     1 · 11 · 52
 *   F32      4     1 ·  8 · 23
 *   F16      2     1 ·  5 · 10
 *   BF16     2     1 ·  8 ·  7   the upper half of an F32
 *
 * IEEE Std 754-2019, 3.4. All are read exactly, because each is also a float64; of a NaN, only that it is one is kept.
 */
import { bfloat16, float16 } from '../beyond/defence/float16.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { mismatch } from './dataset.ts';

/** Tensors by name, in the order of their file. Numbers are as the file has them: NaN and infinities too. */
export type Tensors = ReadonlyMap<string, Tensor>;

/** The tensors of other types, such as int64, that a file holds besides: the name and the type of each. */
export type OtherTypes = Map<string, string>;

/** The most tensors in a file, and the most dimensions of one. */
export const MAX_TENSORS = 2 ** 16;
export const MAX_RANK = 64;
/** The most numbers in all tensors of a file: 128 MB of them, four times what LFW's network has. */
export const MAX_NUMBERS = 2 ** 24;

/** Text from a file as messages show it: in quotes, and shortened to fit on a line. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

/** A shape likewise, in brackets. */
export function quoteShape(shape: readonly number[]): string {
  return `[${shorten(shape.join())}]`;
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);

interface FloatType {
  readonly width: number;
  readonly read: (bytes: DataView, at: number, littleEndian: boolean) => number;
}

export const FLOAT_TYPES = {
  F64: { width: 8, read: (bytes, at, littleEndian) => bytes.getFloat64(at, littleEndian) },
  F32: { width: 4, read: (bytes, at, littleEndian) => bytes.getFloat32(at, littleEndian) },
  F16: { width: 2, read: (bytes, at, littleEndian) => float16(bytes.getUint16(at, littleEndian)) },
  BF16: { width: 2, read: (bytes, at, littleEndian) => bfloat16(bytes.getUint16(at, littleEndian)) },
} as const satisfies Record<string, FloatType>;

export type FloatName = keyof typeof FLOAT_TYPES;

/** How numbers lie in a file; default: little-endian and row-major. */
export interface Layout {
  readonly littleEndian?: boolean;
  /** Fortran's order: the first index runs fastest. */
  readonly columnMajor?: boolean;
}

/** The tensor whose numbers `bytes` are, wherever in memory these begin; they must be exactly as many as it needs. */
export function readTensor(
  bytes: Uint8Array,
  type: FloatName,
  shape: readonly number[],
  { littleEndian = true, columnMajor = false }: Layout = {},
): Tensor {
  const { width, read } = FLOAT_TYPES[type];
  const numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const data = new Float64Array(sizeOf(shape));
  if (!columnMajor) {
    for (let i = 0; i < data.length; i++) data[i] = read(numbers, i * width, littleEndian);
    return { shape, data };
  }
  const index = shape.map(() => 0);
  const strides = shape.map((_, k) => width * sizeOf(shape.slice(0, k)));
  let at = 0;
  for (let i = 0; i < data.length; i++) {
    data[i] = read(numbers, at, littleEndian);
    for (let k = shape.length - 1; k >= 0; k--) {
      at += strides[k];
      if (++index[k] < shape[k]) break;
      at -= strides[k] * shape[k];
      index[k] = 0;
    }
  }
  return { shape, data };
}

/** Counts the tensors of a file and their numbers. @throws {InputError} past a limit, before memory is taken. */
export class Budget {
  readonly #name: string;
  #tensors = 0;
  #numbers = 0;

  constructor(name: string) {
    this.#name = name;
  }

  spend(shape: readonly number[]): void {
    this.#tensors++;
    this.#numbers += sizeOf(shape);
    if (this.#tensors > MAX_TENSORS) throw mismatch(this.#name, `at most ${MAX_TENSORS} tensors`, 'more');
    // Not `>`: a product of enormous sides and 0 may be NaN.
    if (!(this.#numbers <= MAX_NUMBERS)) throw mismatch(this.#name, `at most ${MAX_NUMBERS} numbers`, 'more');
  }
}
