/** @file Arrays of NumPy, alone and in archives: what is read, and what is refused. */
import { deflateRawSync } from 'node:zlib';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { InputError } from '../../src/data/dataset.ts';
import { inflate } from '../../src/data/inflate.ts';
import { parseNpy } from '../../src/data/npy.ts';
import { parseNpz, parseNpzAsync } from '../../src/data/npz.ts';
import { Budget, type Tensors } from '../../src/data/tensors.ts';
import { crc32 } from '../../src/data/zip.ts';
import { sizeOf, type Tensor } from '../../src/tensor/tensor.ts';
import { between, forAll } from '../check/property.ts';
import { rejects } from './files.ts';
import { dict, entry, LITTLE, npy, numpyFile, zip, type Entry } from './numpy-files.ts';

const NAME = 'folder/weights.npz';

const parse = (file: Uint8Array): Tensors => parseNpz(file, NAME, inflate);

function expectTensor({ shape, data }: Tensor, expectedShape: readonly number[], expected: readonly number[]): void {
  assert.equal(shape, expectedShape);
  assert.is(data.length, expected.length);
  expected.forEach((value, i) => assert.ok(Object.is(data[i], value), `[${i}]: ${data[i]}, not ${value}`));
}

const A = [0.5, -0, 1.5, Infinity, -Infinity, NaN];

test('npy: NumPy’s files of every version, width and byte order', () => {
  for (const name of ['<f8', '>f8 2.0', '<f4 3.0', '>f4', '<f2', '>f2'] as const) {
    expectTensor(parseNpy(numpyFile(name), NAME), [2, 3], A);
  }
  expectTensor(parseNpy(numpyFile('scalar'), NAME), [], [1.5]);
  expectTensor(parseNpy(numpyFile('empty'), NAME), [2, 0], []);
  expectTensor(parseNpy(numpyFile('fortran'), NAME), [2, 3, 4], Array.from({ length: 24 }, (_, i) => i));
});

test('npy: any random array in either order', () => {
  forAll('npy', 500, (random) => {
    const shape = Array.from({ length: random.below(5) }, () => between(random, 0, 4));
    const numbers = new Float64Array(sizeOf(shape)).map(() => random.normal());
    const bytes = Buffer.alloc(8 * numbers.length);
    const isFortran = random.below(2) === 1;
    numbers.forEach((value, i) => {
      // The index of entry i from the last side on, and where the first side runs fastest.
      let rest = i, at = 0;
      for (let k = shape.length - 1; k >= 0; k--) {
        at += (rest % shape[k]) * sizeOf(shape.slice(0, k));
        rest = Math.floor(rest / shape[k]);
      }
      bytes.writeDoubleBE(value, 8 * (isFortran ? at : i));
    });
    const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
    const file = npy(dict("'>f8'", tuple, isFortran ? 'True' : 'False'), bytes, between(random, 1, 3));
    expectTensor(parseNpy(file, NAME), shape, [...numbers]);
  });
});

test('npy: what Python reads as the same header', () => {
  const one = Buffer.alloc(4);
  one.writeFloatLE(1.5);
  for (const header of [
    dict("'<f4'", '(1,)'), dict('"<f4"', '(1, 1)'), dict("'=f4'", '(1,1,)'),
    dict("'|f4'", '(1L,)'), dict("'f4'", '()'),
    '{"shape":(),"descr":"<f4","fortran_order":True}', "  {\n'shape':(\n),'descr':'<f4','fortran_order':True ,}  ",
  ]) assert.equal([...parseNpy(npy(header, one), NAME).data], [1.5]);
});

