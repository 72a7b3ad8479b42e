/**
 * @file NumPy's arrays, .npy:
 *
 *   6 bytes   93 "NUMPY"
 *   2 bytes   version: 1.0, 2.0 or 3.0
 *   2 or 4    the length of the header, little-endian: 2 bytes in version 1.0, otherwise 4
 *   header    {'descr': '<f4', 'fortran_order': False, 'shape': (12, 3, 5, 5), }, padded with spaces and a newline
 *   numbers   row-major, or column-major if fortran_order is True
 *
 * descr is < little-endian, > big-endian, = or | this machine's order; f for floating point; and its bytes, 2, 4 or 8.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Objects are pickled and never read.
 */
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { Cursor } from './cursor.ts';
import { InputError, mismatch } from './dataset.ts';
import { Budget, FLOAT_TYPES, MAX_RANK, quote, quoteShape, readTensor } from './tensors.ts';
import type { FloatName, Layout } from './tensors.ts';

const MAGIC = [0x93, ...Array.from('NUMPY', (letter) => letter.charCodeAt(0))];
/** NumPy's own limit. */
const MAX_HEADER = 10_000;

const TYPES: Readonly<Record<string, FloatName>> = { f8: 'F64', f4: 'F32', f2: 'F16' };
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** An array of numbers that are not floating-point numbers, in a file that is otherwise as it should be. */
export class OtherTypeError extends InputError {
  readonly descr: string;

  constructor(name: string, descr: string) {
    super(mismatch(name, `descr ${Object.keys(TYPES).join(', ')} in either byte order`, quote(descr)).message);
    this.descr = descr;
  }
}

interface Header extends Layout {
  readonly type: FloatName;
  readonly shape: readonly number[];
}

/**
 * The array in a .npy file of float64, float32 or float16; `name` is the file's in messages.
 * @throws {InputError} if the file is damaged, holds other things, or is past the limits of tensors.ts; `budget`
 * counts them over several files.
 */
export function parseNpy(file: Uint8Array, name: string, budget: Budget = new Budget(name)): Tensor {
  const [text, numbers] = split(file, name);
  const { type, shape, ...layout } = readHeader(text, name);
  const bytes = sizeOf(shape) * FLOAT_TYPES[type].width; // exact, or past 2⁵³ and so past any file
  if (numbers.length !== bytes) throw mismatch(name, `${bytes} bytes for shape ${quoteShape(shape)}`, numbers.length);
  budget.spend(shape);
  return readTensor(numbers, type, shape, layout);
}

/** Header and numbers. A byte of the header is a character: what is not ASCII can only be a name, and is refused. */
function split(file: Uint8Array, name: string): [header: string, numbers: Uint8Array] {
  if (!MAGIC.every((byte, i) => file[i] === byte)) throw mismatch(name, 'a NumPy array', 'another magic number');
  const [major, minor] = file.subarray(6, 8);
  if (!(major >= 1 && major <= 3 && minor === 0)) throw mismatch(name, 'version 1.0, 2.0 or 3.0', `${major}.${minor}`);
  const start = major === 1 ? 10 : 12;
  if (file.length < start) throw mismatch(name, `${start} bytes or more`, `a file of ${file.length}`);
  const view = new DataView(file.buffer, file.byteOffset, start);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER) throw mismatch(name, `a header of at most ${MAX_HEADER} bytes`, length);
  const end = start + length;
  if (end > file.length) throw mismatch(name, `a header of ${length} bytes`, file.length - start);
  return [String.fromCharCode(...file.subarray(start, end)), file.subarray(end)];
}

function readHeader(text: string, name: string): Header {
  const cursor = new Cursor(text, name);
  const seen = new Set<string>();
  let descr = '', columnMajor = false, shape: number[] = [];
  cursor.expect('{');
  while (!cursor.take('}')) {
    const key = readText(cursor);
    if (seen.has(key)) throw mismatch(name, `${quote(key)} once`, 'twice');
    seen.add(key);
    cursor.expect(':');
    if (key === 'descr') descr = readDescr(cursor, name);
    else if (key === 'fortran_order') columnMajor = readBool(cursor);
    else if (key === 'shape') shape = readTuple(cursor);
    else throw mismatch(name, 'descr, fortran_order and shape', quote(key));
    if (cursor.take(',')) continue;
    cursor.expect('}');
    break;
  }
  cursor.expectEnd();
  if (seen.size < 3) throw mismatch(name, 'descr, fortran_order and shape', 'not all of them');
  return { ...readType(descr, name), shape, columnMajor };
}

/** Python's string, without escapes: NumPy needs none for what is read here. */
function readText(cursor: Cursor): string {
  const text = cursor.quoted(`'"`);
  if (text.includes('\\')) cursor.fail('a string without \\');
  return text.slice(1, -1);
}

function readDescr(cursor: Cursor, name: string): string {
  if (cursor.take('[')) throw mismatch(name, 'numbers', 'a structured type');
  return readText(cursor);
}

function readBool(cursor: Cursor): boolean {
  if (cursor.take('True')) return true;
  cursor.expect('False');
  return false;
}

/** (), (3,), (3, 4) and so on; Python 2 wrote an L after each number. */
function readTuple(cursor: Cursor): number[] {
  const items: number[] = [];
  cursor.expect('(');
  while (!cursor.take(')')) {
    if (items.length === MAX_RANK) cursor.fail(`at most ${MAX_RANK} numbers, and )`);
    items.push(cursor.integer());
    cursor.take('L');
    if (cursor.take(',')) continue;
    if (items.length === 1) cursor.fail('a comma');
    cursor.expect(')');
    break;
  }
  return items;
}

function readType(descr: string, name: string): { type: FloatName; littleEndian: boolean } {
  const [, order, kind] = /^([<>=|]?)(\w+)$/.exec(descr) ?? [];
  if (kind?.startsWith('O')) throw mismatch(name, 'numbers', 'pickled objects, which are never read');
  if (kind === undefined || !Object.hasOwn(TYPES, kind)) {
    throw new OtherTypeError(name, descr);
  }
  return { type: TYPES[kind], littleEndian: order === '<' || (order !== '>' && IS_LITTLE_ENDIAN) };
}
