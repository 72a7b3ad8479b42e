/**
 * @file safetensors, the format in which Hugging Face's libraries keep weights. All numbers are little-endian:
 *
 *   8 bytes   the length of the header
 *   header    {"name":{"dtype":"F32","shape":[12,3,5,5],"data_offsets":[0,3600]},…}, padded with spaces
 *   buffer    the numbers of each tensor, row-major, from data_offsets[0] to data_offsets[1] of the buffer
 *
 * The name "__metadata__" holds strings by name; they are checked and ignored. The tensors cover the buffer exactly.
 * Format: https://github.com/huggingface/safetensors, README.md.
 */
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { Cursor } from './cursor.ts';
import { Budget, FLOAT_TYPES, MAX_RANK, MAX_TENSORS } from './tensors.ts';
import { mismatch } from './dataset.ts';
import { quote, quoteShape, readTensor, type FloatName, type OtherTypes, type Tensors } from './tensors.ts';

const LENGTH_BYTES = 8;
const MAX_HEADER = 100_000_000;
const METADATA = '__metadata__';

interface Entry {
  readonly key: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * The tensors of a safetensors file; `name` is the file's in messages.
 * @param others gets the tensors of other dtypes; without it they are mistakes.
 * @throws {InputError} if the file is not exactly as the format says, has another dtype than F64, F32, F16 and
 * BF16, or is past the limits of tensors.ts.
 */
export function parseSafetensors(file: Uint8Array, name: string, others?: OtherTypes): Tensors {
  const [header, buffer] = split(file, name);
  const entries = readHeader(header, name);
  const budget = new Budget(name), floats: [entry: Entry, dtype: FloatName][] = [];
  for (const entry of entries) {
    const { key, dtype, shape, begin, end } = entry;
    if (!isFloatName(dtype)) {
      if (!others) throw mismatch(name, `dtype ${Object.keys(FLOAT_TYPES).join(', ')} of ${quote(key)}`, quote(dtype));
      others.set(key, dtype);
      continue;
    }
    floats.push([entry, dtype]);
    const bytes = sizeOf(shape) * FLOAT_TYPES[dtype].width; // exact, or past 2⁵³ and so past any file
    if (end - begin !== bytes) {
      throw mismatch(name, `${bytes} bytes of ${quote(key)}, ${dtype} of shape ${quoteShape(shape)}`, end - begin);
    }
    budget.spend(shape);
  }
  expectCover(entries, buffer.length, name);
  return new Map(floats.map(([{ key, shape, begin, end }, dtype]) =>
    [key, readTensor(buffer.subarray(begin, end), dtype, shape)]));
}

/** Header and buffer. */
function split(file: Uint8Array, name: string): [header: string, buffer: Uint8Array] {
  if (file.length < LENGTH_BYTES) throw mismatch(name, `${LENGTH_BYTES} bytes or more`, `a file of ${file.length}`);
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER) throw mismatch(name, `a header of at most ${MAX_HEADER} bytes`, `${length}`);
  const end = LENGTH_BYTES + Number(length);
  if (end > file.length) throw mismatch(name, `a header of ${length} bytes`, `${file.length - LENGTH_BYTES}`);
  try {
    const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return [utf8.decode(file.subarray(LENGTH_BYTES, end)), file.subarray(end)];
  } catch (error) {
    throw mismatch(name, 'a header in UTF-8', 'other bytes', error);
  }
}

function readHeader(header: string, name: string): Entry[] {
  if (header[0] !== '{') throw mismatch(name, 'a header that begins with {', header ? quote(header[0]) : 'none');
  const cursor = new Cursor(header, name);
  const entries: Entry[] = [];
  readObject(cursor, name, (key) => {
    if (key === METADATA) readObject(cursor, name, () => cursor.jsonString());
    else entries.push(readEntry(cursor, name, key));
  });
  cursor.expectEnd();
  return entries;
}

