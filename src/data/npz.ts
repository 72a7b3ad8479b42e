/**
 * @file NumPy's archives of arrays, .npz, as np.savez and np.savez_compressed write them: a ZIP file in which the array
 * `name` is the entry name.npy, stored or deflated. The caller says what unpacks deflated data: in Node `inflate` of
 * inflate.ts, in a browser DecompressionStream('deflate-raw'), whose result has to be waited for.
 */
import type { Tensor } from '../tensor/tensor.ts';
import { OtherTypeError, parseNpy } from './npy.ts';
import { mismatch } from './dataset.ts';
import { Budget, quote, type OtherTypes, type Tensors } from './tensors.ts';
import { crc32, zipEntries, type ZipEntry } from './zip.ts';

const END = '.npy';

/** Unpacks deflated data (RFC 1951). It throws if the data is damaged, or unpacks to more than `size` bytes. */
export type Inflate = (packed: Uint8Array, size: number) => Uint8Array;
export type InflateAsync = (packed: Uint8Array, size: number) => Promise<Uint8Array>;

/**
 * The arrays of a .npz file by name; `name` is the file's in messages.
 * @param others gets the arrays of other numbers than floating-point ones; without it they are mistakes.
 * @throws {InputError} if the archive or an array is damaged or holds other things, or is past the limits of zip.ts
 * and tensors.ts.
 */
export function parseNpz(file: Uint8Array, name: string, inflate: Inflate, others?: OtherTypes): Tensors {
  const arrays = readArrays(file, name, others);
  let step = arrays.next();
  while (!step.done) {
    const { packed, size } = step.value;
    let bytes: Uint8Array;
    try {
      bytes = inflate(packed, size);
    } catch (error) {
      throw damaged(name, step.value, error);
    }
    step = arrays.next(bytes);
  }
  return step.value;
}

/** The same with an unpacking that has to be awaited. */
export async function parseNpzAsync(file: Uint8Array, name: string, inflate: InflateAsync): Promise<Tensors> {
  const arrays = readArrays(file, name);
  let step = arrays.next();
  while (!step.done) {
    const { packed, size } = step.value;
    let bytes: Uint8Array;
    try {
      bytes = await inflate(packed, size);
    } catch (error) {
      throw damaged(name, step.value, error);
    }
    step = arrays.next(bytes);
  }
  return step.value;
}

const place = (name: string, entry: ZipEntry): string => `${name} ${quote(entry.name)}`;

function damaged(name: string, entry: ZipEntry, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return mismatch(place(name, entry), `data that unpack to ${entry.size} bytes`, quote(reason), error);
}

/** Asks for every deflated entry's data in turn, and returns the arrays. */
function* readArrays(
  file: Uint8Array, name: string, others?: OtherTypes,
): Generator<ZipEntry, Tensors, Uint8Array> {
  const arrays = new Map<string, Tensor>();
  const budget = new Budget(name);
  for (const entry of zipEntries(file, name)) {
    const where = place(name, entry);
    if (!entry.name.endsWith(END)) throw mismatch(where, `a name that ends in ${END}`, 'another');
    const bytes = entry.deflated ? yield entry : entry.packed;
    if (bytes.length !== entry.size) throw mismatch(where, `${entry.size} bytes unpacked`, bytes.length);
    if (crc32(bytes) !== entry.crc) throw mismatch(where, `CRC-32 0x${hex(entry.crc)}`, `0x${hex(crc32(bytes))}`);
    const key = entry.name.slice(0, -END.length);
    try {
      arrays.set(key, parseNpy(bytes, where, budget));
    } catch (error) {
      if (!(others && error instanceof OtherTypeError)) throw error;
      others.set(key, error.descr);
    }
  }
  return arrays;
}

const hex = (word: number): string => word.toString(16).padStart(8, '0');
