/** @file safetensors for the tests: files by hand, byte for byte what the format says, and tensors of any kind. */
import type { Tensors } from '../../src/data/tensors.ts';
import type { Random } from '../../src/tensor/random.ts';
import { sizeOf } from '../../src/tensor/tensor.ts';
import { between, oneOf } from '../check/property.ts';
import { randomBytes } from './files.ts';

/** The file of a header, as text or as bytes, and a buffer: nothing is filled up or made to fit. */
export function file(header: string | Uint8Array, buffer: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes, buffer]);
}

export const entry = (dtype: string, shape: string, offsets: string): string =>
  `{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${offsets}]}`;

const SPECIAL = [0, -0, NaN, Infinity, -Infinity, 5e-324, -5e-324, 2 ** -1022 - 2 ** -1074, Number.MAX_VALUE, 2 ** -149,
  2 ** -150, 1 + 2 ** -24, 1 + 2 ** -23 + 2 ** -24, 3.4028235677973366e38, 0.1];
const NAMES = ['body.0.weight', 'fc.0.bias', '', '7', '10', '__proto__', 'constructor', 'a"b\\c\n\0', 'größe 🙂'];

/** A number of any bits, or one at an edge. */
function anyNumber(random: Random): number {
  if (random.below(4) === 0) return oneOf(random, SPECIAL);
  return randomBytes(random, 8).readDoubleLE();
}

/** Up to five tensors of up to three sides. */
export function anyTensors(random: Random): Tensors {
  const names = new Set(Array.from({ length: random.below(6) }, () => oneOf(random, NAMES)));
  return new Map([...names].map((name) => {
    const shape = Array.from({ length: random.below(4) }, () => between(random, 0, 4));
    return [name, { shape, data: new Float64Array(sizeOf(shape)).map(() => anyNumber(random)) }];
  }));
}
