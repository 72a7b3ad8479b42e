/** @file safetensors: what is read and written, and what is refused. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { encodeSafetensors, parseSafetensors } from '../../src/data/safetensors.ts';
import type { Tensors } from '../../src/data/tensors.ts';
import { bfloat16, float16 } from '../../src/beyond/defence/float16.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { forAll } from '../check/property.ts';
import { rejects } from './files.ts';
import { stepsOf } from './steps.ts';
import { anyTensors, entry, file } from './tensor-files.ts';

const NAME = 'folder/weights.safetensors';

const parse = (bytes: Uint8Array): Tensors => parseSafetensors(bytes, NAME);
const one = (dtype: string, shape: string, buffer: Uint8Array): Tensor =>
  parse(file(`{"a":${entry(dtype, shape, `0,${buffer.length}`)}}`, buffer)).get('a')!;

/** The same names in the same order, shapes and bits; every NaN is the same. */
function expectSame(got: Tensors, expected: Tensors): void {
  assert.equal([...got.keys()], [...expected.keys()]);
  for (const [name, { shape, data }] of expected) {
    const tensor = got.get(name)!;
    assert.equal(tensor.shape, shape);
    assert.is(tensor.data.length, data.length);
    for (let i = 0; i < data.length; i++) {
      if (!Object.is(tensor.data[i], data[i])) assert.unreachable(`${name}[${i}]: ${tensor.data[i]}, not ${data[i]}`);
    }
  }
}

test('safetensors: what is encoded is parsed, float64 to the bit, float32 rounded as Math.fround does', () => {
  forAll('round trip', 200, (random) => {
    const tensors = anyTensors(random);
    expectSame(parse(encodeSafetensors(tensors)), tensors);
    const rounded = new Map<string, Tensor>();
    for (const [name, { shape, data }] of tensors) rounded.set(name, { shape, data: data.map(Math.fround) });
    expectSame(parse(encodeSafetensors(tensors, 'F32')), rounded);
  });
});

test('safetensors: a file byte for byte', () => {
  const tensors = new Map([
    ['b', { shape: [2], data: Float64Array.of(1, -2) }],
    ['a', { shape: [], data: Float64Array.of(0.5) }],
  ]);
  const header = '{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},' +
    '"a":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}';
  const length = Math.ceil(header.length / 8) * 8;
  const bytes = file(header.padEnd(length), Buffer.from('0000803f000000c00000003f', 'hex'));
  assert.is(Buffer.from(encodeSafetensors(tensors, 'F32')).toString('hex'), bytes.toString('hex'));
  expectSame(parse(bytes), tensors);
  assert.is(Buffer.from(encodeSafetensors(new Map())).toString('latin1'), '\b\0\0\0\0\0\0\0{}      ');
});

test('safetensors: space, escapes, metadata, any order and any alignment are the format too', () => {
  const header = ` "__metadata__" :\t{"format":"pt", "\\u00e9":""},\n "b":${entry('F64', '1', '2,10')}, "\\u0061\\"":` +
    `{"data_offsets":[0,2],"shape":[ 1 , 1 ],"dtype":"\\u00461\\u0036"} } `;
  const buffer = Buffer.from('003c182d4454fb210940', 'hex');
  for (let shift = 0; shift < 8; shift++) {
    const shifted = Buffer.concat([Buffer.alloc(shift), file(`{${header}`, buffer), Buffer.alloc(3)]);
    expectSame(parse(shifted.subarray(shift, -3)), new Map([
      ['b', { shape: [1], data: Float64Array.of(Math.PI) }],
      ['a"', { shape: [1, 1], data: Float64Array.of(1) }],
    ]));
  }
});

test('safetensors: tensors without numbers take no bytes, wherever they lie', () => {
  const entries = [entry('F32', '0,3', '4,4'), entry('F32', '1', '0,4'), entry('F64', '2,0', '0,0')];
  const header = `{"a":${entries[0]},"b":${entries[1]},"c":${entries[2]}}`;
  const tensors = parse(file(header, Buffer.from('0000803f', 'hex')));
  const sizes = [...tensors.values()].map(({ shape, data }) => [shape, data.length]);
  assert.equal(sizes, [[[0, 3], 0], [[1], 1], [[2, 0], 0]]);
});

