/**
 * @file NumPy's files for the tests. `numpyFile` gives those that NumPy 1.24 wrote, under Python 3.11, by
 *
 *   import base64, io, zipfile, numpy as np
 *   A = np.array([[0.5, -0.0, 1.5], [np.inf, -np.inf, np.nan]])
 *   def show(name, write, *a, **k):
 *       file = io.BytesIO(); write(file, *a, **k); print(name, base64.b64encode(file.getvalue()).decode())
 *   npy = np.lib.format.write_array
 *   show('<f8', npy, A); show('>f8 2.0', npy, A.astype('>f8'), (2, 0)); show('<f4 3.0', npy, A.astype('<f4'), (3, 0))
 *   show('>f4', npy, A.astype('>f4')); show('<f2', npy, A.astype('<f2')); show('>f2', npy, A.astype('>f2'))
 *   show('fortran', npy, np.asfortranarray(np.arange(24.0).reshape(2, 3, 4).astype('>f2')), (2, 0))
 *   show('scalar', npy, np.float32(1.5)); show('empty', npy, np.zeros((2, 0)))
 *   show('stored', np.savez, w=A[:, :2], **{'fc.0.b\u00e9': A[0].astype('>f2')})
 *   show('deflated', np.savez_compressed, w=A[:, :2], **{'fc.0.b\u00e9': A[0].astype('>f2')})
 *   zipfile.ZIP64_LIMIT = zipfile.ZIP_FILECOUNT_LIMIT = 1
 *   show('zip64', np.savez_compressed, w=A[:, :2], b=A[0].astype('<f4'))
 *
 * `npy` and `zip` make others by hand, byte for byte what the formats' specifications say.
 */
import { deflateRawSync } from 'node:zlib';
import { crc32 } from '../../src/data/zip.ts';

const FIXTURES = {
  '<f8': `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADgPwAAAAAAAACAAAAAAAAA+D8AAAAAAADwfwAAAAAAAPD/
    AAAAAAAA+H8=`,
  '>f8 2.0': `
    k05VTVBZAgB0AAAAeydkZXNjcic6ICc+ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/4AAAAAAAAIAAAAAAAAAAP/gAAAAAAAB/8AAAAAAAAP/wAAAAAAAA
    f/gAAAAAAAA=`,
  '<f4 3.0': `
    k05VTVBZAwB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA/AAAAgAAAwD8AAIB/AACA/wAAwH8=`,
  '>f4': `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/AAAAgAAAAD/AAAB/gAAA/4AAAH/AAAA=`,
  '<f2': `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAOACAAD4AfAD8AH4=`,
  '>f2': `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPmYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo4AIAAPgB8APwAfgA=`,
  'fortran': `
    k05VTVBZAgB0AAAAeydkZXNjcic6ICc+ZjInLCAnZm9ydHJhbl9vcmRlcic6IFRydWUsICdzaGFwZSc6ICgyLCAzLCA0KSwgfSAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAEoARABMAEgATQA8AEqARQBMQEiATUBAAEsARgBMgEkATYBCAEuA
    RwBMwEmATcA=`,
  'scalar': `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/`,
  'empty': `
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDApLCB9ICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=`,
  'stored': `
    UEsDBBQAAAAAAAAAIQDaXqDToAAAAKAAAAAFABQAdy5ucHkBABAAoAAAAAAAAACgAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmOCcsICdm
    b3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAyKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAKAAAAAAAA4D8AAAAAAAAAgAAAAAAAAPB/AAAAAAAA8P9QSwMEFAAACAAAAAAhAFRZS+mGAAAAhgAAAAwAFABmYy4wLmLD
    qS5ucHkBABAAhgAAAAAAAACGAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJz5mMicsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6
    ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKOACAAD4AUEsBAhQDFAAA
    AAAAAAAhANpeoNOgAAAAoAAAAAUAAAAAAAAAAAAAAIABAAAAAHcubnB5UEsBAhQDFAAACAAAAAAhAFRZS+mGAAAAhgAAAAwAAAAAAAAAAAAAAIAB
    1wAAAGZjLjAuYsOpLm5weVBLBQYAAAAAAgACAG0AAACbAQAAAAA=`,
  'deflated': `
    UEsDBBQAAAAIAAAAIQDaXqDTVQAAAKAAAAAFABQAdy5ucHkBABAAoAAAAAAAAABVAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Ce
    ll9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CkaaOgq1CmQDLgYweGAPoRkaINSHeij9HwBQSwMEFAAACAgAAAAhAFRZS+lKAAAAhgAAAAwA
    FABmYy4wLmLDqS5ucHkBABAAhgAAAAAAAABKAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6XZqSuo6Cell9UUpSYF59flJIKEndLzClOBYoX
    ZyQWpAL5GsY6mjoKtQoUAC4LhgYGOwYAUEsBAhQDFAAAAAgAAAAhANpeoNNVAAAAoAAAAAUAAAAAAAAAAAAAAIABAAAAAHcubnB5UEsBAhQDFAAA
    CAgAAAAhAFRZS+lKAAAAhgAAAAwAAAAAAAAAAAAAAIABjAAAAGZjLjAuYsOpLm5weVBLBQYAAAAAAgACAG0AAAAUAQAAAAA=`,
  'zip64': `
    UEsDBC0AAAAIAAAAIQDaXqDT//////////8FABQAdy5ucHkBABAAoAAAAAAAAABVAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Ce
    ll9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CkaaOgq1CmQDLgYweGAPoRkaINSHeij9HwBQSwMELQAAAAgAAAAhAEuzaSX//////////wUA
    FABiLm5weQEAEACMAAAAAAAAAE8AAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvka
    xjqaOgq1ChQALgYGBnsgbmBgOGAPAFBLAQItAy0AAAAIAAAAIQDaXqDT//////////8FABQAAAAAAAAAAACAAQAAAAB3Lm5weQEAEACgAAAAAAAA
    AFUAAAAAAAAAUEsBAi0DLQAAAAgAAAAhAEuzaSX//////////wUAHAAAAAAAAAAAAIAB/////2IubnB5AQAYAIwAAAAAAAAATwAAAAAAAACMAAAA
    AAAAAFBLBgYsAAAAAAAAAC0ALQAAAAAAAAAAAAIAAAAAAAAAAgAAAAAAAACWAAAAAAAAABIBAAAAAAAAUEsGBwAAAACoAQAAAAAAAAEAAABQSwUG
    AAAAAAIAAgCWAAAAEgEAAAAA`,
} as const;