/** Calls `read` after every key, to read its value. JSON.parse would keep the last of equal keys and say nothing. */
function readObject(cursor: Cursor, name: string, read: (key: string) => void): void {
  const keys = new Set<string>();
  cursor.expect('{');
  if (cursor.take('}')) return;
  do {
    const key = cursor.jsonString();
    if (keys.has(key)) throw mismatch(name, `${quote(key)} once`, 'twice');
    if (keys.add(key).size > MAX_TENSORS) throw mismatch(name, `at most ${MAX_TENSORS} names`, 'more');
    cursor.expect(':');
    read(key);
  } while (cursor.take(','));
  cursor.expect('}');
}

function readIntegers(cursor: Cursor): number[] {
  const integers: number[] = [];
  cursor.expect('[');
  if (cursor.take(']')) return integers;
  do {
    if (integers.length === MAX_RANK) cursor.fail(`at most ${MAX_RANK} numbers, and ]`);
    integers.push(cursor.integer());
  } while (cursor.take(','));
  cursor.expect(']');
  return integers;
}

function readEntry(cursor: Cursor, name: string, key: string): Entry {
  let dtype: string | undefined, shape: number[] | undefined, offsets: number[] | undefined;
  readObject(cursor, name, (field) => {
    if (field === 'dtype') dtype = cursor.jsonString();
    else if (field === 'shape') shape = readIntegers(cursor);
    else if (field === 'data_offsets') offsets = readIntegers(cursor);
    else throw mismatch(name, `dtype, shape and data_offsets of ${quote(key)}`, quote(field));
  });
  if (dtype === undefined || !shape || !offsets) {
    throw mismatch(name, `dtype, shape and data_offsets of ${quote(key)}`, 'not all of them');
  }
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin > end) {
    throw mismatch(name, `data_offsets [begin,end] of ${quote(key)}`, quoteShape(offsets));
  }
  return { key, dtype, shape, begin, end };
}

const isFloatName = (dtype: string): dtype is FloatName => Object.hasOwn(FLOAT_TYPES, dtype);

/** @throws {InputError} unless every byte of the buffer belongs to exactly one tensor. */
function expectCover(entries: readonly Entry[], length: number, name: string): void {
  let at = 0;
  for (const { key, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) throw mismatch(name, `${quote(key)} to begin at byte ${at} of the buffer`, begin);
    at = end;
  }
  if (at !== length) throw mismatch(name, `${at} bytes after the header`, length);
}

/**
 * A safetensors file of the tensors in their order, as float64, or rounded to float32 as Math.fround does.
 * @throws {RangeError} if a tensor's numbers do not fit its shape, or a name is "__metadata__" or not Unicode.
 */
export function encodeSafetensors(tensors: Tensors, dtype: 'F64' | 'F32' = 'F64'): Uint8Array {
  const { width } = FLOAT_TYPES[dtype];
  const rows: string[] = [];
  let size = 0;
  for (const [key, tensor] of tensors) {
    expectEncodable(key, tensor);
    const offsets = [size, size + tensor.data.length * width];
    size = offsets[1];
    rows.push(`${JSON.stringify(key)}:{"dtype":"${dtype}","shape":[${tensor.shape}],"data_offsets":[${offsets}]}`);
  }
  const header = new TextEncoder().encode(`{${rows.join()}}`);
  const length = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(LENGTH_BYTES + length + size).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + length);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(length), true);
  file.set(header, LENGTH_BYTES);
  let at = LENGTH_BYTES + length;
  for (const { data } of tensors.values()) {
    for (let i = 0; i < data.length; i++, at += width) {
      if (dtype === 'F64') view.setFloat64(at, data[i], true);
      else view.setFloat32(at, data[i], true);
    }
  }
  return file;
}

function expectEncodable(key: string, { shape, data }: Tensor): void {
  const where = `encodeSafetensors ${quote(key)}`;
  if (key === METADATA || /\p{Surrogate}/u.test(key)) throw new RangeError(`${where}: expected another name`);
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0) || sizeOf(shape) !== data.length) {
    throw new RangeError(`${where}: expected the numbers of shape [${shape}], got ${data.length}`);
  }
}