/** A binary floating-point number by its definition, from the text of its bits. */
function byDefinition(bits: number, exponentBits: number): number {
  const text = bits.toString(2).padStart(16, '0');
  const sign = text[0] === '1' ? -1 : 1, bias = 2 ** (exponentBits - 1) - 1;
  const exponent = parseInt(text.slice(1, 1 + exponentBits), 2);
  let fraction = 0;
  [...text.slice(1 + exponentBits)].forEach((bit, i) => (fraction += Number(bit) / 2 ** (i + 1)));
  if (exponent === 2 * bias + 1) return fraction === 0 ? sign * Infinity : NaN;
  let value = sign * (exponent === 0 ? fraction : 1 + fraction);
  for (let e = Math.max(1, exponent); e < bias; e++) value /= 2;
  for (let e = exponent; e > bias; e--) value *= 2;
  return value;
}

test('safetensors: all 65,536 numbers of F16 and BF16', () => {
  const buffer = Buffer.from(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
  for (const [dtype, convert, exponentBits] of [['F16', float16, 5], ['BF16', bfloat16, 8]] as const) {
    const { data } = one(dtype, '256,256', buffer);
    for (let bits = 0; bits < 65536; bits++) {
      const expected = byDefinition(bits, exponentBits);
      const isSame = Object.is(convert(bits), expected) && Object.is(data[bits], expected);
      if (!isSame) assert.unreachable(`${dtype} ${bits}: ${convert(bits)}, ${data[bits]}, not ${expected}`);
    }
  }
  assert.is(float16(0x7bff), 65504);
  assert.is(float16(1), 2 ** -24);
  assert.is(bfloat16(0x4049), 3.140625);
});

test('safetensors: the length of the header', () => {
  const reject = (bytes: Uint8Array, pattern: RegExp): void => rejects(() => parse(bytes), NAME, pattern);
  const withLength = (hex: string, rest = '{}'): Buffer => Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from(rest)]);
  reject(Buffer.alloc(0), /expected 8 bytes or more, got a file of 0$/);
  reject(Buffer.alloc(7), /expected 8 bytes or more, got a file of 7$/);
  reject(withLength('0000000000000080'), /a header of at most 100000000 bytes, got 9223372036854775808$/);
  reject(withLength('ffffffffffffffff'), /a header of at most 100000000 bytes, got 18446744073709551615$/);
  reject(withLength('01e1f50500000000'), /a header of at most 100000000 bytes, got 100000001$/);
  reject(withLength('00e1f50500000000'), /a header of 100000000 bytes, got 2$/);
  reject(withLength('0300000000000000'), /a header of 3 bytes, got 2$/);
  assert.is(parse(withLength('0200000000000000')).size, 0);
  reject(withLength('0000000000000000', ''), /begins with \{, got none$/);
});