export const numpyFile = (name: keyof typeof FIXTURES): Buffer => Buffer.from(FIXTURES[name], 'base64');

/** A .npy file of a header as it is given, and of numbers. */
export function npy(header: string, numbers: Uint8Array = Buffer.alloc(0), version = 1): Buffer {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(header.length, 0, length.length);
  return Buffer.concat([Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1'), length,
    Buffer.from(header, 'latin1'), numbers]);
}

export const dict = (descr: string, shape: string, fortran = 'False'): string =>
  `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

/** 1 and −2 as float32. */
export const LITTLE = npy(dict("'<f4'", '(2,)'), Buffer.from('0000803f000000c0', 'hex'));

export interface Entry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** Changes to the headers: offset and value of 16 or 32 bits. */
  readonly local?: (header: Buffer) => void;
  readonly central?: (header: Buffer) => void;
  readonly extra?: Uint8Array;
}

/** A ZIP file by the book, then changed as its entries say; `end` changes the end record. */
export function zip(entries: readonly Entry[], end: (record: Buffer) => void = () => {}, comment = ''): Buffer {
  const parts: Buffer[] = [], directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, deflate, local, central, extra = Buffer.alloc(0) } of entries) {
    const packed = deflate ? deflateRawSync(data) : data;
    const common = Buffer.alloc(26); // from the version that is needed to the length of the extra field
    common.writeUInt16LE(20);
    common.writeUInt16LE(deflate ? 8 : 0, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const head = Buffer.concat([Buffer.from('PK\x03\x04'), common]);
    common.writeUInt16LE(extra.length, 24);
    const row = Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), common, Buffer.alloc(14)]);
    row.writeUInt32LE(offset, 42);
    local?.(head);
    central?.(row);
    parts.push(head, Buffer.from(name), Buffer.from(packed));
    directory.push(row, Buffer.from(name), Buffer.from(extra));
    offset += 30 + Buffer.byteLength(name) + packed.length;
  }
  const rows = Buffer.concat(directory);
  const record = Buffer.alloc(22);
  record.write('PK\x05\x06');
  record.writeUInt16LE(entries.length, 8);
  record.writeUInt16LE(entries.length, 10);
  record.writeUInt32LE(rows.length, 12);
  record.writeUInt32LE(offset, 16);
  record.writeUInt16LE(comment.length, 20);
  end(record);
  return Buffer.concat([...parts, rows, record, Buffer.from(comment)]);
}

/** The entry w.npy of `LITTLE`, deflated, but for the changes. */
export const entry = (changes: Partial<Entry> = {}): Entry =>
  ({ name: 'w.npy', data: LITTLE, deflate: true, ...changes });