test('npy: damaged files and other types', () => {
  const reject = (file: Uint8Array, pattern: RegExp): void => rejects(() => parseNpy(file, NAME), NAME, pattern);
  const header = (text: string, pattern: RegExp): void => reject(npy(text, Buffer.alloc(8)), pattern);
  const whole = numpyFile('<f8');
  reject(Buffer.alloc(0), /a NumPy array, got another magic number$/);
  reject(Buffer.from('\x93NUMPX\x01\0', 'latin1'), /another magic number$/);
  reject(whole.subarray(0, 6), /version 1.0, 2.0 or 3.0, got undefined.undefined$/);
  reject(npy('', whole, 4), /version 1.0, 2.0 or 3.0, got 4.0$/);
  reject(npy('', whole, 0), /got 0.0$/);
  reject(Buffer.from('\x93NUMPY\x01\x01', 'latin1'), /got 1.1$/);
  reject(whole.subarray(0, 9), /10 bytes or more, got a file of 9$/);
  reject(numpyFile('>f8 2.0').subarray(0, 11), /12 bytes or more, got a file of 11$/);
  reject(whole.subarray(0, 127), /a header of 118 bytes, got 117$/);
  reject(npy(' '.repeat(10001)), /a header of at most 10000 bytes, got 10001$/);
  reject(Buffer.from('\x93NUMPY\x02\0\xff\xff\xff\xff', 'latin1'), /at most 10000 bytes, got 4294967295$/);
  reject(whole.subarray(0, -1), /48 bytes for shape \[2,3], got 47$/);
  reject(Buffer.concat([whole, whole]), /48 bytes for shape \[2,3], got 224$/);
  header(dict("'|O'", '(1,)'), /expected numbers, got pickled objects, which are never read$/);
  header(dict("'O'", '(1,)'), /pickled objects, which are never read$/);
  header(dict("[('a', '<f4')]", '(1,)'), /expected numbers, got a structured type$/);
  header(dict("('<f4', (2,))", '(1,)'), /expected a string in '" at character 10 of the header, got "\('<f4'/);
  for (const type of ['<i8', '|b1', '<c16', '<f16', '<U3', '|S8', '|V8', '<M8[ns]', '|u1', '<<f4', 'float32', '']) {
    const rest = type.replace(/[[\]|]/g, '\\$&');
    header(dict(`'${type}'`, '(1,)'), new RegExp(`descr f8, f4, f2 in either byte order, got "${rest}"$`));
  }
});

test('npy: headers that are not the dictionary', () => {
  const reject = (header: string, pattern: RegExp): void =>
    rejects(() => parseNpy(npy(header, Buffer.alloc(8)), NAME), NAME, pattern);
  reject('', /expected \{ at character 0 of the header, got its end$/);
  reject('[]', /expected \{ at character 0/);
  reject('{', /expected a string in '" at character 1 of the header, got its end$/);
  reject('{}', /descr, fortran_order and shape, got not all of them$/);
  reject("{'descr': '<f8', 'shape': ()}", /got not all of them$/);
  reject("{'descr': '<f8', 'descr': '<f8'}", /"descr" once, got twice$/);
  reject("{'strides': ()}", /descr, fortran_order and shape, got "strides"$/);
  reject("{'de\\x73cr': '<f8'}", /a string without \\ at character/);
  reject("{'descr' '<f8'}", /expected : at character/);
  reject(`${dict("'<f8'", '()')}x`, /expected the end at character/);
  reject(`${dict("'<f8'", '()')}\0`, /expected the end at character/);
  for (const bool of ['1', 'true', 'None', "'False'"]) reject(dict("'<f8'", '()', bool), /expected False at character/);
  for (const shape of ['[1]', '1', 'None']) reject(dict("'<f8'", shape), /expected \( at character/);
  for (const n of ['-1', '1.0', '01', 'x', "'1'", '(1,)', '9007199254740992', '']) {
    reject(dict("'<f8'", `(${n},)`), /a whole number from 0 to 2\^53 - 1 at character/);
  }
  reject(dict("'<f8'", '(1)'), /expected a comma at character/);
  reject(dict("'<f8'", '(1 1)'), /expected a comma at character/);
  reject(dict("'<f8'", '(1, 1 1)'), /expected \) at character/);
  reject(dict("'<f8'", `(${'1,'.repeat(65)})`), /at most 64 numbers, and \) at character/);
  reject(dict("'<f8'", '(4294967296, 4294967296, 4294967296)'), /bytes for shape \[4294967296,.*, got 8$/);
  reject(dict("'<f8'", `(${`${Number.MAX_SAFE_INTEGER},`.repeat(63)} 0)`), /NaN bytes for shape \[9007.*, got 8$/);
});

test('npz: NumPy’s archives, stored, deflated and with ZIP64’s records', () => {
  const W = [0.5, -0, Infinity, -Infinity];
  for (const name of ['stored', 'deflated'] as const) {
    const arrays = parse(numpyFile(name));
    assert.equal([...arrays.keys()], ['w', 'fc.0.bé']);
    expectTensor(arrays.get('w')!, [2, 2], W);
    expectTensor(arrays.get('fc.0.bé')!, [3], A.slice(0, 3));
  }
  const arrays = parse(numpyFile('zip64'));
  assert.equal([...arrays.keys()], ['w', 'b']);
  expectTensor(arrays.get('w')!, [2, 2], W);
  expectTensor(arrays.get('b')!, [3], A.slice(0, 3));
});

test('npz: unpacking that has to be waited for', async () => {
  const later = async (packed: Uint8Array, size: number): Promise<Uint8Array> => inflate(packed, size);
  const arrays = await parseNpzAsync(numpyFile('deflated'), NAME, later);
  assert.equal([...arrays], [...parse(numpyFile('deflated'))]);
  for (const failing of [async () => { throw new Error('no\nway'); }, async () => new Uint8Array(3)]) {
    const error: unknown = await parseNpzAsync(numpyFile('deflated'), NAME, failing).catch((thrown: unknown) => thrown);
    assert.instance(error, InputError);
    assert.match((error as Error).message, /got (3|"no\\nway")$/);
  }
});

test('crc32: the check value, and nothing', () => {
  assert.is(crc32(Buffer.from('123456789')), 0xcbf43926);
  assert.is(crc32(Buffer.alloc(0)), 0);
});

test('npz: arrays of other numbers are listed, if asked for; objects and damaged arrays are mistakes', () => {
  const archive = (...arrays: [name: string, array: Buffer][]): Buffer =>
    zip(arrays.map(([name, data]) => entry({ name: `${name}.npy`, data })));
  const integer = npy(dict("'<i8'", '()'), Buffer.alloc(8)), others = new Map<string, string>();
  const file = archive(['steps', integer], ['w', LITTLE], ['on', npy(dict("'|b1'", '(2,)'), Buffer.alloc(2))]);
  assert.equal([...parseNpz(file, NAME, inflate, others).keys()], ['w']);
  assert.equal([...others], [['steps', '<i8'], ['on', '|b1']]);
  rejects(() => parse(file), NAME, /"steps\.npy": expected descr f8, f4, f2 in either byte order, got "<i8"$/);
  const objects = archive(['w', npy(dict("'|O'", '()'))]), short = archive(['w', npy(dict("'<f4'", '(2,)'))]);
  rejects(() => parseNpz(objects, NAME, inflate, new Map()), NAME, /got pickled objects, which are never read$/);
  rejects(() => parseNpz(short, NAME, inflate, new Map()), NAME, /expected 8 bytes for shape \[2\], got 0$/);
});

test('npz: a file by hand, with comments and descriptors, at any place in memory', () => {
  const follows = (header: Buffer, at: number): void => void header.writeUInt16LE(8, at);
  const entries: Entry[] = [
    { name: 'a.npy', data: LITTLE, deflate: true, local: (h) => follows(h, 6), central: (h) => follows(h, 8) },
    { name: 'a.npy.npy', data: LITTLE },
    { name: '__proto__.npy', data: LITTLE, deflate: true, extra: Buffer.from([2, 0, 1, 0, 7]) },
    { name: '.npy', data: LITTLE },
  ];
  for (const comment of ['', 'PK\x05\x06 a comment that is no end record', 'x'.repeat(65535)]) {
    const file = Buffer.concat([Buffer.alloc(3), zip(entries, undefined, comment)]).subarray(3);
    const arrays = parse(file);
    assert.equal([...arrays.keys()], ['a', 'a.npy', '__proto__', '']);
    for (const array of arrays.values()) expectTensor(array, [2], [1, -2]);
  }
  assert.is(parse(zip([])).size, 0);
});

const reject = (file: Uint8Array, pattern: RegExp): void => rejects(() => parse(file), NAME, pattern);
const u16 = (at: number, value: number) => (bytes: Buffer): void => void bytes.writeUInt16LE(value, at);
const u32 = (at: number, value: number) => (bytes: Buffer): void => void bytes.writeUInt32LE(value, at);

test('npz: end records', () => {
  const whole = zip([entry()]), size = whole.length;
  reject(Buffer.alloc(0), /a ZIP file, got no end record$/);
  reject(LITTLE, /a ZIP file, got no end record$/);
  reject(whole.subarray(0, -1), /no end record$/);
  reject(Buffer.concat([whole, Buffer.alloc(1)]), /no end record$/);
  reject(Buffer.concat([whole, Buffer.alloc(70000)]), /no end record$/);
  reject(whole.subarray(1), new RegExp(`the directory to end at byte ${size - 23}, got ${size - 22}$`));
  reject(zip([entry()], u16(4, 1)), /a whole archive, got a part of one$/);
  reject(zip([entry()], u16(6, 1)), /a whole archive, got a part of one$/);
  reject(zip([entry()], u16(8, 2)), /a whole archive, got a part of one$/);
  reject(zip([entry()], u32(12, 0)), /the directory to end at byte/);
  reject(zip([entry()], u32(16, 0)), /the directory to end at byte/);
  reject(zip([entry()], (end) => [8, 10].forEach((at) => u16(at, 2)(end))), /entry 1 of 2 in the directory at byte/);
  reject(zip([entry()], (end) => [8, 10].forEach((at) => u16(at, 0)(end))), /0 entries in the directory, got more$/);
  reject(zip([entry()], (end) => [8, 10].forEach((at) => u16(at, 65535)(end))), /entry 1 of 65535 in the directory/);
});

test('npz: records of ZIP64', () => {
  const whole = numpyFile('zip64');
  const locator = whole.length - 42, end = locator - 56;
  assert.is(whole.readUInt32LE(locator), 0x07064b50);
  const change = (at: number, ...bytes: number[]): Buffer => {
    const out = Buffer.from(whole);
    out.set(bytes, at);
    return out;
  };
  reject(change(end, 0), /a ZIP64 end record before byte \d+, got none$/);
  reject(change(end + 4, 45), /a ZIP64 end record before byte/);
  reject(change(locator + 8, 0), /a ZIP64 end record before byte/);
  reject(change(locator + 15, 0xff), /a ZIP64 end record before byte/);
  reject(change(end + 16, 1), /a whole archive, got a part of one$/);
  reject(change(end + 20, 1), /a whole archive, got a part of one$/);
  reject(change(end + 24, 1), /a whole archive, got a part of one$/);
  for (const at of [8, 10]) assert.is(whole.readUInt16LE(locator + 20 + at), 2);
  reject(change(locator + 28, 3, 0, 3), /end records that agree, got two that do not$/);
  reject(change(locator + 20 + 12, 0), /end records that agree/);
  reject(change(locator + 20 + 16, 0), /end records that agree/);
  const many = (count: number): Buffer => {
    const out = change(locator + 28, 255, 255, 255, 255);
    for (const at of [24, 32]) out.writeBigUInt64LE(BigInt(count), end + at);
    return out;
  };
  assert.is(parse(many(2)).size, 2);
  reject(many(3), /entry 2 of 3 in the directory/);
  reject(many(2 ** 53), /at most 65536 entries, got 9007199254740992$/);
});

test('npz: sizes of 64 bits', () => {
  const extra = (id: number, ...values: number[]): Buffer => {
    const out = Buffer.alloc(4 + 8 * values.length);
    out.writeUInt16LE(id);
    out.writeUInt16LE(8 * values.length, 2);
    values.forEach((value, i) => out.writeBigUInt64LE(BigInt(value), 4 + 8 * i));
    return out;
  };
  const central = (header: Buffer): void => [20, 24].forEach((at) => u32(at, 0xffffffff)(header));
  const large = (...fields: Buffer[]): Buffer =>
    zip([entry({ deflate: false, central, extra: Buffer.concat(fields) })]);
  const size = LITTLE.length;
  expectTensor(parse(large(extra(1, size, size))).get('w')!, [2], [1, -2]);
  expectTensor(parse(large(extra(7, 1), extra(1, size, size))).get('w')!, [2], [1, -2]);
  reject(large(), /sizes of 64 bits, got none$/);
  reject(large(extra(1, size)), /sizes of 64 bits, got none$/);
  reject(large(extra(2, size, size)), /sizes of 64 bits, got none$/);
  reject(large(extra(1, size, size).subarray(0, 12)), /sizes of 64 bits, got none$/);
  reject(large(extra(1, size, size + 1)), new RegExp(`${size} bytes stored, got ${size + 1}$`));
  reject(large(extra(1, 2 ** 62, 2 ** 62)), /at most 268435456 bytes unpacked, got 4611686018427388000$/);
});

test('npz: entries', () => {
  const size = LITTLE.length;
  const wrong = (changes: Partial<Entry>, pattern: RegExp): void => reject(zip([entry(changes)]), pattern);
  const both = (at: number, value: number): Partial<Entry> => ({ local: u16(at, value), central: u16(at + 2, value) });
  wrong(both(6, 1), /npz "w\.npy": expected an entry without encryption, got flags 0x1$/);
  wrong(both(6, 1 << 6), /an entry without encryption, got flags 0x40$/);
  wrong(both(6, 1 << 13), /an entry without encryption, got flags 0x2000$/);
  for (const method of [1, 6, 9, 12, 14, 93, 99]) wrong(both(8, method), new RegExp(`packing 0 or 8, got ${method}$`));
  wrong({ central: u16(34, 1) }, /an entry in this file, got one on disk 1$/);
  wrong({ deflate: false, central: u32(20, 1) }, new RegExp(`${size} bytes stored, got 1$`));
  wrong({ local: u32(0, 0) }, /its data at byte 0, got none$/);
  wrong({ local: u16(6, 8) }, /its data at byte 0, got none$/);
  wrong({ local: u16(8, 0) }, /its data at byte 0, got none$/);
  wrong({ local: u16(26, 4) }, /its data at byte 0, got none$/);
  wrong({ local: u16(28, 65535) }, /its data at byte 0, got none$/);
  wrong({ central: u32(42, 1) }, /its data at byte 1, got none$/);
  wrong({ central: u32(42, 0xfffffffe) }, /its data at byte 4294967294, got none$/);
  wrong({ central: u32(20, 1 << 30) }, /its data at byte 0, got none$/);
  wrong({ central: u32(0, 0) }, /entry 0 of 1 in the directory at byte \d+, got none$/);
  wrong({ central: u16(28, 6) }, /entry 0 of 1 in the directory/);
  wrong({ central: u16(30, 1) }, /entry 0 of 1 in the directory/);
  wrong({ central: u16(32, 65535) }, /entry 0 of 1 in the directory/);
  wrong({ name: 'é.npy' }, /a name in ASCII or UTF-8 at byte \d+, got other bytes$/);
  wrong({ name: 'w' }, /a name that ends in \.npy, got another$/);
  wrong({ name: 'folder/' }, /a name that ends in \.npy, got another$/);
  wrong({ central: u32(16, 0) }, /CRC-32 0x00000000, got 0x/);
  wrong({ data: Buffer.from('pickle') }, /npz "w\.npy": expected a NumPy array, got another magic number$/);
  wrong({ name: `${'x'.repeat(60000)}\n.npy`, data: Buffer.alloc(0) }, /npz "x{39}…": expected a NumPy array/);
  const utf8 = { ...both(6, 1 << 11), name: 'é.npy' };
  assert.equal([...parse(zip([entry(utf8)])).keys()], ['é']);
  const renamed = zip([entry()]);
  renamed.write('v', 30);
  reject(renamed, /its name at its data, got "v\.npy"$/);
});

test('npz: a name twice, entries that share bytes', () => {
  reject(zip([entry(), entry({ name: 'b.npy' }), entry()]), /"w\.npy" once, got twice$/);
  const length = 30 + 5 + deflateRawSync(LITTLE).length;
  const again = entry({ name: 'v.npy', local: (h) => h.fill(0), central: u32(42, 0) });
  reject(zip([entry(), again]), /its name at its data, got "w\.npy"$/);
  const inside = zip([entry({ name: 'v.npy' })]).subarray(0, length);
  const outer = { name: 'w.npy', data: inside };
  reject(zip([outer, entry({ name: 'v.npy', central: u32(42, 35) })]), /"v\.npy" to begin after byte \d+, got 35$/);
  const central = (header: Buffer): void => [20, 24].forEach((at) => u32(at, LITTLE.length + 1)(header));
  reject(zip([entry({ deflate: false, central })]), /entries to end before byte \d+, got \d+$/);
});

test('npz: deflated data that are damaged, too long or too short', () => {
  const sizes = (size: number): Partial<Entry> => ({ central: u32(24, size) });
  reject(zip([entry(sizes(LITTLE.length - 1))]), /data that unpack to \d+ bytes, got "Cannot create a Buffer larger/);
  reject(zip([entry(sizes(0))]), /data that unpack to 0 bytes, got "/);
  reject(zip([entry(sizes(LITTLE.length + 1))]), /npz "w\.npy": expected \d+ bytes unpacked, got \d+$/);
  const file = zip([entry()]);
  reject(Buffer.from(file).fill(0xff, 35, 45), /data that unpack to \d+ bytes, got "invalid block type"$/);
  const packed = deflateRawSync(LITTLE).length;
  reject(zip([entry({ central: u32(20, packed - 4) })]), /got "unexpected end of file"$/);
});

test('npz: bombs are refused by what they say of themselves, or unpacked no further than that', () => {
  const peak = process.resourceUsage().maxRSS;
  const size = 2 ** 22, bomb = deflateRawSync(Buffer.alloc(size));
  const says = (size: number): Entry => ({
    name: 'w.npy',
    data: bomb,
    local: u16(8, 8),
    central: (h) => [u16(10, 8), u32(24, size)].forEach((change) => change(h)),
  });
  /** What the archive's entries may unpack to, in the order in which they are unpacked, and what they do unpack to. */
  const unpacks = (file: Uint8Array, pattern: RegExp): (readonly [most: number, got: number])[] => {
    const unpacked: [number, number][] = [];
    const counted = (packed: Uint8Array, size: number): Uint8Array => {
      const step: [number, number] = [size, 0];
      unpacked.push(step);
      const bytes = inflate(packed, size);
      step[1] = bytes.length;
      return bytes;
    };
    rejects(() => parseNpz(file, NAME, counted), NAME, pattern);
    return unpacked;
  };
  assert.equal(unpacks(zip([says(1000)]), /data that unpack to 1000 bytes, got "Cannot create a Buffer larger/),
    [[1000, 0]]);
  const tooLarge = zip([says(2 ** 28 + 1)]);
  assert.equal(unpacks(tooLarge, /npz "w\.npy": expected at most 268435456 bytes unpacked, got 268435457$/), []);
  assert.equal(unpacks(zip([says(2 ** 28)]), /268435456 bytes unpacked, got 4194304$/), [[2 ** 28, size]]);
  assert.equal(unpacks(zip([says(size)]), /CRC-32/), [[size, size]]);
  const many = Array.from({ length: 9 }, (_, i) => ({ ...says(2 ** 26), name: `${i}.npy` }));
  assert.equal(unpacks(zip(many), /at most 536870912 bytes unpacked, got 603979776$/), []);
  const all = npy(dict("'<f2'", `(${2 ** 24},)`), Buffer.alloc(2 ** 25));
  const allOfThem = entry({ data: all, deflate: false });
  assert.equal(unpacks(zip([entry({ name: 'v.npy', deflate: false }), allOfThem]),
    /at most 16777216 numbers, got more$/), []);
  const grown = 1024 * (process.resourceUsage().maxRSS - peak);
  assert.ok(grown < 2 ** 30, `${grown} bytes of memory more than ever before`);
});

test('npz: the numbers of all arrays are counted together', () => {
  const budget = new Budget(NAME);
  budget.spend([2 ** 12, 2 ** 12 - 1]);
  budget.spend([2 ** 12]);
  budget.spend([0]);
  rejects(() => budget.spend([]), NAME, /at most 16777216 numbers, got more$/);
  const count = new Budget(NAME);
  for (let i = 0; i < 65536; i++) count.spend([0, 3]);
  rejects(() => count.spend([0]), NAME, /at most 65536 tensors, got more$/);
});

test.run();