test('safetensors: headers that are not the JSON of the format', () => {
  const reject = (header: string | Uint8Array, pattern: RegExp): void =>
    rejects(() => parse(file(header, Buffer.alloc(4))), NAME, pattern);
  const A = entry('F32', '1', '0,4');
  reject(' {}', /begins with \{, got " "$/);
  reject('\ufeff{}', /begins with \{/);
  reject('[]', /begins with \{, got "\["$/);
  reject(Buffer.from([0x7b, 0x22, 0xff, 0x22]), /a header in UTF-8, got other bytes$/);
  reject('{', /expected a string in " at character 1 of the header, got its end$/);
  reject('{"a', /a string that ends in " at character 1/);
  reject('{"a\\', /a string that ends in " at character 1/);
  reject('{"\\x":1}', /a string as JSON writes it at character 1 /);
  reject('{"\n":1}', /a string as JSON writes it/);
  reject('{"\\ud800":1}', /a string as JSON writes it/);
  reject(`{'a':${A}}`, /a string in " at character 1 of the header, got "'a'/);
  reject(`{"a" ${A}}`, /expected : at character 5 /);
  reject(`{"a":${A}`, /expected } at character \d+ of the header, got its end$/);
  reject(`{"a":${A},}`, /a string in " at character/);
  reject(`{"a":${A}}{}`, /expected the end at character \d+ of the header, got "\{\}"$/);
  reject(`{"a":${A}}\0`, /expected the end/);
  reject('{"a":null}', /expected \{ at character 5 of the header, got "null\}"$/);
  reject('{"a":[]}', /expected \{ at character 5/);
  reject(`{"a":${'{"b":'.repeat(9)}`, /dtype, shape and data_offsets of "a", got "b"$/);
});

test('safetensors: keys that occur twice, be it in other escapes', () => {
  const reject = (header: string, pattern: RegExp): void =>
    rejects(() => parse(file(header, Buffer.alloc(4))), NAME, pattern);
  const A = entry('F32', '1', '0,4');
  reject(`{"a":${A},"a":${A}}`, /expected "a" once, got twice$/);
  reject(`{"a":${A},"\\u0061":${A}}`, /expected "a" once, got twice$/);
  reject(`{"__metadata__":{},"a":${A},"__metadata__":{}}`, /expected "__metadata__" once/);
  reject(`{"__metadata__":{"b":"","b":""},"a":${A}}`, /expected "b" once/);
  reject('{"a":{"dtype":"F32","dtype":"F32"}}', /expected "dtype" once/);
});

test('safetensors: __metadata__ that is no map of texts', () => {
  for (const metadata of ['null', '[]', '"a"', '{"a":1}', '{"a":null}', '{"a":{}}', entry('F32', '1', '0,4')]) {
    rejects(() => parse(file(`{"__metadata__":${metadata}}`)), NAME, /expected (\{|a string in ") at character/);
  }
});

test('safetensors: entries that lack something or have more', () => {
  const reject = (entry: string, pattern: RegExp): void => rejects(() => parse(file(`{"a":${entry}}`)), NAME, pattern);
  reject('{}', /dtype, shape and data_offsets of "a", got not all of them$/);
  reject('{"dtype":"F32","shape":[0]}', /got not all of them$/);
  reject('{"dtype":"F32","data_offsets":[0,0]}', /got not all of them$/);
  reject('{"shape":[0],"data_offsets":[0,0]}', /got not all of them$/);
  reject('{"offsets":[0,0]}', /dtype, shape and data_offsets of "a", got "offsets"$/);
  reject('{"dtype":32}', /a string in " at character/);
  reject('{"shape":1}', /expected \[ at character/);
  reject('{"shape":[1}', /expected ] at character/);
  reject('{"shape":[1,]}', /a whole number from 0 to 2\^53 - 1 at character/);
  for (const dtype of ['I64', 'BOOL', 'U8', 'F8_E4M3', 'f32', 'toString', '']) {
    reject(entry(dtype, '0', '0,0'), new RegExp(`dtype F64, F32, F16, BF16 of "a", got "${dtype}"$`));
  }
});

test('safetensors: tensors of other dtypes are listed, if asked for, and still have to cover the buffer', () => {
  const header = `{"n":${entry('I64', '', '0,8')},"a":${entry('F32', '1', '8,12')},"m":${entry('BOOL', '2', '12,14')}}`;
  const buffer = Buffer.from('07000000000000000000803f0100', 'hex'), others = new Map<string, string>();
  const tensors = parseSafetensors(file(header, buffer), NAME, others);
  assert.equal([...tensors].map(([name, { data }]) => [name, ...data]), [['a', 1]]);
  assert.equal([...others], [['n', 'I64'], ['m', 'BOOL']]);
  const short = file(header, buffer.subarray(0, 13));
  rejects(() => parseSafetensors(short, NAME, new Map()), NAME, /expected 14 bytes after the header, got 13$/);
  rejects(() => parseSafetensors(file(header, buffer), NAME), NAME, /dtype F64, F32, F16, BF16 of "n", got "I64"$/);
});

test('safetensors: shapes and offsets of other numbers', () => {
  const reject = (entry: string, pattern: RegExp): void =>
    rejects(() => parse(file(`{"a":${entry}}`, Buffer.alloc(8))), NAME, pattern);
  for (const n of ['-1', '-0', '1.0', '1e0', '01', '"1"', 'null', '[1]', '9007199254740992', '9'.repeat(400), '+1']) {
    reject(entry('F64', n, '0,8'), /a whole number from 0 to 2\^53 - 1 at character/);
    reject(entry('F64', '1', `0,${n}`), /a whole number from 0 to 2\^53 - 1 at character/);
  }
  reject(entry('F64', '0x1', '0,8'), /expected ] at character/);
  for (const offsets of ['', '0', '0,8,8', '8,0']) {
    reject(entry('F64', '1', offsets), new RegExp(`data_offsets \\[begin,end\\] of "a", got \\[${offsets}\\]$`));
  }
  const most = Number.MAX_SAFE_INTEGER;
  reject(entry('F64', '2', '0,8'), /expected 16 bytes of "a", F64 of shape \[2\], got 8$/);
  reject(entry('F32', '1', '0,8'), /expected 4 bytes of "a", F32 of shape \[1\], got 8$/);
  reject(entry('F64', '', '0,0'), /expected 8 bytes of "a", F64 of shape \[\], got 0$/);
  reject(entry('F64', '4294967296,4294967296,4294967296', '0,0'), /bytes of "a", F64 of shape .*, got 0$/);
  reject(entry('F64', Array(64).fill(most).join(), '0,8'), /expected Infinity bytes of "a", F64 of shape \[9007/);
  reject(entry('F64', `${Array(63).fill(most)},0`, '0,0'), /expected NaN bytes of "a", F64 of shape \[9007/);
  reject(entry('F64', Array(65).fill(1).join(), '0,8'), /expected at most 64 numbers, and ] at character/);
  reject(entry('F64', `${2 ** 27}`, `0,${2 ** 30}`), /at most 16777216 numbers, got more$/);
});

test('safetensors: tensors that do not cover the buffer exactly', () => {
  const reject = (offsets: readonly string[], bytes: number, pattern: RegExp): void => {
    const entries = offsets.map((text, i) => {
      const [begin, end] = text.split(',').map(Number);
      return `"t${i}":${entry('F32', `${(end - begin) / 4}`, text)}`;
    });
    rejects(() => parse(file(`{${entries}}`, Buffer.alloc(bytes))), NAME, pattern);
  };
  reject([], 1, /expected 0 bytes after the header, got 1$/);
  reject(['0,4'], 3, /expected 4 bytes after the header, got 3$/);
  reject(['0,4'], 5, /expected 4 bytes after the header, got 5$/);
  reject(['4,8'], 8, /expected "t0" to begin at byte 0 of the buffer, got 4$/);
  reject(['8,12', '0,4'], 12, /expected "t0" to begin at byte 4 of the buffer, got 8$/);
  reject(['0,8', '4,12'], 12, /expected "t1" to begin at byte 8 of the buffer, got 4$/);
  reject(['0,4', '0,4'], 4, /expected "t1" to begin at byte 4 of the buffer, got 0$/);
  reject(['0,8', '4,4'], 8, /expected "t1" to begin at byte 8 of the buffer, got 4$/);
  reject(['0,4', '4,8'], 4, /expected 8 bytes after the header, got 4$/);
});

test('safetensors: long hostile headers are refused where they go wrong, after few tokens', () => {
  const reject = (header: string, pattern: RegExp, most: number): void => {
    const steps = stepsOf(() => rejects(() => parse(file(header)), NAME, pattern));
    assert.ok(steps <= most, `${pattern}: after ${steps} tokens, expected at most ${most}`);
  };
  const million = 2 ** 20;
  reject(`{"a":${'['.repeat(million)}`, /expected \{ at character 5 /, 10);
  reject(`{"a":{"shape":[${'1,'.repeat(million)}`, /at most 64 numbers, and ] at character 143 /, 150);
  reject(`{"a":{"shape":[${'1'.repeat(million)}`, /a whole number from 0 to 2\^53 - 1 at character 15 /, 20);
  reject(`{"${'\\\\'.repeat(million)}`, /a string that ends in " at character 1 /, 10);
  reject(`{"a":${' '.repeat(million)}`, /expected \{ at character 1048581 /, 10);
  reject(`{"${'a'.repeat(million)}":1}`, /expected \{ at character 1048580 /, 10);
});

test('encodeSafetensors: what cannot be encoded', () => {
  const encode = (name: string, shape: number[], data: number[]) => () =>
    encodeSafetensors(new Map([[name, { shape, data: Float64Array.from(data) }]]));
  assert.throws(encode('a', [2], [1]), /^encodeSafetensors "a": expected the numbers of shape \[2], got 1$/);
  assert.throws(encode('a', [-1, -1], [1]), /shape \[-1,-1], got 1$/);
  assert.throws(encode('a', [0.5, 2], [1]), /shape \[0.5,2], got 1$/);
  assert.throws(encode('__metadata__', [1], [1]), /"__metadata__": expected another name$/);
  assert.throws(encode('\ud800', [1], [1]), /expected another name$/);
});

test.run();
